"""Time of one image through the article's basic model: ours, and Keras's in the same process.

    python tests/benchmarks/bench_forward.py            the table of the README
    python tests/benchmarks/bench_forward.py --check    also fail if a target is missed

The calls take turns, so that whatever else the machine does falls on all alike; the figures are
medians. Keras gets two threads. Below, the passes that pages ask for besides a prediction, and the
784 predictions of an occlusion map in one call.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from bench_convolution import blas, medians

from cnnlib import keras_model
from cnnlib.network import Network
from cnnlib.presets import article_basic

TARGET_MS = 5.0  # prediction and all feature maps of one image


def keras_calls(network: Network, image: np.ndarray) -> dict:
    """Keras's two ways to predict with the same weights, checked to give the same answer."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(2)
    model = keras_model.build(network.spec)
    keras_model.set_weights(model, network.weights)
    np.testing.assert_allclose(network.predict(image), model(image), atol=1e-4)
    return {
        "Keras model.predict": lambda: model.predict(image, verbose=0),
        "Keras model(x)": lambda: np.asarray(model(image, training=False)),
    }


def main() -> bool:
    """Print the tables; True if the target is met."""
    network = Network.initial(article_basic(), seed=0)
    image = np.random.default_rng(0).random((1, 32, 32, 3), np.float32)
    theirs = keras_calls(network, image)
    mine, *others = medians([lambda: network.predict(image), *theirs.values()], 15)
    print(f"NumPy's BLAS: {blas()}")
    print("one 32x32x3 image through the article's basic model, milliseconds")
    print(f"{'ours':>10} {'Keras':>10} {'ours/Keras':>11}")
    for name, other in zip(theirs, others, strict=True):
        print(f"{mine:10.3f} {other:10.3f} {mine / other:11.4f}   {name}")
    many = np.random.default_rng(1).random((784, 32, 32, 3), np.float32)
    passes = {
        "prediction": lambda: network.predict(image),
        "prediction and all feature maps": lambda: network.activations(image),
        "gradient of a logit, every pixel": lambda: network.input_gradient(image, 3),
        "loss and all gradients": lambda: network.backward(image, [3]),
        "784 predictions in one call": lambda: network.predict(many),
    }
    times = {name: medians([call], 3)[0] for name, call in passes.items()}
    for name, taken in times.items():
        print(f"{taken:10.3f}   {name}")
    return times["prediction and all feature maps"] <= TARGET_MS


if __name__ == "__main__":
    if not main() and "--check" in sys.argv:
        sys.exit("the target was missed")
