"""What the size of a batch decides, and training on more images than memory holds."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cnnlib import batch_trials
from cnnlib.questions_batches import QUESTIONS, halved_noise
from pages.support.batch_noise import draw_noise
from pages.support.batch_speed import draw_speed
from pages.support.disk_training import draw_disk
from pages.support.exercise import draw_exercise
from pages.support.experiment import draw_experiment
from pages.support.page import open_page

text = open_page("batches")
draw_speed(text)
noise = draw_noise(text)

text.show("size", epochs=6)
left, right = st.columns(2, gap="large", vertical_alignment="bottom")
scaled = left.toggle(
    "Scale the rate with the batch", key="batches_scaled", bind="query-params", width="stretch"
)
seed = right.number_input("Seed", 0, 9999, 0, key="batches_seed", bind="query-params", width=160)
draw_experiment(
    "batches_size",
    batch_trials.size_trial(bool(scaled), min(max(int(seed), 0), 9999)),
    batch_trials.size_name,
    button="Train with batches of 8, 64 and 512",
    most_loss=3.0,
)
text.show("size_notice")

draw_disk(text)
makers = QUESTIONS["batches"]
if noise is not None:
    makers = (*makers, partial(halved_noise, noise.mean_error(0)))
draw_exercise("batches", makers)
