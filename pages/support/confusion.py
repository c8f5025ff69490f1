"""A confusion matrix, and beside it the pictures of one of its cells."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnnlib import evaluation
from cnnlib.datasets import Dataset
from pages.support.answered import draw_answered
from pages.support.components import component
from pages.support.image_choice import image_address, number_in_class
from pages.support.networks import Chosen
from pages.support.page import PageText
from pages.support.tables import draw_table

IN_A_CELL = 30  # pictures shown
MATRIX = "results_matrix"
_matrix = component("matrix")


def draw_confusion(
    text: PageText,
    chosen: Chosen,
    dataset: Dataset,
    probabilities: np.ndarray,
    matrix: np.ndarray,
    *,
    of_sample: bool,
) -> None:
    """Draw the matrix (classes, classes) and the cell that the reader clicks or chooses.

    `of_sample`: whether the images are the bundled sample's, which other pages can show too.
    """
    left, right = st.columns([6, 5], gap="large")
    with right:
        true, answer = _choose_cell(matrix, dataset.classes, chosen.dataset)
        members = evaluation.in_cell(dataset.y_test, probabilities, true, answer)
        names = {"true": dataset.classes[true], "answer": dataset.classes[answer]}
        if len(members):
            text.show("there", count=_images(len(members)), **names)
            draw_answered(dataset, probabilities, members[:IN_A_CELL])
            if len(members) > IN_A_CELL:
                text.show("first", shown=IN_A_CELL)
            if of_sample:
                _link_inside(chosen, dataset, int(members[0]))
        else:
            text.show("nothing_there", **names)
    with left:
        _draw_matrix(matrix, dataset.classes, chosen.dataset, (true, answer))


def cell_data(
    matrix: np.ndarray, classes: tuple[str, ...], cell: tuple[int, int]
) -> dict[str, object]:
    """What `matrix.js` draws, `cell` (true class, answer) being the chosen one."""
    shares, size = evaluation.right_and_wrong(matrix), len(classes)
    rows = matrix.sum(axis=1)
    cells = tuple(
        {
            "count": int(matrix[true, said]),
            "share": None if np.isnan(shares[true, said]) else round(float(shares[true, said]), 4),
            "text": f"{classes[true]} taken for {classes[said]}: {int(matrix[true, said]):,} of "
            f"{int(rows[true]):,} images",
        }
        for true in range(size)
        for said in range(size)
    )
    return {
        "title": f"Confusion matrix of {size} classes: rows are true classes, columns answers",
        "classes": tuple(classes),
        "cells": cells,
        "chosen": cell[0] * size + cell[1],
    }


def _draw_matrix(
    matrix: np.ndarray, classes: tuple[str, ...], name: str, cell: tuple[int, int]
) -> None:
    def take_click() -> None:
        number = st.session_state[MATRIX].cell
        # Clients can send anything.
        if type(number) is int and 0 <= number < len(classes) ** 2:
            true, answer = divmod(number, len(classes))
            st.session_state[_key(name, "true")] = classes[true]
            st.session_state[_key(name, "answer")] = classes[answer]

    _matrix(data=cell_data(matrix, classes, cell), key=MATRIX, on_cell_change=take_click)
    with st.expander("The same as a table"):
        heads = ("true class", *(f"said {said}" for said in classes))
        rows = zip(classes, matrix.tolist(), strict=True)
        draw_table(heads, [(true, *(f"{count:,}" for count in row)) for true, row in rows])


def _choose_cell(matrix: np.ndarray, classes: tuple[str, ...], name: str) -> tuple[int, int]:
    """The true class and the answer to look at; at first the mistake made most often."""
    cell = []
    first = evaluation.largest_confusion(matrix) or (0, 0)
    for place, label, part, at in zip(
        st.columns(2), ("True class", "Answer"), ("true", "answer"), first, strict=True
    ):
        key = _key(name, part)
        if key not in st.session_state and key not in st.query_params:
            st.session_state[key] = classes[at]
        picked = place.selectbox(label, classes, key=key, bind="query-params")
        cell.append(classes.index(picked) if picked in classes else at)
    return cell[0], cell[1]


def _link_inside(chosen: Chosen, dataset: Dataset, index: int) -> None:
    """A link to the layers at work on a test image of the bundled sample."""
    label, number = int(dataset.y_test[index]), number_in_class(dataset.y_test, index)
    network = st.query_params.get("results_network")  # absent when it is the first choice
    st.page_link(
        "pages/visualizing/feature_maps.py",
        label="Follow the first of them through the network",
        icon=":material/layers:",
        query_params={
            **({} if network is None else {"maps_network": network}),
            **image_address(chosen.dataset, label, number, key="maps"),
        },
    )


def _images(count: int) -> str:
    return "One test image" if count == 1 else f"{count:,} test images"


def _key(name: str, part: str) -> str:
    """Of the widget for a part of the cell: the data sets have different classes."""
    return f"results_{name}_{part}"
