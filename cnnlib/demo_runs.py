"""Runs one layer by Keras. Worker only."""

from __future__ import annotations

import numpy as np

from cnnlib.demos import DemoResult, LayerDemo, OwnLayerDemo
from cnnlib.keras_model import keras_layer


def run(demo: LayerDemo | OwnLayerDemo) -> DemoResult:
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
