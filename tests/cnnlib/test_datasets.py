"""The bundled images are the canonical ones, splits are fair, and bad files get a sentence."""

from __future__ import annotations

import hashlib
import io
import threading

import numpy as np
import pytest

from cnnlib import datasets, downloads
from cnnlib.datasets import (
    DATASETS,
    DatasetError,
    held_back_count,
    noisy_labels,
    training_split,
)

# SHA-256 of the arrays' bytes, taken where they had just been found equal to the canonical sets:
# of CIFAR-10 the first 500 training and 100 test images of each class, class by class; of the ten
# thousand digits all, split with SPLIT_SEED.
DIGESTS = {
    "cifar10": {
        "x_train": "2bdb8845b4c545aa96aa32c15b131996650eb6b4584728d18da23488e0135cc0",
        "y_train": "41b7b0a9d94690a3a2f54a1d01a9f1cc1b9512e3954fb737ad5ed9f66972403d",
        "x_test": "7c38c61aa8c7f1716d28cda247fd6f77a8db4bc051de264382e94804d47bce91",
        "y_test": "19cab774765c7ba7873e2eb3cee313c084bbb20b53116334dd0e24cd06e8d4e5",
    },
    "digits": {
        "x_train": "3320ffecf465616d051dbd960901ad0321fd05882de5765dc541bbb3ef9c8d72",
        "y_train": "0c00d8bf857f229ca1c0c004cdbf730322217b7b128432b5569b2a6a92582c79",
        "x_test": "7a1675904637cc1f434c42fe9469a7d8c50975a43f70f347127ad1b0f4da6804",
        "y_test": "19cab774765c7ba7873e2eb3cee313c084bbb20b53116334dd0e24cd06e8d4e5",
    },
}
DIGITS = DATASETS["digits"]


@pytest.mark.parametrize("name", DATASETS)
def test_the_bundled_images_are_the_canonical_ones(request, name):
    dataset = request.getfixturevalue(name)
    for array, digest in DIGESTS[name].items():
        found = hashlib.sha256(np.ascontiguousarray(getattr(dataset, array))).hexdigest()
        assert found == digest, array


@pytest.mark.parametrize("name", DATASETS)
def test_the_bundled_images_are_as_they_are_described(request, name):
    dataset, known = request.getfixturevalue(name), datasets.info(name)
    for split, count in zip(("train", "test"), known.sample_counts, strict=True):
        images, labels = getattr(dataset, f"x_{split}"), getattr(dataset, f"y_{split}")
        assert images.shape == (count, *known.image_shape)
        assert labels.shape == (count,)
        assert images.dtype == labels.dtype == np.uint8
    assert dataset.classes == known.classes
    assert len(known.classes) == 10


def test_classes_are_balanced(digits, cifar10):
    assert np.bincount(cifar10.y_train).tolist() == [500] * 10
    assert np.bincount(cifar10.y_test).tolist() == [100] * 10
    assert np.bincount(digits.y_test).tolist() == [100] * 10
    # The ten thousand digits themselves are not quite balanced.
    all_labels = np.concatenate([digits.y_train, digits.y_test])
    counts = [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]
    assert np.bincount(all_labels).tolist() == counts


def test_digits_are_white_ink_on_black_and_photos_have_the_known_mean_colour(digits, cifar10):
    assert np.median(digits.x_train) == 0
    # MNIST's mean is 0.1307; CIFAR-10's channel means are 0.4914, 0.4822, 0.4465.
    assert datasets.scale(digits.x_train).mean() == pytest.approx(0.1307, abs=0.005)
    means = datasets.scale(cifar10.x_train).mean(axis=(0, 1, 2))
    np.testing.assert_allclose(means, (0.4914, 0.4822, 0.4465), atol=0.01)


def test_scaling_keeps_the_ends_exact_and_is_float32():
    scaled = datasets.scale(np.arange(256, dtype=np.uint8))
    assert scaled.dtype == np.float32
    assert (scaled[0], scaled[255]) == (0.0, 1.0)
    assert np.rint(scaled * 255).tolist() == list(range(256))


@pytest.mark.parametrize("name", ["mnist", "", "Digits", "../digits", "digits.npz"])
def test_there_is_no_other_data_set(name):
    for ask in (datasets.info, datasets.load, datasets.full_is_here, datasets.fetch_full):
        with pytest.raises(DatasetError) as refusal:
            ask(name)
        assert str(refusal.value) == (
            f"there is no data set {name!r}: a name must be one of digits, cifar10, shapes, or a "
            "variant of one."
        )


def test_a_split_has_no_image_twice_and_holds_a_tenth_back(digits):
    train, held_back = training_split(digits.y_train, 2_000, seed=3)
    assert len(train) == 1_800
    assert len(held_back) == 200
    chosen = np.concatenate([train, held_back])
    assert len(np.unique(chosen)) == 2_000
    assert chosen.min() >= 0
    assert chosen.max() < 9_000
    assert np.bincount(digits.y_train[held_back]).tolist() == [20] * 10
    assert np.bincount(digits.y_train[train]).tolist() == [180] * 10


def test_a_split_depends_on_its_seed_alone(digits):
    first = training_split(digits.y_train, 500, seed=1)
    again = training_split(digits.y_train.copy(), 500, seed=1)
    other = training_split(digits.y_train, 500, seed=2)
    for mine, same, different in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(mine, same)
        assert not np.array_equal(np.sort(mine), np.sort(different))


def test_a_split_is_shuffled(digits):
    train, _ = training_split(digits.y_train, 1_000, seed=0)
    labels = digits.y_train[train]
    # In random order every tenth neighbour is of the same class, 90 of 899; sorted or by turns
    # nearly all or none are.
    assert 50 < np.count_nonzero(labels[1:] == labels[:-1]) < 140


def test_a_split_of_everything_uses_everything_although_classes_differ_in_size():
    labels = np.repeat(np.arange(3, dtype=np.uint8), [50, 5, 1])
    train, held_back = training_split(labels, 56, seed=0)
    assert sorted([*train, *held_back]) == list(range(56))
    # Six are held back: by turns one of each class, then two of each that have any left.
    assert np.bincount(labels[held_back], minlength=3).tolist() == [3, 2, 1]


def test_the_smallest_split_still_holds_one_back():
    train, held_back = training_split(np.zeros(4, np.uint8), 4, seed=0)
    assert (len(train), len(held_back)) == (3, 1)


def test_more_images_than_there_are_cannot_be_split():
    with pytest.raises(DatasetError) as refusal:
        training_split(np.zeros(1_000, np.uint8), 1_001, seed=0)
    assert str(refusal.value) == ("this data set has 1,000 training images; 1,001 were asked for.")


def arrays_of(count=20, shape=(28, 28, 1), dtype=np.uint8):
    """Images that tell each other apart, and labels 0 to 9 in turn."""
    images = np.zeros((count, *shape), dtype)
    images[:, 0, 0] = np.arange(count).reshape(-1, *[1] * (len(shape) - 2))
    return images, (np.arange(count) % 10).astype(dtype)


def in_two_parts(train=20, test=10):
    (x_train, y_train), (x_test, y_test) = arrays_of(train), arrays_of(test)
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


@pytest.fixture
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_DATA", str(tmp_path))
    return tmp_path


def test_the_data_folder_is_the_one_named_or_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CNN_DATA", "~/sets")
    assert datasets.data_folder() == tmp_path / "sets"
    for unset in ("", None):
        if unset is None:
            monkeypatch.delenv("CNN_DATA")
        else:
            monkeypatch.setenv("CNN_DATA", unset)
        assert datasets.data_folder() == tmp_path / ".cache" / "cnn-made-easy" / "data"


def test_a_full_set_that_was_not_fetched_is_asked_for(data_folder):
    assert not datasets.full_is_here("digits")
    with pytest.raises(DatasetError, match=r"^the full MNIST is not on this machine yet\. Fetch"):
        datasets.load("digits", full=True)


def test_a_full_set_in_two_parts_is_read_as_it_is(data_folder):
    arrays = in_two_parts()
    np.savez(data_folder / "digits.npz", **arrays)
    assert datasets.full_is_here("digits")
    dataset = datasets.load("digits", full=True)
    for name, array in arrays.items():
        np.testing.assert_array_equal(getattr(dataset, name), array)
    assert dataset.classes == DIGITS.classes


def test_grey_images_may_lack_their_channel_axis(data_folder):
    arrays = in_two_parts()
    flat = {name: array[..., 0] if "x" in name else array for name, array in arrays.items()}
    np.savez(data_folder / "digits.npz", **flat)
    dataset = datasets.load("digits", full=True)
    np.testing.assert_array_equal(dataset.x_train, arrays["x_train"])


def test_a_full_set_in_one_part_is_split_evenly_and_always_alike(data_folder):
    images, labels = arrays_of(200)
    np.savez(data_folder / "digits.npz", x=images, y=labels)
    dataset = datasets.load("digits", full=True)
    assert (len(dataset.y_train), len(dataset.y_test)) == (180, 20)
    assert np.bincount(dataset.y_test).tolist() == [2] * 10
    together = np.concatenate([dataset.x_train, dataset.x_test])[:, 0, 0, 0]
    assert sorted(together) == list(range(200))
    np.testing.assert_array_equal(dataset.x_test[:, 0, 0, 0] % 10, dataset.y_test)
    again = datasets.load("digits", full=True)
    np.testing.assert_array_equal(again.x_test, dataset.x_test)


BAD_PARTS = {
    "images of floats": {"x_train": arrays_of(20, dtype=np.float32)[0]},
    "labels of 64 bits": {"y_train": arrays_of(20, dtype=np.int64)[1]},
    "images of another size": {"x_test": arrays_of(10, (32, 32, 1))[0]},
    "colour images": {"x_test": arrays_of(10, (28, 28, 3))[0]},
    "one number": {"x_train": np.uint8(3)},
    "labels as a column": {"y_train": arrays_of(20)[1][:, None]},
    "more labels than images": {"y_train": arrays_of(21)[1]},
    "fewer labels than images": {"y_test": arrays_of(9)[1]},
    "images in the labels' place": {"y_train": arrays_of(20)[0]},
    "labels in the images' place": {"x_train": arrays_of(20)[1]},
    "no test images": {"x_test": arrays_of(0)[0], "y_test": arrays_of(0)[1]},
    "text": {"y_train": np.array(["3"] * 20)},
}


@pytest.mark.parametrize("changes", BAD_PARTS.values(), ids=BAD_PARTS)
def test_arrays_that_are_no_images_with_labels_are_refused(data_folder, changes):
    np.savez(data_folder / "digits.npz", **(in_two_parts() | changes))
    with pytest.raises(DatasetError) as refusal:
        datasets.load("digits", full=True)
    (changed,) = changes.values() if len(changes) == 1 else (changes["x_test"],)
    assert str(refusal.value).startswith(
        "digits.npz must hold uint8 images of (28, 28, 1) and a uint8 label for each; it holds "
    )
    assert str(np.asarray(changed).shape) in str(refusal.value)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (arrays_of(20)[0], arrays_of(19)[1]),
        (arrays_of(20)[0], arrays_of(20)[1][:, None]),
        (arrays_of(20)[0], np.uint8(3)),
        (arrays_of(20, dtype=np.float64)),
    ],
    ids=["counts that differ", "labels as a column", "one label", "floats"],
)
def test_a_set_in_one_part_is_checked_before_it_is_split(data_folder, images, labels):
    np.savez(data_folder / "digits.npz", x=images, y=labels)
    with pytest.raises(DatasetError, match=r"^digits\.npz must hold uint8 images of"):
        datasets.load("digits", full=True)


def test_a_label_of_no_class_is_refused(data_folder):
    arrays = in_two_parts()
    arrays["y_test"][4] = 10
    np.savez(data_folder / "digits.npz", **arrays)
    with pytest.raises(DatasetError, match=r"labels from 0 to 9; the largest one in it is 10\.$"):
        datasets.load("digits", full=True)


@pytest.mark.parametrize("name", ["x_train", "y_train", "x_test", "y_test"])
def test_a_missing_array_is_named(data_folder, name):
    arrays = in_two_parts()
    del arrays[name]
    np.savez(data_folder / "digits.npz", **arrays)
    with pytest.raises(DatasetError, match=rf"^digits\.npz has no array '{name}'\.$"):
        datasets.load("digits", full=True)


class Trap:
    """Unpickling it would run code; here it would only fail the test."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was opened",)


def pickled() -> bytes:
    file = io.BytesIO()
    np.savez(file, x=np.array([Trap()], dtype=object), y=np.zeros(1, np.uint8))
    return file.getvalue()


def bare_array() -> bytes:
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"not an archive", pickled(), bare_array(), b"PK\x05\x06" + b"\0" * 18],
    ids=["empty", "two bytes", "text", "pickled objects", "a single array", "an empty archive"],
)
def test_a_file_that_is_no_archive_of_arrays_is_refused(data_folder, content):
    (data_folder / "digits.npz").write_bytes(content)
    with pytest.raises(DatasetError, match=r"^digits\.npz (cannot be read|has no array).*\.$"):
        datasets.load("digits", full=True)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_damaged_file_is_refused_or_harmless(data_folder, save):
    path = data_folder / "digits.npz"
    save(path, **in_two_parts(train=10, test=10))
    good = path.read_bytes()
    rng = np.random.default_rng(0)
    damaged = [good[:length] for length in rng.integers(0, len(good), 60)]
    for _ in range(240):
        changed = bytearray(good)
        # Headers and directories are where a change does the most.
        place = rng.choice([rng.integers(len(good)), rng.integers(300), -rng.integers(1, 400)])
        changed[place] = rng.integers(256)
        damaged.append(bytes(changed))
    told = []
    for content in damaged:
        path.write_bytes(content)
        try:
            datasets.load("digits", full=True)
        except DatasetError as error:
            told.append(str(error))
    assert len(told) > 150
    assert all(text.startswith("digits.npz ") and text.endswith(".") for text in told)
    assert not any(str(data_folder) in text for text in told)


def test_a_file_that_may_not_be_read_does_not_tell_where_it_is(data_folder, monkeypatch):
    path = data_folder / "digits.npz"
    np.savez(path, **in_two_parts())

    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(np, "load", refuse)
    with pytest.raises(DatasetError) as refusal:
        datasets.load("digits", full=True)
    assert str(refusal.value) == "digits.npz cannot be read as a data set (Permission denied)."


def test_a_missing_or_damaged_bundled_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "SAMPLES", tmp_path)
    with pytest.raises(DatasetError, match=r"bundled file train_airplane\.webp is missing"):
        datasets.load("cifar10")
    (tmp_path / "cifar10").mkdir()
    (tmp_path / "cifar10" / "train_airplane.webp").write_bytes(b"RIFF")
    with pytest.raises(DatasetError, match=r"bundled file train_airplane\.webp is missing"):
        datasets.load("cifar10")
    with pytest.raises(DatasetError, match=r"^digits\.npz cannot be read"):
        datasets.load("digits")


def keras_arrays(image_shape=(28, 28), train=30, test=10):
    """What `keras.datasets` gives: labels of CIFAR-10 come as a column."""

    def part(count):
        labels = (np.arange(count) % 10).astype(np.uint8)
        return np.full((count, *image_shape), 7, np.uint8), labels

    return part(train), part(test)


def test_a_fetched_set_is_there_to_load(keras, data_folder, monkeypatch):
    monkeypatch.setenv("CNN_DATA", str(data_folder / "made" / "on demand"))
    monkeypatch.setattr(downloads, "LOOK_EVERY_SECONDS", 0.002)
    progress, reported = [], threading.Event()

    def on_progress(*counts):
        progress.append(counts)
        reported.set()

    def load_data():
        assert reported.wait(20)
        return keras_arrays()

    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    datasets.fetch_full("digits", on_progress)
    assert set(progress) == {(0, 11_490_434)}
    assert datasets.full_is_here("digits")
    dataset = datasets.load("digits", full=True)
    assert dataset.x_train.shape == (30, 28, 28, 1)
    assert dataset.y_test.tolist() == list(range(10))
    assert [path.name for path in datasets.data_folder().iterdir()] == ["digits.npz"]


def test_labels_that_come_as_a_column_are_flattened(keras, data_folder, monkeypatch):
    def load_data():
        (x_train, y_train), (x_test, y_test) = keras_arrays((32, 32, 3))
        return (x_train, y_train[:, None].astype(np.int64)), (x_test, y_test[:, None])

    monkeypatch.setattr(keras.datasets.cifar10, "load_data", load_data)
    datasets.fetch_full("cifar10")
    dataset = datasets.load("cifar10", full=True)
    assert dataset.y_train.shape == (30,)
    assert dataset.y_train.dtype == np.uint8


def test_without_a_network_there_is_a_sentence_and_no_file(keras, data_folder, monkeypatch):
    def load_data():
        # How keras.utils.get_file reports it.
        raise Exception("URL fetch failure on somewhere: None -- [Errno -3] No address")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_data)
    with pytest.raises(DatasetError) as refusal:
        datasets.fetch_full("digits")
    assert str(refusal.value) == (
        "MNIST could not be fetched (URL fetch failure on somewhere: None -- [Errno -3] No "
        "address). Check this machine's network, or go on with the bundled sample."
    )
    assert list(data_folder.iterdir()) == []


def test_without_room_there_is_a_sentence_and_no_file(keras, data_folder, monkeypatch):
    monkeypatch.setattr(keras.datasets.mnist, "load_data", keras_arrays)

    def fill_up(path, **arrays):
        path.write_bytes(b"a part")
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(np, "savez", fill_up)
    with pytest.raises(DatasetError) as refusal:
        datasets.fetch_full("digits")
    assert str(refusal.value) == (
        "MNIST was fetched but could not be kept (No space left on device). Make room in the data "
        "folder, or have CNN_DATA name another one."
    )
    assert list(data_folder.iterdir()) == []


def test_another_share_is_held_back_from_every_class(digits):
    train, held_back = training_split(digits.y_train, 1_000, 0, 0.3)
    assert (len(train), len(held_back)) == (700, 300)
    assert np.bincount(digits.y_train[held_back]).tolist() == [30] * 10
    same, _ = training_split(digits.y_train, 1_000, 0, 0.1)
    assert (np.sort(same) == np.sort(training_split(digits.y_train, 1_000, 0)[0])).all()


def test_label_noise_gives_other_classes_to_the_share_asked_for_and_to_no_other_image(digits):
    train, _ = training_split(digits.y_train, 2_000, seed=3)
    noisy = noisy_labels(digits.y_train, train, 0.25, 10, seed=3)
    changed = np.flatnonzero(noisy != digits.y_train)
    assert len(changed) == 450
    assert set(changed) <= set(train)
    assert noisy.dtype == digits.y_train.dtype
    assert noisy.max() == 9
    # Every other class is as likely as any.
    steps = (noisy[changed].astype(int) - digits.y_train[changed]) % 10
    assert np.bincount(steps, minlength=10)[1:].min() > 25
    again = noisy_labels(digits.y_train, train, 0.25, 10, seed=3)
    np.testing.assert_array_equal(noisy, again)
    assert (noisy_labels(digits.y_train, train, 0.25, 10, seed=4) != noisy).any()
    np.testing.assert_array_equal(noisy_labels(digits.y_train, train, 0.0, 10, 3), digits.y_train)


@pytest.mark.parametrize(
    ("count", "share", "held"), [(20, 0.1, 2), (104, 0.1, 10), (105, 0.1, 10), (115, 0.3, 34)]
)
def test_held_back_images_are_counted_as_they_are_drawn(digits, count, share, held):
    assert len(training_split(digits.y_train, count, 0, share)[1]) == held
    assert held_back_count(count, share) == held
