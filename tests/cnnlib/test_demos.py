"""Single layers: Keras and our NumPy agree on every kind, and a demonstration is run once."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from cnnlib import demos
from cnnlib.demo_runs import run
from cnnlib.demos import Demos, LayerDemo, OwnLayerDemo, pixels_of
from cnnlib.fields import SpecError
from cnnlib.layers import (
    LAYERS,
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
    RescaleLayer,
)
from cnnlib.own_layers import Noise, Scale, Sobel

GREY = pixels_of(np.random.default_rng(3).random((6, 6, 1)))
COLOUR = pixels_of(np.random.default_rng(4).random((6, 5, 3)))
EVERY_KIND = (
    ConvLayer(2, 3, 2, "same", "tanh"),
    ConvLayer(3, 2, use_bias=False),
    PoolLayer("average", 3, 2, "same"),
    PoolLayer(),
    BatchNormLayer(),
    ActivationLayer("sigmoid"),
    DropoutLayer(0.5),
    FlattenLayer(),
    GlobalAveragePoolLayer(),
    DenseLayer(4, "softmax"),
    RescaleLayer((2.0,), (-1.0,)),
)


def test_no_kind_of_layer_is_left_out():
    assert {layer.kind for layer in EVERY_KIND} == set(LAYERS)


@pytest.mark.parametrize("pixels", [GREY, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize("layer", EVERY_KIND, ids=lambda layer: layer.kind)
def test_keras_and_numpy_agree(keras, layer, pixels):
    demo = LayerDemo(layer, pixels, seed=6)
    result = run(pickle.loads(pickle.dumps(demo)))
    np.testing.assert_allclose(result.output, demo.output(), atol=1e-5)
    assert result.before == 0
    weights = demo.weights()
    assert list(result.weights) == list(weights)
    for name, values in weights.items():
        np.testing.assert_array_equal(result.weights[name], values)
    moving = {"moving_mean", "moving_variance"}
    assert set(result.trainable) == set(weights) - moving


def test_a_dense_layer_gets_the_image_as_one_row():
    demo = LayerDemo(DenseLayer(3), GREY)
    assert demo.inputs.shape == (1, 36)
    by_hand = demo.inputs @ demo.weights()["kernel"] + demo.weights()["bias"]
    np.testing.assert_allclose(demo.output(), np.maximum(by_hand, 0), rtol=1e-6)


def test_weights_have_one_decimal_and_follow_the_seed():
    first, again, other = (LayerDemo(ConvLayer(4), GREY, seed).weights() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first["kernel"], again["kernel"])
    assert not np.array_equal(first["kernel"], other["kernel"])
    np.testing.assert_allclose(first["kernel"] * 10, np.rint(first["kernel"] * 10), atol=1e-5)
    assert (LayerDemo(BatchNormLayer(), COLOUR).weights()["moving_variance"] > 0).all()


def test_a_layer_of_ones_own_tells_its_weights(keras):
    result = run(OwnLayerDemo(Scale(0.5), COLOUR))
    assert (result.name, result.before, result.trainable) == ("Scale", 0, ("factor",))
    np.testing.assert_allclose(result.output[0], 0.5 * np.array(COLOUR), rtol=1e-5)
    fixed = run(OwnLayerDemo(Sobel(), COLOUR))
    assert (list(fixed.weights), fixed.trainable) == (["kernel"], ())
    assert run(OwnLayerDemo(Noise(), COLOUR)).weights == {}


@pytest.mark.parametrize(
    "pixels",
    [
        (),
        ((1.0, 2.0),),
        (((),),),
        ((("x",),),),
        (((float("nan"),),),),
        (((1.0,), (1.0, 2.0)),),
        pixels_of(np.zeros((33, 2, 1))),
        None,
    ],
)
def test_what_is_no_small_image_is_refused(pixels):
    with pytest.raises(SpecError, match="1 to 32 rows and columns"):
        LayerDemo(PoolLayer(), pixels)


def test_a_forged_layer_is_refused_by_the_worker(keras):
    demo = OwnLayerDemo(Scale(), GREY)
    object.__setattr__(demo.layer, "start", "__import__('os')")
    with pytest.raises(SpecError, match="start must be a number"):
        run(demo)


class Future:
    """What Dask gives for a task that was sent."""

    def __init__(self):
        self.status, self.value = "pending", None

    def done(self):
        return self.status != "pending"

    def result(self, timeout):
        return self.value

    def exception(self, timeout):
        return self.value

    def end(self, status, value=None):
        self.status, self.value = status, value


class Cluster:
    """Notes what is sent."""

    def __init__(self):
        self.sent, self.futures = [], []

    def send(self, key, demo):
        self.sent.append((key, demo))
        self.futures.append(Future())
        return self.futures[-1]


DEMO = LayerDemo(PoolLayer(), GREY)


def test_a_demonstration_is_sent_once_and_kept():
    queue, cluster = Demos(), Cluster()
    assert queue.ask(DEMO).state == "queued"
    assert queue.ask(LayerDemo(PoolLayer(), GREY)).is_active
    queue.step(cluster.send)
    queue.step(cluster.send)
    assert [demo for _, demo in cluster.sent] == [DEMO]
    cluster.futures[0].end("finished", "numbers")
    queue.step(cluster.send)
    status = queue.ask(DEMO)
    assert (status.state, status.result) == ("done", "numbers")
    assert not queue.are_active


def test_a_lost_cluster_is_asked_again():
    queue, cluster = Demos(), Cluster()
    queue.ask(DEMO)
    queue.step(cluster.send)
    queue.lose()
    queue.step(cluster.send)
    keys = [key for key, _ in cluster.sent]
    assert len(set(keys)) == 2


def test_what_failed_says_why_and_may_be_asked_for_again(monkeypatch):
    queue, cluster = Demos(), Cluster()
    queue.ask(DEMO)
    queue.step(cluster.send)
    cluster.futures[0].end("error", ValueError("no such thing"))
    queue.step(cluster.send)
    assert queue.ask(DEMO).message == "Keras could not run this: no such thing"
    monkeypatch.setattr(demos, "FORGET_SECONDS", -1.0)
    assert queue.ask(DEMO).state == "queued"
    queue.step(cluster.send)
    cluster.futures[1].end("cancelled")
    queue.step(cluster.send)
    monkeypatch.setattr(demos, "FORGET_SECONDS", 60.0)
    assert "Try again" in queue.ask(DEMO).message


def test_neither_the_queue_nor_what_is_kept_grows_without_end(monkeypatch):
    monkeypatch.setattr(demos, "MOST_WAITING", 4)
    monkeypatch.setattr(demos, "MOST_KEPT", 6)
    queue, cluster = Demos(), Cluster()
    for seed in range(5):
        status = queue.ask(LayerDemo(PoolLayer(), GREY, seed))
    assert status.state == "failed"
    assert len(queue._asked) == 4
    for seed in range(20):
        queue.ask(LayerDemo(PoolLayer(), GREY, seed))
        queue.step(cluster.send)
        cluster.futures[-1].end("finished", seed)
        queue.step(cluster.send)
        for future in cluster.futures:
            future.end("finished")
        queue.step(cluster.send)
    assert len(queue._asked) <= 6
    assert queue.ask(LayerDemo(PoolLayer(), GREY, 19)).state == "done"
