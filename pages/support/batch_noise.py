"""The noise of a batch's gradient, measured on the reader's network while they wait."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnlib import datasets, gradient_noise
from cnnlib.datasets import DatasetError
from cnnlib.gradient_noise import GradientNoise, images_measured
from cnnlib.network import Network
from cnnlib.records import RunError
from pages.support import jobs
from pages.support.choices import choose
from pages.support.data import load_dataset
from pages.support.kept_work import KeptWork, slow_bar
from pages.support.networks import Chosen, choose_network
from pages.support.page import PageText, sentence

STATES = {"trained": "As trained", "fresh": "As it began"}
WANTED = "batches_wanted"
SEED = 2018
CONFIG = {"displayModeBar": False}
_kept: KeptWork[GradientNoise] = KeptWork(most=40)


@dataclass(frozen=True)
class Asked:
    """A network and the images that its gradients are of."""

    network: Network
    dataset: str
    identity: str


def draw_noise(text: PageText) -> GradientNoise | None:
    """The section on the gradient's noise; what was measured, if it has been."""
    text.show("noise")
    chosen = choose_network("batches_network")
    state = choose("Weights", STATES, key="batches_weights")
    try:
        return _draw(text, _asked(chosen, state))
    except (RunError, DatasetError) as error:
        st.error(sentence(error), icon=":material/error:")
    except FloatingPointError as error:
        st.warning(f"This network has no gradient to compare with: {error}")
    return None


def _asked(chosen: Chosen, state: str) -> Asked:
    if state == "trained":
        return Asked(chosen.network, chosen.dataset, chosen.identity)
    if chosen.run_id is not None:
        began = jobs.store().network(chosen.run_id, 0)
        return Asked(began, chosen.dataset, f"{chosen.run_id}-0")
    began = Network.initial(chosen.network.spec, SEED)
    return Asked(began, chosen.dataset, f"{chosen.identity}-fresh")


def _draw(text: PageText, asked: Asked) -> GradientNoise | None:
    found = _kept.known(asked.identity)
    if found is None and st.session_state.get(WANTED) == asked.identity:
        found = _measure(asked)
    if found is None:
        count = _count(asked)
        st.button(
            f"Measure with {count:,} images",
            type="primary",
            icon=":material/play_arrow:",
            key="batches_measure",
            on_click=_want,
            args=(asked.identity,),
        )
        return None
    _draw_figures(found)
    _draw_words(text, found)
    return found


def _want(identity: str) -> None:
    st.session_state[WANTED] = identity


def _measure(asked: Asked) -> GradientNoise:
    """Work it out, with a bar and a button to stop, which ends this run of the page."""
    place = st.empty()
    with place.container():
        bar = st.empty()
        st.button("Stop", icon=":material/stop:", key="batches_unwant", on_click=_want, args=("",))
    show = slow_bar(bar, "Going back through the network, one image at a time")
    found = _kept.get(asked.identity, lambda: _made(asked, show))
    place.empty()
    return found


def _made(asked: Asked, show) -> GradientNoise:
    dataset = load_dataset(asked.dataset)
    order = np.random.default_rng(SEED).permutation(len(dataset.y_train))
    members = order[: _count(asked) + gradient_noise.AT_ONCE]
    images = datasets.scale(dataset.x_train[members])
    labels = dataset.y_train[members]
    return gradient_noise.gradient_noise(asked.network, images, labels, progress=show)


def _count(asked: Asked) -> int:
    """As many as there are, and as the network's size allows: a power of two."""
    there = datasets.info(asked.dataset).sample_counts[0] - gradient_noise.AT_ONCE
    wanted = images_measured(asked.network.spec.multiply_adds)
    while wanted > there:
        wanted //= 2
    return wanted


def _draw_figures(noise: GradientNoise) -> None:
    from cnnlib.batch_figures import cloud_figure, cosine_figure, error_figure, left_out

    ends = [noise.mean_error(0), noise.mean_error(-1)]
    small, large = noise.shown
    cosines = [float(cosines.mean()) for cosines in noise.cosines]
    drawn = (
        (
            error_figure(noise),
            f"Error of a batch's gradient by batch size: {ends[0]:.1f} times the gradient for one "
            f"image, {ends[1]:.2f} for {noise.sizes[-1]}.",
        ),
        (
            cosine_figure(noise),
            f"Cosine between a batch's gradient and that of all images: {cosines[0]:.2f} for one "
            f"image, {cosines[-1]:.2f} for {noise.sizes[-1]}.",
        ),
        (
            cloud_figure(noise),
            f"Gradients of single batches as points: those of {large} lie closer together than "
            f"those of {small}.",
        ),
    )
    for at, (column, (figure, alt)) in enumerate(zip(st.columns(3), drawn, strict=True)):
        column.plotly_chart(figure, key=f"batches_noise_{at}", config=CONFIG, alt=alt)
    outside = left_out(noise)
    if any(outside):
        of_all = [
            f"{out} of {len(found)}" for out, found in zip(outside, noise.points, strict=True)
        ]
        st.caption(
            f"Outside the third picture lie {of_all[0]} of the smaller size and {of_all[1]} of the "
            "larger: images that the network has quite wrong have very long gradients."
        )


def _draw_words(text: PageText, noise: GradientNoise) -> None:
    at = min(5, len(noise.sizes) - 1)
    text.show(
        "noise_found",
        images=f"{noise.images:,}",
        parameters=f"{noise.parameters:,}",
        one=f"{noise.mean_error(0):.1f}",
        size=noise.sizes[at],
        many=f"{noise.mean_error(at):.2f}",
        root=f"{noise.sizes[at] ** 0.5:.1f}",
        ratio=f"{noise.mean_error(0) / noise.mean_error(at):.1f}",
        scale=f"{noise.noise_scale:,.0f}",
    )
