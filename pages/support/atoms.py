"""A dictionary of atoms learned from patches of photos, and a photo made again of a few of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnlib import datasets
from cnnlib.numerals import numeral
from cnnlib.patch_codes import atom_pictures, drawn_patches, most_used, rebuilt, tiles
from cnnlib.pixels import upscale
from cnnlib.sparse_coding import learning, starting_atoms
from pages.support.data import load_dataset
from pages.support.image_choice import choose_image
from pages.support.kept_work import KeptWork, slow_bar
from pages.support.links import draw_link
from pages.support.page import PageText
from pages.support.pictures import picture, picture_row
from pages.support.side_costs import KEY

SIDE, ATOMS, PENALTY = 8, 100, 0.15
PATCHES, BATCH = 20_000, 256
STAGES = (0, 1, 2, 5, 10, 20, 50, 100)  # batches after which the atoms are kept
MOST_ATOMS, USUAL_ATOMS = 16, 4  # of a patch
USUAL_PATCH = 6
SHEET_COLUMNS, SHEET_SCALE = 10, 4  # a hair narrower than a phone
LARGE = 8  # screen pixels to a pixel of the photo
ATOM_SCALE = 6
FRAME = (13, 148, 136)
GREY = 127


@dataclass(frozen=True, eq=False)
class Learned:
    """The atoms (ATOMS, inputs) at each of STAGES, learned from the training photos."""

    stages: dict[int, np.ndarray]

    @property
    def last(self) -> np.ndarray:
        return self.stages[STAGES[-1]]


_kept: KeptWork[Learned] = KeptWork(most=1, lasts=lambda name: True)


def learned(place: DeltaGenerator) -> Learned:
    """The dictionary, learned on the first call; `place` shows how far it is."""
    return _kept.get("atoms", lambda: _learn(place))


def _learn(place: DeltaGenerator) -> Learned:
    show = slow_bar(place, f"Learning {ATOMS} atoms from {PATCHES:,} patches")
    photos = datasets.scale(load_dataset("cifar10").x_train)
    patches = drawn_patches(photos, SIDE, PATCHES)
    stages = {0: starting_atoms(patches.shape[1], ATOMS)}
    steps = learning(patches, ATOMS, PENALTY, batches=STAGES[-1], batch_size=BATCH)
    for number, atoms in enumerate(steps, start=1):
        show(number / STAGES[-1])
        if number in STAGES:
            stages[number] = atoms
    place.empty()
    return Learned(stages)


@st.fragment
def draw_atoms(text: PageText) -> None:
    """The atoms as they were learned, then one photo made of them."""
    text.show("atoms", atoms=ATOMS, patches=f"{PATCHES:,}", side=SIDE, batch=BATCH)
    found = learned(st.empty())
    left, right = st.columns([2, 3], gap="large")
    with left:
        _draw_stage(found)
    with right:
        text.show("atoms_notice")
        with st.container(horizontal=True):
            draw_link("weight_based")
            draw_link("brief_history")
    text.show("rebuild", side=SIDE)
    _draw_rebuilt(text, found.last)


def _draw_stage(found: Learned) -> None:
    stage = st.select_slider(
        "Batches learned from",
        STAGES,
        STAGES[-1],
        key=f"{KEY}_stage",
        bind="query-params",
        width=356,
    )
    atoms = found.stages[stage if stage in STAGES else STAGES[-1]]
    picture(
        _sheet(atom_pictures(atoms, SIDE)),
        alt=f"{ATOMS} atoms of {SIDE} × {SIDE} pixels after {stage} batches.",
        scale=SHEET_SCALE,
    )


def _sheet(pictures: np.ndarray) -> np.ndarray:
    """The atoms in rows, a pixel apart."""
    padded = np.pad(pictures, ((0, 0), (0, 1), (0, 1), (0, 0)), constant_values=GREY)
    rows = [np.hstack(padded[at : at + SHEET_COLUMNS]) for at in range(0, ATOMS, SHEET_COLUMNS)]
    return np.vstack(rows)[:-1, :-1]


def _draw_rebuilt(text: PageText, atoms: np.ndarray) -> None:
    controls, before, after = st.columns([2, 2, 2], gap="large")
    with controls:
        image = choose_image("cifar10", key=f"{KEY}_image")
        count = st.slider(
            "Atoms in each patch",
            0,
            MOST_ATOMS,
            USUAL_ATOMS,
            key=f"{KEY}_count",
            bind="query-params",
        )
        number = st.number_input(
            "Patch to look into",
            1,
            16,
            USUAL_PATCH,
            key=f"{KEY}_patch",
            bind="query-params",
            width=160,
        )
    again, codes = rebuilt(image.pixels, atoms, SIDE, count)
    shown = np.rint(again * 255).astype(np.uint8)
    with before:
        picture(_framed(image.shown, number), alt=image.name, scale=1, caption="As it is")
    with after:
        caption = f"Of {count} atom{'s' * (count != 1)} a patch"
        picture(_framed(shown, number), alt=f"{image.name}, rebuilt", scale=1, caption=caption)
    used = int(np.count_nonzero(codes))
    text.show(
        "rebuilt",
        numbers=f"{image.pixels.size:,}",
        kept=f"{used + len(codes):,}",
        used=f"{used:,}",
        patches=len(codes),
        error=f"{255 * float(np.abs(again - image.pixels).mean()):.1f}",
    )
    _draw_sum(text, image.pixels, again, atoms, codes, number - 1)


def _draw_sum(
    text: PageText,
    image: np.ndarray,
    again: np.ndarray,
    atoms: np.ndarray,
    codes: np.ndarray,
    number: int,
) -> None:
    """One patch as its mean plus some of each of its atoms, in pictures."""
    code = codes[number]
    mean = float(tiles(image, SIDE)[number].mean())
    order = [int(at) for at in most_used(codes[number : number + 1]) if code[at]]
    rows = [tiles(x, SIDE)[number].reshape(SIDE, SIDE, -1) for x in (image, again)]
    rows.append(np.full_like(rows[0], mean))
    whole = [np.rint(255 * row).astype(np.uint8) for row in rows]
    text.show("sum", patch=number + 1)
    picture_row(
        [*whole, *atom_pictures(atoms[order], SIDE)],
        alts=["The patch", "The patch rebuilt", "Its mean", *(f"Atom {at + 1}" for at in order)],
        scale=ATOM_SCALE,
        captions=[
            "patch",
            "rebuilt",
            "mean",
            *("+" * int(code[at] > 0) + numeral(code[at], ".2f") for at in order),
        ],
    )


def _framed(image: np.ndarray, number: int) -> np.ndarray:
    """The photo enlarged, with a frame around patch `number`, from 1."""
    large = upscale(image, LARGE).copy()
    across = image.shape[1] // SIDE
    top, left = (SIDE * LARGE * at for at in divmod(number - 1, across))
    end = SIDE * LARGE
    for edge in (slice(0, 2), slice(end - 2, end)):
        large[top : top + end, left : left + end][edge] = FRAME
        large[top : top + end, left : left + end][:, edge] = FRAME
    return large
