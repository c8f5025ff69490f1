"""Class by class: the hardest ones with what they are taken for, and all of them in a table."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import evaluation
from cnnlib.datasets import Dataset
from cnnlib.evaluation import ClassRow, HardClass
from pages.support.answered import draw_answered, unbroken
from pages.support.page import PageText
from pages.support.tables import draw_table

HARDEST = 3
PICTURES = 4  # of a hard class


def draw_hardest(
    text: PageText, dataset: Dataset, probabilities: np.ndarray, matrix: np.ndarray
) -> None:
    """The classes found least, side by side, each with mistakes of the most frequent kind."""
    found = evaluation.hardest_classes(matrix, dataset.classes, HARDEST)
    if not found:
        text.show("no_mistakes")
    with st.grid(HARDEST, min_column_width=240, gap="medium"):
        for each in found:
            with st.container(border=True, height="stretch"):
                _draw_class(text, dataset, probabilities, each)


def _draw_class(
    text: PageText, dataset: Dataset, probabilities: np.ndarray, hard: HardClass
) -> None:
    low, high = evaluation.accuracy_interval(hard.row.right, hard.row.images)
    text.show(
        "hard",
        name=hard.row.name,
        share=unbroken(hard.row.recall),
        low=unbroken(low),
        high=unbroken(high),
        answer=dataset.classes[hard.answer],
        times=hard.times,
        images=f"{hard.row.images:,}",
    )
    members = evaluation.in_cell(dataset.y_test, probabilities, hard.index, hard.answer)
    draw_answered(dataset, probabilities, members[:PICTURES])


def draw_classes(matrix: np.ndarray, classes: tuple[str, ...]) -> None:
    """Recall and precision of every class of a confusion matrix."""
    rows = evaluation.per_class(matrix, classes)
    draw_table(
        ("Class", "Found, %", "95 % interval", "To be trusted, %", "Images"),
        [
            (
                row.name,
                _of_hundred(row.recall),
                _interval(row),
                _of_hundred(row.precision),
                f"{row.images:,}",
            )
            for row in rows
        ],
    )


def _of_hundred(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def _interval(row: ClassRow) -> str:
    if not row.images:
        return ""
    low, high = evaluation.accuracy_interval(row.right, row.images)
    return f"{100 * low:.1f} to {100 * high:.1f}"
