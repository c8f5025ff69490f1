"""Beginning with the weights of a shipped network instead of drawn ones: transfer learning.

J. Yosinski, J. Clune, Y. Bengio and H. Lipson, "How transferable are features in deep neural
networks?", NIPS 2014, arXiv:1411.1792.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cnnlib.network import Network
from cnnlib.spec import NetworkSpec, RunSpec, SpecError

MODELS = Path(__file__).resolve().parent.parent / "assets" / "models"


def like_layers(spec: NetworkSpec, other: NetworkSpec) -> int:
    """How many layers at the beginning of `spec` are as in `other`, on inputs as deep.

    The last layer is never among them: it is the head, and tells other classes apart. A
    convolution's weights fit images of any height and width, so only channels have to agree.

    >>> from cnnlib.presets import article_basic
    >>> like_layers(article_basic(classes=5), article_basic())
    11
    """
    if spec.input_shape[2] != other.input_shape[2]:
        return 0
    count = 0
    for own, shipped in zip(spec.steps(), other.steps(), strict=False):
        weights = own.layer.weight_shapes(own.input_shape)
        if own.layer != shipped.layer or weights != shipped.layer.weight_shapes(
            shipped.input_shape
        ):
            break
        count += 1
    return min(count, len(spec.layers) - 1)


def started_layers(spec: RunSpec) -> int:
    """How many layers of a run's network begin with the weights of the one it starts from."""
    return like_layers(spec.network, _shipped(spec.training.start).spec)


def _shipped(name: str) -> Network:
    return Network.load(MODELS / f"{name}.npz")


def started(model: Any, spec: RunSpec) -> None:
    """Give the first layers of a Keras `model` the weights of the network that `spec` starts from.

    Frozen ones are not trained, and their normalisation stays at what it is. Raises SpecError if
    no layer with weights is alike.
    """
    training = spec.training
    network = _shipped(training.start)
    count = like_layers(spec.network, network.spec)
    if not any(network.weights[:count]):
        raise SpecError(
            f"no layer of this network is like the first ones of the shipped {training.start} "
            "network, so it cannot start from its weights. Take over its layers, or start anew."
        )
    for layer, weights in zip(model.layers[:count], network.weights[:count], strict=True):
        if weights:
            layer.set_weights(list(weights.values()))
        layer.trainable = not training.frozen
