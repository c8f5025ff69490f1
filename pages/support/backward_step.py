"""The way back, what comes of it: one step of an optimizer, and whether it helped."""

from __future__ import annotations

import hashlib

import numpy as np
import streamlit as st

from cnnlib import datasets, descent
from cnnlib.backward_steps import BackwardPass
from cnnlib.descent_formulas import first_step_formulas
from cnnlib.kernel_gradient import KernelStep, image_loss, kernel_step, stepped
from cnnlib.numerals import numeral
from pages.support.backward_kernel import Watched
from pages.support.choices import choose
from pages.support.data import load_dataset
from pages.support.image_choice import ChosenImage
from pages.support.kernel_change import weight_table
from pages.support.linked import largest
from pages.support.maps import number_text
from pages.support.networks import Chosen
from pages.support.page import LINE_WIDTH, PageText
from pages.support.stage import Cell
from pages.support.tables import draw_table

RATES = ("0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1")
LISTED_RATES = ("0.0001", "0.001", "0.01", "0.1", "1")
FIRST_RATE = "0.001"
OTHERS = 5  # test images of each class that are asked before and after


def draw_step(
    text: PageText, chosen: Chosen, image: ChosenImage, taken: BackwardPass, watched: Watched
) -> descent.Optimizer:
    """The kernel before and after one step of an optimizer, and whether it helped."""
    text.show("step")
    name, rule = choose_rule()
    step = kernel_step(
        chosen.network,
        image.pixels,
        taken,
        rule,
        layer=watched.layer.step.index,
        filter=watched.filter,
        channel=watched.channel,
    )
    _draw_tables(text, step, watched.weight)
    text.show("formula", place=watched.weight)
    at = tuple(watched.weight)
    before, gradient = float(step.before[at]), float(step.gradient[at])
    with st.container(width=LINE_WIDTH):
        for formula in first_step_formulas(rule, before, gradient, figures=6):
            st.latex(formula)
    _draw_result(text, step)
    _draw_rates(text, chosen, image, taken, name)
    return rule


def choose_rule() -> tuple[str, descent.Optimizer]:
    """The optimizer and its learning rate: its name, and the rule."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        name = choose("Optimizer", descent.TITLES, key="back_optimizer", default="sgd", wrap=True)
        rate = st.select_slider(
            "Learning rate",
            RATES,
            FIRST_RATE,
            key="back_rate",
            bind="query-params",
            width=300,
        )
    try:
        return name, descent.optimizer(name, float(rate))
    except (ValueError, TypeError):  # clients can send anything
        return "sgd", descent.optimizer("sgd", float(FIRST_RATE))


def _draw_tables(text: PageText, step: KernelStep, weight: Cell) -> None:
    change = step.after - step.before
    weights, gradient, moved = (
        largest(array) for array in (np.stack([step.before, step.after]), step.gradient, change)
    )
    grids = (
        ("Before", step.before, weights),
        ("Gradient", step.gradient, gradient),
        ("Change", change, moved),
        ("After", step.after, weights),
    )
    parts = "".join(weight_table(title, grid, limit, tuple(weight)) for title, grid, limit in grids)
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:1rem 1.5rem">{parts}</div>')
    limits = {"weights": weights, "gradient": gradient, "change": moved}
    text.show("tables", **{name: number_text(limit) for name, limit in limits.items()})


def _draw_result(text: PageText, step: KernelStep) -> None:
    text.show("after")
    shown = {"before": loss_text(step.loss), "after": loss_text(step.loss_after)}
    if shown["before"] == shown["after"]:
        text.show("stayed", before=shown["before"])
    else:
        text.show("fell" if step.loss_after < step.loss else "rose", **shown)
    promise = "promise" if step.promised >= 0 else "promise_below"
    text.show(promise, promised=loss_text(step.promised))
    kernel = {"kernel": step.loss_of_kernel, "promised": step.promised_of_kernel}
    text.show("kernel_alone", **{name: loss_text(loss) for name, loss in kernel.items()})


def _draw_rates(
    text: PageText, chosen: Chosen, image: ChosenImage, taken: BackwardPass, name: str
) -> None:
    """The same step with other learning rates: on this image, and on others."""
    digest = hashlib.sha256(image.pixels.tobytes()).hexdigest()
    rows = []
    for rate in (None, *LISTED_RATES):
        loss, right = _after(
            chosen.identity, digest, taken.label, name, rate, chosen, image.pixels, taken
        )
        rows.append(("no step" if rate is None else rate, loss_text(loss), f"{right}"))
    count = OTHERS * len(datasets.info(chosen.dataset).classes)
    text.show("rates", count=count, each=OTHERS)
    draw_table(("Learning rate", "loss of this image", f"right, of {count} others"), rows)
    text.show("others")


@st.cache_data(max_entries=256, show_spinner=False)
def _after(
    identity: str,
    digest: str,
    label: int,
    name: str,
    rate: str | None,
    _chosen: Chosen,
    _image: np.ndarray,
    _taken: BackwardPass,
) -> tuple[float, int]:
    """The image's loss after a step, and how many of some test images are then recognised."""
    network = _chosen.network
    if rate is not None:
        network = stepped(network, _taken, descent.optimizer(name, float(rate)))
    images, labels = _others(_chosen.dataset, _image)
    with np.errstate(all="ignore"):
        right = int(np.sum(network.predict(images).argmax(axis=1) == labels))
    return image_loss(network, _image, label), right


def _others(name: str, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Test images other than `image`, as many of each class, and their labels."""
    dataset = load_dataset(name)
    places = []
    for label in range(len(dataset.classes)):
        first = np.flatnonzero(dataset.y_test == label)[: OTHERS + 1]
        same = (datasets.scale(dataset.x_test[first]) == image).all(axis=(1, 2, 3))
        places.extend(first[~same][:OTHERS].tolist())
    return datasets.scale(dataset.x_test[places]), dataset.y_test[places]


def loss_text(loss: float) -> str:
    """A loss with four decimals.

    >>> loss_text(1.99507), loss_text(0.00003), loss_text(-0.2)
    ('1.9951', '< 0.0001', '−0.2000')
    """
    if not np.isfinite(loss):
        return "no number"
    if 0 <= loss < 0.0001:
        return "< 0.0001"
    return numeral(loss, ",.4f")
