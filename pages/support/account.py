"""A score as the sum of its evidence, in bars that can be struck out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from cnnlib.evidence import Account, Exhibit
from cnnlib.origin import Origin
from pages.support.components import component
from pages.support.maps import number_text
from pages.support.scans import Scan, examples

_evidence = component("evidence")


def draw_account(
    account: Account,
    *,
    title: str,
    sides: tuple[str, str],
    limit: float,
    origin: Origin,
    scan: Scan,
    key: str,
    on_strike: Callable[[int], None],
) -> None:
    """Draw the sum. `sides` say what bars to the left and to the right speak for; a bar of `limit`
    fills its side; `on_strike` is told of the feature, from 0, that was chosen."""
    rows = [_exhibit(exhibit, origin, scan) for exhibit in account.exhibits]
    numbers = {exhibit.number for exhibit in account.exhibits}
    if account.others_count:
        rows.append(_row("others", *_others(account), account.others))
    rows.append(_row("bias", "Bias", "always there", account.bias))
    rows.append(_row("total", title, "", account.total))
    data = {
        "title": title,
        "against": sides[0],
        "for": sides[1],
        "limit": limit,
        "pictures": any(row["pictures"] for row in rows),
        "rows": rows,
    }

    def tell() -> None:
        number = st.session_state[key].strike
        # Clients can send anything.
        if type(number) is int and number in numbers:
            on_strike(number)

    _evidence(data=data, key=key, on_strike_change=tell)


def draw_signed_bars(
    title: str,
    rows: Sequence[tuple[str, str, float]],
    *,
    sides: tuple[str, str],
    limit: float,
    key: str,
) -> None:
    """Draw numbers, (name, how it came about, number), as bars to the left where they are negative
    and to the right where they are positive. `sides` say what that means; a bar of `limit` fills
    its side."""
    data = {
        "title": title,
        "against": sides[0],
        "for": sides[1],
        "limit": limit,
        "pictures": False,
        "rows": [{**_row("others", *row), "text": _small_text(row[2])} for row in rows],
    }
    _evidence(data=data, key=key)


def _small_text(number: float) -> str:
    """With its sign, and some figures however small it is.

    >>> _small_text(0.25), _small_text(-0.0000123), _small_text(0.0)
    ('+0.250', '−1.2e−05', '0.000')
    """
    if abs(number) >= 0.0005 or number == 0:
        return signed_text(number)
    return f"{number:+.1e}".replace("-", "−")


def bar_limit(*accounts: Account) -> float:
    """The largest share of a single feature or bias in these sums, nothing being struck out.

    Many features together may be more; their bar is then cut off.
    """
    shares = [abs(x.value * x.weight) for account in accounts for x in account.exhibits]
    return max(*shares, *(abs(account.bias) for account in accounts), 1e-12)


def signed_text(number: float, digits: int = 3) -> str:
    """With its sign, and no −0.

    >>> signed_text(1.25), signed_text(-0.00001), signed_text(-2, 1)
    ('+1.250', '0.000', '−2.0')
    """
    rounded = round(number, digits) + 0.0
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return f"{sign}{abs(rounded):,.{digits}f}"


def _exhibit(exhibit: Exhibit, origin: Origin, scan: Scan) -> dict[str, object]:
    value, weight = number_text(exhibit.value), number_text(exhibit.weight)
    admitted = exhibit.value * exhibit.weight
    return {
        "kind": "exhibit",
        "number": exhibit.number,
        "name": origin.name(exhibit.number).capitalize(),
        "detail": f"{'0' if exhibit.struck else value} × {weight}",
        "share": admitted,
        "text": signed_text(exhibit.share),
        "struck": exhibit.struck,
        "pictures": examples(scan, exhibit.number),
    }


def _others(account: Account) -> tuple[str, str]:
    count, struck = account.others_count, account.others_struck
    name = "1 other" if count == 1 else f"{count:,} others"
    return name, f"{struck} struck out" if struck else "added up"


def _row(kind: str, name: str, detail: str, share: float) -> dict[str, object]:
    return {
        "kind": kind,
        "number": 0,
        "name": name,
        "detail": detail,
        "share": share,
        "text": signed_text(share),
        "struck": False,
        "pictures": [],
    }
