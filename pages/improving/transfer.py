"""What a network learned from many images, used for classes of which there are only a few."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cnnlib import datasets
from cnnlib.questions_transfer import QUESTIONS, Shown
from cnnlib.spec import NetworkSpec, RunSpec, SpecError
from cnnlib.transfer_trials import (
    LEAST_CLASSES,
    LEAST_EACH,
    MOST_CLASSES,
    MOST_EACH,
    SOURCES,
    STARTED_FROM,
    transfer_trial,
    trial_name,
)
from cnnlib.variants import VariantError
from pages.support import model, networks, transfer_views
from pages.support.choices import choose
from pages.support.exercise import draw_exercise
from pages.support.experiment import draw_experiment
from pages.support.page import open_page
from pages.support.transfer_data import test_points, training_points

KEY = transfer_views.KEY
USUAL_EACH = 20
MOST_LOSS = 3.0


def choose_labels(source: str) -> tuple[int, ...]:
    """The classes, by their numbers in the data set; the usual ones while there are too few."""
    usual = SOURCES[source].labels
    names = datasets.info(SOURCES[source].base).classes
    picked = st.pills(
        f"Classes, {LEAST_CLASSES} to {MOST_CLASSES}",
        names,
        selection_mode="multi",
        default=[names[label] for label in usual],
        key=f"{KEY}_classes_{source}",
        bind="query-params",
    )
    labels = tuple(sorted({names.index(name) for name in picked if name in names}))
    if LEAST_CLASSES <= len(labels) <= MOST_CLASSES:
        return labels
    st.warning(
        f"Choose {LEAST_CLASSES} classes or more. Until then these are shown: "
        f"{', '.join(names[label] for label in usual)}.",
        icon=":material/category:",
    )
    return usual


def choose_trial(shipped: NetworkSpec) -> tuple[str, int, dict[str, RunSpec]]:
    """Where the classes come from, the images of each, and the runs."""
    titles = {name: source.title for name, source in SOURCES.items()}
    source = choose("New classes from", titles, key=f"{KEY}_source", wrap=True)
    labels = choose_labels(source)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        each = st.slider(
            "Images of each class",
            LEAST_EACH,
            MOST_EACH,
            USUAL_EACH,
            5,
            key=f"{KEY}_each",
            bind="query-params",
            width=360,
        )
        seed = st.number_input(
            "Seed", 0, 9999, 0, key=f"{KEY}_seed", bind="query-params", format="%d", width=140
        )
    return source, each, transfer_trial(SOURCES[source], labels, each, seed, shipped)


def draw_page(shipped: NetworkSpec) -> None:
    """All that follows from the choice of classes."""
    text.show("choose")
    source, each, specs = choose_trial(shipped)
    training = specs["small"].training
    classes = datasets.info(training.dataset).classes
    text.show(SOURCES[source].relation)
    known = training_points(
        training.dataset, training.image_count, training.validation_share, training.seed
    )
    transfer_views.draw_images(known, classes, each)
    head = specs["frozen"].network.trace()[-1]
    text.show(
        "learns", classes=len(classes), numbers=head.input_shape[0], head=f"{head.parameters:,}"
    )
    transfer_views.draw_costs(specs, shipped)
    text.show("learns_notice")
    text.show("clusters", images=len(known.labels), numbers=head.input_shape[0])
    transfer_views.draw_planes(known, classes)
    tests = test_points(training.dataset)
    nearest = transfer_views.draw_nearest(text, known, tests, each)
    text.show("trial", images=len(known.labels))
    draw_experiment(
        KEY, list(specs.values()), trial_name, button="Train all four", most_loss=MOST_LOSS
    )
    text.show("accuracy")
    transfer_views.draw_accuracy(
        training.dataset, shipped, nearest, len(tests.labels), len(classes)
    )
    text.show("notice")
    shown = Shown(specs, shipped, each, known.features, known.labels, classes)
    draw_exercise(KEY, [partial(maker, shown=shown) for maker in QUESTIONS[KEY]])


text = open_page("transfer")
try:
    draw_page(networks.shipped_network(STARTED_FROM).spec)
except SpecError as error:
    model.draw_fault(error)
except (VariantError, datasets.DatasetError) as error:
    st.error(str(error), icon=":material/error:")
