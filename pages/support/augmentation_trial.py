"""Two trainings, with and without augmentation: their curves, and the gap between two of each."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from cnnlib.augmentation import AUGMENTATIONS
from cnnlib.augmentation_trials import (
    SUITED,
    augmentation_name,
    augmentation_trial,
    first_images,
)
from cnnlib.feed import Event
from cnnlib.records import RunError
from cnnlib.spec import RunSpec, SpecError, TrainingSpec
from cnnlib.splits import held_back_count
from pages.support import jobs, model
from pages.support.data import load_dataset
from pages.support.experiment import draw_experiment
from pages.support.page import PageText
from pages.support.pictures import picture_row
from pages.support.settings import TITLES
from pages.support.tables import draw_table

EXPERIMENT = "augmentation"
SEEN = 8  # images, as the second run gets them
CONFIG = {"displayModeBar": False}
HEADS = ("Run", "In training", "In validation", "Gap", "Seconds")


def draw_trial(text: PageText, dataset: str, *, key: str) -> None:
    """The choice of augmentations, images as they come out, and the two runs."""
    names = st.pills(
        "Augmentations of the second run",
        AUGMENTATIONS,
        selection_mode="multi",
        default=SUITED[dataset],
        format_func=lambda name: TITLES.get(name, name),
        key=f"{key}_names_{dataset}",
        bind="query-params",
    )
    seed = st.number_input(
        "Seed", 0, 9999, 0, key=f"{key}_seed", bind="query-params", format="%d", width=140
    )
    if not names:
        st.caption(text.sections["none_chosen"])
        names = SUITED[dataset]
    try:
        specs = augmentation_trial(dataset, names, int(seed))
    except SpecError as error:
        model.draw_fault(error)
        return
    _draw_seen(dataset, specs[1])
    text.show(
        "trial_size", images=f"{_trained(specs[0].training):,}", epochs=specs[0].training.epochs
    )
    draw_experiment(EXPERIMENT, specs, augmentation_name, button="Train both", picture=_draw_runs)


def finished_runs() -> tuple[tuple[str, float, float], ...]:
    """Name, training and validation accuracy of the runs started last, after their last epoch."""
    from cnnlib.comparison import row_of

    found = []
    for run_id in st.session_state.get(f"{EXPERIMENT}_runs", ()):  # as `draw_experiment` found them
        with contextlib.suppress(RunError):
            row = row_of(jobs.engine().events(run_id))
            name = augmentation_name(jobs.store().spec(run_id))
            if row.accuracy is not None and row.validation_accuracy is not None:
                found.append((name, row.accuracy, row.validation_accuracy))
    return tuple(found)


def _trained(training: TrainingSpec) -> int:
    held_back = held_back_count(training.image_count, training.validation_share)
    return training.image_count - held_back


def _draw_seen(dataset: str, spec: RunSpec) -> None:
    """The first images that the second run is going to get, as it gets them."""
    known = load_dataset(dataset)
    images, targets = (part[:SEEN] for part in first_images(spec.training, known))
    captions = [_label(target, known.classes) for target in targets]
    picture_row(
        np.rint(images * 255).astype(np.uint8),
        captions=captions,
        alts=[f"training image as the second run gets it: {caption}" for caption in captions],
        scale=2,
    )


def _label(target: np.ndarray, classes: Sequence[str]) -> str:
    """A class, or the shares of the two that are mixed."""
    shares = sorted(((float(x), classes[at]) for at, x in enumerate(target)), reverse=True)
    named = [f"{share:.0%} {name}" for share, name in shares if share >= 0.01]
    return shares[0][1] if len(named) == 1 else ", ".join(named)


def _draw_runs(specs: Mapping[str, RunSpec], events: Mapping[str, Sequence[Event]]) -> None:
    """Accuracies overlaid, the gap beside them, and a row for each run."""
    from cnnlib.augmentation_figures import gap_figure
    from cnnlib.comparison import overlaid_curves, row_of

    epochs = max(spec.training.epochs for spec in specs.values())
    left, right = st.columns(2)
    rows = {name: row_of(of_run) for name, of_run in events.items()}
    gaps = {
        name: row.accuracy - row.validation_accuracy
        for name, row in rows.items()
        if row.accuracy is not None
    }
    left.plotly_chart(
        overlaid_curves(events, "accuracy", epochs),
        key="augmentation_accuracy",
        config=CONFIG,
        alt=f"Accuracy of {' and '.join(events)} against epochs; the table has the numbers.",
    )
    right.plotly_chart(
        gap_figure(events, epochs),
        key="augmentation_gap",
        config=CONFIG,
        alt="The gap between training and validation; after the last epoch "
        + (", ".join(f"{name} {gap:.1%}" for name, gap in gaps.items()) or "there is none yet"),
    )
    draw_table(
        HEADS,
        [
            (
                name,
                *(_percent(x) for x in (row.accuracy, row.validation_accuracy, gaps.get(name))),
                "–" if row.seconds is None else f"{row.seconds:.1f}",
            )
            for name, row in rows.items()
        ],
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
