"""One dense unit's sum as a table: its strongest products, the rest together, the total."""

from __future__ import annotations

from cnnlib.worked import DenseSum
from pages.support.maps import number_text
from pages.support.tables import draw_table


def draw_dense_sum(worked: DenseSum, total: str) -> None:
    """`total` says what the sum is called in the last row."""
    rows = [
        (
            f"number {at + 1:,}",
            number_text(worked.inputs[at]),
            number_text(worked.weights[at]),
            number_text(worked.products[at]),
        )
        for at in worked.strongest
    ]
    left = len(worked.products) - len(rows)
    if left:
        rows.append((f"the other {left:,} together", "", "", number_text(worked.rest)))
    rows.append(("bias", "", "", number_text(worked.bias)))
    rows.append((total, "", "", number_text(worked.total)))
    draw_table(("Input", "Value", "× weight", "= product"), rows, sums=True)
