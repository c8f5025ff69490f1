"""Exercises on which method answers which question, and where to read about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlib.elsewhere import ELSEWHERE
from cnnlib.exercises import Exercise, any_of

OPTIONS = 4


@dataclass(frozen=True)
class Case:
    """Something one may want to know, the method that tells, and why that one."""

    wanted: str
    method: str
    reason: str


MATRIX = "The confusion matrix"
DIAGRAM = "The reliability diagram"
INTERVAL = "The accuracy's confidence interval"
OCCLUSION = "Occlusion"
INTEGRATED = "Integrated gradients"
SANITY = "Making the weights random and drawing the map again"
GROWN = "A picture grown for the filter"
PATCHES = "The patches of the data set that fire the filter most"
MAPS = "The layers' feature maps of one picture"
WEIGHTS = "The kernels and their histograms"
GRADIENT = "The gradient of the loss, followed back to the kernel"

CASES = (
    Case(
        "which two classes your network mixes up most often",
        MATRIX,
        "Each cell counts one kind of mistake; the largest one off the diagonal is the pair.",
    ),
    Case(
        "whether you may rely on it when your network says 90 %",
        DIAGRAM,
        "It sets the confidence of many answers against the share of them that was right.",
    ),
    Case(
        "whether your second network is really better, with 1 % more test images right",
        INTERVAL,
        "If the intervals of both networks overlap widely, other test images might turn the order "
        "round.",
    ),
    Case(
        "whether the answer really falls when a stamp in the picture's corner is covered",
        OCCLUSION,
        "It covers the place and asks again: no guess about what would happen, but the answer.",
    ),
    Case(
        "how the whole gain of a score from a black picture to yours is shared out among the "
        "pixels, with nothing left over",
        INTEGRATED,
        "Its numbers add up to the score's gain; those of the other maps do not.",
    ),
    Case(
        "whether a map of importance shows the network at all, or only the picture's edges",
        SANITY,
        "A map that stays the same without anything learned does not speak of what was learned.",
    ),
    Case(
        "what a filter would ask for if any picture at all were allowed",
        GROWN,
        "The pixels are changed until the filter fires as much as it can; no photo limits it.",
    ),
    Case(
        "which real things in your photos a filter fires at",
        PATCHES,
        "They are cut from real photos, so they show what it meets, not what it could ask for.",
    ),
    Case(
        "at which places of your picture each filter fires",
        MAPS,
        "A map has a number for each place: this picture's, and no other's.",
    ),
    Case(
        "whether two filters of your first layer have learned the same",
        WEIGHTS,
        "Twins have nearly the same weights, whatever the picture: look at the kernels themselves.",
    ),
    Case(
        "how one training image will change one kernel in the next step",
        GRADIENT,
        "The step is made from the loss's gradient at that kernel, by the optimizer.",
    ),
)


def method_for(seed: int) -> Exercise:
    """The method that answers a question."""
    rng = np.random.default_rng(seed)
    case = any_of(rng, CASES)
    others = [other.method for other in CASES if other != case]
    picked = rng.choice(others, OPTIONS - 1, replace=False).tolist()
    choices = [str(name) for name in rng.permutation([case.method, *picked])]
    return Exercise(
        f"You want to know {case.wanted}. What do you look at first?",
        case.method,
        "Ask of each what goes into it: one picture or many, the weights, or the answers.",
        f"**{case.method}.** {case.reason}",
        choices=tuple(choices),
    )


def work_for(seed: int) -> Exercise:
    """The work to open for an aim."""
    rng = np.random.default_rng(seed)
    at, *others = rng.permutation(len(ELSEWHERE))[:OPTIONS].tolist()
    wanted = ELSEWHERE[at]
    titles = [ELSEWHERE[i].work.title for i in (at, *others)]
    return Exercise(
        f"You want to {wanted.aim}. Which of these do you open?",
        wanted.work.title,
        "Each card says what it has that our page has not.",
        f"**{wanted.work.title}** ({wanted.work.author}, {wanted.work.year}). {wanted.theirs}",
        choices=tuple(titles[i] for i in rng.permutation(OPTIONS)),
    )


QUESTIONS = {"external_material": (method_for, work_for)}
