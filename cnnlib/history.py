"""From a cat's cortex to today's networks: what happened when, where it is written, what to try."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Door:
    """A page of this article and what to do there; `query` is the address's part behind it."""

    page: str
    words: str
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Stop:
    """A year on the timeline.

    `sources` are citations with their addresses. Something to try is either one of `doors`, the
    first whose page there is, or a small exhibit in place, by its name.
    """

    year: int
    title: str
    happened: str
    sources: tuple[tuple[str, str], ...]
    doors: tuple[Door, ...] = ()
    exhibit: str = ""


_LENET_LIKE = (
    ("model_blocks", "2"),
    ("model_convolutions", "1"),
    ("model_filters", "6"),
    ("model_kernel_size", "5"),
    ("model_pooling", "Average"),
    ("model_activation", "Tanh"),
)

STOPS = (
    Stop(
        1959,
        "Cells that answer to lines",
        "From 1958 on, David Hubel and Torsten Wiesel listen to single cells in the visual cortex "
        "of anaesthetised cats while light falls on a screen before the animals. Spots of light do "
        "little. A bar does much, if it lies at the right place and at the right angle.",
        (
            (
                "D. H. Hubel and T. N. Wiesel, \"Receptive fields of single neurones in the cat's "
                'striate cortex", J. Physiol. 148:574-591 (1959)',
                "https://doi.org/10.1113/jphysiol.1959.sp006308",
            ),
        ),
        exhibit="bar",
    ),
    Stop(
        1962,
        "Simple cells and complex cells",
        "Some cells answer only where the bar lies exactly on their field: *simple* cells. Others "
        "keep answering while it moves: *complex* cells, which care for the angle and not so much "
        "for the place. Hubel and Wiesel propose that a complex cell listens to many simple ones. "
        "Convolution and pooling repeat that pair.",
        (
            (
                'D. H. Hubel and T. N. Wiesel, "Receptive fields, binocular interaction and '
                "functional architecture in the cat's visual cortex\", J. Physiol. 160:106-154 "
                "(1962)",
                "https://doi.org/10.1113/jphysiol.1962.sp006837",
            ),
        ),
        (
            Door("convolution_layer", "Move a pooling window and see how little its answer minds."),
            Door("feature_maps", "Look at a layer before its pooling, and after."),
        ),
    ),
    Stop(
        1980,
        "The neocognitron",
        "Kunihiko Fukushima builds the pair into a machine: layers of S-cells, all of a layer "
        "looking for the same thing in different places, and layers of C-cells that allow it to "
        "shift, again and again until the last layer knows a whole numeral. It organises itself "
        "without being told what is right.",
        (
            (
                'K. Fukushima, "Neocognitron: A self-organizing neural network model for a '
                'mechanism of pattern recognition unaffected by shift in position", Biol. Cybern. '
                "36:193-202 (1980)",
                "https://doi.org/10.1007/BF00344251",
            ),
        ),
        (Door("feature_maps", "Follow a numeral from the first layer to the last."),),
    ),
    Stop(
        1986,
        "Errors that travel backwards",
        "Rumelhart, Hinton and Williams show how a network of several layers learns from examples: "
        "its error is passed back from layer to layer, and every weight gets its share of the "
        "blame. Others had found the way before; now it spreads.",
        (
            (
                'D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations by '
                'back-propagating errors", Nature 323:533-536 (1986)',
                "https://doi.org/10.1038/323533a0",
            ),
        ),
        (
            Door("backward", "Follow the loss of one image back to a single weight."),
            Door("training", "Train a network and watch its loss fall, batch by batch."),
        ),
    ),
    Stop(
        1989,
        "Zip codes",
        "Yann LeCun and colleagues put both together: kernels of 5 × 5 that are shared across the "
        "image, and learned by backpropagation. From 7,291 handwritten digits of 16 × 16 pixels "
        "off the United States mail, the network learns to read others, and gets 5 % of 2,007 "
        "wrong.",
        (
            (
                'Y. LeCun et al., "Backpropagation Applied to Handwritten Zip Code Recognition", '
                "Neural Computation 1:541-551 (1989)",
                "https://doi.org/10.1162/neco.1989.1.4.541",
            ),
        ),
        (Door("classify", "Write a digit and let a network read it."),),
    ),
    Stop(
        1998,
        "LeNet-5 and MNIST",
        "LeNet-5 has about 60,000 weights to learn and reads digits of a new, larger collection, "
        "MNIST: 60,000 to learn from and 10,000 to be tested on. It misses just under 1 % of them.",
        (
            (
                'Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-Based Learning Applied '
                'to Document Recognition", Proc. IEEE 86:2278-2324 (1998)',
                "https://doi.org/10.1109/5.726791",
            ),
        ),
        (
            Door(
                "model_building",
                "Start from a network like it: two convolutions of 5 × 5, averages, tanh.",
                _LENET_LIKE,
            ),
        ),
    ),
    Stop(
        2009,
        "ImageNet",
        "Jia Deng, Fei-Fei Li and colleagues publish a collection of 3.2 million photos in 5,247 "
        "classes, and go on collecting. From 2010 to 2017 a part of it, 1,000 classes, is the "
        "measure of the yearly challenge above.",
        (
            (
                'J. Deng et al., "ImageNet: A Large-Scale Hierarchical Image Database", CVPR '
                "(2009)",
                "https://doi.org/10.1109/CVPR.2009.5206848",
            ),
        ),
        (
            Door(
                "dataset",
                "Browse a small collection of photos, class by class.",
                (("dataset", "CIFAR-10 photos"),),
            ),
        ),
    ),
    Stop(
        2012,
        "AlexNet",
        "Alex Krizhevsky, Ilya Sutskever and Geoffrey Hinton train a network of five convolution "
        "and three dense layers, 60 million parameters, on two graphics cards for five to six "
        "days, with ReLU and dropout. It wins the challenge by more than ten points.",
        (
            (
                'A. Krizhevsky, I. Sutskever and G. E. Hinton, "ImageNet Classification with Deep '
                'Convolutional Neural Networks", NIPS 25 (2012)',
                "https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-"
                "convolutional-neural-networks",
            ),
        ),
        exhibit="alexnet",
    ),
    Stop(
        2014,
        "Deeper, and looked into",
        "The Oxford group's VGG stacks up to 19 layers; its convolutions are 3 × 3 and many. "
        "GoogLeNet has 22 and a twelfth of AlexNet's parameters. Zeiler and Fergus show which "
        "parts of a photo make a feature map answer: edges first, then textures, then parts of "
        "things.",
        (
            (
                'K. Simonyan and A. Zisserman, "Very Deep Convolutional Networks for Large-Scale '
                'Image Recognition", ICLR (2015)',
                "https://arxiv.org/abs/1409.1556",
            ),
            (
                'C. Szegedy et al., "Going Deeper with Convolutions", CVPR (2015)',
                "https://arxiv.org/abs/1409.4842",
            ),
            (
                'M. D. Zeiler and R. Fergus, "Visualizing and Understanding Convolutional '
                'Networks", ECCV (2014)',
                "https://arxiv.org/abs/1311.2901",
            ),
        ),
        exhibit="stacked",
    ),
    Stop(
        2015,
        "Normalised, and with shortcuts",
        "Deeper networks had become hard to train. Batch normalisation keeps the numbers between "
        "layers in one range. ResNet lets every few layers learn only what to add to their input, "
        "which is passed on beside them, and so 152 layers can be trained.",
        (
            (
                'S. Ioffe and C. Szegedy, "Batch Normalization: Accelerating Deep Network Training '
                'by Reducing Internal Covariate Shift", ICML (2015)',
                "https://arxiv.org/abs/1502.03167",
            ),
            (
                'K. He, X. Zhang, S. Ren and J. Sun, "Deep Residual Learning for Image '
                'Recognition", CVPR (2016)',
                "https://arxiv.org/abs/1512.03385",
            ),
        ),
        (
            Door(
                "model_building",
                "Build a network with batch normalisation, then train it with and without.",
                (("model_batch_norm", "true"),),
            ),
        ),
    ),
    Stop(
        2017,
        "Channels weighed, challenge closed",
        "SENet adds a small side network to every block that looks at all channels at once and "
        "turns each up or down. It wins the last of the yearly challenges with 2.25 %.",
        (
            (
                'J. Hu, L. Shen and G. Sun, "Squeeze-and-Excitation Networks", CVPR (2018)',
                "https://arxiv.org/abs/1709.01507",
            ),
        ),
        (
            Door("detective", "Strike out a channel of a network and see its verdict change."),
            Door("feature_maps", "See how unequally the channels of one layer answer to an image."),
        ),
    ),
    Stop(
        2020,
        "Images as words",
        "The vision transformer cuts an image into squares of 16 × 16 pixels and treats them like "
        "words of a sentence. Given far more images than ImageNet's to learn from first, it "
        "matches or beats the best convolutional networks.",
        (
            (
                'A. Dosovitskiy et al., "An Image is Worth 16x16 Words: Transformers for Image '
                'Recognition at Scale", ICLR (2021)',
                "https://arxiv.org/abs/2010.11929",
            ),
        ),
        exhibit="patches",
    ),
    Stop(
        2022,
        "Convolution, brought up to date",
        "ConvNeXt takes a ResNet, gives it what had been learned from transformers one thing at a "
        "time (7 × 7 kernels that each see one channel among them), and keeps up with them: 87.8 % "
        "of ImageNet's photos right at the first guess.",
        (
            (
                'Z. Liu et al., "A ConvNet for the 2020s", CVPR (2022)',
                "https://arxiv.org/abs/2201.03545",
            ),
        ),
        (
            Door("convolution_layer", "Open the part on depthwise kernels, which see one channel."),
            Door("filtering", "Slide a 7 × 7 kernel over one channel.", (("filter_size", "7"),)),
        ),
    ),
)


def stop_of(year: object) -> Stop:
    """The stop of a year; the first for anything that is no year of the timeline.

    >>> stop_of(2012).title, stop_of("soon").year
    ('AlexNet', 1959)
    """
    return next((stop for stop in STOPS if stop.year == year), STOPS[0])
