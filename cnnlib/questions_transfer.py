"""Exercises of the transfer page: heads, frozen weights, steps, and what a comparison shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnlib import feature_space
from cnnlib.exercises import Exercise, Maker, any_of
from cnnlib.spec import NetworkSpec, RunSpec
from cnnlib.start import like_layers
from cnnlib.transfer_trials import training_cost


@dataclass(frozen=True, eq=False)
class Shown:
    """What the page shows: the runs by kind, the shipped network, and the new images' features."""

    specs: Mapping[str, RunSpec]
    shipped: NetworkSpec
    each: int
    features: np.ndarray
    labels: np.ndarray
    classes: Sequence[str]


def head_weights(seed: int, shown: Shown) -> Exercise:
    """How many weights a head has, for a number of classes drawn by the seed."""
    (numbers,) = shown.shipped.trace()[-1].input_shape
    units = int(np.random.default_rng(seed).integers(2, 13))
    answer = (numbers + 1) * units
    return Exercise(
        f"The shipped network makes {numbers} numbers of an image, and its new head is a dense "
        f"layer with a unit for each of {units} classes. How many weights does the head have, "
        "biases included?",
        answer,
        "Each unit has a weight for every number, and one bias.",
        f"({numbers} + 1) × {units} = {answer:,}",
    )


def share_that_learns(seed: int, shown: Shown) -> Exercise:
    """The share of the weights that learn while the features are frozen."""
    spec = shown.specs["frozen"]
    cost = training_cost(spec, like_layers(spec.network, shown.shipped))
    whole = cost.learning + cost.kept
    share = 100 * cost.learning / whole
    return Exercise(
        f"With the features frozen, {cost.learning:,} weights learn and {cost.kept:,} do not. What "
        "percentage of them all learns, to two decimals?",
        round(share, 2),
        "Divide those that learn by the sum of both.",
        f"{cost.learning:,} / {whole:,} = {share:.3f} %",
        tolerance=0.006,
    )


def steps_of_run(seed: int, shown: Shown) -> Exercise:
    """How many steps a run of the trial takes."""
    training = shown.specs["fine"].training
    trained = shown.each * len(shown.classes)
    batches = -(-trained // training.batch_size)
    return Exercise(
        f"{shown.each} images of each of {len(shown.classes)} classes are trained on, in batches "
        f"of {training.batch_size}, for {training.epochs} epochs. How many steps is that?",
        batches * training.epochs,
        "How many batches is one epoch? Round up.",
        f"{trained} / {training.batch_size} = {trained / training.batch_size:g}, so {batches} "
        f"batches an epoch, and {batches} × {training.epochs} = {batches * training.epochs:,}",
    )


def nearest_class(seed: int, shown: Shown) -> Exercise:
    """Which class mean is nearest to one image's features, from the distances."""
    rng = np.random.default_rng(seed)
    means = feature_space.class_means(shown.features, shown.labels, len(shown.classes))
    index = int(rng.integers(len(shown.labels)))
    distances = np.linalg.norm(means - shown.features[index], axis=1)
    order = rng.permutation(len(shown.classes))
    rows = "\n".join(f"| {shown.classes[at]} | {distances[at]:.3f} |" for at in order)
    said = shown.classes[int(distances.argmin())]
    true = shown.classes[shown.labels[index]]
    verdict = "which is right" if said == true else f"though it is of class {true}"
    return Exercise(
        "The features of one of the images above lie so far from the mean features of each class:"
        f"\n\n| Class | Distance |\n|:--|--:|\n{rows}\n\nWhich class does the nearest mean say?",
        said,
        "No softmax here: the smallest distance decides.",
        f"{said}, at {distances.min():.3f}, {verdict}.",
        choices=tuple(shown.classes[at] for at in order),
    )


def backward_work(seed: int, shown: Shown) -> Exercise:
    """How many times less a step costs while the features are frozen."""
    frozen, whole = (
        training_cost(spec, like_layers(spec.network, shown.shipped))
        for spec in (shown.specs["frozen"], shown.specs["fine"])
    )
    few, many = frozen.forward + frozen.backward, whole.forward + whole.backward
    return Exercise(
        f"Frozen, an image costs {few:,} multiply-adds forward and back; with everything learning, "
        f"{many:,}. How many times as much is that, to one decimal?",
        round(many / few, 1),
        "Divide the larger number by the smaller.",
        f"{many:,} / {few:,} = {many / few:.3f}. Forward is the same in both; frozen, there is "
        "next to nothing to do backward.",
        tolerance=0.06,
    )


FLATTERY = (
    (
        "Why does the trial on CIFAR-10's own classes flatter transfer?",
        "The features were learned to tell these very classes apart",
        (
            "The photos are small",
            "The head has few weights",
            "Frozen weights cannot overfit",
        ),
        "The shipped network has seen thousands of images of each of these classes, with their "
        "labels. The few that you gave it only tell it which name goes with which cluster.",
    ),
    (
        "In which case can frozen features do worse than a small network trained from nothing?",
        "They were learned for images that are nothing like the new ones",
        (
            "There are only five images of each class",
            "The head has no hidden layer",
            "The new classes have other names than the old ones",
        ),
        "Features keep what told the old classes apart and drop the rest. What the new task needs "
        "may be among what was dropped, and no head brings it back.",
    ),
    (
        "Why is the learning rate low when all layers go on learning from a shipped network?",
        "Large steps would undo what the weights know before the head has learned anything",
        (
            "Large steps take longer to calculate",
            "Frozen layers need a low rate",
            "A low rate makes up for the missing bias",
        ),
        "A new head gives wrong gradients at first, and they reach all layers. Small steps do "
        "little harm meanwhile.",
    ),
    (
        "A network with frozen features is trained. What may change?",
        "Only the kernel and the bias of the last layer",
        (
            "The biases of all layers",
            "The moving averages of the normalisation",
            "The first layer, which is nearest to the images",
        ),
        "Frozen layers keep their weights, and their normalisation its averages: they are a fixed "
        "function from an image to its features.",
    ),
)


def what_it_shows(seed: int, shown: Shown) -> Exercise:
    """What may be concluded, and why."""
    rng = np.random.default_rng(seed)
    question, right, wrong, why = any_of(rng, FLATTERY)
    choices = (right, *wrong)
    return Exercise(
        question,
        right,
        "Think of what the shipped network was trained on, and which weights a head is.",
        why,
        choices=tuple(choices[at] for at in rng.permutation(len(choices))),
    )


QUESTIONS: dict[str, tuple[Maker, ...]] = {
    "transfer": (
        head_weights,
        what_it_shows,
        nearest_class,
        share_that_learns,
        backward_work,
        steps_of_run,
    ),
}
