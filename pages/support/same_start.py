"""The same optimizers on a real network from one start: at once in NumPy, then as trainings."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import datasets, first_steps
from cnnlib.descent import TITLES, all_optimizers
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer, PoolLayer
from cnnlib.spec import NetworkSpec, RunSpec, TrainingSpec, limits_of
from pages.support.chart import draw_chart
from pages.support.data import load_dataset
from pages.support.experiment import draw_experiment
from pages.support.page import PageText

RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
IMAGES, EPOCHS = 2_000, 6
MOST_LOSS = 3.0  # a network that guesses has ln 10 = 2.3
NETWORK = NetworkSpec(
    (28, 28, 1),
    (
        ConvLayer(8, 3, stride=2),
        PoolLayer(),
        FlattenLayer(),
        DenseLayer(32),
        DenseLayer(10, "softmax"),
    ),
)


@st.fragment
def draw_first_steps(text: PageText) -> None:
    """Five short trainings in NumPy, with one learning rate."""
    text.show(
        "network",
        parameters=f"{first_steps.SPEC.parameters:,}",
        steps=first_steps.STEPS,
        batch=first_steps.BATCH,
    )
    from cnnlib.descent_figures import first_losses_figure

    left, right = st.columns([2, 1], gap="large")
    rate = left.select_slider(
        "Learning rate of all five", RATES, 0.01, key="optimizer_first_rate", bind="query-params"
    )
    seed = right.number_input(
        "Seed of weights and batches", 0, 9999, 0, key="optimizer_first_seed", bind="query-params"
    )
    curves = _first_losses(rate if rate in RATES else 0.01, int(seed))
    ends = ", ".join(
        f"{TITLES[name]} {losses[-1]:.3g}" if np.isfinite(losses[-1]) else f"{TITLES[name]} none"
        for name, losses in curves.items()
    )
    draw_chart(
        first_losses_figure(curves, TITLES),
        key="optimizer_first",
        alt=f"Loss against steps, from {curves['sgd'][0]:.3g}; after the last step {ends}.",
    )
    text.show("network_notice")


@st.cache_data(max_entries=64, show_spinner="Taking the first steps")
def _first_losses(learning_rate: float, seed: int) -> dict[str, np.ndarray]:
    digits = load_dataset("digits")
    members = np.linspace(0, len(digits.x_train) - 1, first_steps.IMAGES).astype(int)
    images = datasets.scale(digits.x_train[members])
    return first_steps.first_losses(
        all_optimizers(learning_rate), images, digits.y_train[members], seed=seed
    )


def draw_trainings(text: PageText) -> None:
    """A training with each optimizer that trainings know, one after another."""
    text.show("training", images=f"{IMAGES:,}", epochs=EPOCHS)
    rate = st.select_slider(
        "Learning rate of all trainings",
        RATES,
        0.01,
        key="optimizer_train_rate",
        bind="query-params",
        width=680,
    )
    specs = [
        RunSpec(
            NETWORK,
            TrainingSpec(
                image_count=IMAGES,
                epochs=EPOCHS,
                optimizer=name,
                learning_rate=rate if rate in RATES else 0.01,
            ),
        )
        for name in limits_of(TrainingSpec, "optimizer")
    ]
    draw_experiment("optimizer", specs, _name_of, button="Train with each", most_loss=MOST_LOSS)
    text.show("training_notice")


def _name_of(spec: RunSpec) -> str:
    return TITLES.get(spec.training.optimizer, spec.training.optimizer)
