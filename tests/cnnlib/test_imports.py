"""A run goes out as two files and comes back the same; bad files are refused with a sentence."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import struct
import time
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest

from cnnlib.events import BatchEvent, EpochEvent, RateEvent
from cnnlib.export import MOST_BATCHES, story_json, weights_npz
from cnnlib.imports import (
    MAX_STORY_BYTES,
    ImportedFileError,
    import_run,
    read_story,
    read_weights,
)
from cnnlib.network import Network
from cnnlib.records import EpochRecord, RunError
from cnnlib.runs import RunStore
from cnnlib.spec import (
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    FlattenLayer,
    Limits,
    NetworkSpec,
    RunSpec,
    TrainingSpec,
)

LAYERS = (ConvLayer(2), BatchNormLayer(), FlattenLayer(), DenseLayer(10, "softmax"))
SPEC = RunSpec(
    NetworkSpec((28, 28, 1), LAYERS),
    TrainingSpec(epochs=4, image_count=200, augmentation=("shift",), seed=3),
)
NAN = float("nan")


def record_of(epoch, batches=3, partial=False):
    events = tuple(
        BatchEvent(epoch, n, batches, 2.0 / n, n / batches, 500.0, float(n))
        for n in range(1, batches + 1)
    )
    if partial:
        return EpochRecord(events[:-1], None, partial=True)
    end = EpochEvent(epoch, NAN, 0.5, float("inf"), 0.4, 900.0, 3.0, (0.1,) * 9 + (NAN,))
    changes = (RateEvent(epoch, 2, 0.002, 1.0),) if epoch == 2 else ()
    return EpochRecord(events, end, changes=changes)


def network_of(epoch):
    return Network.initial(SPEC.network, seed=epoch)


@pytest.fixture
def run_id(store):
    """A run with four epochs."""
    run_id = store.create(SPEC)
    for epoch in range(5):
        record = record_of(epoch) if epoch else EpochRecord()
        store.save_epoch(run_id, epoch, network_of(epoch).weights, record, None)
    store.update(run_id, state="done")
    store.rename(run_id, "Wide, 5 × 5")
    return run_id


def files_of(store, run_id):
    return weights_npz(store, run_id), story_json(store, run_id)


def plain(records):
    return repr(records)  # NaN is not equal to itself, but is written the same


# What goes out comes back


def test_a_run_comes_back_with_its_weights_its_curve_and_its_settings(store, run_id):
    back = import_run(store, *files_of(store, run_id))
    assert back != run_id
    assert store.spec(back) == SPEC
    assert store.epochs(back) == (4,)
    for ours, theirs in zip(
        store.network(back).weights, store.network(run_id).weights, strict=True
    ):
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    assert plain(store.history(back)) == plain(store.history(run_id))
    assert plain(RunStore(store.root).history(back)) == plain(store.history(run_id))
    status = store.status(back)
    assert (status.state, status.epoch, status.epochs, status.progress) == ("done", 4, 4, 1.0)
    assert store.about(back).name == "Imported: Wide, 5 × 5"
    assert store.summary(back).run_id == back


def test_a_run_that_was_cut_short_comes_back_as_far_as_it_came(store):
    run_id = store.create(SPEC)
    store.save_epoch(run_id, 0, network_of(0).weights, EpochRecord(), None)
    store.save_epoch(run_id, 1, network_of(1).weights, record_of(1), None)
    store.save_epoch(run_id, 2, network_of(2).weights, record_of(2, partial=True), None)
    back = import_run(store, *files_of(store, run_id))
    assert store.epochs(back) == (2,)
    assert store.whole_epochs(back) == 1
    assert plain(store.history(back)) == plain(store.history(run_id))


def test_a_run_that_came_back_can_be_taken_home_again(store, run_id):
    once = import_run(store, *files_of(store, run_id))
    twice = import_run(store, *files_of(store, once))
    assert plain(store.history(twice)) == plain(store.history(run_id))
    assert store.about(twice).name == "Imported: Imported: Wide, 5 × 5"


def test_weights_alone_make_a_run_without_a_curve(store, run_id):
    weights, _ = files_of(store, run_id)
    back = import_run(store, weights)
    assert store.spec(back).network == SPEC.network
    assert store.spec(back).training.dataset == "digits"
    assert store.epochs(back) == (0,)
    assert store.history(back).epochs == ()
    assert store.status(back).state == "done"


def test_a_long_name_is_cut_to_what_a_name_may_have(store, run_id):
    store.rename(run_id, "x" * 60)
    back = import_run(store, *files_of(store, run_id))
    assert len(store.about(back).name) == 60


def test_the_story_tells_nothing_that_opens_the_run(store, run_id):
    _, story = files_of(store, run_id)
    assert run_id.encode() not in story


def test_long_runs_are_told_with_fewer_batches(store):
    spec = RunSpec(SPEC.network, TrainingSpec(epochs=100, image_count=200))
    run_id = store.create(spec)
    for epoch in range(1, 101):
        store.save_epoch(run_id, epoch, network_of(0).weights, record_of(epoch, 400), None)
    weights, story = files_of(store, run_id)
    assert len(story) < MAX_STORY_BYTES
    history = store.history(import_run(store, weights, story))
    assert len(history.batches) == MOST_BATCHES
    first = [batch.batch for batch in history.batches if batch.epoch == 1]
    assert first == list(range(4, 401, 4))
    assert len(history.epochs) == 100


# Weights that are refused


def refused(data, words, **options):
    with pytest.raises(ImportedFileError) as error:
        read_weights(data, **options)
    message = str(error.value)
    assert words in message
    assert "\n" not in message
    assert len(message) < 400
    return message


def good_arrays():
    buffer = io.BytesIO()
    network_of(1).save(buffer)
    with np.load(io.BytesIO(buffer.getvalue())) as file:
        return {name: file[name] for name in file.files}


def npz(arrays, compress=False):
    buffer = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not an .npz file"),
        (b"PK", "not an .npz file"),
        (b"PK\x05\x06" + b"\0" * 18, "no spec"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 100, "not an .npz file"),
        (b"\x80\x04\x95" + b"\0" * 100, "not an .npz file"),
        (npz({"a": np.zeros(3)}), "no spec"),
    ],
)
def test_what_is_no_network_is_refused(data, words):
    refused(data, words)


def test_a_file_cut_off_anywhere_is_refused():
    data = npz(good_arrays())
    for length in range(0, len(data) - 1, 997):
        refused(data[:length], "")


def test_a_changed_byte_is_noticed_or_harmless():
    data = bytearray(npz(good_arrays(), compress=True))
    rng = np.random.default_rng(0)
    for place in rng.integers(0, len(data), 200):
        changed = data.copy()
        changed[place] ^= int(rng.integers(1, 256))
        try:
            network = read_weights(bytes(changed))
        except ImportedFileError:
            continue
        assert network.spec == SPEC.network


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(value):
    arrays = good_arrays()
    arrays["0/kernel"][0, 0, 0, 0] = value
    refused(npz(arrays), "0/kernel in this file holds numbers that are not finite")


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("0/kernel", np.zeros((3, 3, 2, 1), np.float32)),
        ("0/kernel", np.zeros((3, 3, 1, 3), np.float32)),
        ("3/bias", np.zeros((10, 1), np.float32)),
        ("3/bias", np.zeros(10, np.float64)),
        ("3/bias", np.zeros(10, np.complex64)),
        ("3/bias", np.float32(0)),
    ],
)
def test_weights_of_another_shape_or_type_are_refused(name, array):
    refused(npz(good_arrays() | {name: array}), f"{name} ")


@pytest.mark.parametrize(
    "name", ["../../evil", "/etc/evil", "..\\evil", "0/../../x", "C:evil", "4/kernel", "0/Kernel"]
)
def test_names_that_lead_elsewhere_are_refused_and_nothing_is_written(tmp_path, store, name):
    data = npz(good_arrays() | {name: np.zeros(1, np.float32)})
    refused(data, "which its network has no use for")
    with pytest.raises(ImportedFileError):
        import_run(store, data)
    assert not list(tmp_path.rglob("*"))


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('unpickled')",)


def test_pickles_are_never_opened():
    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    for name in ("0/kernel", "spec"):
        arrays = {n: array for n, array in good_arrays().items() if n != name}
        data = io.BytesIO(npz(arrays))
        with zipfile.ZipFile(data, "a") as file:
            file.writestr(f"{name}.npy", buffer.getvalue())
        refused(data.getvalue(), "")
    refused(pickle.dumps(Bomb()), "not an .npz file")


def zipped(entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries:
            file.writestr(name, data)
    return buffer.getvalue()


def peak_of(task):
    """The most memory that Python held while it ran, in bytes, and how many seconds it took."""
    tracemalloc.start()
    began = time.perf_counter()
    try:
        task()
        return tracemalloc.get_traced_memory()[1], time.perf_counter() - began
    finally:
        tracemalloc.stop()


def test_a_zip_bomb_is_refused_by_what_it_declares():
    bomb = zipped([("spec.npy", b"\0" * 300_000_000)])
    assert len(bomb) < 400_000
    memory, seconds = peak_of(lambda: refused(bomb, "would take 300,000,000 bytes"))
    assert memory < 5_000_000
    assert seconds < 1


def test_a_zip_that_declares_less_than_it_holds_is_not_believed():
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b"\0" * 100_000_000) + packer.flush()
    name = b"spec.npy"  # which is the first that is read
    sizes = (0, len(packed), 1, len(name))  # checksum, bytes packed and, so it says, unpacked
    header = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 33, *sizes, 0) + name
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 33, *sizes, *(0,) * 4, 0, 0)
    place = (len(entry) + len(name), len(header) + len(packed))
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, *place, 0)
    lie = header + packed + entry + name + end
    assert [x.file_size for x in zipfile.ZipFile(io.BytesIO(lie)).infolist()] == [1]
    memory, seconds = peak_of(lambda: refused(lie, "not a network file, or a damaged one"))
    assert memory < 5_000_000
    assert seconds < 1


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_arrays_packed_in_other_ways_are_refused_unopened(packing):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as file:
        file.writestr("spec.npy", b"\0" * 400_000)  # asked for a part, zipfile would unpack it all
    memory, seconds = peak_of(lambda: refused(buffer.getvalue(), "packed in another way"))
    assert memory < 100_000
    assert seconds < 0.5


def test_a_directory_of_countless_entries_is_refused_before_it_is_read():
    many = zipped([(f"{number}.npy", b"") for number in range(20_000)])
    memory, seconds = peak_of(lambda: refused(many, "more arrays than any network"))
    assert memory < 1_000_000
    assert seconds < 0.5


def test_a_network_larger_than_one_may_be_is_refused():
    small = Limits(parameters=5_000)
    data = npz({"0/kernel": np.zeros(300_000, np.float32)})
    refused(data, "a file of weights may have 1,020,000 bytes here", limits=small)
    halved = {n: x.astype(np.float16) if n != "spec" else x for n, x in good_arrays().items()}
    refused(npz(halved), "may have 5,000 parameters here; this one has 13,558", limits=small)


# Stories that are refused


def bad_story(data, words):
    with pytest.raises(ImportedFileError) as error:
        read_story(data)
    message = str(error.value)
    assert words in message
    assert "\n" not in message
    assert len(message) < 400


@pytest.fixture
def story(store, run_id):
    """What the run's JSON says, as Python values to change."""
    return json.loads(files_of(store, run_id)[1])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not readable as JSON"),
        (b"\xff\xfe", "not readable as JSON"),
        (b"{", "not readable as JSON"),
        (b"null", "does not tell of a run"),
        (b"[]", "does not tell of a run"),
        (b'{"format": "cnn-made-easy run"}', "another version"),
        (b"[" * 1_000_000, "not readable as JSON"),
        (b'{"a":' * 500_000, "not readable as JSON"),
        (b"9" * 1_000_000, "not readable as JSON"),
        (b'{"format": NaN}', "NaN is not a number that can be used"),
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', "the name 'b' stands twice in one object"),
        (b" " * (MAX_STORY_BYTES + 1), "may have 4,000,000 bytes"),
    ],
    ids=lambda value: str(value[:20]),
)
def test_what_is_no_story_is_refused(data, words):
    bad_story(data, words)


def at(path, value):
    """A change of a story: the value at a path of keys."""

    def change(story):
        *way, last = path.split("/")
        for key in way:
            story = story[int(key)] if isinstance(story, list) else story[key]
        story[int(last) if isinstance(story, list) else last] = value

    return change


def without(key):
    return lambda story: story.pop(key)


MANY_WEIGHTS = [
    {"kind": "flatten"},
    *({"kind": "dense", "units": 2048} for _ in range(3)),
    {"kind": "dense", "units": 10, "activation": "softmax"},
]
BATCH, END = "records/2/batches/1", "records/2/epoch"
WRONG = [
    (at("version", 2), "another version"),
    (at("extra", 1), "another version"),
    (without("records"), "another version"),
    (at("name", 5), "a run's name"),
    (at("name", "x" * 61), "a run's name"),
    (at("name", "a\nb"), "a run's name"),
    (at("began_from", ["x"]), "a run's name"),
    (at("spec", []), "a run is an object"),
    (at("spec/training/epochs", 10**9), "epochs must be a whole number"),
    (at("spec/training/dataset", "../../etc"), "dataset must be one of"),
    (at("spec/training/dataset", "cifar10"), "does not take the images"),
    (at("spec/network/layers", MANY_WEIGHTS), "5,000,000. Use fewer filters or units"),
    (at("spec/network/layers/0/kind", "lambda"), "no layer of kind"),
    (at("records", {}), "records of 1 to 5 epochs"),
    (at("records", []), "records of 1 to 5 epochs"),
    (at("records/-1", None), "records of 1 to 5 epochs"),
    (lambda story: story["records"].pop("2"), "numbered one after another"),
    (lambda story: story.update(records={"9": story["records"]["4"]}), "numbered one after"),
    (lambda story: story["records"].update({"04": story["records"].pop("4")}), "numbered one"),
    (at("records/2", None), "damaged"),
    (at("records/2", {"batches": []}), "damaged"),
    (at("records/0", {"batches": [], "epoch": None, "partial": True}), "epoch 0 cannot be"),
    (at("records/2/partial", True), "epoch 2 cannot be"),
    (at(END, None), "epoch 2 cannot be"),
    (at(f"{END}/epoch", 3), "epoch 2 cannot be"),
    (at(f"{END}/accuracy", 1.01), "epoch 2 cannot be"),
    (at(f"{END}/validation_accuracy", "nan"), "epoch 2 cannot be"),
    (at(f"{END}/loss", -1.0), "epoch 2 cannot be"),
    (at(f"{END}/loss", "-inf"), "epoch 2 cannot be"),
    (at(f"{END}/loss", "<b>"), "damaged"),
    (at(f"{END}/seconds", 1e300), "epoch 2 cannot be"),
    (at(f"{END}/images_per_second", "inf"), "epoch 2 cannot be"),
    (at(f"{END}/class_accuracy", [0.5]), "epoch 2 cannot be"),
    (at(f"{END}/class_accuracy", [2.0] * 10), "epoch 2 cannot be"),
    (at(f"{BATCH}/epoch", 1), "epoch 2 cannot be"),
    (at(f"{BATCH}/batch", 1), "epoch 2 cannot be"),
    (at(f"{BATCH}/batch", 0), "epoch 2 cannot be"),
    (at(f"{BATCH}/batch", True), "damaged"),
    (at(f"{BATCH}/batches", 10**4000), "epoch 2 cannot be"),
    (at(f"{BATCH}/accuracy", 10**4000), "damaged"),
    (at(f"{BATCH}/seconds", -1), "epoch 2 cannot be"),
    (at(f"{END}/memory_bytes", "inf"), "epoch 2 cannot be"),
    (at(f"{BATCH}/memory_bytes", -1.0), "epoch 2 cannot be"),
    (at(f"{BATCH}/reading_seconds", "nan"), "epoch 2 cannot be"),
    (at(f"{BATCH}/extra", 1), "damaged"),
    (at("records/2/changes/0/learning_rate", 1e9), "epoch 2 cannot be"),
    (at("records/2/changes/0/learning_rate", "nan"), "epoch 2 cannot be"),
    (at("records/2/changes/0/batch", 0), "epoch 2 cannot be"),
    (lambda s: s["records"]["2"].update(changes=s["records"]["2"]["changes"] * 2000), "epoch 2"),
]


@pytest.mark.parametrize(("change", "words"), WRONG)
def test_a_story_that_cannot_be_is_refused(story, change, words):
    change(story)
    bad_story(json.dumps(story).encode(), words)


def test_a_story_as_it_was_is_read(story):
    told = read_story(json.dumps(story).encode())
    assert told.spec == SPEC
    assert sorted(told.records) == [0, 1, 2, 3, 4]


def test_files_of_two_runs_are_refused(store, run_id, story):
    weights, _ = files_of(store, run_id)
    story["spec"]["network"]["layers"][0]["activation"] = "tanh"
    with pytest.raises(ImportedFileError, match="not of one run"):
        import_run(store, weights, json.dumps(story).encode())


def test_weights_that_fit_no_data_set_are_refused(store):
    spec = NetworkSpec((8, 8, 1), (FlattenLayer(), DenseLayer(3, "softmax")))
    buffer = io.BytesIO()
    Network.initial(spec).save(buffer)
    with pytest.raises(ImportedFileError, match="8 x 8 x 1 and tells 3 classes apart, which fits"):
        import_run(store, buffer.getvalue())


def test_a_refused_file_leaves_no_run_behind(store, run_id, story, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    weights, _ = files_of(store, run_id)
    story["records"]["2"]["epoch"]["accuracy"] = 7
    for files in ((weights, json.dumps(story).encode()), (weights[:-20], None)):
        with pytest.raises(ImportedFileError):
            import_run(store, *files)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_store_that_cannot_be_written_says_so(tmp_path, store, run_id):
    files = files_of(store, run_id)
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(RunError, match="the folder of runs cannot be written"):
        import_run(RunStore(blocked), *files)


# Nobody can fill the disk


def test_a_visitor_brings_so_many_runs_in_an_hour(store, run_id, tmp_path):
    files, limits = files_of(store, run_id), Limits(imports=2)
    for _ in range(2):
        import_run(store, *files, limits=limits, visitor="192.0.2.1")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RunError, match="in an hour 2 runs can be brought back; try again in"):
        import_run(store, *files, limits=limits, visitor="192.0.2.1")
    assert sorted(tmp_path.rglob("*")) == before
    import_run(store, *files, limits=limits, visitor="192.0.2.2")


def test_a_visitor_brings_so_many_bytes_in_an_hour(store, run_id):
    weights, story = files_of(store, run_id)
    size = 4 * SPEC.network.parameters + len(story)
    limits = Limits(import_bytes=2 * size - 1)
    import_run(store, weights, story, limits=limits)
    with pytest.raises(RunError, match=f"{size:,} have been, and this one has {size:,}"):
        import_run(store, weights, story, limits=limits)


def test_a_refused_file_counts_for_nothing(store, run_id):
    weights, story = files_of(store, run_id)
    for _ in range(3):
        with pytest.raises(ImportedFileError):
            import_run(store, weights[:-20], story, limits=Limits(imports=1))
    import_run(store, weights, story, limits=Limits(imports=1))


def test_room_is_left_on_the_disk(store, run_id, tmp_path):
    files, free = files_of(store, run_id), shutil.disk_usage(tmp_path).free
    with pytest.raises(RunError, match=r"disk is nearly full.* kept for trainings"):
        import_run(store, *files, limits=Limits(spare_bytes=2 * free))
    import_run(store, *files, limits=Limits(spare_bytes=free // 2))
