"""Numbers as people write them."""

from __future__ import annotations

import re

# Code, formulas and addresses stay as they are; elsewhere, a hyphen that stands in front of a
# number and behind no letter or number is a minus.
_AS_IT_IS = r"`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)|https?://\S+"
_PLACES = re.compile(rf"({_AS_IT_IS})|(?<![\w\]-])-(?=\.?\d)", re.DOTALL)


def numeral(number: float, pattern: str = "g") -> str:
    """A number in a format of Python's, with a true minus sign and none before a zero.

    >>> numeral(-0.25), numeral(-0.001, ".2f"), numeral(round(-2 / 3, 4))
    ('−0.25', '0.00', '−0.6667')
    """
    return f"{float(number):z{pattern}}".replace("-", "−")


def true_minuses(text: str) -> str:
    """Markdown whose negative numbers have a true minus sign, as those of `numeral` have.

    >>> true_minuses("(-3) × 2 = -6, e^-1, w = -.5")
    '(−3) × 2 = −6, e^−1, w = −.5'
    >>> true_minuses("2010-2017, top-5, $x^{-1}$, $$-1$$, `a[-1]`, [so](https://a.org/x/-1)")
    '2010-2017, top-5, $x^{-1}$, $$-1$$, `a[-1]`, [so](https://a.org/x/-1)'
    """
    return _PLACES.sub(lambda place: place[1] or "−", text)
