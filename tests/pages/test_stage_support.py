"""What the stage accepts, what it sends to the browser, and what it believes of what comes back."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnlib.kernels import KERNELS
from cnnlib.windows import ConvolutionError
from pages.support.scene import StageError, scene_of
from pages.support.stage import Cell, _cell, read_script, stage

APP = Path(__file__).resolve().parents[1] / "browser" / "stage_app.py"
IMAGE = np.arange(35, dtype=np.float64).reshape(5, 7) / 35
SOBEL = KERNELS["sobel_x"].weights


def decode(text):
    return np.frombuffer(base64.b64decode(text), dtype="<f4")


def test_the_output_is_the_librarys_hand_computed():
    image = np.array([[1, 2, 4], [0, 1, 0], [3, 3, 3]])
    scene = scene_of(image, SOBEL, bias=-10)
    # (4 - 1) + 2 (0 - 0) + (3 - 3) = 3
    assert scene.output().tolist() == [[[-7.0]]]
    assert scene_of(image, SOBEL, bias=-10, activation="relu").output().tolist() == [[[0.0]]]
    pools = {"max": 2.0, "average": 1.0, "min": 0.0}
    for mode, expected in pools.items():
        pooled = scene_of(image, mode=mode, window=2, stride=1).output()
        assert pooled.shape == (2, 2, 1)
        assert pooled[0, 0, 0] == expected


def test_the_browser_gets_plain_json_with_little_endian_floats():
    scene = scene_of(IMAGE, SOBEL, stride=(1, 2), padding=((1, 0), (0, 1)), dilation=(1, 2))
    data = json.loads(json.dumps(scene.data()))
    assert data["input"]["shape"] == [5, 7, 1]
    np.testing.assert_array_equal(decode(data["input"]["values"]), IMAGE.astype("f4").ravel())
    np.testing.assert_array_equal(decode(data["kernel"]), SOBEL.ravel())
    np.testing.assert_array_equal(decode(data["output"]["values"]), scene.output().ravel())
    assert data["output"]["shape"] == [4, 2, 1]
    assert (data["window"], data["stride"], data["dilation"]) == ([3, 3], [1, 2], [1, 2])
    assert data["padding"] == [[1, 0], [0, 1]]


def test_pooling_steps_by_its_window_unless_told_otherwise():
    assert scene_of(IMAGE, mode="max", window=2).windows.stride == (2, 2)
    assert scene_of(IMAGE, mode="max", window=2, stride=1).windows.stride == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({}, "A convolution needs a kernel"),
        ({"kernel": np.ones((3, 3, 3))}, r"as many channels as the image, 1; .*\(3, 3, 3\)"),
        ({"kernel": np.ones((12, 3))}, "up to 11 x 11; this one is 12 x 3"),
        ({"kernel": np.ones(3)}, r"kernel must be numbers .* float64 of shape \(3,\)"),
        ({"kernel": SOBEL, "bias": float("nan")}, "bias must be a finite number; it is nan"),
        ({"kernel": SOBEL, "mode": "median"}, "it is 'median'"),
        ({"kernel": SOBEL, "activation": "tanh"}, "it is 'tanh'"),
        ({"mode": "max"}, "max pooling needs a window"),
        ({"mode": "max", "window": 2, "bias": 1.0}, "max pooling has no kernel, bias"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_what_was_received(arguments, complaint):
    with pytest.raises(StageError, match=complaint):
        scene_of(IMAGE, **arguments)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((0, 3)),
        np.zeros(5),
        np.array([["a"]]),
        np.array([[np.inf]]),
        np.zeros((4, 4, 65)),
        np.zeros((400, 400)),
    ],
)
def test_images_must_be_few_finite_numbers(images):
    with pytest.raises(StageError):
        scene_of(images, np.ones((1, 1)))


def test_a_window_larger_than_the_image_is_the_librarys_complaint():
    with pytest.raises(ConvolutionError, match="reaches over 9 cells along the height"):
        scene_of(IMAGE, SOBEL, dilation=4)


@pytest.mark.parametrize(
    ("look", "complaint"),
    [
        ({"names": ["red", "green"]}, "There must be 1 names, one a channel; there are 2"),
        ({"tints": ["red"]}, r"colours \"#rrggbb\" or None; they are \['red'\]"),
        ({"value_range": "percent"}, "it is 'percent'"),
        ({"output_range": "percent"}, "it is 'percent'"),
    ],
)
def test_a_look_that_makes_no_sense_is_refused(look, complaint):
    with pytest.raises(StageError, match=complaint):
        stage(IMAGE, SOBEL, key="refused", **look)


def test_a_cell_speaks_as_the_stage_does():
    assert str(Cell(0, 4)) == "row 1, column 5"


@pytest.mark.parametrize(
    ("sent", "cell"),
    [
        ({"row": 2, "column": 3}, Cell(2, 3)),
        (None, None),
        ({"row": 3, "column": 0}, None),
        ({"row": -1, "column": 0}, None),
        ({"row": True, "column": 0}, None),
        ({"row": "1", "column": 0}, None),
        ({"row": 1.0, "column": 0}, None),
        ({"row": 1}, None),
        ([1, 1], None),
    ],
)
def test_only_cells_there_are_come_back(sent, cell):
    assert _cell(sent, (3, 5)) == cell


def test_the_script_is_one_module_with_one_way_in():
    script = read_script()
    assert script.count("export default") == 1
    assert "import " not in script.replace("important", "")
    assert script.count("innerHTML") == 1  # its own constant markup


def test_a_page_with_the_stage_runs():
    app = AppTest.from_file(APP, default_timeout=30).run()
    assert not app.exception
    assert app.text[0].value == "Chosen: None"
