"""How a sequence of layers is shown and edited: presets, images, one layer's settings, the list."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence as Many

import streamlit as st

from cnnlib import arithmetic, datasets
from cnnlib.layers import LAYERS
from cnnlib.presets import PRESETS, BlockSettings
from cnnlib.records import RunError
from cnnlib.spec import MAX_SIDE, LayerShape, NetworkSpec, SpecError
from pages.support import jobs, model, sequence
from pages.support.components import component
from pages.support.layer_editor import draw_settings
from pages.support.page import sentence
from pages.support.sequence import Sequence

OTHER = "other"
OTHER_SHAPE = (64, 64, 3)
_layers = component("layers")


def draw_presets(now: Sequence) -> None:
    """A button for each network to start from."""
    st.markdown("**Start from**")
    with st.container(horizontal=True, gap="small"):
        for name, preset in PRESETS.items():
            st.button(
                preset.title,
                key=f"sequential_preset_{name}",
                on_click=sequence.load,
                args=(preset.network,),
            )
        for name, (title, network) in _last_networks().items():
            st.button(
                title,
                key=f"sequential_last_{name}",
                icon=":material/person:",
                on_click=sequence.load,
                args=(network,),
            )
    about = (preset.about for preset in PRESETS.values() if preset.network == now.network)
    st.caption(next(about, "A network of your own."))


def _last_networks() -> dict[str, tuple[str, NetworkSpec]]:
    """The reader's own networks: what the model page's sliders say, and their run."""
    found = {}
    remembered = st.session_state.get(model.REMEMBERED)
    if remembered is not None:
        dataset = st.session_state.get(model.DATASET_KEY)
        dataset = dataset if dataset in datasets.DATASETS else "digits"
        found["model"] = ("Your model", model.network_of(BlockSettings(**remembered), dataset))
    run_id = st.query_params.get("run") or st.session_state.get("run_id")
    if run_id and jobs.store().exists(run_id):
        with contextlib.suppress(RunError):  # the pages that show runs say what is wrong with it
            found["run"] = ("Your run", jobs.store().spec(run_id).network)
    return found


def draw_controls(now: Sequence, error: SpecError | None) -> None:
    """What the images are, the chosen layer's settings, and what can be added."""
    _draw_images(now.network.input_shape)
    _draw_add(now)  # above the settings, whose number differs, so that it stays where it is
    if now.layer is not None:
        with st.container(border=True, key="sequential_layer_card"):
            _draw_layer(now, error)


def _draw_images(shape: tuple[int, int, int]) -> None:
    sizes = {known.image_shape: known for known in datasets.DATASETS.values()}
    state = st.session_state
    state["sequential_images"] = sizes[shape].name if shape in sizes else OTHER

    def take() -> None:
        picked = state["sequential_images"]
        known = datasets.DATASETS.get(picked)
        sequence.resize(known.image_shape if known else OTHER_SHAPE)

    st.segmented_control(
        "Images",
        [*datasets.DATASETS, OTHER],
        format_func=_images_title,
        help=_images_help(),
        required=True,
        key="sequential_images",
        on_change=take,
        wrap=True,
    )
    if shape not in sizes:
        _draw_size(shape)


def _images_title(name: str) -> str:
    """Short, so that all stand in one row: a row that wraps before the chosen one looks broken."""
    known = datasets.DATASETS.get(name)
    return "Another size" if known is None else arithmetic.shape_text(known.image_shape)


def _images_help() -> str:
    sizes = (
        f"{known.title}: {arithmetic.shape_text(known.image_shape)}."
        for known in datasets.DATASETS.values()
    )
    return f"Height × width × channels. {' '.join(sizes)}"


def _draw_size(shape: tuple[int, int, int]) -> None:
    state = st.session_state
    keys = [f"sequential_{name}" for name in ("height", "width", "channels")]
    state.update(zip(keys, shape, strict=True))

    def take() -> None:
        sequence.resize(tuple(state[key] for key in keys))

    height, width, channels = st.columns(3)
    height.number_input("Height", 1, MAX_SIDE, key=keys[0], on_change=take)
    width.number_input("Width", 1, MAX_SIDE, key=keys[1], on_change=take)
    channels.segmented_control("Channels", [1, 3], required=True, key=keys[2], on_change=take)


def _draw_layer(now: Sequence, error: SpecError | None) -> None:
    """The chosen layer: which it is, its kind, what is wrong, its settings, where it stands."""
    number = now.place + 1
    state = st.session_state
    state["sequential_chosen"] = now.chosen
    texts = [
        f"{number}. {arithmetic.layer_text(layer)}"
        for number, layer in enumerate(now.network.layers, start=1)
    ]
    st.selectbox(
        "Layer to change",
        now.identities,
        format_func=dict(zip(now.identities, texts, strict=True)).get,
        key="sequential_chosen",
        on_change=lambda: sequence.choose(state["sequential_chosen"]),
    )
    if error is not None and error.layer == now.place:
        st.error(sentence(error), icon=":material/error:")
    kind_key = f"sequential_{now.chosen}_kind"
    st.selectbox(
        "Kind",
        list(LAYERS),
        index=list(LAYERS).index(now.layer.kind),
        format_func=lambda kind: LAYERS[kind].title,
        key=kind_key,
        on_change=lambda: sequence.change_kind(state[kind_key]),
    )
    draw_settings(now.layer, f"sequential_{now.chosen}", sequence.change)
    _draw_moves(number, len(now.identities))


def _draw_moves(number: int, count: int) -> None:
    """Buttons with names that tell them apart, also for who hears them one at a time."""
    with st.container(horizontal=True, gap="small"):
        st.button(
            f"Move layer {number} up",
            icon=":material/arrow_upward:",
            key="sequential_up",
            disabled=number == 1,
            on_click=sequence.move,
            args=(-1,),
        )
        st.button(
            f"Move layer {number} down",
            icon=":material/arrow_downward:",
            key="sequential_down",
            disabled=number == count,
            on_click=sequence.move,
            args=(1,),
        )
        st.button(
            f"Remove layer {number}",
            icon=":material/delete:",
            key="sequential_remove",
            on_click=sequence.remove,
        )


def _draw_add(now: Sequence) -> None:
    where = "at the start" if now.place is None else f"after layer {now.place + 1}"
    state = st.session_state
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Layer to add",
            list(LAYERS),
            index=list(LAYERS).index("conv"),
            format_func=lambda kind: LAYERS[kind].title,
            key="sequential_new",
            width=185,
        )
        st.button(
            f"Add {where}",
            icon=":material/add:",
            key="sequential_add",
            disabled=now.is_full,
            on_click=lambda: sequence.add(state["sequential_new"]),
        )


def draw_stack(now: Sequence, steps: Many[LayerShape], error: SpecError | None) -> None:
    """The layers from the input down, to be chosen by a click."""
    st.markdown(f"**Input** {arithmetic.shape_text(now.network.input_shape)}")
    rows = [
        {
            "name": arithmetic.layer_text(layer),
            "shape": arithmetic.shape_text(steps[at].output_shape) if at < len(steps) else "",
            "parameters": arithmetic.parameter_sum(steps[at]) if at < len(steps) else "",
            "work": arithmetic.multiply_add_sum(steps[at]) if at < len(steps) else "",
            "fault": sentence(error) if error is not None and error.layer == at else "",
        }
        for at, layer in enumerate(now.network.layers)
    ]

    def take() -> None:
        sequence.choose_place(st.session_state["sequential_stack"].layer)

    _layers(
        data={"title": "Layers, from the input down", "chosen": now.place, "rows": tuple(rows)},
        key="sequential_stack",
        on_layer_change=take,
    )
    if error is not None and error.layer is None:
        st.error(sentence(error), icon=":material/error:")
