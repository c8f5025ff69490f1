"""What the transfer page shows: the new images, what learns, clusters, and accuracy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from cnnlib import feature_space
from cnnlib.records import RunError
from cnnlib.spec import NetworkSpec, RunSpec
from cnnlib.start import like_layers
from cnnlib.transfer_trials import NAMES, each_of, is_of_trial, kind_of, training_cost
from cnnlib.verdict import percent
from pages.support import jobs, own_runs
from pages.support.chart import draw_chart
from pages.support.page import PageText
from pages.support.pictures import picture_row
from pages.support.tables import draw_table
from pages.support.transfer_data import Points, nearest_mean_series, test_accuracy

KEY = "transfer"
SHOWN_EACH = 6  # pictures of a class
COUNTS = (5, 10, 20, 50)
HEADS = ("Run", "Weights that learn", "Weights frozen", "Multiply-adds, millions")


def draw_images(points: Points, classes: tuple[str, ...], each: int) -> None:
    """The first few of each class, class by class."""
    place = np.arange(len(points.labels)) % each
    shown = np.flatnonzero(place < SHOWN_EACH)
    names = [classes[label] for label in points.labels[shown]]
    numbers = (place[shown] + 1).tolist()
    picture_row(
        points.images[shown],
        captions=names,
        alts=[
            f"{name}, image {number} of {each}" for name, number in zip(names, numbers, strict=True)
        ],
        scale=2,
    )


def draw_costs(specs: Mapping[str, RunSpec], shipped: NetworkSpec) -> None:
    """Weights and multiply-adds of each run."""
    rows = []
    for kind, spec in specs.items():
        cost = training_cost(spec, like_layers(spec.network, shipped))
        rows.append(
            (
                NAMES[kind],
                f"{cost.learning:,}",
                f"{cost.kept:,}",
                f"{(cost.forward + cost.backward) / 1e6:,.1f}",
            )
        )
    draw_table(HEADS, rows)


def draw_planes(training: Points, classes: tuple[str, ...]) -> None:
    """The new images by their pixels and by their features, each in a plane of its own."""
    from cnnlib.transfer_figures import plane_figure

    titles = {"pixels": "By their pixels", "features": "By their features"}
    for column, (kind, title) in zip(st.columns(2), titles.items(), strict=True):
        points = getattr(training, kind)
        found = feature_space.projection(points)
        means = feature_space.class_means(found.points, training.labels, len(classes))
        with column:
            draw_chart(
                plane_figure(found, training.labels, classes, title, means=means),
                key=f"{KEY}_plane_{kind}",
                alt=f"{title}: {len(points)} images of {', '.join(classes)} as points in a plane "
                f"with {found.shares[0] + found.shares[1]:.0%} of their variance.",
            )


def draw_nearest(
    text: PageText, training: Points, tests: Points, each: int
) -> dict[str, list[tuple[int, float]]]:
    """How good the nearest class mean is, and the figures for as many images as there are."""
    counts = tuple(sorted({*COUNTS, each}))
    series = nearest_mean_series(training, tests, each, counts)
    by_pixels, by_features = (points[-1][1] for points in series.values())
    text.show(
        "nearest",
        each=each,
        tests=f"{len(tests.labels):,}",
        pixels=percent(by_pixels),
        features=percent(by_features),
        numbers=f"{training.features.shape[1]:,}",
    )
    return series


def draw_accuracy(
    dataset: str,
    shipped: NetworkSpec,
    nearest: Mapping[str, list[tuple[int, float]]],
    tests: int,
    classes: int,
) -> None:
    """Every finished run of the visitor's on these classes, and the nearest means."""
    from cnnlib.transfer_figures import accuracy_figure

    series = {NAMES[kind]: found for kind, found in _found(dataset, shipped).items()}
    series |= nearest
    draw_chart(
        accuracy_figure(series, 1 / classes, tests),
        key=f"{KEY}_by_number",
        alt="Share of the test images told right, against the images of a class to learn from; the "
        "numbers are in the table below.",
    )
    counts = sorted({each for points in series.values() for each, _ in points})
    rows = [
        (name, *(_mean([y for x, y in points if x == count]) for count in counts))
        for name, points in series.items()
    ]
    draw_table(("Learned from", *(f"{count} a class" for count in counts)), rows)


def _mean(accuracies: list[float]) -> str:
    return percent(float(np.mean(accuracies))) if accuracies else "–"


def _found(dataset: str, shipped: NetworkSpec) -> dict[str, list[tuple[int, float]]]:
    """(images a class, accuracy) of each kind of run."""
    found: dict[str, list[tuple[int, float]]] = {kind: [] for kind in NAMES}
    for run_id in own_runs.own_runs():
        try:
            spec = jobs.store().spec(run_id)
            is_done = jobs.store().status(run_id).state == "done"
        except RunError:
            continue
        if is_done and is_of_trial(spec, dataset, shipped):
            accuracy = test_accuracy(run_id, dataset)
            if accuracy is not None:
                found[kind_of(spec)].append((each_of(spec.training), accuracy))
    return found
