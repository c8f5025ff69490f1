"""A choice between a few options, all of them in sight and the chosen one in the page's address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st

Option = TypeVar("Option")


def choose(
    label: str,
    options: Mapping[Option, str] | Sequence[Option],
    *,
    key: str,
    default: Option | None = None,
    **given: Any,
) -> Option:
    """Draw the choice and return one of the options, whatever the address or a browser says.

    Args:
        label: what is chosen.
        options: what there is to choose from; a mapping gives each its title, which is also what
            the address says.
        key: of the widget, and its name in the address.
        default: what is chosen at first, and instead of what is no option; the first without it.
        given: further settings of `st.segmented_control`, such as `wrap`, `width` and `help`.
    """
    titles = options if isinstance(options, Mapping) else {}
    names = list(options)
    default = names[0] if default is None else default
    picked = st.segmented_control(
        label,
        names,
        format_func=lambda option: titles.get(option, str(option)),
        default=default,
        required=True,
        key=key,
        bind="query-params",
        **given,
    )
    return picked if picked in names else default
