"""Where a change stops making sense: what the shipped network says to more and more of it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.augmentation_sweep import (
    SWEEPS,
    Mirrored,
    Swept,
    examples,
    mirror_all,
    sweep,
)
from cnnlib.verdict import percent
from pages.support.chart import draw_chart
from pages.support.choices import choose
from pages.support.data import load_dataset
from pages.support.image_choice import ChosenImage
from pages.support.networks import shipped_network
from pages.support.page import PageText
from pages.support.pictures import picture_row
from pages.support.settings import TITLES

MIRROR = "flip"
COUNTS = {"digits": 20, "cifar10": 10}  # images of a class; a photo takes the network longer
SCALE = 3


@st.fragment
def draw_limits(text: PageText, dataset: str, image: ChosenImage, label: int, *, key: str) -> None:
    """The image under more and more of one change, and the answers to many images of its class."""
    titles = {name: TITLES[name] for name in (*SWEEPS, MIRROR)}
    kind = choose("Change", titles, key=f"{key}_change", wrap=True)
    if kind == MIRROR:
        _draw_mirror(text, dataset, image, label)
    else:
        _draw_sweep(text, dataset, image, label, kind)


def _draw_sweep(text: PageText, dataset: str, image: ChosenImage, label: int, kind: str) -> None:
    from cnnlib.augmentation_figures import sweep_figure

    classes = datasets.info(dataset).classes
    sweep_of = SWEEPS[kind]
    _draw_changed(
        dataset,
        image,
        [sweep_of.changed(image.pixels[np.newaxis], x)[0] for x in sweep_of.amounts[::2]],
        [sweep_of.written(x) for x in sweep_of.amounts[::2]],
    )
    swept = _swept(dataset, label, kind)
    count, last = swept.probabilities.shape[1], len(sweep_of.amounts) - 1
    most, votes = swept.taken_for(last)
    held = swept.holds_to()
    draw_chart(
        sweep_figure(sweep_of, swept, classes),
        key=f"augmentation_sweep_{kind}",
        alt=f"Mean probability of {classes[label]} and of {classes[swept.rival]} against the "
        f"amount: at {sweep_of.written(sweep_of.amounts[held])} {swept.means[held, label]:.0%}, "
        f"at {sweep_of.written(sweep_of.amounts[-1])} {swept.means[-1, label]:.0%}.",
    )
    first = int(np.argmin(np.abs(np.array(sweep_of.amounts) - sweep_of.unchanged)))
    text.show(
        "sweep_notice",
        right=f"{swept.shares[first] * count:.0f} of {count}",
        name=classes[label],
        held=sweep_of.written(sweep_of.amounts[held]),
        last=sweep_of.written(sweep_of.amounts[-1]),
        votes=f"{votes} of {count}",
        most=classes[most],
    )


def _draw_mirror(text: PageText, dataset: str, image: ChosenImage, label: int) -> None:
    from cnnlib.augmentation_figures import mirror_figure

    classes = datasets.info(dataset).classes
    mirrored = np.ascontiguousarray(image.pixels[:, ::-1])
    _draw_changed(dataset, image, [image.pixels, mirrored], ["as it is", "mirrored"])
    found = _mirrored(dataset)
    draw_chart(
        mirror_figure(found, classes, COUNTS[dataset]),
        key="augmentation_mirror",
        alt="Told right as they are and mirrored: "
        + ", ".join(
            f"{name} {one.before:.0%} and {one.after:.0%}"
            for name, one in zip(classes, found, strict=True)
        ),
    )
    one = found[label]
    text.show(
        "mirror_notice",
        name=classes[label],
        before=f"{one.before:.0%}",
        after=f"{one.after:.0%}",
        most=classes[one.taken_for],
    )


def _draw_changed(
    dataset: str, image: ChosenImage, changed: list[np.ndarray], amounts: list[str]
) -> None:
    """The image at some amounts, with the network's answer to each below it."""
    classes = datasets.info(dataset).classes
    answers = shipped_network(dataset).predict(np.stack(changed))
    captions = [
        f"{amount}: {classes[int(answer.argmax())]}, {_unbroken(float(answer.max()))}"
        for amount, answer in zip(amounts, answers, strict=True)
    ]
    picture_row(
        np.rint(np.stack(changed) * 255).astype(np.uint8),
        captions=captions,
        alts=[f"{image.name}, {caption}" for caption in captions],
        scale=SCALE,
    )


def _unbroken(share: float) -> str:
    return percent(share).replace(" ", "\N{NO-BREAK SPACE}")


@st.cache_data(max_entries=128, show_spinner="Asking the network")
def _swept(dataset: str, label: int, kind: str) -> Swept:
    known = load_dataset(dataset)
    images = datasets.scale(known.x_test[examples(known.y_test, label, COUNTS[dataset])])
    return sweep(shipped_network(dataset).predict, images, label, kind)


@st.cache_data(max_entries=4, show_spinner="Asking the network")
def _mirrored(dataset: str) -> tuple[Mirrored, ...]:
    known = load_dataset(dataset)
    chosen = np.concatenate(
        [examples(known.y_test, label, COUNTS[dataset]) for label in range(len(known.classes))]
    )
    return mirror_all(
        shipped_network(dataset).predict, datasets.scale(known.x_test[chosen]), known.y_test[chosen]
    )
