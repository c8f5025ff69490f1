"""The Layer class page, through the router, with an engine that answers without a worker."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cnnlib.demos import DemoResult, DemoStatus, LayerDemo
from cnnlib.layers import LAYERS, ConvLayer, DenseLayer
from cnnlib.own_layers import OWN_LAYERS, Noise, Scale
from pages.support import jobs
from tests.pages.seen import codes

PAGE = "pages/keras/layer_class.py"


class Engine:
    """Knows the answers at once, once it is warm."""

    def __init__(self, *, is_warm=True, off=0.0):
        self.is_warm, self.trouble, self.off = is_warm, "", off
        self.asked = []

    def demo(self, demo):
        self.asked.append(demo)
        if not self.is_warm:
            return DemoStatus("queued", "The training process is starting.")
        if isinstance(demo, LayerDemo):
            output, weights = demo.output() + self.off, demo.weights()
        else:
            output, weights = -2 * demo.inputs, {"factor": np.float32(-2)}
        return DemoStatus("done", result=DemoResult("Fake", output, 0, weights, tuple(weights)))


@pytest.fixture
def engine():
    made = Engine()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "engine", lambda: made)
        yield made


def tables(app, title):
    """The numbers in the grids under a heading with this text, one array a grid."""
    elements = list(app.main)
    at = next(i for i, e in enumerate(elements) if e.type == "markdown" and title in e.value)
    markup = next(e for e in elements[at + 1 :] if e.type == "html").value
    found = []
    for table in re.findall(r"<tbody>(.*?)</tbody>", markup):
        rows = re.findall(r"<tr>(.*?)</tr>", table)
        cells = [re.findall(r">([−0-9.]+)</td>", row) for row in rows]
        found.append(np.array(cells).astype(str))
    return [np.char.replace(grid, "−", "-").astype(float) for grid in found]


@pytest.mark.parametrize("kind", LAYERS)
def test_every_kind_is_shown_twice(visit, engine, kind):
    app = visit(PAGE, {"layer_class_kind": LAYERS[kind].title})
    demo = next(demo for demo in engine.asked if isinstance(demo, LayerDemo))
    assert demo.layer.kind == kind
    for title in ("Output, our NumPy", "Output, Keras"):
        shown = np.concatenate([grid.ravel() for grid in tables(app, title)])
        output = np.moveaxis(demo.output()[0], -1, 0).ravel()
        np.testing.assert_allclose(shown, output, atol=0.0051)
    assert any("Largest difference: 0" in m.value for m in app.markdown)


def test_a_difference_is_not_hidden(visit, engine):
    engine.off = 0.5
    app = visit(PAGE)
    assert any("Largest difference: 0.5" in m.value for m in app.markdown)


def test_the_inputs_numbers_are_the_pictures(visit, engine):
    app = visit(PAGE)
    (grid,) = tables(app, "**Input** :small[6 × 6 × 1]")
    demo = engine.asked[0]
    np.testing.assert_allclose(grid, demo.inputs[0, :, :, 0], atol=0.0051)
    assert grid.shape == (6, 6)
    assert grid.std() > 0.05


def test_settings_change_the_layer_and_its_code(visit, engine):
    app = visit(PAGE)
    app.slider(key="layer_class_conv_kernel_size").set_value(2).run()
    app.slider(key="layer_class_conv_stride").set_value(2).run()
    assert engine.asked[-2].layer == ConvLayer(2, 2, 2)
    assert 'Conv2D(2, kernel_size=2, strides=2, activation="relu")' in codes(app)[0]
    assert [grid.shape for grid in tables(app, "Output, Keras")] == [(3, 3), (3, 3)]


def test_a_dense_units_weights_lie_on_the_picture(visit, engine):
    app = visit(PAGE, {"layer_class_kind": "Dense"})
    demo = engine.asked[0]
    assert demo.layer == DenseLayer(3)
    grids = tables(app, "**Weights**")
    kernel = demo.weights()["kernel"]
    np.testing.assert_allclose(grids[1], kernel[:, 1].reshape(6, 6), atol=1e-6)
    np.testing.assert_allclose(grids[3][0], demo.weights()["bias"], atol=1e-6)


@pytest.mark.parametrize("name", OWN_LAYERS)
def test_layers_of_ones_own_show_the_code_that_is_run(visit, engine, name):
    own = OWN_LAYERS[name]
    app = visit(PAGE, {"layer_class_own": own.title})
    demo = engine.asked[-1]
    assert demo.layer == own()
    assert codes(app)[1] == own().code()


def test_the_code_follows_the_sliders(visit, engine):
    app = visit(PAGE)
    app.slider(key="layer_class_scale_start").set_value(-2.0).run()
    assert engine.asked[-1].layer == Scale(-2.0)
    assert "layer = Scale(start=-2.0)" in codes(app)[1]
    input_grid, output_grid = tables(app, "**Input**")[0], tables(app, "**Output**")[0]
    assert input_grid.shape == output_grid.shape == (6, 6)
    app.segmented_control(key="layer_class_own").set_value("Noise that only trains").run()
    app.toggle(key="layer_class_noise_training").set_value(False).run()
    assert engine.asked[-1].layer == Noise(training=False)
    assert "outputs = layer(images, training=False)" in codes(app)[1]


def test_until_the_worker_is_there_our_numbers_are_shown(visit):
    starting = Engine(is_warm=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "engine", lambda: starting)
        app = visit(PAGE)
    assert len(set(starting.asked)) == 2  # what is queued now is there for whoever comes next
    assert "The training process is starting." in " ".join(c.value for c in app.caption)
    assert tables(app, "Output, our NumPy")
    assert any(m.value == "**Largest difference: …**" for m in app.markdown)


def test_a_failure_is_said(visit):
    failing = Engine()
    failing.demo = lambda demo: DemoStatus("failed", "Keras could not run this: no memory")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "engine", lambda: failing)
        app = visit(PAGE)
    assert [w.value for w in app.warning] == ["Keras could not run this: no memory"] * 2


@pytest.mark.parametrize(
    "query",
    [
        {"layer_class_kind": "cats", "layer_class_own": "__import__('os')"},
        {"layer_class_conv_filters": "9999", "layer_class_conv_kernel_size": "1e9"},
        {"layer_class_conv_padding": "cats", "layer_class_conv_activation": "<b>"},
        {"layer_class_scale_start": "nan", "layer_class_picture": "../../etc"},
        {"layer_class_own": "Noise that only trains", "layer_class_noise_seed": "9" * 400},
        {"layer_class_kind": "Rescaling", "layer_class_rescale_scale": "inf"},
    ],
)
def test_odd_addresses_fall_back(visit, engine, query):
    app = visit(PAGE, query)
    assert len(codes(app)) == 2


@pytest.mark.parametrize(
    ("key", "first"), [("layer_class_conv_padding", 0), ("layer_class_kind", 0)]
)
def test_a_forged_choice_is_refused_or_falls_back(visit, engine, forge, key, first):
    app = forge(visit(PAGE), key, "cats")
    said = [error.value for error in app.error]
    assert said == [] or "must be one of valid, same; it is 'cats'" in said[first]


@pytest.mark.parametrize("title", ["A handwritten 5", "Cat", "Your own"])
def test_any_picture_will_do(visit, engine, title):
    app = visit(PAGE, {"layer_class_picture": title})
    assert tables(app, "**Input**")[0].shape == (6, 6)
