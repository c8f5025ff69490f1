"""The few best things elsewhere on what goes on inside a network, each tied to a page of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlib.materials import MATERIALS, Material

KINDS = {"play": "To play with", "article": "Articles", "paper": "Papers"}


@dataclass(frozen=True)
class Elsewhere:
    """A work (its `kind` is a key of this module's KINDS) beside the page that it continues.

    `aim`: what one goes there for, after "to". `theirs`: what it has and our page has not. `ours`:
    the other way round.
    """

    work: Material
    aim: str
    theirs: str
    ours: str


def _work(
    kind: str, level: str, title: str, who: tuple[str, int], texts: tuple[str, str], where: str
) -> Material:
    """`who`: author and year; `texts`: length and reader; `where`: address and our page."""
    address, page = where.split()
    return Material(kind, level, title, *who, *texts, address, page)


# It stands among the study materials too.
_FEATURE_VISUALIZATION = next(work for work in MATERIALS if work.title == "Feature Visualization")

ELSEWHERE = (
    Elsewhere(
        _work(
            "play",
            "first",
            "CNN Explainer",
            ("Zijie J. Wang and others, Georgia Tech", 2020),
            (
                "one page; the text below the network is as long as one of ours",
                "For everybody who wants to see a convolution once more, drawn by somebody else.",
            ),
            "https://poloclub.github.io/cnn-explainer/ whole_network",
        ),
        "glide from the whole network into one sum and back, in one movement",
        "Transitions that never lose the eye between the overview and a single sum, and a film "
        "that explains the tool. All of it runs in the browser, without a server.",
        "Its network is fixed: a small VGG for ten classes of Tiny ImageNet, of 64 × 64 pixels. "
        "Here it is yours, of any size and stride, at any epoch, and it can be followed backward.",
    ),
    Elsewhere(
        _work(
            "play",
            "first",
            "An Interactive Node-Link Visualization of Convolutional Neural Networks",
            ("Adam W. Harley", 2015),
            (
                "two networks, each in space and flat; the paper is short",
                "For those who like volumes, and want to see each of a network's numbers at once.",
            ),
            "https://adamharley.com/nn_vis/ whole_network",
        ),
        "draw a digit and see every unit of a network in space light up while you draw",
        "Every unit of the whole network stands in space at once, and answers each stroke of your "
        "pen.",
        "Its two networks were trained for you, on digits. Ours can be any, on photos too, and say "
        "where each number comes from.",
    ),
    Elsewhere(
        _work(
            "play",
            "first",
            "TensorFlow Playground",
            ("Daniel Smilkov, Shan Carter", 2016),
            (
                "one screen",
                "For everybody to whom learning still seems magic: two numbers in, one out, and "
                "the whole answer drawn as a coloured plane.",
            ),
            "https://playground.tensorflow.org training",
        ),
        "see everything that a tiny network has learned as one coloured plane, without a wait",
        "With two inputs, all that a network can answer fits into one picture, for every unit, "
        "redrawn while it learns.",
        "There are no images and no convolutions there. Ours trains on pictures, with Keras, and "
        "every batch can be looked into.",
    ),
    Elsewhere(
        _work(
            "play",
            "next",
            "ConvNetJS",
            ("Andrej Karpathy", 2014),
            (
                "a page for each demonstration, MNIST and CIFAR-10 among them",
                "For those who can read a little JavaScript and like to change it while it runs.",
            ),
            "https://cs.stanford.edu/people/karpathy/convnetjs/ training",
        ),
        "train a convolutional network inside your own browser, with nothing installed",
        "The whole training runs in your browser, from a network that you write as a few lines of "
        "code on the page.",
        "Ours trains with Keras, keeps every epoch to look into, and gives you the run as a "
        "program to take home.",
    ),
    Elsewhere(
        _work(
            "play",
            "first",
            "Teachable Machine",
            ("Google Creative Lab", 2017),
            (
                "a first model takes a few minutes",
                "For everybody with a camera, and for classes of children.",
            ),
            "https://teachablemachine.withgoogle.com classify",
        ),
        "teach a classifier your own things by holding them in front of the camera",
        "Your own classes from your own camera, sounds and poses too, in a few minutes: most of "
        "the network was trained before, and only its end learns from you.",
        "It shows what the network answers, and nothing of the inside. Here the inside is the "
        "point.",
    ),
    Elsewhere(
        Material(
            "article",
            "next",
            *(_FEATURE_VISUALIZATION.title, _FEATURE_VISUALIZATION.author),
            *(_FEATURE_VISUALIZATION.year, _FEATURE_VISUALIZATION.length),
            _FEATURE_VISUALIZATION.reader,
            _FEATURE_VISUALIZATION.address,
            "activation_based",
        ),
        "see what the deep layers of a large network ask for, and which priors make it readable",
        "A far larger network, trained on ImageNet: its pictures go from edges over textures to "
        "parts of things and whole things. And a careful comparison of priors, several pictures "
        "for one filter, and filters put together.",
        "There the pictures are made already. Here you grow them for your own network, step by "
        "step, with your own priors.",
    ),
    Elsewhere(
        _work(
            "article",
            "depth",
            "The Building Blocks of Interpretability",
            ("Chris Olah and others", 2018),
            (
                "one long article with figures to work in",
                "For those who have grown pictures and made maps, and ask how the two fit.",
            ),
            "https://distill.pub/2018/building-blocks/ activation_based",
        ),
        "see in one figure what a network sees at each place and how much each part of that counts",
        "Grown pictures and maps of importance in one figure: what is seen where, in pictures "
        "instead of numbers, and how it speaks for the answer.",
        "Our pages keep the two apart, and show the arithmetic of each on your own network.",
    ),
    Elsewhere(
        _work(
            "article",
            "depth",
            "Zoom In: An Introduction to Circuits",
            ("Chris Olah and others", 2020),
            (
                "one article, the first of a series",
                "For those who look at kernels and ask whether one can read them like a program.",
            ),
            "https://distill.pub/2020/circuits/zoom-in/ weight_based",
        ),
        "read weights between features like a program: curves put together from lines",
        "Kernels that are read: a curve out of lines, a car out of its windows and wheels, in a "
        "network large enough to have such features.",
        "Our networks are small and their deeper kernels seldom have names. But all of them are "
        "there to look at, epoch by epoch, and they are yours.",
    ),
    Elsewhere(
        _work(
            "paper",
            "next",
            "On Calibration of Modern Neural Networks",
            ("Chuan Guo, Geoff Pleiss, Yu Sun, Kilian Q. Weinberger", 2017),
            (
                "a conference paper with an appendix",
                "For everybody who reads 99 % off a network and wants to know whether to believe "
                "it.",
            ),
            "https://arxiv.org/abs/1706.04599 results",
        ),
        "learn what makes networks too sure of themselves, and what cures them compared",
        "What makes networks too sure (depth, width, batch normalisation, little weight decay), "
        "measured one by one, and several cures side by side.",
        "Here the diagram is that of your network, each bin opens its pictures, and the cure that "
        "the paper ends with, temperature, is a slider.",
    ),
    Elsewhere(
        _work(
            "paper",
            "next",
            "Visualizing and Understanding Convolutional Networks",
            ("Matthew D. Zeiler, Rob Fergus", 2013),
            (
                "a conference paper with many pictures",
                "For those who want to see occlusion where it was first used on such networks, and "
                "what it was for: a better AlexNet.",
            ),
            "https://arxiv.org/abs/1311.2901 pixel_importance",
        ),
        "see how looking inside AlexNet led to a better network",
        "A way to run a layer backward into a picture (a deconvolutional network), and the story "
        "of a network that was improved because somebody looked inside.",
        "Theirs is a grey square on a few photos. Here you choose patch, stride, filling, class, "
        "and the picture, and read every number of the map.",
    ),
    Elsewhere(
        _work(
            "paper",
            "next",
            "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
            ("Ramprasaath R. Selvaraju and others", 2017),
            (
                "a conference paper with a long appendix",
                "For those who use Grad-CAM, which is nearly everybody who explains such networks.",
            ),
            "https://arxiv.org/abs/1610.02391 pixel_importance",
        ),
        "find a map of importance tried on captions and questions, and on people's trust",
        "Maps for captions and for answers to questions, not only for classes, a finer variant, "
        "and tests of whether people trust the better network because of them.",
        "Here you choose the layer, see how coarse its map is before it is enlarged, and test "
        "whether it depends on the weights at all.",
    ),
    Elsewhere(
        _work(
            "paper",
            "depth",
            "Axiomatic Attribution for Deep Networks",
            ("Mukund Sundararajan, Ankur Taly, Qiqi Yan", 2017),
            (
                "a conference paper with proofs",
                "For those who ask why integrated gradients and not some other sum.",
            ),
            "https://arxiv.org/abs/1703.01365 pixel_importance",
        ),
        "find the proof which way of sharing out a score keeps a few sensible promises",
        "The promises that a fair attribution should keep, and the proof of which methods break "
        "them. And it is used on text and chemistry, too.",
        "Here you change the baseline, and see that the numbers add up to the score's gain.",
    ),
    Elsewhere(
        _work(
            "paper",
            "next",
            "Sanity Checks for Saliency Maps",
            ("Julius Adebayo and others", 2018),
            (
                "a conference paper with a long appendix",
                "For everybody about to believe a map because it looks right.",
            ),
            "https://arxiv.org/abs/1810.03292 pixel_importance",
        ),
        "learn which maps of importance hardly change when a network's weights are made random",
        "More methods put to the test, on larger networks, layer after layer, and a second test: "
        "networks trained on random labels.",
        "Here you make the weights random yourself, and see at once which of four maps of your own "
        "picture change.",
    ),
)


def chosen(kind: str | None = None) -> tuple[Elsewhere, ...]:
    """The works of a kind; what is no key of KINDS asks for all.

    >>> len(chosen("article")), len(chosen("podcast")) == len(ELSEWHERE)
    (3, True)
    """
    return tuple(each for each in ELSEWHERE if kind not in KINDS or each.work.kind == kind)


def by_page(works: Sequence[Elsewhere], order: Sequence[str]) -> dict[str, list[Elsewhere]]:
    """The works under the page that each continues, pages in the order of their names in `order`;
    those of pages that are not in it come last.

    >>> list(by_page(chosen("play"), ["training", "whole_network", "classify"]))
    ['training', 'whole_network', 'classify']
    """
    found: dict[str, list[Elsewhere]] = {page: [] for page in order}
    for each in works:
        found.setdefault(each.work.deepens, []).append(each)
    return {page: there for page, there in found.items() if there}
