"""One image's way back through a network: from the loss to one weight's step."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from cnnlib import datasets
from cnnlib.backward_steps import backward_pass
from cnnlib.questions_backward import QUESTIONS, WayBack
from pages.support.backward_answer import choose_label, draw_logit_gradient, draw_loss
from pages.support.backward_kernel import draw_kernel
from pages.support.backward_layers import draw_way_back
from pages.support.backward_step import draw_step
from pages.support.bars import draw_probabilities
from pages.support.exercise import draw_exercise
from pages.support.image_choice import choose_and_show, image_address
from pages.support.networks import choose_network
from pages.support.page import LINE_WIDTH, open_page

# Images that the shipped networks get wrong: a right answer has next to no gradient to follow.
FIRST = {"digits": (9, 32), "cifar10": (3, 9)}


def start_with_a_mistake(dataset: str) -> None:
    """Open with one of FIRST, where neither the address nor the reader names an image."""
    address = image_address(dataset, *FIRST[dataset], key="back")
    if not any(name in st.session_state or name in st.query_params for name in address):
        for name, value in address.items():
            st.session_state[name] = int(value) if name.endswith("_number") else value


text = open_page("backward")
chosen = choose_network("back_network")
known = datasets.info(chosen.dataset)
start_with_a_mistake(chosen.dataset)
text.show("answer")
left, right = st.columns(2, gap="large")
with left:
    image = choose_and_show(chosen.dataset, key="back", drawing=True)
probabilities = chosen.network.predict(image.pixels[np.newaxis])[0]
with right:
    draw_probabilities(probabilities, known.classes, key="back_bars")
    label = choose_label(text, image, probabilities, known.classes)
    taken = backward_pass(chosen.network, image.pixels, label)
    if taken.is_finite:
        draw_loss(text, taken, known.classes)
    else:
        st.error(text.sections["broken"], icon=":material/error:")
watched = rule = None
if taken.is_finite:
    draw_logit_gradient(text, taken, known.classes)
    draw_way_back(text, taken)
    watched = draw_kernel(text, taken, chosen.network)
    if watched is not None:
        rule = draw_step(text, chosen, image, taken, watched)
with st.container(width=LINE_WIDTH), st.expander("What differs from a training step"):
    st.markdown(text.sections["differs"])
text.show("notice")
shown = WayBack(
    known.classes,
    taken,
    None if watched is None else watched.found,
    None if watched is None else tuple(watched.weight),
    rule,
)
draw_exercise("back", [partial(maker, shown=shown) for maker in QUESTIONS])
