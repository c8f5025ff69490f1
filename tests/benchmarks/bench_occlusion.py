"""Time of an occlusion map: ours, and one Keras `predict` for each position in the same process.

    python tests/benchmarks/bench_occlusion.py            the table of the README
    python tests/benchmarks/bench_occlusion.py --check    also fail if a target is missed

The article's setting: its basic model, a 32x32 image, a patch of 5x5 noise at each of the 784
places. Keras predicts at a sample of the places, and its time is scaled to all; its probabilities
are checked to be ours. Below, the same for all pictures in one call of Keras.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np

from cnnlib import keras_model
from cnnlib.network import Network
from cnnlib.occlusion import Occluder, covered, occlusion
from cnnlib.presets import article_basic

SAMPLE = 60  # places at which Keras predicts one by one
ROUNDS = 5
TARGET_SECONDS, TARGET_RATIO = 1.0, 100.0


def main() -> bool:
    """Print the table; True if the targets are met."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(2)
    network = Network.initial(article_basic(), seed=0)
    model = keras_model.build(network.spec)
    keras_model.set_weights(model, network.weights)
    image = np.random.default_rng(0).random((32, 32, 3), np.float32)
    occluder = Occluder(patch=5, stride=1, fill="noise")
    pictures = covered(image, occluder)
    sample = np.linspace(0, len(pictures) - 1, SAMPLE).astype(int)
    model.predict(pictures[:1], verbose=0)

    ours, theirs, one_call, answers = [], [], [], {}
    for turn in range(ROUNDS):
        started = time.perf_counter()
        found = occlusion(network, image, occluder)
        ours.append(time.perf_counter() - started)
        for place in sample[turn::ROUNDS]:
            started = time.perf_counter()
            answers[place] = model.predict(pictures[place : place + 1], verbose=0)[0]
            theirs.append(time.perf_counter() - started)
        started = time.perf_counter()
        everywhere = model.predict(pictures, batch_size=64, verbose=0)
        one_call.append(time.perf_counter() - started)

    probabilities = found.probabilities.reshape(len(pictures), -1)
    np.testing.assert_allclose(probabilities, everywhere, atol=1e-4)
    for place, answer in answers.items():
        np.testing.assert_allclose(probabilities[place], answer, atol=1e-4)
    mine, each = statistics.median(ours), statistics.median(theirs)
    scaled, at_once = each * len(pictures), statistics.median(one_call)
    print(f"occlusion, {len(pictures)} places, the same map within 1e-4; seconds")
    print(f"{mine:8.2f}   ours")
    print(
        f"{scaled:8.2f}   Keras, one predict a place ({1000 * each:.0f} ms at {SAMPLE} places, "
        f"scaled): {scaled / mine:.0f} times ours"
    )
    print(f"{at_once:8.2f}   Keras, all places in one predict: {at_once / mine:.1f} times ours")
    return mine <= TARGET_SECONDS and scaled / mine >= TARGET_RATIO


if __name__ == "__main__":
    if not main() and "--check" in sys.argv:
        sys.exit("a target was missed")
