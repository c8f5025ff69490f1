"""Every door of the app with so many hostile files each, one process a file.

    python -m tests.fuzzing.campaign COUNT [FIRST]

prints what came of each as a line of JSON: the door, and the fields of `Outcome`. Numbers FIRST and
on are the files' seeds; the worst files by name that are made in no time come first.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from collections.abc import Callable, Iterator

from cnnlib.imports import ImportedFileError, read_story, read_weights
from cnnlib.pixels import ImageError, decode_image
from cnnlib.runs import RunStore
from tests.fuzzing import bombs, files, pictures
from tests.fuzzing.bounded import Outcome, made, outcomes
from tests.fuzzing.files import Target

PICTURES = "pictures"
# Made in a moment, and refused in one: a reader without limits takes seconds or a gigabyte.
QUICK = (
    "png: chunks of nothing",
    "png: colour profiles",
    "png: notes that repeat",
    "png: palette, one row",
    "png: palette, one column",
    "jpeg: escaped bytes",
    "jpeg: fill bytes",
    "jpeg: segments of nothing",
    "jpeg: progressive behind a marker",
    "webp: frames of nothing",
    "webp: notes that repeat",
    "npz: zeros in bzip2, small",
    "npz: beginnings of an end",
    "story: lists in lists",
    "story: names that repeat at the end",
)


def doors() -> dict[str, Target]:
    """All of them, by name."""
    store = RunStore(tempfile.mkdtemp(prefix="no-runs-"))
    picture = Target(pictures.mutated, decode_image, (ImageError,))
    return {PICTURES: picture, **files.targets(store)}


def worst_files() -> dict[str, tuple[str, Callable[[], bytes]]]:
    """The door and the maker of each file that has a name."""
    return {
        **{name: (PICTURES, make) for name, make in bombs.bombs().items()},
        **{name: ("networks", make) for name, make in files.network_bombs().items()},
        **{name: ("stories", make) for name, make in files.story_bombs().items()},
    }


def named(names: tuple[str, ...] | None = None) -> Iterator[tuple[str, Outcome]]:
    """What comes of the worst files, or of those with these names, and at which door."""
    _warm()
    read = {
        PICTURES: (decode_image, (ImageError,)),
        "networks": (read_weights, (ImportedFileError,)),
        "stories": (read_story, (ImportedFileError,)),
    }
    for name, (door, make) in worst_files().items():
        if names is None or name in names:
            for outcome in outcomes([(name, made(make))], *read[door]):
                yield door, outcome


def numbered(door: str, numbers: range) -> Iterator[Outcome]:
    """What comes of a door's files with these numbers."""
    _warm()
    target = doors()[door]
    return outcomes(map(target.case, numbers), target.read, target.refusals)


def _warm() -> None:
    """Load every reader here, so that no file's process has to."""
    for data in pictures.seeds().values():
        try:
            decode_image(data)
        except ImageError:
            continue
    read_weights(files.network_file())


def main(count: int, first: int = 0) -> None:
    found = [*named(QUICK)]
    for door in doors():
        found += [(door, one) for one in numbered(door, range(first, first + count))]
    for door, outcome in found:
        print(json.dumps([door, dataclasses.asdict(outcome)]))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
