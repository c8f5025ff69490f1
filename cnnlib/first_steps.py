"""The first steps of a small network on a few digits with several optimizers, in NumPy.

Small enough to be computed while a page is drawn; `training` is for what takes longer.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cnnlib.descent import Optimizer
from cnnlib.network import Network
from cnnlib.spec import DenseLayer, FlattenLayer, NetworkSpec

SPEC = NetworkSpec((28, 28, 1), (FlattenLayer(), DenseLayer(32), DenseLayer(10, "softmax")))
IMAGES = 200
STEPS = 40
BATCH = 50


def first_losses(
    settings: Mapping[str, Optimizer], images: np.ndarray, labels: np.ndarray, *, seed: int = 0
) -> dict[str, np.ndarray]:
    """The loss of all `images` before each of STEPS steps and after the last: (STEPS + 1,).

    `images` are (count, 28, 28, 1) in [0, 1], `labels` (count,). All optimizers start from the same
    weights and are given the same batches of BATCH images in the same order. A loss that is no
    number any more is inf.
    """
    rng = np.random.default_rng(seed)
    start = Network.initial(SPEC, seed)
    batches = [
        rng.choice(len(images), min(BATCH, len(images)), replace=False) for _ in range(STEPS)
    ]
    return {name: _losses(rule, start, images, labels, batches) for name, rule in settings.items()}


def _losses(
    rule: Optimizer,
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    batches: list[np.ndarray],
) -> np.ndarray:
    states = [{name: rule.start(w) for name, w in layer.items()} for layer in network.weights]
    losses = [_loss(network, images, labels)]
    for members in batches:
        gradients = network.backward(images[members], labels[members]).weights
        after = []
        for layer, slopes, memory in zip(network.weights, gradients, states, strict=True):
            after.append({})
            for name, weights in layer.items():
                with np.errstate(all="ignore"):  # what blows up is shown as such
                    after[-1][name], memory[name] = rule.step(weights, slopes[name], memory[name])
        network = Network(network.spec, tuple(after))
        losses.append(_loss(network, images, labels))
    return np.array(losses)


def _loss(network: Network, images: np.ndarray, labels: np.ndarray) -> float:
    """Mean cross-entropy, as `cnnlib.losses` has it for one image."""
    logits = network.logits(images).astype(np.float64)
    with np.errstate(all="ignore"):
        rest = logits - logits.max(axis=1, keepdims=True)
        chosen = rest[np.arange(len(labels)), labels]
        loss = float(np.mean(np.log(np.exp(rest).sum(axis=1)) - chosen))
    return loss if np.isfinite(loss) else float("inf")
