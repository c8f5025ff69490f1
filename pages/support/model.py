"""The network that is to be trained, and how networks are drawn.

It is the one that the model page's sliders describe, or one that was written out layer by layer,
whichever was set last.
"""

from __future__ import annotations

import dataclasses
import html
from urllib.parse import quote

import streamlit as st

from cnnlib import arithmetic, datasets
from cnnlib.diagrams import volume_svg
from cnnlib.layers import Shape
from cnnlib.network_text import from_text, to_text
from cnnlib.presets import BlockSettings, block_network
from cnnlib.spec import LayerShape, NetworkSpec, SpecError
from pages.support.choices import choose
from pages.support.page import sentence
from pages.support.settings import MODEL, is_in_address, settings

DATASET_KEY = "dataset"
REMEMBERED = "model_settings"
WRITTEN = "net"  # a network as text, in the address and in the session
COLUMNS = ("Layer", "Output", "Parameters", "Multiply-adds for one image")
# On a phone a layer is a few lines, its sums below its name, and none of them out of sight.
NARROW = """
@media (max-width: 640px) {
  .layer-rows thead { position: absolute; clip-path: inset(50%); }
  .layer-rows tr { display: grid; grid-template-columns: minmax(0, 1fr) auto;
    padding: .4rem 0;
    border-bottom: 1px solid #8884; }
  .layer-rows td { border: 0 !important; padding: 0 .2rem !important;
    white-space: normal !important; }
  .layer-rows td:first-child { font-weight: 600; }
  .layer-rows td:nth-child(n + 3) { grid-column: 1 / -1; display: flex;
    flex-wrap: wrap; justify-content: space-between; gap: 0 .5rem; }
  .layer-rows td:nth-child(n + 3)::before { content: attr(data-title); }
  .layer-rows td:empty { display: none; }
}
"""


def choose_dataset() -> str:
    """Draw the choice of a data set, shared by all pages of the section; return its name."""
    titles = {name: known.title for name, known in datasets.DATASETS.items()}
    return choose("Data set", titles, key=DATASET_KEY, default="digits", wrap=True)


def remember(blocks: BlockSettings) -> None:
    """Keep what the sliders say for the session: a change of page drops it from the address."""
    st.session_state[REMEMBERED] = dataclasses.asdict(blocks)
    st.session_state.pop(WRITTEN, None)


def remember_written(network: NetworkSpec) -> None:
    """Make a network the one to be trained, on the data set that has such images, if one has."""
    st.session_state[WRITTEN] = to_text(network)
    dataset = dataset_of(network)
    if dataset is not None:
        st.session_state[DATASET_KEY] = dataset


def dataset_of(network: NetworkSpec) -> str | None:
    """The data set whose images have the size that a network takes; None if neither has it."""
    known = (x.name for x in datasets.DATASETS.values() if x.image_shape == network.input_shape)
    return next(known, None)


def written_network() -> str | None:
    """The text of the network to be trained, if it was written out layer by layer, from the address
    or, where that says nothing, from the session; then the address says it, too."""
    written = st.query_params.get(WRITTEN)
    if written is None and not is_in_address(MODEL):
        written = st.session_state.get(WRITTEN)
        if written is not None:
            st.query_params[WRITTEN] = written
    return written


def current_network(dataset: str) -> NetworkSpec:
    """The network that this page's address describes, or the one last set, for `dataset`.

    SpecError for an address that describes none.
    """
    written = written_network()
    if written is not None:
        network = from_text(written)
        st.session_state[WRITTEN] = written
        return dataclasses.replace(network, input_shape=datasets.info(dataset).image_shape)
    remembered = st.session_state.get(REMEMBERED)
    if remembered is None or is_in_address(MODEL):
        return network_of(settings(BlockSettings, MODEL), dataset)
    return network_of(BlockSettings(**remembered), dataset)


def network_of(blocks: BlockSettings, dataset: str) -> NetworkSpec:
    known = datasets.info(dataset)
    return block_network(known.image_shape, len(known.classes), blocks)


def traced(network: NetworkSpec) -> tuple[list[LayerShape], SpecError | None]:
    """The layers as far as they fit together, and what is wrong with the next one, if anything."""
    steps: list[LayerShape] = []
    try:
        for step in network.steps():
            steps.append(step)
        network.trace()
    except SpecError as error:
        return steps, error
    return steps, None


def draw_volumes(network: NetworkSpec, steps: list[LayerShape]) -> None:
    """The shapes that flow through a network, as boxes to scale, in a row that wraps."""
    changing = [(s.layer.title, s.output_shape) for s in steps if s.output_shape != s.input_shape]
    draw_shapes([("Input", network.input_shape), *changing])


def draw_shapes(shapes: list[tuple[str, Shape]]) -> None:
    """Shapes under their titles, as boxes to scale; the first is that of an image."""
    images = [shape for _, shape in shapes if len(shape) == 3]
    largest = max(max(shape[:2]) for shape in images)
    most_channels = max(shape[2] for shape in images)
    longest = max((shape[0] for _, shape in shapes if len(shape) == 1), default=1)
    most = (largest, most_channels, longest)
    boxes = "".join(
        f'<figure style="margin:0;text-align:center;min-width:4.6rem">'
        f'<img alt="" src="data:image/svg+xml,{quote(volume_svg(shape, *most))}">'
        f'<figcaption style="font-size:.75rem;line-height:1.3">{html.escape(title)}<br>'
        f"<b>{arithmetic.shape_text(shape)}</b></figcaption></figure>"
        for title, shape in shapes
    )
    st.html(
        f'<div role="group" aria-label="The shape of the data after each layer" '
        f'style="display:flex;flex-wrap:wrap;gap:.75rem .5rem;align-items:flex-end">{boxes}</div>'
    )


def draw_layers(steps: list[LayerShape], error: SpecError | None) -> None:
    """A row a layer: output shape, parameters and multiply-adds with their sums, then the fault."""
    rows = [
        (
            arithmetic.layer_text(step.layer),
            arithmetic.shape_text(step.output_shape),
            arithmetic.parameter_sum(step),
            arithmetic.multiply_add_sum(step),
        )
        for step in steps
    ]
    head = "".join(_cell("th", title, column) for column, title in enumerate(COLUMNS))
    body = "".join(
        f'<tr role="row">{"".join(_cell("td", text, column) for column, text in enumerate(row))}'
        "</tr>"
        for row in rows
    )
    st.html(
        '<div style="overflow-x:auto;position:relative" tabindex="0" role="region" '
        'aria-label="Layer by layer">'
        '<table role="table" class="layer-rows" style="border-collapse:collapse;font-size:.875rem;'
        f'width:100%"><thead><tr role="row">{head}</tr></thead><tbody>{body}</tbody></table></div>'
        f"<style>{NARROW}</style>"
    )
    if error is not None:
        draw_fault(error)


def _cell(tag: str, text: str, column: int) -> str:
    """A table cell: names to the left, numbers to the right, a hairline under each row."""
    align = "right;white-space:nowrap" if column else "left"
    style = f"padding:.3rem .6rem;border-bottom:1px solid #8884;text-align:{align}"
    # The roles stay when a narrow screen's rows are no longer laid out as a table.
    role = 'scope="col" role="columnheader"' if tag == "th" else 'role="cell"'
    title = COLUMNS[column].partition(" for")[0]
    return f'<{tag} {role} data-title="{title}" style="{style}">{html.escape(text)}</{tag}>'


def draw_fault(error: SpecError) -> None:
    """What is wrong with the network, naming the layer."""
    where = "" if error.layer is None else f"Layer {error.layer + 1}: "
    st.error(where + sentence(error), icon=":material/error:")
