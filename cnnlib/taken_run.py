"""What is taken home of a run, and what its files are called."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cnnlib.events import EpochEvent, RateEvent
from cnnlib.runs import RunStore
from cnnlib.spec import RunSpec


@dataclass(frozen=True)
class TakenRun:
    """What is taken home of a run.

    `epochs` are its whole epochs, `changes` those of the learning rate; `is_cut_short` says that
    somebody ended it before its last epoch. `began_from` names the run whose weights it began
    with, or is empty; `has_first_weights` says whether those can be handed out.
    """

    spec: RunSpec
    name: str = ""
    epochs: tuple[EpochEvent, ...] = ()
    changes: tuple[RateEvent, ...] = ()
    is_cut_short: bool = False
    began_from: str = ""
    has_first_weights: bool = False

    @property
    def stem(self) -> str:
        """What its files are called, before the dot: letters, digits and hyphens.

        >>> from cnnlib.spec import NetworkSpec, TrainingSpec
        >>> spec = RunSpec(NetworkSpec((28, 28, 1)), TrainingSpec())
        >>> TakenRun(spec).stem, TakenRun(spec, "Wide, 5 × 5!").stem
        ('digits-run', 'wide-5-5')
        """
        words = re.findall(r"[a-z0-9]+", self.name.lower())
        return "-".join(words)[:40].strip("-") or f"{_plain(self.spec.training.dataset)}-run"

    def __post_init__(self) -> None:
        # Somebody else's words go into a program that a reader will run.
        object.__setattr__(self, "name", _harmless(self.name))
        object.__setattr__(self, "began_from", _harmless(self.began_from))

    @property
    def epochs_to_train(self) -> int:
        """As many as the run had, if somebody ended it, or else as many as it was asked for."""
        asked = self.spec.training.epochs
        return len(self.epochs) if self.is_cut_short and self.epochs else asked


def _harmless(words: str) -> str:
    """Words that can neither end a comment nor a text in quotes.

    >>> _harmless("one\\ntwo"), _harmless("Sam's \\u2028 run")
    ('onetwo', 'Sams  run')
    """
    return "".join(sign for sign in words if sign.isprintable() and sign not in "\\\"'")


def data_file(dataset: str) -> str:
    """The name of the file with the bundled sample of a data set, as the program looks for it."""
    return f"{_plain(dataset)}-sample.npz"


def _plain(dataset: str) -> str:
    """A data set's name, also a variant's, as part of a file's.

    >>> _plain("cifar10:3,5@16")
    'cifar10-3-5-16'
    """
    return re.sub(r"[^a-z0-9]+", "-", dataset)


def first_weights_file(run: TakenRun) -> str:
    """The name of the file with the weights that the run began with, if they were another's."""
    return f"{run.stem}-first-weights.npz"


def taken_run(store: RunStore, run_id: str) -> TakenRun:
    """What the store knows of a run; RunError for an unknown one."""
    about, history = store.about(run_id), store.history(run_id)
    spec = store.spec(run_id)
    return TakenRun(
        spec,
        about.name,
        history.epochs,
        history.changes,
        store.record(run_id).state != "done",
        about.began_from,
        bool(spec.training.start) or store.initial_weights(run_id) is not None,
    )
