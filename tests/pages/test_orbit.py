"""What the browser gets to draw a network in space."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from cnnlib import datasets
from cnnlib.explain import layer_passes
from pages.support.networks import MODELS
from pages.support.orbit import orbit_data

MOST_BYTES = 400_000


@pytest.fixture(scope="module")
def digits() -> datasets.Dataset:
    return datasets.load("digits")


@pytest.fixture(scope="module")
def layers(digits):
    from cnnlib.network import Network

    return layer_passes(Network.load(MODELS / "digits.npz"), datasets.scale(digits.x_test[0]))


def test_the_image_comes_in_its_own_colours(digits, layers):
    image = orbit_data(layers, per="map")["image"]
    assert (image["height"], image["width"]) == (28, 28)
    pixels = np.frombuffer(base64.b64decode(image["pixels"]), np.uint8).reshape(28, 28, 3)
    assert (pixels == digits.x_test[0]).all()  # one channel, three times


def test_there_is_a_level_for_every_cell_and_a_text_for_every_plane(layers):
    data = orbit_data(layers, per="map")
    cells = sum(s["planes"] * s["height"] * s["width"] for s in data["stacks"])
    assert len(base64.b64decode(data["levels"])) == cells
    for stack in data["stacks"]:
        assert len(stack["texts"]) == len(stack["numbers"])
        assert len(stack["limits"]) == stack["planes"]


def test_what_is_left_out_is_said(layers):
    data = orbit_data(layers, per="map")
    drawn = {stack["layer"]: stack["drawn"] for stack in data["stacks"]}
    volumes = {at: x.passed_on.shape for at, x in enumerate(layers) if x.passed_on.ndim == 3}
    said = [
        drawn[at + 1] == (f"16 of {maps} maps, the strongest" if maps > 16 else "")
        for at, (_, _, maps) in volumes.items()
        if at + 1 in drawn
    ]
    assert all(said)
    assert len(said) > 10
    assert "16 of 48 maps, the strongest" in drawn.values()
    assert layers[-2].step.layer.kind == "dropout"
    assert len(layers) - 1 not in drawn
    assert data["note"] == (
        "Of layers with more than 16 maps the 16 strongest are drawn, strongest in front. "
        "Dropout changes nothing in a trained network and has no stack."
    )


def test_units_are_called_by_their_classes(digits, layers):
    answer = orbit_data(layers, per="map", classes=digits.classes)["stacks"][-1]
    assert answer["names"] == digits.classes
    assert answer["texts"][int(np.argmax(layers[-1].passed_on))] == "1"  # it is sure of this one


def test_the_shipped_network_is_small_on_the_wire(layers):
    assert len(json.dumps(orbit_data(layers, per="net")).encode()) < MOST_BYTES
