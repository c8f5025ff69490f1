"""Numbers as people write them."""

from __future__ import annotations


def numeral(number: float, pattern: str = "g") -> str:
    """A number in a format of Python's, with a true minus sign and none before a zero.

    >>> numeral(-0.25), numeral(-0.001, ".2f"), numeral(round(-2 / 3, 4))
    ('−0.25', '0.00', '−0.6667')
    """
    return f"{float(number):z{pattern}}".replace("-", "−")
