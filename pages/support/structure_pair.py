"""Two networks that differ in one decision, side by side: counted first, then trained."""

from __future__ import annotations

import streamlit as st

from cnnlib import datasets
from cnnlib.comparison import row_of
from cnnlib.layers import ActivationLayer, BatchNormLayer, ConvLayer, Layer
from cnnlib.numerals import numeral
from cnnlib.outcomes import outcome
from cnnlib.spec import NetworkSpec, RunSpec, limits_of
from cnnlib.structure_trials import (
    QUESTIONS,
    StructureSettings,
    field_of,
    network_words,
    structure_name,
    structure_trial,
)
from pages.support import jobs, model, settings
from pages.support.choices import choose
from pages.support.experiment import NameOf, draw_experiment
from pages.support.forecast import duration, forecast_seconds
from pages.support.page import PageText
from pages.support.tables import draw_table

PREFIX = "structure_"
TITLES = {name: question.title for name, question in QUESTIONS.items()}
FILTERS = (4, 8, 12, 16, 24, 32)


def choose_settings() -> StructureSettings:
    """Draw the question and the networks' size; SpecError for what no widget could have sent."""
    question = choose("What is decided", TITLES, key=f"{PREFIX}decision", wrap=True)
    options = limits_of(StructureSettings, "dataset")
    names = {name: datasets.info(name).title for name in options}
    data, block, filter_, seeds = st.columns([8, 4, 5, 3], gap="medium")
    with data:
        dataset = choose("Data set", names, key=f"{PREFIX}dataset", wrap=True)
    with block:
        blocks = settings.number(StructureSettings, "blocks", PREFIX, "Blocks")
    with filter_:
        filters = settings.stops(
            StructureSettings, "filters", PREFIX, "Filters in the first block", FILTERS
        )
    seed = seeds.number_input(
        "Seed", 0, 9_999, 0, key=f"{PREFIX}seed", bind="query-params", format="%d"
    )
    return StructureSettings(question, dataset, blocks, filters, int(seed))


def draw_pair(text: PageText, chosen: StructureSettings) -> None:
    """Both networks with what they cost, the button that trains them, and what came out."""
    specs = structure_trial(chosen)
    name_of = structure_name(chosen.question)
    names = [_capital(name_of(spec)) for spec in specs]
    for column, name, spec in zip(st.columns(2, gap="large"), names, specs, strict=True):
        with column:
            st.markdown(f"**{name}**")
            st.caption(network_words(spec.network))
            _draw_stack(spec.network)
    draw_table(("Before training", *names, "Second : first"), _counts(specs))
    st.space("small")
    key = f"{PREFIX}{chosen.question}"
    draw_experiment(key, specs, name_of, button="Train both")
    _draw_outcome(text, key, name_of)
    text.show(f"{chosen.question}_notice")


def _draw_stack(network: NetworkSpec) -> None:
    """Every layer as a box, but for those that pass numbers on one by one: they are named under
    the layer that they follow."""
    shapes = [("Input", network.input_shape)]
    for step in network.steps():
        if isinstance(step.layer, BatchNormLayer):
            title, shape = shapes[-1]
            shapes[-1] = (f"{title}, normalised", shape)
        elif not isinstance(step.layer, ActivationLayer):
            shapes.append((_title(step.layer), step.output_shape))
    model.draw_shapes(shapes)


def _title(layer: Layer) -> str:
    """A layer's name with what the pairs differ in.

    >>> _title(ConvLayer(16, 5, stride=2)), _title(ConvLayer(16))
    ('5 × 5, stride 2', '3 × 3')
    """
    if not isinstance(layer, ConvLayer):
        return layer.title
    stride = f", stride {layer.stride}" if layer.stride > 1 else ""
    return f"{layer.kernel_size} × {layer.kernel_size}{stride}"


def _counts(specs: tuple[RunSpec, RunSpec]) -> list[tuple[str, ...]]:
    networks = [spec.network for spec in specs]
    times = [forecast_seconds(spec) for spec in specs]
    rows = [
        ("Parameters", *(network.parameters for network in networks)),
        ("Multiply-adds", *(network.multiply_adds for network in networks)),
    ]
    told = [(name, f"{a:,}", f"{b:,}", f"{b / a:.2f}") for name, a, b in rows]
    fields = [field_of(network) for network in networks]
    told.append(
        ("Receptive field", *(f"{x} × {x}" for x in fields), f"{fields[1] / fields[0]:.2f}")
    )
    known = None not in times
    told.append(
        (
            "Forecast",
            *(duration(time) if known else "–" for time in times),
            f"{times[1] / times[0]:.2f}" if known else "–",
        )
    )
    return told


def _draw_outcome(text: PageText, key: str, name_of: NameOf) -> None:
    """How far apart the two runs ended, and whether that may be chance."""
    runs = st.session_state.get(f"{key}_runs", ())
    if len(runs) != 2 or any(jobs.engine().status(run_id).is_active for run_id in runs):
        return
    rows = [row_of(jobs.engine().events(run_id)) for run_id in runs]
    if any(row.validation_accuracy is None for row in rows):
        return
    specs = [jobs.store().spec(run_id) for run_id in runs]
    training = specs[0].training
    images = datasets.held_back_count(training.image_count, training.validation_share)
    found = outcome(*(row.validation_accuracy for row in rows), images)
    gaps = [row.accuracy - row.validation_accuracy for row in rows]
    first, second = map(name_of, specs)
    text.show(
        "outcome_tie" if found.is_tie else "outcome",
        first=first,
        second=second,
        first_share=f"{found.first:.1%}",
        second_share=f"{found.second:.1%}",
        points=numeral(100 * abs(found.gain), ".1f"),
        more="more" if found.gain > 0 else "less",
        images=f"{images:,}",
        chance=numeral(100 * found.chance, ".1f"),
        first_gap=numeral(100 * gaps[0], ".1f"),
        second_gap=numeral(100 * gaps[1], ".1f"),
    )


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
