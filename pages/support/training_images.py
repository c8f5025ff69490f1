"""Which images a training gets: settings that the data set page and the training page share."""

from __future__ import annotations

import dataclasses

import streamlit as st

from cnnlib import datasets
from cnnlib.spec import LIMITS, SpecError, TrainingSpec
from pages.support import settings

FEWEST_IMAGES = 500
PREFIX = settings.TRAINING


def choose_source(known: datasets.DatasetInfo) -> str:
    """Draw the choice between the sample and the full set, if that is here; return its name."""
    if not datasets.full_is_here(known.name):
        return "sample"
    source = settings.pick(TrainingSpec, "source", PREFIX, "Images")
    return "full" if source == "full" else "sample"


def most_images(known: datasets.DatasetInfo, source: str) -> int:
    """How many images there are to train on, and may be used."""
    counts = known.full_counts if source == "full" else known.sample_counts
    return min(counts[0], LIMITS.images)


def choose_count(known: datasets.DatasetInfo, source: str) -> int:
    """Draw how many images are used in all."""
    available = most_images(known, source)
    return settings.number(
        TrainingSpec,
        "image_count",
        f"{PREFIX}{available}_",  # a key for each count: a slider's range may not change under it
        "Training images",
        low=FEWEST_IMAGES,
        high=available,
        step=100,
        default=available,
        help="Those held back for validation are among them.",
    )


def choose_validation_share() -> float:
    """Draw the share of them that is held back."""
    return settings.number(
        TrainingSpec,
        "validation_share",
        PREFIX,
        "Held back for validation",
        step=0.05,
        format="percent",
    )


def choose_label_noise() -> float:
    """Draw the share of training images that get a wrong label."""
    return settings.number(
        TrainingSpec,
        "label_noise",
        PREFIX,
        "Wrong labels",
        step=0.05,
        format="percent",
        help="So many training images get the label of another class, drawn by the seed.",
    )


def choose_seed() -> int:
    return st.number_input(
        "Seed", 0, 9999, 0, key=f"{PREFIX}seed", bind="query-params", format="%d"
    )


def training_now(dataset: str) -> TrainingSpec:
    """The training page's settings as they stand in this session, on any page.

    What has not been touched, or could not have been sent by a widget, takes its default.
    """
    known = datasets.info(dataset)
    kept = {
        field.name: st.session_state[PREFIX + field.name]
        for field in dataclasses.fields(TrainingSpec)
        if PREFIX + field.name in st.session_state
    }
    if "augmentation" in kept:
        kept["augmentation"] = tuple(kept["augmentation"] or ())
    full = kept.get("source") == "full" and datasets.full_is_here(dataset)
    kept["source"] = "full" if full else "sample"
    available = most_images(known, kept["source"])
    kept["image_count"] = st.session_state.get(f"{PREFIX}{available}_image_count", available)
    try:
        return TrainingSpec(**(kept | {"dataset": dataset}))
    except SpecError:
        return TrainingSpec(dataset=dataset, image_count=available)
