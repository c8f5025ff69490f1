"""Runs one layer by Keras, or saves a network as Keras does. Worker only."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from cnnlib.demos import DemoResult, LayerDemo, OwnLayerDemo
from cnnlib.keras_file import KerasFile
from cnnlib.keras_model import build, keras_layer, set_weights
from cnnlib.runs import RunStore


def run(demo: LayerDemo | OwnLayerDemo | KerasFile) -> DemoResult | None:
    """What is to be had of a demonstration; a file is written where it belongs instead."""
    if isinstance(demo, KerasFile):
        return save(demo)
    return _shown(demo)


def save(file: KerasFile) -> None:
    """Save a run's network as a `.keras` file in the run's folder."""
    network = RunStore(file.root).network(file.run_id, file.epoch)
    model = build(network.spec)
    set_weights(model, network.weights)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.keras"  # Keras takes a path only
        model.save(path)
        file.write(path.read_bytes())


def _shown(demo: LayerDemo | OwnLayerDemo) -> DemoResult:
    """Make the layer, build it, give ours its weights, and call it on the demonstration's image."""
    demo.__post_init__()  # it was unpickled, which checks nothing
    inputs = demo.inputs
    is_own = isinstance(demo, OwnLayerDemo)
    layer = demo.layer.make() if is_own else keras_layer(demo.layer)
    before = len(layer.weights)
    layer.build(inputs.shape)
    if not is_own:
        layer.set_weights(list(demo.weights().values()))
    output = layer(inputs, **(demo.layer.call_settings if is_own else {}))
    return DemoResult(
        type(layer).__name__,
        np.asarray(output),
        before,
        {weight.name: np.asarray(weight) for weight in layer.weights},
        tuple(weight.name for weight in layer.trainable_weights),
    )
