"""What there is to learn from: the data sets' table, and what a data set is once it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from cnnlib.shape_images import SHAPES


class DatasetError(ValueError):
    """A data set that is not there or not usable; the message says what to do."""


@dataclass(frozen=True)
class DatasetInfo:
    """What is known of a data set before it is read.

    Counts are (training, test) images; `class_counts` are the sample's of its smallest class.
    """

    name: str
    title: str
    full_title: str
    classes: tuple[str, ...]
    image_shape: tuple[int, int, int]
    sample_counts: tuple[int, int]
    class_counts: tuple[int, int]
    full_counts: tuple[int, int]
    download_bytes: int
    source: str
    licence: str


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images uint8 (count, height, width, channels) and labels uint8 (count,), with class names."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: tuple[str, ...]


DATASETS: Mapping[str, DatasetInfo] = MappingProxyType(
    {
        "digits": DatasetInfo(
            name="digits",
            title="Handwritten digits",
            full_title="MNIST",
            classes=tuple("0123456789"),
            image_shape=(28, 28, 1),
            sample_counts=(9_000, 1_000),
            class_counts=(763, 100),
            full_counts=(60_000, 10_000),
            download_bytes=11_490_434,
            source="Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten "
            "digits; LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to "
            "document recognition, Proceedings of the IEEE 86(11), 1998.",
            licence="Creative Commons Attribution-Share Alike 3.0",
        ),
        "cifar10": DatasetInfo(
            name="cifar10",
            title="CIFAR-10 photos",
            full_title="CIFAR-10",
            classes=(
                "airplane",
                "automobile",
                "bird",
                "cat",
                "deer",
                "dog",
                "frog",
                "horse",
                "ship",
                "truck",
            ),
            image_shape=(32, 32, 3),
            sample_counts=(5_000, 1_000),
            class_counts=(500, 100),
            full_counts=(50_000, 10_000),
            download_bytes=170_498_071,
            source="A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, "
            "technical report, University of Toronto, 2009.",
            licence="No formal licence; free for use with citation of the report",
        ),
    }
)

# Not among those that pages offer to begin with: nobody collected them, they show one thing.
DRAWN_SETS: Mapping[str, DatasetInfo] = MappingProxyType(
    {
        "shapes": DatasetInfo(
            name="shapes",
            title="Drawn shapes",
            full_title="20,000 drawn shapes",
            classes=SHAPES,
            image_shape=(64, 64, 3),
            sample_counts=(1_200, 240),
            class_counts=(150, 30),
            full_counts=(20_000, 400),
            download_bytes=20_400 * 64 * 64 * 3,
            source="Drawn by cnnlib.shape_images, on this machine.",
            licence="As the code",
        ),
    }
)
