"""What the ImageNet challenge measured, 2010 to 2017: top-5 errors, each with its source.

ILSVRC asked for the one labelled object in each of 100,000 to 150,000 test photos, out of 1,000
classes. Five guesses were allowed; the top-5 error is the share of photos for which none is right.
"""

from __future__ import annotations

from dataclasses import dataclass

IJCV = (
    'Russakovsky et al. 2015, "ImageNet Large Scale Visual Recognition Challenge", IJCV 115:211-252'
)
_IJCV_ADDRESS = "https://doi.org/10.1007/s11263-015-0816-y"
_RESULTS_2012 = "https://image-net.org/challenges/LSVRC/2012/results.html"


@dataclass(frozen=True)
class Result:
    """One team's best entry in one year.

    `error` is the top-5 test error in percent, as precisely as its source gives it; `learned` tells
    convolutional networks from features designed by hand; `method` and `remark` are short texts.
    """

    year: int
    team: str
    error: float
    learned: bool
    method: str
    source: str
    address: str
    remark: str = ""


WINNERS = (
    Result(
        2010,
        "NEC-UIUC",
        28.2,
        False,
        "local descriptors, coded, and support vector machines",
        IJCV,
        _IJCV_ADDRESS,
    ),
    Result(
        2011,
        "XRCE",
        25.8,
        False,
        "compressed Fisher vectors and support vector machines",
        IJCV,
        _IJCV_ADDRESS,
    ),
    Result(
        2012,
        "AlexNet",
        15.3,
        True,
        "convolutional networks, averaged",
        "image-net.org, results of ILSVRC2012",
        _RESULTS_2012,
        remark="team SuperVision; 16.4 without extra training images",
    ),
    Result(
        2013,
        "Clarifai",
        11.7,
        True,
        "convolutional networks, averaged",
        IJCV,
        _IJCV_ADDRESS,
        remark="11.2 with extra training images",
    ),
    Result(
        2014,
        "GoogLeNet",
        6.7,
        True,
        "convolutional networks of 22 layers",
        'Szegedy et al. 2015, "Going Deeper with Convolutions", CVPR',
        "https://arxiv.org/abs/1409.4842",
    ),
    Result(
        2015,
        "ResNet",
        3.57,
        True,
        "convolutional networks of up to 152 layers, with shortcuts",
        'He et al. 2016, "Deep Residual Learning for Image Recognition", CVPR',
        "https://arxiv.org/abs/1512.03385",
        remark="team MSRA",
    ),
    Result(
        2016,
        "Trimps-Soushen",
        2.99,
        True,
        "several kinds of convolutional network, averaged",
        "image-net.org, results of ILSVRC2016",
        "https://image-net.org/challenges/LSVRC/2016/results",
    ),
    Result(
        2017,
        "SENet",
        2.251,
        True,
        "convolutional networks that weigh their channels",
        'Hu et al. 2018, "Squeeze-and-Excitation Networks", CVPR',
        "https://arxiv.org/abs/1709.01507",
        remark="team WMW",
    ),
)


def _finalist(team: str, error: float, method: str, *, learned: bool = False) -> Result:
    source = "image-net.org, results of ILSVRC2012"
    return Result(2012, team, error, learned, method, source, _RESULTS_2012)


FINALISTS_2012 = (
    _finalist("SuperVision (AlexNet)", 15.315, "convolutional networks", learned=True),
    _finalist("ISI", 26.172, "Fisher vectors of four kinds of descriptor"),
    _finalist("Oxford VGG", 26.979, "Fisher vectors, parts models, support vector machines"),
    _finalist("XRCE/INRIA", 27.058, "support vector machines"),
    _finalist("Univ. of Amsterdam", 29.576, "not described beside the figures"),
    _finalist("LEAR-XRCE", 34.464, "nearest class means"),
)

# One trained person on 1,500 test photos; a second, with less training, missed 12.0 % of 258.
HUMAN_ERROR = 5.1
HUMAN_SOURCE = f"{IJCV}, section 6.4"


def relative_drop(before: float, after: float) -> float:
    """By how many percent an error fell, measured against where it was.

    >>> round(relative_drop(26.172, 15.315), 1)
    41.5
    """
    return 100 * (before - after) / before
