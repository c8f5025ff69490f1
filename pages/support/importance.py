"""The four maps of pixel importance: their settings, and their results, kept for who comes next."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnlib.fields import SpecError
from cnnlib.occlusion import FILLS, Occluder, Occlusion, OcclusionError, occlusion
from cnnlib.saliency import (
    Attribution,
    cam_layers,
    enlarged,
    grad_cam,
    integrated_gradients,
    logit_gradient,
)
from cnnlib.spec import NetworkSpec
from pages.support.choices import choose
from pages.support.kept_work import KeptWork, slow_bar
from pages.support.networks import Chosen
from pages.support.overlay import Panel

METHODS = {
    "occlusion": "Occlusion",
    "saliency": "Saliency",
    "grad_cam": "Grad-CAM",
    "integrated": "Integrated gradients",
}
BASELINES = {"Black": 0.0, "Grey": 0.5, "White": 1.0}
MEASURES = {"probability": "Probability", "score": "Score"}
MOST_PATCH, MOST_STRIDE = 15, 8
WORK = 8e10  # multiply-adds of an occlusion map at stride 1: more, and the page starts with less


@dataclass(frozen=True)
class Settings:
    """How the maps are made. `layer`, from 0, is Grad-CAM's; None where the network has no maps."""

    occluder: Occluder
    score: bool
    signed: bool
    layer: int | None
    baseline: str


@dataclass(frozen=True, eq=False)
class Maps:
    """What the four methods say of one image and one class.

    `occluded` and `cam` are None where there can be none.
    """

    occluded: Occlusion | None
    gradient: np.ndarray
    cam: np.ndarray | None
    attribution: Attribution


def choose_settings(spec: NetworkSpec) -> Settings:
    """Draw the settings of the four methods."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        occluder, score = _choose_occluder(spec)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        signed = choose("Saliency", ["Magnitude", "Sign"], key="pix_sign") == "Sign"
        layer = _choose_layer(spec)
        baseline = choose("Baseline of the gradients", list(BASELINES), key="pix_baseline")
    return Settings(occluder, score, signed, layer, baseline)


def _choose_occluder(spec: NetworkSpec) -> tuple[Occluder, bool]:
    side = min(spec.input_shape[:2])
    places = (side - Occluder().patch + 1) ** 2
    start = 1 if places * spec.multiply_adds <= WORK else 3
    numbers = {
        name: st.slider(label, 1, most, default, key=f"pix_{name}", bind="query-params", width=160)
        for name, label, most, default in (
            ("patch", "Patch, pixels", min(side, MOST_PATCH), Occluder().patch),
            ("stride", "Stride, pixels", MOST_STRIDE, start),
        )
    }
    fills = {fill: fill.capitalize() for fill in FILLS}
    fill = choose("Covered with", fills, key="pix_fill", default="noise")
    measure = choose("Occlusion measures", MEASURES, key="pix_measure")
    try:
        occluder = Occluder(**numbers, fill=fill)
    except SpecError:
        occluder = Occluder()
    return occluder, measure == "score"


def _choose_layer(spec: NetworkSpec) -> int | None:
    layers = cam_layers(spec)
    if not layers:
        return None
    names = [f"{at + 1} · {spec.layers[at].title}" for at in layers]
    name = st.selectbox(
        "Layer of Grad-CAM",
        names,
        index=len(names) - 1,
        key="pix_layer",
        bind="query-params",
        width=230,
    )
    return layers[names.index(name)] if name in names else layers[-1]


_kept: KeptWork[Occlusion] = KeptWork(most=64)


def maps_of(
    chosen: Chosen,
    image: np.ndarray,
    class_index: int,
    settings: Settings,
    place: DeltaGenerator,
) -> Maps:
    """The four maps; `place` shows how far a slow one is."""
    digest = hashlib.sha256(image.tobytes()).hexdigest()
    occluded = _occluded(chosen, image, digest, settings.occluder, place)
    gradient, attribution = _gradients(
        chosen.identity, digest, class_index, settings.baseline, chosen, image
    )
    cam = None
    if settings.layer is not None:
        cam = grad_cam(chosen.network, image, class_index, settings.layer)
    return Maps(occluded, gradient, cam, attribution)


def _occluded(
    chosen: Chosen, image: np.ndarray, digest: str, occluder: Occluder, place: DeltaGenerator
) -> Occlusion | None:
    show = slow_bar(place, "Covering one place after another")

    def make() -> Occlusion:
        found = occlusion(chosen.network, image, occluder, progress=show)
        place.empty()
        return found

    try:
        return _kept.get(repr((chosen.identity, digest, occluder)), make)
    except OcclusionError as error:
        place.error(str(error), icon=":material/error:")
        return None


@st.cache_data(max_entries=128, show_spinner=False)
def _gradients(
    identity: str, digest: str, class_index: int, baseline: str, _chosen: Chosen, _image: np.ndarray
) -> tuple[np.ndarray, Attribution]:
    found = integrated_gradients(_chosen.network, _image, class_index, baseline=BASELINES[baseline])
    return logit_gradient(_chosen.network, _image, class_index), found


def panels_of(maps: Maps, class_index: int, settings: Settings) -> dict[str, Panel]:
    """The maps as they are drawn, those there are, by method."""
    panels = {}
    if maps.occluded is not None:
        drops = maps.occluded.drops(class_index, score=settings.score)
        what = "Fall of the score" if settings.score else "Fall of the probability"
        panels["occlusion"] = Panel(
            METHODS["occlusion"],
            maps.occluded.per_pixel(drops),
            True,
            f"{what} when covered, mean of all patches over the pixel",
        )
    panels["saliency"] = Panel(
        METHODS["saliency"],
        maps.gradient.sum(axis=2) if settings.signed else np.abs(maps.gradient).max(axis=2),
        settings.signed,
        "Slope of the score, "
        + ("all channels together" if settings.signed else "size, the channel with the largest"),
    )
    if maps.cam is not None:
        height, width = maps.gradient.shape[:2]
        rows, columns = maps.cam.shape
        panels["grad_cam"] = Panel(
            METHODS["grad_cam"],
            enlarged(maps.cam, height, width),
            False,
            f"Weighted sum of layer {settings.layer + 1}'s maps, {rows} × {columns} cells",
        )
    panels["integrated"] = Panel(
        METHODS["integrated"],
        maps.attribution.values.sum(axis=2),
        True,
        "Part of the score's gain, all channels together",
    )
    return panels
