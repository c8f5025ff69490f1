"""Exercises of the training page: what the next batch does, and what a curve says.

They are asked of the reader's own run where there is one, and of settings drawn by the seed where
there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cnnlib import datasets
from cnnlib.events import EpochEvent, StepDetail
from cnnlib.exercises import Exercise, Maker
from cnnlib.numerals import numeral
from cnnlib.spec import TrainingSpec

FEWEST_EPOCHS = 2  # of a curve that can be asked about
SHOWN_EPOCHS = 12


def batches_in_epoch(seed: int, training: TrainingSpec) -> Exercise:
    """How many steps an epoch has."""
    trained, size = _trained_on(training), training.batch_size
    count = _batches(training)
    return Exercise(
        f"{_images(training)} A batch has {size} images, and an epoch's last batch may have fewer. "
        "How many batches is one epoch?",
        count,
        "Divide the images that are trained on by the size of a batch, and round up.",
        f"{trained:,} / {size} = {trained / size:.2f}, so {count:,} batches",
    )


def last_batch(seed: int, training: TrainingSpec) -> Exercise:
    """How many images are left for the last batch of an epoch."""
    trained, size = _trained_on(training), training.batch_size
    before = (_batches(training) - 1) * size
    return Exercise(
        f"{_images(training)} All batches of an epoch have {size} images, but for the last one, "
        "which gets what is left. How many images does it have?",
        trained - before,
        "How many images are in all the batches before it?",
        f"{_batches(training) - 1:,} × {size} = {before:,}, and {trained:,} − {before:,} = "
        f"{trained - before:,}",
    )


def step_number(seed: int, training: TrainingSpec) -> Exercise:
    """Which step of the whole training a batch is."""
    rng = np.random.default_rng(seed)
    count = _batches(training)
    epoch, batch = int(rng.integers(1, training.epochs + 1)), int(rng.integers(1, count + 1))
    answer = (epoch - 1) * count + batch
    return Exercise(
        f"An epoch of this run is {count:,} batches, and every batch moves the weights once. Batch "
        f"{batch:,} of epoch {epoch} is which step of the whole training, counted from 1?",
        answer,
        "How many epochs are behind it, and how many steps is that?",
        f"{epoch - 1} × {count:,} + {batch:,} = {answer:,}",
    )


def next_weight(seed: int, weight: float, gradient: float, rate: float, where: str) -> Exercise:
    """What plain SGD makes of a weight."""
    answer = weight - rate * gradient
    return Exercise(
        f"{where} the weight {_number(weight)} has the gradient {_number(gradient)}. The learning "
        f"rate is {rate:g}. What does plain SGD make of the weight?",
        answer,
        "Take the learning rate times the gradient off the weight. Mind the signs.",
        f"{_number(weight)} − {rate:g} × ({_number(gradient)}) = {_number(answer)}",
        # Half of the step itself would be mistaken for its result by anything coarser.
        tolerance=max(abs(rate * gradient) / 20, 1e-9),
    )


def best_epoch(seed: int, losses: Sequence[float], where: str) -> Exercise:
    """After which epoch the validation loss was smallest."""
    answer = int(np.argmin(losses)) + 1
    return Exercise(
        f"{where} the validation loss after epochs 1 to {len(losses)} was {_list(losses)}. After "
        "which epoch would you keep the weights?",
        answer,
        "Images that the network never trains on tell best how good it is. A loss is better the "
        "smaller it is.",
        f"It is smallest, {losses[answer - 1]:.4f}, after epoch {answer}. The first such epoch "
        "counts.",
    )


def early_end(seed: int, losses: Sequence[float], where: str) -> Exercise:
    """After which epoch early stopping ends a training."""
    patience = int(np.random.default_rng(seed).integers(1, 4))
    best = end = 0
    for epoch in range(1, len(losses) + 1):
        end = epoch
        if best == 0 or losses[epoch - 1] < losses[best - 1]:
            best = epoch
        elif epoch - best >= patience:
            break
    epochs = "epoch" if patience == 1 else "epochs"
    ends_early = end - best >= patience
    worked = (
        f"After epoch {end} the smallest loss, that of epoch {best}, is {patience} {epochs} old."
        if ends_early
        else f"The smallest loss is never {patience} {epochs} old before epoch {end}, the last."
    )
    return Exercise(
        f"{where} the validation loss after epochs 1 to {len(losses)} was {_list(losses)}. With a "
        f"patience of {patience} {epochs}, after which epoch does early stopping end the training? "
        "(The last one, if it never does.)",
        end,
        "Go through the losses and count the epochs since the smallest one so far.",
        worked,
    )


def questions_on_run(
    training: TrainingSpec, epochs: Sequence[EpochEvent] = (), detail: StepDetail | None = None
) -> tuple[Maker, ...]:
    """Makers on a reader's run: its settings, its curve, and its last step that was laid open."""
    makers: list[Maker] = [
        lambda seed: batches_in_epoch(seed, training),
        lambda seed: _own_step(seed, training, detail),
        lambda seed: step_number(seed, training),
    ]
    losses = [epoch.validation_loss for epoch in epochs[:SHOWN_EPOCHS]]
    if len(losses) >= FEWEST_EPOCHS and np.isfinite(losses).all():
        rounded = [round(loss, 4) for loss in losses]
        makers.insert(1, lambda seed: best_epoch(seed, rounded, "In your run"))
        makers.append(lambda seed: early_end(seed, rounded, "In your run"))
    if _batches(training) > 1:
        makers.append(lambda seed: last_batch(seed, training))
    return tuple(makers)


def _own_step(seed: int, training: TrainingSpec, detail: StepDetail | None) -> Exercise:
    """A weight of the kernel that was watched, or of a kernel that might be."""
    rate = training.learning_rate
    if detail is None or not np.isfinite([*detail.before.flat, *detail.gradient.flat]).all():
        return _drawn_step(seed, rate)
    at = int(np.random.default_rng(seed).integers(detail.before.size))
    weight, gradient = (
        round(float(array.flat[at]), 5) for array in (detail.before, detail.gradient)
    )
    where = f"In batch {detail.batch} of epoch {detail.epoch} of your run, laid open above,"
    return next_weight(seed, weight, gradient, round(detail.learning_rate, 7), where)


def _drawn_step(seed: int, rate: float) -> Exercise:
    rng = np.random.default_rng(seed)
    weight, gradient = (round(float(x), 2) for x in rng.uniform(-0.9, 0.9, 2))
    return next_weight(seed, weight, gradient or 0.1, rate, "At some step")


def _drawn(maker: Callable[[int, TrainingSpec], Exercise]) -> Maker:
    """A maker that asks of settings drawn by the seed."""

    def make(seed: int) -> Exercise:
        return maker(seed, _any_training(seed))

    return make


def _any_training(seed: int) -> TrainingSpec:
    rng = np.random.default_rng((seed, 1))
    return TrainingSpec(
        image_count=100 * int(rng.integers(5, 91)),
        batch_size=int(rng.choice((16, 32, 50, 64, 100, 128))),
        epochs=int(rng.integers(2, 21)),
        learning_rate=float(rng.choice((0.01, 0.05, 0.1, 0.5))),
        validation_share=float(rng.choice((0.1, 0.2, 0.25))),
    )


def _drawn_losses(seed: int) -> list[float]:
    """A validation loss that falls, and then mostly rises again."""
    rng = np.random.default_rng((seed, 2))
    count, turn = int(rng.integers(5, 9)), int(rng.integers(2, 5))
    trend = 0.3 + 0.05 * np.abs(np.arange(count) - turn)
    return [round(float(loss), 4) for loss in trend + rng.uniform(-0.03, 0.03, count)]


QUESTIONS: dict[str, tuple[Maker, ...]] = {
    "training": (
        _drawn(batches_in_epoch),
        lambda seed: best_epoch(seed, _drawn_losses(seed), "In some run"),
        lambda seed: _drawn_step(seed, _any_training(seed).learning_rate),
        _drawn(step_number),
        lambda seed: early_end(seed, _drawn_losses(seed), "In some run"),
        _drawn(last_batch),
    )
}


def _trained_on(training: TrainingSpec) -> int:
    held_back = datasets.held_back_count(training.image_count, training.validation_share)
    return training.image_count - held_back


def _batches(training: TrainingSpec) -> int:
    return -(-_trained_on(training) // training.batch_size)


def _images(training: TrainingSpec) -> str:
    held_back = training.image_count - _trained_on(training)
    return f"Of {training.image_count:,} images {held_back:,} are held back for validation."


def _list(losses: Sequence[float]) -> str:
    return ", ".join(f"{loss:.4f}" for loss in losses)


def _number(value: float) -> str:
    return numeral(round(value, 9), ".9g")
