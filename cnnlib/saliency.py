"""Which pixels a class's score hangs on, by its gradient: three maps, and whether to believe them.

Images are float32 (height, width, channels) in [0, 1]; the score is the class's logit, before
softmax, so that it is of this class alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnlib.layers import ConvLayer, DenseLayer
from cnnlib.section import Section
from cnnlib.spec import NetworkSpec

if TYPE_CHECKING:
    from cnnlib.network import Network

FIRST_STEPS, MOST_STEPS = 32, 2048


def logit_gradient(network: Network, image: np.ndarray, class_index: int) -> np.ndarray:
    """What a change of each number of the image does to the class's logit: an array like it."""
    return network.input_gradient(image[np.newaxis], class_index)[0]


def saliency(network: Network, image: np.ndarray, class_index: int) -> np.ndarray:
    """The largest magnitude of the gradient among each pixel's channels: (height, width).

    K. Simonyan, A. Vedaldi and A. Zisserman, "Deep Inside Convolutional Networks", 2013,
    arXiv:1312.6034, section 3.
    """
    return np.abs(logit_gradient(network, image, class_index)).max(axis=2)


def cam_layers(spec: NetworkSpec) -> tuple[int, ...]:
    """The layers, from 0, that pass on maps: what Grad-CAM can be taken of."""
    return tuple(step.index for step in spec.trace() if len(step.output_shape) == 3)


def grad_cam(network: Network, image: np.ndarray, class_index: int, layer: int) -> np.ndarray:
    """Where the maps that raise the class's score are large: (height, width) of the layer's maps.

    Each map times the mean of the logit's gradient over its cells, summed, and what is negative
    cut off: R. Selvaraju et al., "Grad-CAM", ICCV 2017, arXiv:1610.02391, equations 1 and 2.
    """
    maps = Section(network, layer)(image[np.newaxis])
    last = len(network.spec.layers) - 1
    rest = Section(network, last, first=layer + 1, units=[class_index], before_activation=True)
    run = rest.run(maps)
    weights = run.backward(np.ones_like(run.outputs)).mean(axis=(1, 2))
    with np.errstate(all="ignore"):
        return np.maximum(maps[0] @ weights[0], 0)


def enlarged(cells: np.ndarray, height: int, width: int) -> np.ndarray:
    """A map brought to another size by linear interpolation between the centres of its cells.

    >>> enlarged(np.array([[0.0, 4.0]]), 1, 4).tolist()
    [[0.0, 1.0, 3.0, 4.0]]
    """
    for axis, size in ((0, height), (1, width)):
        count = cells.shape[axis]
        places = np.clip((np.arange(size) + 0.5) * count / size - 0.5, 0, count - 1)
        low = np.minimum(places.astype(int), max(count - 2, 0))
        share = (places - low).reshape((-1, 1) if axis == 0 else (1, -1))
        high = np.minimum(low + 1, count - 1)
        cells = cells.take(low, axis) * (1 - share) + cells.take(high, axis) * share
    return cells


@dataclass(frozen=True, eq=False)
class Attribution:
    """How much each number of an image adds to a class's logit, against a baseline.

    `values`: like the image. `logit` and `baseline_logit`: the score of the image and that of the
    baseline. `steps`: gradients that the integral was summed up from.
    """

    values: np.ndarray
    logit: float
    baseline_logit: float
    steps: int

    @property
    def gap(self) -> float:
        """The values' sum less the difference of the logits: 0 but for the sum's coarseness."""
        return float(self.values.sum(dtype=np.float64)) - (self.logit - self.baseline_logit)


def integrated_gradients(
    network: Network,
    image: np.ndarray,
    class_index: int,
    *,
    baseline: np.ndarray | float = 0.0,
    tolerance: float = 0.01,
    most_steps: int = MOST_STEPS,
) -> Attribution:
    """The gradients on the straight way from the baseline to the image, summed along it.

    M. Sundararajan, A. Taly and Q. Yan, "Axiomatic Attribution for Deep Networks", ICML 2017,
    arXiv:1703.01365, equation 1. The values add up to the difference of the two logits: the steps
    are doubled, from 32 to at most `most_steps`, until they do so within `tolerance` of it.
    """
    start = np.broadcast_to(np.asarray(baseline, np.float32), image.shape)
    ends = network.logits(np.stack([image, start]))[:, class_index]
    steps = min(FIRST_STEPS, most_steps)
    while True:
        shares = (np.arange(steps, dtype=np.float32) + np.float32(0.5)) / np.float32(steps)
        total = np.zeros(image.shape)
        for part in np.array_split(shares, -(-steps // FIRST_STEPS)):
            points = start + part[:, np.newaxis, np.newaxis, np.newaxis] * (image - start)
            total += network.input_gradient(points, class_index).sum(axis=0, dtype=np.float64)
        values = (total / steps * (image - start)).astype(np.float32)
        found = Attribution(values, float(ends[0]), float(ends[1]), steps)
        enough = abs(found.gap) <= tolerance * abs(found.logit - found.baseline_logit)
        if enough or 2 * steps > most_steps:
            return found
        steps *= 2


def learned_layers(spec: NetworkSpec) -> tuple[int, ...]:
    """The convolutions and dense layers, from 0: what can be put back to chance one by one."""
    return tuple(at for at, x in enumerate(spec.layers) if isinstance(x, (ConvLayer, DenseLayer)))


def randomised(network: Network, count: int, seed: int = 0) -> Network:
    """The network with its last `count` learned layers as they were before any training.

    From the top layer down, as in J. Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS
    2018, arXiv:1810.03292, section 3. A normalisation goes with the layer before it. `seed` draws
    the random weights.
    """
    if count <= 0:
        return network
    learned = learned_layers(network.spec)
    first = learned[max(0, len(learned) - count)] if count < len(learned) else 0
    fresh = type(network).initial(network.spec, seed)
    return type(network)(network.spec, (*network.weights[:first], *fresh.weights[first:]))


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's: 1 if two maps put their cells in the same order, -1 in the opposite one.

    Cells where either is not finite are left out; NaN if a map is the same everywhere.

    >>> rank_correlation(np.array([1.0, 2.0, 9.0]), np.array([0.1, 0.5, 0.2]))
    0.5
    """
    both = np.isfinite(first) & np.isfinite(second)
    ranks = [_ranks(part[both]) for part in (first, second)]
    x, y = (rank - rank.mean() if rank.size else rank for rank in ranks)
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size else float("nan")


def _ranks(values: Sequence[float] | np.ndarray) -> np.ndarray:
    """The place of each in rising order; equal ones share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[inverse].astype(np.float64)
