"""One network on images of several sides: what it costs there, and small trainings to measure it.

A convolution's parameters do not know how large the image is; its multiply-adds and what it passes
on grow with the square of the side. A dense layer behind `Flatten` has a weight for every number
that is left, so its parameters grow with the square too.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cnnlib import variants
from cnnlib.explain import changes_nothing
from cnnlib.layers import DenseLayer, FlattenLayer, GlobalAveragePoolLayer
from cnnlib.network import Network
from cnnlib.presets import BlockSettings, article_basic, block_network, improved
from cnnlib.spec import FLOAT_BYTES, LIMITS, NetworkSpec, RunSpec, SpecError, TrainingSpec

SIDES = (16, 24, 32, 48, 64, 96, 128)
TRIED_SIDES = (16, 32, 64, 96)
OWN_SIDE = 32  # of the photos, and where predictions start from
CLASSES = 10
NETWORKS: dict[str, Callable[[tuple[int, int, int]], NetworkSpec]] = {
    "blocks": lambda shape: block_network(shape, CLASSES, BlockSettings()),
    "deep": lambda shape: block_network(shape, CLASSES, BlockSettings(blocks=4)),
    "basic": article_basic,
    "improved": improved,
}
HEADS = {"flatten": FlattenLayer(), "global_average": GlobalAveragePoolLayer()}
REPETITIONS, TIMED_SECONDS = 15, 0.15
# A thousand photos, eight hundred of them to learn from; a few seconds at each side.
_TRAINING = TrainingSpec(image_count=1_000, batch_size=32, epochs=5, validation_share=0.2)


@dataclass(frozen=True)
class SideCost:
    """What a network costs on images of `side` x `side` x 3.

    `convolution_parameters` are those of all layers but dense ones; `multiply_adds` and
    `activation_bytes`, of all that the layers make of one image, are those of one image forward.
    """

    side: int
    convolution_parameters: int
    dense_parameters: int
    multiply_adds: int
    activation_bytes: int

    @property
    def parameters(self) -> int:
        return self.convolution_parameters + self.dense_parameters


def network_at(name: str, head: str, side: int) -> NetworkSpec:
    """One of NETWORKS with one of HEADS between its maps and its dense layers, at a side.

    Whether it can be there shows only when it is traced.

    >>> network_at("basic", "flatten", 32).parameters, network_at("basic", "flatten", 64).parameters
    (477994, 2837290)
    >>> network_at("basic", "global_average", 64).parameters
    84778
    """
    whole = NETWORKS[name]((side, side, 3))
    layers = tuple(HEADS[head] if type(x) in _HEAD_TYPES else x for x in whole.layers)
    return dataclasses.replace(whole, layers=layers)


_HEAD_TYPES = (FlattenLayer, GlobalAveragePoolLayer)


def cost_of(network: NetworkSpec) -> SideCost:
    """What a network for square images costs; SpecError for one that cannot be."""
    steps = network.trace()
    dense = sum(step.parameters for step in steps if isinstance(step.layer, DenseLayer))
    kept = [math.prod(step.output_shape) for step in steps if not changes_nothing(step.layer)]
    return SideCost(
        network.input_shape[0],
        network.parameters - dense,
        dense,
        network.multiply_adds,
        FLOAT_BYTES * sum(kept),
    )


def costs(
    name: str, head: str, sides: Sequence[int] = SIDES
) -> tuple[list[SideCost], dict[int, str]]:
    """The costs at those sides where the network can be, and at the others what is in the way."""
    found, refused = [], {}
    for side in sides:
        try:
            found.append(cost_of(network_at(name, head, side)))
        except SpecError as error:
            layer = "" if error.layer is None else f"layer {error.layer + 1}: "
            refused[side] = f"{layer}{error}"
    return found, refused


def fits(cost: SideCost) -> bool:
    """Whether a network may have as many parameters on this server."""
    return cost.parameters <= LIMITS.parameters


def forward_seconds(
    name: str, head: str, found: Sequence[SideCost], clock: Callable[[], float] = time.perf_counter
) -> Iterator[tuple[int, float]]:
    """Each side with the seconds of one image through the network, in NumPy, as it is measured.

    The smallest of a few repetitions: whatever else the machine does can only add to it. Sides at
    which the network is larger than `fits` allows are left out.
    """
    for cost in found:
        if not fits(cost):
            continue
        network = Network.initial(network_at(name, head, cost.side))
        image = np.random.default_rng(0).random((1, cost.side, cost.side, 3), np.float32)
        network.predict(image)
        taken: list[float] = []
        while len(taken) < 3 or (len(taken) < REPETITIONS and sum(taken) < TIMED_SECONDS):
            began = clock()
            network.predict(image)
            taken.append(clock() - began)
        yield cost.side, min(taken)


def predicted_seconds(found: Sequence[SideCost], measured: dict[int, float]) -> dict[int, float]:
    """Seconds at each side, were they proportional to the multiply-adds, from those at OWN_SIDE.

    From the first measured side if that one was not; empty if none was.

    >>> costs = [SideCost(32, 0, 0, 10, 0), SideCost(64, 0, 0, 45, 0)]
    >>> predicted_seconds(costs, {32: 2.0, 64: 8.0})
    {32: 2.0, 64: 9.0}
    """
    if not measured:
        return {}
    origin = OWN_SIDE if OWN_SIDE in measured else min(measured)
    (start,) = (cost.multiply_adds for cost in found if cost.side == origin)
    return {cost.side: measured[origin] * cost.multiply_adds / start for cost in found}


def side_trial(name: str, head: str, sides: Sequence[int], seed: int) -> tuple[RunSpec, ...]:
    """A small training at each side at which it may be, the smallest first.

    All on as many photos, made smaller or larger. SpecError for a seed that cannot be.
    """
    specs = []
    for side in sorted(set(sides)):
        dataset = variants.variant("cifar10", side=side)
        training = dataclasses.replace(_TRAINING, dataset=dataset, seed=seed)
        spec = RunSpec(network_at(name, head, side), training)
        try:
            spec.check()
        except SpecError:
            continue
        specs.append(spec)
    return tuple(specs)


def side_of(spec: RunSpec) -> int:
    """The side of the images that a run is trained on."""
    return spec.network.input_shape[0]


def side_name(spec: RunSpec) -> str:
    """What a run of `side_trial` is called.

    >>> [side_name(spec) for spec in side_trial("blocks", "flatten", (32, 16), seed=0)]
    ['16 × 16', '32 × 32']
    """
    return f"{side_of(spec)} × {side_of(spec)}"
