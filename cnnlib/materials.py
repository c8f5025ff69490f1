"""Where to go on from here: a few films, books, articles and lessons in mathematics."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = {
    "video": "Videos",
    "textbook": "Textbooks",
    "mathematics": "Mathematics",
    "article": "Courses and articles",
}
LEVELS = {"first": "First steps", "next": "Next", "depth": "In depth"}


@dataclass(frozen=True)
class Material:
    """One work: `kind` is a key of KINDS, `level` of LEVELS, `deepens` the name of a page of ours.

    `length` is in words, because hours, pages and chapters cannot be compared.
    """

    kind: str
    level: str
    title: str
    author: str
    year: int
    length: str
    reader: str
    address: str
    deepens: str


MATERIALS = (
    Material(
        "video",
        "first",
        "But what is a convolution?",
        "Grant Sanderson (3Blue1Brown)",
        2022,
        "23 minutes",
        "For everybody who has seen a window slide and asks what else is one: dice, blurred "
        "pictures, products of long numbers.",
        "https://www.youtube.com/watch?v=KuXjwB4LzSA",
        "filtering",
    ),
    Material(
        "video",
        "first",
        "Neural networks, chapters 1 to 4",
        "Grant Sanderson (3Blue1Brown)",
        2017,
        "about 1 hour in four parts",
        "For those who like to see an idea move before they read a formula: layers, descent and "
        "backpropagation on handwritten digits. No convolutions yet.",
        "https://www.3blue1brown.com/topics/neural-networks",
        "training",
    ),
    Material(
        "video",
        "next",
        "CS231n, Winter 2016: the lectures",
        "Andrej Karpathy, Justin Johnson, Fei-Fei Li",
        2016,
        "15 lectures of about 75 minutes; the link is lecture 7, on convolution",
        "For those who can program and want the whole course. Lectures like these made the author "
        "of this article's outline write it.",
        "https://www.youtube.com/watch?v=LxfUGhug-iQ",
        "convolution_layer",
    ),
    Material(
        "textbook",
        "first",
        "Neural Networks and Deep Learning",
        "Michael Nielsen",
        2015,
        "6 chapters, free to read",
        "For readers with school mathematics who want to understand one network for digits to the "
        "last line of its program. The last chapter is on convolution.",
        "http://neuralnetworksanddeeplearning.com",
        "training",
    ),
    Material(
        "textbook",
        "first",
        "Deep Learning with Python, second edition",
        "François Chollet",
        2021,
        "504 pages",
        "For those who write Python and want results: by the author of Keras, with little "
        "mathematics and much code.",
        "https://www.manning.com/books/deep-learning-with-python-second-edition",
        "model_building",
    ),
    Material(
        "textbook",
        "next",
        "Dive into Deep Learning",
        "Aston Zhang, Zachary C. Lipton, Mu Li, Alexander J. Smola",
        2023,
        "chapters 7 and 8 are on convolution, free to read",
        "For those who want text, formulas and code that runs side by side, from LeNet to ResNet.",
        "https://d2l.ai",
        "model_building",
    ),
    Material(
        "textbook",
        "next",
        "Understanding Deep Learning",
        "Simon J. D. Prince",
        2023,
        "more than 500 pages, chapter 10 on convolution; free to read",
        "For readers who know some linear algebra and want every idea as a sentence, a formula and "
        "a figure.",
        "https://udlbook.github.io/udlbook/",
        "convolution_layer",
    ),
    Material(
        "textbook",
        "depth",
        "Deep Learning, chapter 9: Convolutional Networks",
        "Ian Goodfellow, Yoshua Bengio, Aaron Courville",
        2016,
        "about 40 pages of 800, free to read",
        "For readers at home in linear algebra and probability: why convolution works, and what it "
        "takes for granted about images.",
        "https://www.deeplearningbook.org/contents/convnets.html",
        "convolution_layer",
    ),
    Material(
        "mathematics",
        "first",
        "Linear Algebra, MIT 18.06",
        "Gilbert Strang",
        2010,
        "about 35 lectures of 50 minutes",
        "For everybody to whom a matrix is still a table of numbers. The first few lectures do for "
        "this article.",
        "https://ocw.mit.edu/courses/18-06-linear-algebra-spring-2010/",
        "filtering",
    ),
    Material(
        "mathematics",
        "next",
        "The Matrix Calculus You Need For Deep Learning",
        "Terence Parr, Jeremy Howard",
        2018,
        "about 30 pages",
        "For those who can take the derivative of x² and want to take that of a layer.",
        "https://arxiv.org/abs/1802.01528",
        "backward",
    ),
    Material(
        "mathematics",
        "depth",
        "Mathematics for Machine Learning",
        "Marc Peter Deisenroth, A. Aldo Faisal, Cheng Soon Ong",
        2020,
        "about 400 pages, free to read",
        "For those who want it all in one book: linear algebra, calculus, probability and "
        "optimisation, chosen for this field.",
        "https://mml-book.github.io",
        "training",
    ),
    Material(
        "article",
        "first",
        "CS231n: Convolutional Neural Networks for Visual Recognition, the notes",
        "Andrej Karpathy and others",
        2016,
        "one long page on convolution layers, and a dozen around it",
        "For those who would rather read than watch: shapes, strides and parameter counts, worked "
        "out for networks that won the challenge.",
        "https://cs231n.github.io/convolutional-networks/",
        "convolution_layer",
    ),
    Material(
        "article",
        "next",
        "A guide to convolution arithmetic for deep learning",
        "Vincent Dumoulin, Francesco Visin",
        2016,
        "about 30 pages",
        "For everybody whose shapes do not fit: stride, padding, dilation and transposed "
        "convolution, each drawn.",
        "https://arxiv.org/abs/1603.07285",
        "filtering",
    ),
    Material(
        "article",
        "next",
        "Feature Visualization",
        "Chris Olah, Alexander Mordvintsev, Ludwig Schubert",
        2017,
        "one article with large figures",
        "For those who wonder what the filters of a deep layer look for, and how one finds out.",
        "https://distill.pub/2017/feature-visualization/",
        "activation_based",
    ),
    Material(
        "article",
        "depth",
        "Gradient-Based Learning Applied to Document Recognition",
        "Yann LeCun, Léon Bottou, Yoshua Bengio, Patrick Haffner",
        1998,
        "47 pages; the first ten hold LeNet-5",
        "For those who want to read where it was first all together: LeNet-5 and MNIST.",
        "https://doi.org/10.1109/5.726791",
        "brief_history",
    ),
)


def chosen(kind: str | None = None, level: str | None = None) -> tuple[Material, ...]:
    """The works of a kind and a level; what is no key of KINDS or LEVELS asks for all.

    >>> [work.year for work in chosen("mathematics", "first")]
    [2010]
    >>> len(chosen()) == len(chosen("podcast")) == len(MATERIALS)
    True
    """
    return tuple(
        work
        for work in MATERIALS
        if (kind not in KINDS or work.kind == kind) and (level not in LEVELS or work.level == level)
    )
