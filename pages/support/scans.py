"""Which images of the data set fire a network's filters most: looked up once for each network."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnlib import datasets
from cnnlib.firing import FilterLayer, Survey, filter_layers, survey
from cnnlib.patches import Window, patch_picture
from cnnlib.pixels import to_png
from cnnlib.spec import NetworkSpec
from pages.support.data import load_dataset
from pages.support.kept_work import QUIET_SECONDS, KeptWork, slow_bar
from pages.support.networks import Chosen

MOST_IMAGES, FEWEST_IMAGES = 1_000, 100
WORK = 6e10  # multiply-adds: a second or two on two cores
PATCHES = 6
PATCH_SIDE = 64  # screen pixels, at most, unless a patch has more pixels of its own


@dataclass(frozen=True, eq=False)
class Scan:
    """What was found in `images`, uint8 (count, height, width, channels), training images.

    `found.filters` belong to `layers`; `labels` are the images' classes.
    """

    images: np.ndarray
    labels: np.ndarray
    classes: Sequence[str]
    layers: tuple[FilterLayer, ...]
    found: Survey
    identity: str


# Two seconds of work each, and those of the shipped networks take a megabyte or two.
_kept: KeptWork[Scan] = KeptWork(most=8, lasts=lambda name: name.startswith("shipped-"))


def scan_of(chosen: Chosen, place: DeltaGenerator) -> Scan:
    """The scan of a network, made on the first call; `place` shows how far it is."""
    return _kept.get(chosen.identity, lambda: _scan(chosen, place))


def images_scanned(spec: NetworkSpec, available: int) -> int:
    """How many images are looked through: fewer for a large network, so that nobody waits long."""
    affordable = int(WORK / max(spec.multiply_adds, 1))
    return min(available, max(FEWEST_IMAGES, min(MOST_IMAGES, affordable)))


def _scan(chosen: Chosen, place: DeltaGenerator) -> Scan:
    dataset = load_dataset(chosen.dataset)
    available = len(dataset.x_train)
    count = images_scanned(chosen.network.spec, available)
    # They come sorted by class: every so many of them are as many of each.
    spread = np.arange(count) * available // count
    images, labels = dataset.x_train[spread], dataset.y_train[spread]
    words = f"Looking through {count:,} training images"
    show = slow_bar(place, words, quiet_seconds=QUIET_SECONDS)
    found = survey(chosen.network, images, count=PATCHES, progress=show)
    place.empty()
    layers = filter_layers(chosen.network.spec)
    classes = datasets.info(chosen.dataset).classes
    return Scan(images, labels, classes, layers, found, chosen.identity)


def patches(scan: Scan, layer: int, number: int) -> list[dict[str, object]]:
    """The patches that fire filter `number` of `scan.layers[layer]` most, as the browser draws
    them, the strongest first; none for a dead filter."""
    return _patches(scan.identity, layer, number, scan)


@st.cache_data(max_entries=1_000, show_spinner=False)
def _patches(identity: str, layer: int, number: int, _scan: Scan) -> list[dict[str, object]]:
    seen = _scan.layers[layer].field
    return [
        _patch(_scan, image, value, seen.window(row, column), "the filter gives")
        for value, image, row, column in _scan.found.filters[layer].fired(number)
    ]


def examples(scan: Scan, feature: int) -> list[dict[str, object]]:
    """The whole images in which a feature of the last layer is largest, as the browser draws them;
    none for a feature that is above 0 in none."""
    return _examples(scan.identity, feature, scan)


@st.cache_data(max_entries=1_000, show_spinner=False)
def _examples(identity: str, feature: int, _scan: Scan) -> list[dict[str, object]]:
    whole = Window(0, 0, *_scan.images.shape[1:3])
    return [
        _patch(_scan, image, value, whole, "the feature is")
        for value, image, _, _ in _scan.found.features.fired(feature)
    ]


def class_examples(
    chosen: Chosen, scan: Scan, class_index: int
) -> tuple[list[dict[str, object]], float]:
    """The whole images with the highest scores for a class, and the highest of the scores."""
    scores = _scores(chosen.identity, chosen, scan)[:, class_index]
    whole = Window(0, 0, *scan.images.shape[1:3])
    best = np.argsort(-scores, kind="stable")[:PATCHES]
    drawings = [_patch(scan, at, scores[at], whole, "the score is") for at in best.tolist()]
    return drawings, float(scores[best[0]])


@st.cache_data(max_entries=32, show_spinner=False)
def _scores(identity: str, _chosen: Chosen, _scan: Scan) -> np.ndarray:
    """Every scanned image's score for every class: (images, classes)."""
    return _chosen.network.logits(datasets.scale(_scan.images))


def _patch(scan: Scan, image: int, value: float, window: Window, is_: str) -> dict[str, object]:
    name = scan.classes[int(scan.labels[image])]
    alt = f"Training image of class {name}, where {is_} {value:.3g}"
    pixels = patch_picture(scan.images[image], window)
    return {**drawn(pixels, PATCH_SIDE, alt), "caption": name}


def drawn(pixels: np.ndarray, side: int, alt: str) -> dict[str, object]:
    """A uint8 picture for the browser, enlarged by a whole number to `side` at most."""
    height, width = pixels.shape[:2]
    return {
        "url": f"data:image/png;base64,{base64.b64encode(to_png(pixels)).decode('ascii')}",
        "width": width,
        "height": height,
        "scale": max(1, side // max(height, width, 1)),
        "alt": alt,
    }
