"""The network that is being put together layer by layer: the address holds it, callbacks change it.

Each layer has an identity of its own, a whole number that it keeps when it is moved, so that no
widget takes over the value of another layer's.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cnnlib.fields import SpecError
from cnnlib.layers import LAYERS, Layer
from cnnlib.network_text import from_text, to_text
from cnnlib.presets import PRESETS
from cnnlib.spec import LIMITS, NetworkSpec
from pages.support import model

KEPT = "sequential_kept"  # a Sequence, in the session
CHANGED = "sequential_changed"  # whether this run began with a change
REFUSED = "sequential_refused"  # a sentence, for the next run to show
NEXT = "sequential_next"  # the first identity that is free


@dataclass(frozen=True)
class Sequence:
    """A network, its layers' identities in order, and which of them is chosen, if any."""

    network: NetworkSpec
    identities: tuple[int, ...]
    chosen: int | None

    @property
    def place(self) -> int | None:
        """Where the chosen layer is, from 0."""
        return None if self.chosen is None else self.identities.index(self.chosen)

    @property
    def layer(self) -> Layer | None:
        """The chosen layer."""
        return None if self.place is None else self.network.layers[self.place]

    @property
    def is_full(self) -> bool:
        return len(self.network.layers) >= LIMITS.layers


def current() -> Sequence:
    """The network in this page's address, or the one that was here before, or the basic model.

    An address that holds none is told of by `refusal`. After a change the session goes before the
    address: a browser that was quicker than the last answer sends an address that is out of date.
    """
    state = st.session_state
    kept = state.get(KEPT)
    named = st.query_params.get(model.WRITTEN)
    changed = state.pop(CHANGED, False)
    if named is not None and not changed and (kept is None or named != to_text(kept.network)):
        try:
            kept = _fresh(from_text(named))
        except SpecError as error:
            where = "" if error.layer is None else f" (layer {error.layer + 1})"
            state[REFUSED] = f"The network in this page's address cannot be read{where}: {error}"
    state[KEPT] = kept or _fresh(PRESETS["basic"].network)
    text = to_text(state[KEPT].network)
    if named != text:
        st.query_params[model.WRITTEN] = text
    return state[KEPT]


def refusal() -> str | None:
    """Why what was asked for last could not be done, once."""
    return st.session_state.pop(REFUSED, None)


def load(network: NetworkSpec) -> None:
    """Start again from another network."""
    _keep(_fresh(network))


def resize(shape: tuple[int, int, int]) -> None:
    """Give the network images of another height, width and number of channels."""
    now = st.session_state[KEPT]
    _try(lambda: dataclasses.replace(now, network=NetworkSpec(shape, now.network.layers)))


def choose(identity: int) -> None:
    """Choose a layer to be set."""
    now = st.session_state[KEPT]
    if identity in now.identities:
        _keep(dataclasses.replace(now, chosen=identity))


def choose_place(place: object) -> None:
    """Choose the layer at a place, from 0; clients can send anything."""
    now = st.session_state[KEPT]
    if type(place) is int and 0 <= place < len(now.identities):
        choose(now.identities[place])


def change(name: str, value: Any) -> None:
    """Set one field of the chosen layer."""
    now = st.session_state[KEPT]
    # A change of kind that came with this one may have taken the setting away.
    if now.layer is not None and hasattr(now.layer, name):
        _try(lambda: _with(now, dataclasses.replace(now.layer, **{name: value}), now.chosen))


def change_kind(kind: str) -> None:
    """Put a layer of another kind, with its usual settings, in place of the chosen one."""
    now = st.session_state[KEPT]
    if now.layer is not None and kind in LAYERS and kind != now.layer.kind:
        _try(lambda: _with(now, LAYERS[kind](), _identity()))


def move(by: int) -> None:
    """Move the chosen layer down by so many places, or up."""
    now = st.session_state[KEPT]
    place, last = now.place, len(now.identities) - 1
    if place is not None and 0 <= place + by <= last:
        layers, identities = list(now.network.layers), list(now.identities)
        for order in (layers, identities):
            order.insert(place + by, order.pop(place))
        _keep(_sequence(now, layers, identities, now.chosen))


def remove() -> None:
    """Take the chosen layer out, and choose the one after it, or the last."""
    now = st.session_state[KEPT]
    if now.place is not None:
        layers, identities = list(now.network.layers), list(now.identities)
        del layers[now.place], identities[now.place]
        chosen = identities[min(now.place, len(identities) - 1)] if identities else None
        _keep(_sequence(now, layers, identities, chosen))


def add(kind: str) -> None:
    """Put a layer of this kind after the chosen one, and choose it."""
    now = st.session_state[KEPT]
    if kind not in LAYERS or now.is_full:
        return
    at = len(now.identities) if now.place is None else now.place + 1
    layers, identities = list(now.network.layers), list(now.identities)
    layers.insert(at, LAYERS[kind]())
    identities.insert(at, _identity())
    _keep(_sequence(now, layers, identities, identities[at]))


def _fresh(network: NetworkSpec) -> Sequence:
    identities = tuple(_identity() for _ in network.layers)
    return Sequence(network, identities, identities[0] if identities else None)


def _with(now: Sequence, layer: Layer, identity: int) -> Sequence:
    """The sequence with another layer in the chosen one's place."""
    layers, identities = list(now.network.layers), list(now.identities)
    layers[now.place], identities[now.place] = layer, identity
    return _sequence(now, layers, identities, identity)


def _sequence(now: Sequence, layers: list, identities: list, chosen: int | None) -> Sequence:
    network = NetworkSpec(now.network.input_shape, tuple(layers))
    return Sequence(network, tuple(identities), chosen)


def _try(make: Any) -> None:
    """Keep what `make` gives, or say why it cannot be."""
    try:
        _keep(make())
    except SpecError as error:
        st.session_state[REFUSED] = str(error)


def _keep(sequence: Sequence) -> None:
    state = st.session_state
    before = state[KEPT].network
    state[KEPT], state[CHANGED] = sequence, True
    if sequence.network != before:
        model.remember_written(sequence.network)


def _identity() -> int:
    number = st.session_state.get(NEXT, 0)
    st.session_state[NEXT] = number + 1
    return number
