"""From clues to a verdict: what fired, what each feature proves, and what striking it out does."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.evidence import Case, EvidenceError, open_case, written_out
from cnnlib.firing import filter_maps
from cnnlib.numerals import numeral
from cnnlib.origin import Origin, origin
from cnnlib.questions_game_changer import QUESTIONS
from cnnlib.verdict import verdict
from pages.support.bars import draw_probabilities
from pages.support.case_file import draw_case
from pages.support.clues import draw_clues
from pages.support.exercise import draw_exercise
from pages.support.image_choice import ChosenImage, choose_and_show, image_address
from pages.support.networks import choose_network
from pages.support.page import fill, open_page
from pages.support.scans import MOST_IMAGES, Scan, scan_of

# Images whose verdict is a close one with the shipped networks: class and number.
CLOSE = {"digits": ("8", 10), "cifar10": ("dog", 84)}


def start_with_close_case() -> None:
    """Have the choice of an image start with one that is hard to tell, unless one is chosen."""
    name, number = CLOSE[known.name]
    keys = image_address(known.name, known.classes.index(name), number, key="detective")
    if not any(key in st.session_state or key in st.query_params for key in keys):
        st.session_state.update(zip(keys, (name, number), strict=True))


def show_answer(case: Case, image: ChosenImage) -> None:
    """The network's answer in bars and words, and whether it is right."""
    answer = verdict(case.probabilities, known.classes)
    draw_probabilities(case.probabilities, known.classes, key="detective_bars")
    st.markdown(answer.sentence)
    if image.label is not None:
        right = image.label == answer.best
        text.show("right" if right else "wrong", truth=known.classes[image.label])


def show_clues(image: ChosenImage, scan: Scan) -> None:
    """What fired in each convolution."""
    if not scan.layers:
        text.show("no_filters")
        return
    text.show("clues", count=f"{len(scan.images):,}")
    if len(scan.images) < MOST_IMAGES:
        text.show("few_scanned", count=f"{len(scan.images):,}")
    label, key = "Filters shown in each layer", "detective_filters"
    most = st.slider(label, 1, 8, 2, key=key, bind="query-params", width=320)
    for at, maps in enumerate(filter_maps(chosen.network, image.pixels[np.newaxis])):
        draw_clues(text, scan, at, maps[0], image, most=most)
    text.show("parts")


def say_case(source: Origin, count: int, scanned: int) -> None:
    """What the features are, and how they make a score."""
    if source.maps is None:
        section = "units"
    elif not source.filtered:
        section = "pixels"
    else:
        section = "pooled" if source.pooled else "cells"
    features = fill(text.sections[section], {"count": f"{count:,}"})
    text.show("case", features=features, scanned=f"{scanned:,}")
    text.show("struck")


def show_whole_sum(case: Case, image: ChosenImage, source: Origin) -> None:
    """The sum beside the network's own result, and all of it to take away."""
    best = case.ranking()[0]
    own = float(chosen.network.logits(image.pixels[np.newaxis])[0, best])
    st.caption(
        f"With all the evidence the sum for {known.classes[best]} is "
        f"{numeral(case.logits[best], '.5f')}; the network's own forward pass gives "
        f"{numeral(own, '.5f')}."
    )
    st.download_button(
        "Save the whole sum (CSV)",
        lambda: written_out(
            case, known.classes, [source.name(number) for number in range(len(case.features))]
        ),
        "case.csv",
        icon=":material/download:",
        key="detective_save",
        on_click="ignore",
    )


text = open_page("detective")
chosen = choose_network("detective_network")
known = datasets.info(chosen.dataset)
start_with_close_case()
left, right = st.columns(2, gap="large")
with left:
    image = choose_and_show(chosen.dataset, key="detective", drawing=True)
try:
    case = open_case(chosen.network, image.pixels)
except EvidenceError as error:
    st.error(str(error), icon=":material/error:")
else:
    with right:
        show_answer(case, image)
    scan = scan_of(chosen, st.empty())
    show_clues(image, scan)
    source = origin(chosen.network.spec)
    say_case(source, len(case.features), len(scan.images))
    draw_case(text, case, source, scan, key=f"detective_{chosen.dataset}_struck")
    show_whole_sum(case, image, source)
    text.show("notice")
draw_exercise("detective", QUESTIONS["detective"])
