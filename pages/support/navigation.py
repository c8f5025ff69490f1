"""The pages of the article in reading order: the one table behind the sidebar and the foot links.

A new page is one more `Entry` in `ENTRIES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import streamlit as st

INTRODUCTION = "Introduction"
GAME_CHANGER = "CNNs, the game changer"  # the article's heading, short enough for the sidebar
KERAS = "Keras, deep learning simplified"
FIRST_MODELS = "Building your first models"
VISUALIZING = "Visualizing your CNN"
IMPROVING = "Improving your model"
CLASSIFY = "Putting it to use"


@dataclass(frozen=True)
class Entry:
    """One page: its script, and what the sidebar and the browser's title bar say of it."""

    section: str
    path: str
    title: str
    icon: str
    help: str

    @property
    def url_path(self) -> str:
        """The page's address: `pages/introduction/what_a_computer_sees.py` gives
        `what-a-computer-sees`."""
        name = self.path.rsplit("/", 1)[-1].removesuffix(".py")
        return name.replace("_", "-")


ENTRIES = (
    Entry(
        INTRODUCTION,
        "pages/introduction/welcome.py",
        "Welcome",
        ":material/home:",
        "What this article is, and where to start.",
    ),
    Entry(
        INTRODUCTION,
        "pages/introduction/what_a_computer_sees.py",
        "What a computer sees",
        ":material/grid_on:",
        "A picture taken apart into its pixels and their numbers: red, green and blue.",
    ),
    Entry(
        GAME_CHANGER,
        "pages/game_changer/pixels.py",
        "Pixels",
        ":material/apps:",
        "A picture as a volume of numbers: its three planes, and every number open to change.",
    ),
    Entry(
        GAME_CHANGER,
        "pages/game_changer/filtering.py",
        "Filtering",
        ":material/filter_center_focus:",
        "A small window slides over a picture: nine products and their sum, again and again.",
    ),
    Entry(
        GAME_CHANGER,
        "pages/game_changer/convolution_layer.py",
        "Convolution layer",
        ":material/dynamic_feed:",
        "Three channels, many filters, ReLU, pooling, softmax: a layer with every number shown.",
    ),
    Entry(
        GAME_CHANGER,
        "pages/game_changer/detective.py",
        "Detective deduction by machine",
        ":material/search:",
        "From clues to a verdict: which filters fired, and the sum that made each class's score.",
    ),
    Entry(
        GAME_CHANGER,
        "pages/game_changer/brief_history.py",
        "Brief history",
        ":material/history:",
        "From cells in a cat's brain to AlexNet and on, with the first experiment to repeat.",
    ),
    Entry(
        GAME_CHANGER,
        "pages/game_changer/study_materials.py",
        "Study materials",
        ":material/school:",
        "Videos, textbooks and mathematics to go on with: few, and each with its reader.",
    ),
    Entry(
        KERAS,
        "pages/keras/sequential_model.py",
        "Sequential model",
        ":material/view_stream:",
        "Layers one behind the other, put together by you, and the Keras code that makes them.",
    ),
    Entry(
        KERAS,
        "pages/keras/layer_class.py",
        "Layer class",
        ":material/category:",
        "What a layer is: weights, build and call, every kind at work, and three of your own.",
    ),
    Entry(
        KERAS,
        "pages/keras/optimizer.py",
        "Optimizer",
        ":material/south_east:",
        "From one error to a cost, and down its slope: five optimizers race, and train a network.",
    ),
    Entry(
        FIRST_MODELS,
        "pages/first_models/dataset.py",
        "Dataset",
        ":material/photo_library:",
        "The images a network learns from: browse them by class, and see how they are split.",
    ),
    Entry(
        FIRST_MODELS,
        "pages/first_models/preprocessing.py",
        "Preprocessing",
        ":material/tune:",
        "Raw, scaled and standardised pixels, one-hot labels, and what they do to a training.",
    ),
    Entry(
        FIRST_MODELS,
        "pages/first_models/model_building.py",
        "Model building",
        ":material/stacks:",
        "Build a network with sliders: shapes, parameters and work follow at once.",
    ),
    Entry(
        FIRST_MODELS,
        "pages/first_models/training.py",
        "Training",
        ":material/model_training:",
        "Train your network on real images and watch it learn, batch by batch.",
    ),
    Entry(
        VISUALIZING,
        "pages/visualizing/whole_network.py",
        "The whole network",
        ":material/hub:",
        "Every layer and every map on one picture, and the arithmetic behind each number.",
    ),
    Entry(
        VISUALIZING,
        "pages/visualizing/feature_maps.py",
        "Feature maps",
        ":material/layers:",
        "What every layer of a network makes of an image: all its feature maps.",
    ),
    Entry(
        VISUALIZING,
        "pages/visualizing/backward.py",
        "Backward, step by step",
        ":material/undo:",
        "From one image's loss back to a kernel: every gradient, and the step that follows.",
    ),
    Entry(
        VISUALIZING,
        "pages/visualizing/activation_based.py",
        "Activation based",
        ":material/local_fire_department:",
        "Pictures grown to fire a filter or to raise a class, beside what does so in the data.",
    ),
    Entry(
        VISUALIZING,
        "pages/visualizing/weight_based.py",
        "Weight based",
        ":material/grid_view:",
        "The weights themselves: kernels as pictures, their spread, dead filters and twins.",
    ),
    Entry(
        VISUALIZING,
        "pages/visualizing/results.py",
        "Result based",
        ":material/fact_check:",
        "How many test images a network recognises, which it confuses, and how sure it may be.",
    ),
    Entry(
        VISUALIZING,
        "pages/visualizing/pixel_importance.py",
        "Pixel importance",
        ":material/center_focus_strong:",
        "Which pixels made a network say what it said: four maps, and whether to believe them.",
    ),
    Entry(
        VISUALIZING,
        "pages/visualizing/external_material.py",
        "External material",
        ":material/travel_explore:",
        "The best things elsewhere, each beside the page of ours that it goes on from.",
    ),
    Entry(
        IMPROVING,
        "pages/improving/augmentation.py",
        "Augmentation",
        ":material/auto_awesome_motion:",
        "One image changed in nine ways, how far each may go, and what it does for a network.",
    ),
    Entry(
        IMPROVING,
        "pages/improving/optimization.py",
        "Alternative optimization",
        ":material/speed:",
        "Schedules, weight decay, label smoothing, and a test of seconds that finds a rate.",
    ),
    Entry(
        IMPROVING,
        "pages/improving/structure.py",
        "Model structure",
        ":material/account_tree:",
        "Seven decisions about a network, each tried with two trainings, and a board of all runs.",
    ),
    Entry(
        IMPROVING,
        "pages/improving/batches.py",
        "Batch-wise training",
        ":material/view_module:",
        "Batches of 1 to 1,024: their speed, their noise, and images that stay on disk.",
    ),
    Entry(
        IMPROVING,
        "pages/improving/scale.py",
        "Scale against speed",
        ":material/straighten:",
        "What a larger image costs, counted and timed, and why sparse coding had to go.",
    ),
    Entry(
        IMPROVING,
        "pages/improving/transfer.py",
        "Transfer",
        ":material/move_up:",
        "A shipped network's features under a new head, for classes of which there are only a few.",
    ),
    Entry(
        CLASSIFY,
        "pages/classify/classify.py",
        "Classify",
        ":material/draw:",
        "Draw a digit, or give a photo, and see what a network makes of it, stroke by stroke.",
    ),
)


def is_listed(path: str) -> bool:
    """Whether the page with this script can be visited."""
    return any(entry.path == path for entry in ENTRIES)


def pages() -> dict[str, list[st.Page]]:
    """What `st.navigation` takes: the pages under their section's heading. The first is home."""
    by_section = groupby(ENTRIES, key=lambda entry: entry.section)
    return {section: [_page(entry) for entry in entries] for section, entries in by_section}


def _page(entry: Entry) -> st.Page:
    return st.Page(
        entry.path,
        title=entry.title,
        icon=entry.icon,
        help=entry.help,
        default=entry is ENTRIES[0],
        url_path="" if entry is ENTRIES[0] else entry.url_path,
    )


def neighbours(url_path: str) -> tuple[Entry | None, Entry | None]:
    """The entries before and after the page with this address, None at either end."""
    addresses = ["", *(entry.url_path for entry in ENTRIES[1:])]
    position = addresses.index(url_path)
    before = ENTRIES[position - 1] if position else None
    after = ENTRIES[position + 1] if position + 1 < len(ENTRIES) else None
    return before, after


def draw_foot(url_path: str) -> None:
    """Links to the previous and the next page, at the foot of every page but home."""
    before, after = neighbours(url_path)
    if before is None:
        return
    st.space("medium")
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.page_link(before.path, label=before.title, icon=":material/arrow_back:")
        if after:
            st.page_link(
                after.path,
                label=after.title,
                icon=":material/arrow_forward:",
                icon_position="right",
            )
