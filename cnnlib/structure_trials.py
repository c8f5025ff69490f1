"""Pairs of networks that differ in one decision about their structure, to be trained side by side.

    first, second = structure_trial(StructureSettings("depth"))

Both are built of blocks as the model page builds them, see the same images in the same order, and
begin from one seed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain, groupby
from types import MappingProxyType

from cnnlib import datasets
from cnnlib.control import NAME_LENGTH
from cnnlib.fields import check_fields, choice, whole
from cnnlib.layers import (
    ActivationLayer,
    BatchNormLayer,
    ConvLayer,
    DenseLayer,
    DropoutLayer,
    FlattenLayer,
    GlobalAveragePoolLayer,
    PoolLayer,
)
from cnnlib.presets import BlockSettings, block_network
from cnnlib.receptive import receptive_fields
from cnnlib.spec import NetworkSpec, RunSpec, TrainingSpec

DATASETS = ("cifar10", "digits")
STARTER_EPOCHS = 5
_TRAINING = TrainingSpec(
    image_count=5_000,
    epochs=8,
    learning_rate=0.004,
    schedule="one_cycle",
    batch_size=64,
    validation_share=0.2,
)
# Normalised, but where that is in question: without, the deeper of two was the worse one after so
# short a training (seed 0 on photos: 49 % against 54 %).
_BLOCKS = {
    "convolutions": 1,
    "padding": "same",
    "batch_norm": True,
    "dropout": 0.0,
    "dense_units": 0,
}


@dataclass(frozen=True)
class Question:
    """A decision about a network's structure.

    Attributes:
        title: what is decided.
        first, second: what the two networks of the pair have of `BlockSettings`, where `filters`
            are so many times as many. `flat_dropout` is a rate behind the flattening, `kernels` are
            the sizes of a block's kernels.
        name_of: which way a network has been decided, in a few words.
        training: what both have of `TrainingSpec`.
    """

    title: str
    first: Mapping[str, object]
    second: Mapping[str, object]
    name_of: Callable[[NetworkSpec], str]
    training: Mapping[str, object] = field(default_factory=dict)


def _number_of(network: NetworkSpec, kind: type) -> int:
    return sum(isinstance(layer, kind) for layer in network.layers)


def _first(network: NetworkSpec, kind: type, name: str) -> float:
    """A setting of the first layer of a kind; 0 of a network without one."""
    return next((getattr(x, name) for x in network.layers if isinstance(x, kind)), 0)


def _depth(network: NetworkSpec) -> str:
    return _count(_number_of(network, ConvLayer), "convolution")


def _width(network: NetworkSpec) -> str:
    return f"{_count(_first(network, ConvLayer, 'filters'), 'filter')} at first"


def _kernel(network: NetworkSpec) -> str:
    sizes = [x.kernel_size for x in network.layers if isinstance(x, ConvLayer)][1:]
    size = max(sizes, default=0)
    return f"{_count(sizes.count(size), 'convolution')} of {size} × {size}"


def _norm(network: NetworkSpec) -> str:
    return "normalised" if _number_of(network, BatchNormLayer) else "not normalised"


def _dropout(network: NetworkSpec) -> str:
    rate = _first(network, DropoutLayer, "rate")
    return f"dropout {rate:.0%}" if rate else "no dropout"


def _shrinking(network: NetworkSpec) -> str:
    return "pooling" if _number_of(network, PoolLayer) else "stride"


def _head(network: NetworkSpec) -> str:
    return "global average" if _number_of(network, GlobalAveragePoolLayer) else "flatten"


def _count(number: float, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


QUESTIONS: Mapping[str, Question] = MappingProxyType(
    {
        "depth": Question("Depth", {}, {"convolutions": 2}, _depth),
        "width": Question("Width", {}, {"filters": 2}, _width),
        "kernel": Question("Kernel size", {"kernels": (5,)}, {"kernels": (3, 3)}, _kernel),
        "batch_norm": Question(
            "Batch normalisation", {"batch_norm": False}, {"batch_norm": True}, _norm
        ),
        # Few images, seen often: so a network without dropout soon knows them by heart.
        "dropout": Question(
            "Dropout",
            {"dense_units": 64},
            {"dense_units": 64, "flat_dropout": 0.5},
            _dropout,
            {"image_count": 2_500, "validation_share": 0.4, "learning_rate": 0.002, "epochs": 20},
        ),
        "shrinking": Question(
            "Pooling or stride", {}, {"pooling": "none", "stride": 2}, _shrinking
        ),
        "head": Question("Global average", {}, {"head": "global_average"}, _head),
    }
)

STARTERS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "Tiny": {"blocks": 1, "filters": 4, "head": "global_average"},
        "Two blocks": {"blocks": 2, "filters": 8},
        "Two blocks, strided": {"blocks": 2, "filters": 8, "pooling": "none", "stride": 2},
        "One block, dense layer": {"blocks": 1, "filters": 16, "dense_units": 64},
    }
)


@dataclass(frozen=True)
class StructureSettings:
    """One of `QUESTIONS`, and how large the networks are that it is asked of.

    The first of `blocks` has `filters` filters, each further one twice as many as the one before.
    """

    question: str = choice("depth", tuple(QUESTIONS))
    dataset: str = choice("cifar10", DATASETS)
    blocks: int = whole(2, 1, 3)
    filters: int = whole(16, 4, 32)
    seed: int = whole(0, 0, 9_999)

    def __post_init__(self) -> None:
        check_fields(self)


def structure_trial(settings: StructureSettings) -> tuple[RunSpec, RunSpec]:
    """The two runs, alike in all but what is in question."""
    question = QUESTIONS[settings.question]
    known = datasets.info(settings.dataset)
    training = dataclasses.replace(
        _TRAINING, dataset=known.name, seed=settings.seed, **question.training
    )

    def run(side: Mapping[str, object]) -> RunSpec:
        return RunSpec(_network(side, settings, known), training)

    return run(question.first), run(question.second)


def _network(
    side: Mapping[str, object], settings: StructureSettings, known: datasets.DatasetInfo
) -> NetworkSpec:
    if "kernels" in side:
        return _even_network(side["kernels"], settings, known)
    sides = dict(side)
    rate = sides.pop("flat_dropout", 0.0)
    size = {"blocks": settings.blocks, "filters": settings.filters * sides.pop("filters", 1)}
    blocks = BlockSettings(**_BLOCKS | sides | size)
    return _dropping(block_network(known.image_shape, len(known.classes), blocks), rate)


def _dropping(network: NetworkSpec, rate: float) -> NetworkSpec:
    """The network with dropout right behind its flattening."""
    if not rate:
        return network
    at = next(n for n, x in enumerate(network.layers) if isinstance(x, FlattenLayer)) + 1
    layers = (*network.layers[:at], DropoutLayer(rate), *network.layers[at:])
    return NetworkSpec(network.input_shape, layers)


def _even_network(
    kernels: tuple[int, ...], settings: StructureSettings, known: datasets.DatasetInfo
) -> NetworkSpec:
    """A first 3 x 3 convolution, then blocks that have as many channels coming in as going out,
    so that nothing but the size of the kernels tells them apart."""
    stem, *convolutions = (
        (
            ConvLayer(settings.filters, size, padding="same", activation="linear", use_bias=False),
            BatchNormLayer(),
            ActivationLayer("relu"),
        )
        for size in (3, *kernels)
    )
    block = (*chain.from_iterable(convolutions), PoolLayer())
    head = (FlattenLayer(), DenseLayer(len(known.classes), "softmax"))
    return NetworkSpec(known.image_shape, (*stem, *block * settings.blocks, *head))


def structure_name(question: str) -> Callable[[RunSpec], str]:
    """What runs of that question are called, for any run at all.

    >>> [structure_name("kernel")(run) for run in structure_trial(StructureSettings("kernel"))]
    ['2 convolutions of 5 × 5', '4 convolutions of 3 × 3']
    """
    name_of = QUESTIONS[question].name_of
    return lambda spec: name_of(spec.network)


def starter_set(dataset: str, seed: int = 0) -> tuple[RunSpec, ...]:
    """A training of each of `STARTERS`, to have something to compare.

    DatasetError for an unknown data set, SpecError for a seed that cannot be.
    """
    known = datasets.info(dataset)
    training = dataclasses.replace(_TRAINING, dataset=dataset, seed=seed, epochs=STARTER_EPOCHS)
    return tuple(RunSpec(_starter(sides, known), training) for sides in STARTERS.values())


def _starter(sides: Mapping[str, object], known: datasets.DatasetInfo) -> NetworkSpec:
    blocks = BlockSettings(**_BLOCKS | dict(sides))
    return block_network(known.image_shape, len(known.classes), blocks)


def starter_name(spec: RunSpec) -> str:
    """What a run of `starter_set` is called; of any other, what its network is made of.

    >>> [starter_name(spec) for spec in starter_set("digits")]
    ['Tiny', 'Two blocks', 'Two blocks, strided', 'One block, dense layer']
    """
    known = datasets.info(spec.training.dataset)
    named = (name for name, sides in STARTERS.items() if _starter(sides, known) == spec.network)
    return next(named, network_words(spec.network)[:NAME_LENGTH])


def network_words(network: NetworkSpec) -> str:
    """A network in a few words: its convolutions, what else it has, and its last layers.

    >>> from cnnlib.presets import article_basic, improved
    >>> network_words(article_basic())
    '3 × 3: 32, 32, 64, 64 filters; dropout; flatten; dense 256'
    >>> network_words(improved())
    '3 × 3: 32, 32, 64, 64, 128, 128 filters; normalised; dropout; global average'
    """
    parts = []
    convolutions = [x for x in network.layers if isinstance(x, ConvLayer)]
    for size, group in groupby(convolutions, key=lambda x: x.kernel_size):
        filters = ", ".join(str(x.filters) for x in group)
        parts.append(f"{size} × {size}: {filters} filters")
    parts += ["stride"] * any(x.stride > 1 for x in convolutions)
    parts += ["normalised"] * bool(_number_of(network, BatchNormLayer))
    parts += ["dropout"] * bool(_number_of(network, DropoutLayer))
    parts.append(_head(network))
    parts += [f"dense {x.units}" for x in network.layers[:-1] if isinstance(x, DenseLayer)]
    return "; ".join(parts)


def field_of(network: NetworkSpec) -> int:
    """The side of the square of the image that one cell of a network's last maps depends on.

    >>> from cnnlib.presets import article_basic
    >>> field_of(article_basic())
    16
    """
    fields = receptive_fields(network)
    return next(
        (x.side for x in fields[::-1] if not isinstance(x.step.layer, GlobalAveragePoolLayer)), 1
    )
