"""A run read back from the files that `cnnlib.export` gave out, without trusting either of them.

Sizes are checked before anything is read, nothing is unpickled or written under a name from the
file, and every number has a range. Whatever is wrong becomes one sentence.
"""

from __future__ import annotations

import io
import itertools
import math
import zipfile
from dataclasses import dataclass

from cnnlib import datasets
from cnnlib.archive import NetworkError
from cnnlib.control import NAME_LENGTH
from cnnlib.events import BatchEvent, EpochEvent, RateEvent
from cnnlib.export import FORMAT, VERSION
from cnnlib.fields import limits_of, plain_json, quote
from cnnlib.network import Network
from cnnlib.records import EpochRecord, RunError, event_from_dict
from cnnlib.runs import RunStore
from cnnlib.spec import FLOAT_BYTES, LIMITS, Limits, NetworkSpec, RunSpec, SpecError, TrainingSpec

MAX_STORY_BYTES = 4_000_000
MAX_ARRAYS = 4 * LIMITS.layers + 1  # batch normalisation has four; and the spec
OVERHEAD_BYTES = 1_000_000  # of names, headers and the spec
MOST_EVENTS = 1_000  # of an epoch; a run here keeps 400
PREFIX = "Imported"
_ENTRY = b"PK\x01\x02"  # begins each entry of a zip's directory
_KEYS = {"format", "version", "name", "began_from", "spec", "records"}


class ImportedFileError(ValueError):
    """Files that are no run of this app, or one that cannot be; a sentence for a reader."""


@dataclass(frozen=True)
class Story:
    """What the JSON tells of a run."""

    spec: RunSpec
    name: str
    began_from: str
    records: dict[int, EpochRecord]


def import_run(
    store: RunStore,
    weights: bytes,
    story: bytes | None = None,
    *,
    limits: Limits = LIMITS,
    visitor: str = "",
) -> str:
    """Make a run of the store out of two files and return its id.

    `weights` is an `.npz`, `story` the JSON that belongs to it. Without the story the run has no
    curve, and its training is what a new one would be. `visitor` is who brings them, a network
    address say: each may bring only so much in an hour. Raises ImportedFileError for bad files, and
    RunError when that is too much or the store cannot keep the run.
    """
    network = read_weights(weights, limits)
    told = _untold(network.spec, limits) if story is None else read_story(story, limits)
    if told.spec.network != network.spec:
        raise ImportedFileError(
            "these two files are not of one run: the network in the .npz file is another one than "
            "the .json file tells of. Choose the two that were downloaded together."
        )
    size = FLOAT_BYTES * network.spec.parameters + len(story or b"")
    store.admit(visitor, size, limits)
    run_id = store.create(told.spec)
    last = max(told.records)
    if past := {number: record for number, record in told.records.items() if number < last}:
        store.save_past(run_id, past)
    store.save_epoch(run_id, last, network.weights, told.records[last], None)
    name = f"{PREFIX}: {told.name}" if told.name else f"{PREFIX} run"
    store.describe(run_id, name=name[:NAME_LENGTH].strip(), began_from=told.began_from)
    store.update(run_id, state="done", message="This run was imported from files.")
    return run_id


def read_weights(data: bytes, limits: Limits = LIMITS) -> Network:
    """The network in an `.npz` file; ImportedFileError for anything else."""
    most = 4 * limits.parameters + OVERHEAD_BYTES
    if len(data) > most:
        raise ImportedFileError(
            f"a file of weights may have {most:,} bytes here; this one has {len(data):,}."
        )
    # Reading a zip's directory makes an object for each of its entries, however small they are.
    if data.count(_ENTRY) > MAX_ARRAYS:
        raise ImportedFileError("this .npz file holds more arrays than any network here has.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            unpacked = sum(entry.file_size for entry in file.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, IndexError):
        raise ImportedFileError(
            "this is not an .npz file, or a damaged one. Choose the weights that were downloaded "
            "from a run here."
        ) from None
    if unpacked > most:
        raise ImportedFileError(
            f"the arrays in this .npz file would take {unpacked:,} bytes; the most is {most:,}."
        )
    try:
        network = Network.load(io.BytesIO(data))
    except (NetworkError, SpecError) as error:
        raise ImportedFileError(str(error)) from None
    if network.spec.parameters > limits.parameters:  # in 16 bits they take half of the bytes
        raise ImportedFileError(
            f"a network may have {limits.parameters:,} parameters here; this one has "
            f"{network.spec.parameters:,}."
        )
    return network


def read_story(data: bytes, limits: Limits = LIMITS) -> Story:
    """What a `.json` file tells of a run; ImportedFileError for anything else."""
    if len(data) > MAX_STORY_BYTES:
        raise ImportedFileError(
            f"the .json file of a run may have {MAX_STORY_BYTES:,} bytes; this one has "
            f"{len(data):,}."
        )
    try:
        values = plain_json(data.decode())
    except (ValueError, RecursionError) as error:
        raise ImportedFileError(f"this is not readable as JSON: {str(error)[:120]}.") from None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise ImportedFileError("this .json file does not tell of a run of this app.")
    if values.get("version") != VERSION or set(values) != _KEYS:
        raise ImportedFileError(
            f"this .json file is of another version of this app; version {VERSION} can be read."
        )
    try:
        spec = RunSpec.from_dict(values["spec"])
        spec.check(limits)
        _check_data(spec)
        records = _records(values["records"], spec)
    except (SpecError, RunError) as error:
        raise ImportedFileError(f"this run cannot be read: {error}") from None
    return Story(spec, _words(values["name"]), _words(values["began_from"]), records)


def _untold(network: NetworkSpec, limits: Limits) -> Story:
    """The story of weights that come without one."""
    for name, known in datasets.DATASETS.items():
        if (network.input_shape, network.classes) == (known.image_shape, len(known.classes)):
            count = known.sample_counts[0]
            spec = RunSpec(network, TrainingSpec(dataset=name, image_count=count))
            try:
                spec.check(limits)
            except SpecError as error:
                raise ImportedFileError(f"this network is too large to run here: {error}") from None
            return Story(spec, "", "", {0: EpochRecord()})
    height, width, channels = network.input_shape
    raise ImportedFileError(
        f"this network takes images of {height} x {width} x {channels} and tells "
        f"{network.classes} classes apart, which fits no data set here."
    )


def _check_data(spec: RunSpec) -> None:
    known = datasets.info(spec.training.dataset)
    if (spec.network.input_shape, spec.network.classes) != (known.image_shape, len(known.classes)):
        raise SpecError(
            f"its network does not take the images of the data set that it names, {known.title}."
        )


def _words(value: object) -> str:
    if not isinstance(value, str) or len(value) > NAME_LENGTH or not value.isprintable():
        raise ImportedFileError(
            f"a run's name in a .json file has at most {NAME_LENGTH} letters, digits and signs; "
            f"it is {quote(value)}."
        )
    return value.strip()


def _records(values: object, spec: RunSpec) -> dict[int, EpochRecord]:
    epochs = spec.training.epochs
    if not isinstance(values, dict) or not 1 <= len(values) <= epochs + 1:
        raise SpecError(f"it needs the records of 1 to {epochs + 1} epochs.")
    first = 0 if "0" in values else 1
    numbers = range(first, first + len(values))
    if set(values) != {str(number) for number in numbers} or numbers[-1] > epochs:
        raise SpecError(f"its epochs must be numbered one after another, up to {epochs}.")
    records = {n: event_from_dict(EpochRecord, values[str(n)]) for n in numbers}
    for number, record in records.items():
        _check(_is_possible(record, number, number == numbers[-1], spec), number)
    return records


def _check(holds: bool, number: int) -> None:
    if not holds:
        raise SpecError(f"what it tells of epoch {number} cannot be.")


def _is_possible(record: EpochRecord, number: int, is_last: bool, spec: RunSpec) -> bool:
    """Whether an epoch's record has numbers that a training could have made."""
    if number == 0:
        return record == EpochRecord()
    if record.partial:
        whole = is_last and record.epoch is None and bool(record.batches)
    else:
        whole = record.epoch is not None and _is_epoch(record.epoch, number, spec)
    places = [batch.batch for batch in record.batches]
    return (
        whole
        and max(len(record.batches), len(record.changes)) <= MOST_EVENTS
        and all(_is_batch(batch, number) for batch in record.batches)
        and all(before < after for before, after in itertools.pairwise(places))
        and all(_is_change(change, number) for change in record.changes)
    )


def _is_batch(batch: BatchEvent, number: int) -> bool:
    return (
        batch.epoch == number
        and 1 <= batch.batch <= batch.batches <= LIMITS.images
        and _is_loss(batch.loss)
        and 0 <= batch.accuracy <= 1
        and _is_amount(batch.images_per_second)
        and _is_amount(batch.seconds)
        and _is_amount(batch.memory_bytes)
        and _is_amount(batch.reading_seconds)
    )


def _is_epoch(epoch: EpochEvent, number: int, spec: RunSpec) -> bool:
    shares = (epoch.accuracy, epoch.validation_accuracy)
    return (
        epoch.epoch == number
        and _is_loss(epoch.loss)
        and _is_loss(epoch.validation_loss)
        and all(0 <= share <= 1 for share in shares)
        and _is_amount(epoch.images_per_second)
        and _is_amount(epoch.seconds)
        and _is_amount(epoch.memory_bytes)
        and len(epoch.class_accuracy) in (0, spec.network.classes)
        and all(math.isnan(share) or 0 <= share <= 1 for share in epoch.class_accuracy)
    )


def _is_change(change: RateEvent, number: int) -> bool:
    low, high = limits_of(TrainingSpec, "learning_rate")
    return (
        change.epoch == number
        and 1 <= change.batch <= LIMITS.images
        and low <= change.learning_rate <= high
        and _is_amount(change.seconds)
    )


def _is_loss(loss: float) -> bool:
    """A loss is what it is, also infinite or undefined; less than nothing it is not."""
    return math.isnan(loss) or loss >= 0


def _is_amount(number: float) -> bool:
    return 0 <= number < 1e12
