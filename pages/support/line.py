"""A line that the reader moves: its errors, their squares, the cost, and a step downhill."""

from __future__ import annotations

import streamlit as st

from cnnlib import line_fit
from cnnlib.line_fit import POINTS, START, Fit, Line
from cnnlib.numerals import numeral
from pages.support.chart import draw_chart
from pages.support.page import PageText
from pages.support.tables import draw_table, hundredths

SLOPE, INTERCEPT = "optimizer_slope", "optimizer_intercept"
LOWEST, HIGHEST = -1.0, 3.0  # of both sliders
RATES = (0.01, 0.02, 0.05, 0.1, 0.15, 0.18, 0.19, 0.25)
OUT = "optimizer_out"  # where a step led that the sliders cannot show
HEADS = ("Input", "Target", "Prediction", "Residual", "Its square")


@st.fragment
def draw_line(text: PageText) -> None:
    """The line's errors, and one step of descent after the other."""
    text.show("residual")
    found = line_fit.fit(_choose_line(), *POINTS)
    _draw_errors(text, found)
    text.show("descent")
    _draw_step(text, found)


def _choose_line() -> Line:
    left, right = st.columns(2, gap="large")
    look = {"bind": "query-params", "format": "%.2f", "on_change": _forget}
    slope = left.slider("Slope a", LOWEST, HIGHEST, START.slope, 0.05, key=SLOPE, **look)
    intercept = right.slider(
        "Intercept b", LOWEST, HIGHEST, START.intercept, 0.05, key=INTERCEPT, **look
    )
    return Line(slope, intercept)


def _draw_errors(text: PageText, found: Fit) -> None:
    from cnnlib.descent_figures import line_figure

    picture, numbers = st.columns([5, 6], gap="large")
    with picture:
        misses = ", ".join(map(hundredths, found.residuals))
        alt = f"Three points, a line, and their residuals {misses} as squares"
        draw_chart(line_figure(found), key="optimizer_line", alt=alt)
    columns = (found.inputs, found.targets, found.predictions, found.residuals, found.residuals**2)
    rows = [tuple(map(hundredths, row)) for row in zip(*columns, strict=True)]
    total = float(found.residuals.sum())
    sums = ("Sum", "", "", hundredths(total), hundredths(float((found.residuals**2).sum())))
    with numbers:
        draw_table(HEADS, [*rows, sums], sums=True)
        st.latex(line_fit.cost_formula(found))
        cost = hundredths(found.cost)
        if abs(total) < 1e-9 and found.cost > 1e-9:
            whole = ", ".join(numeral(residual, ".4g") for residual in found.residuals)
            text.show("sum_zero", errors=whole, cost=cost)
        else:
            best = line_fit.best(*POINTS)
            least = hundredths(line_fit.fit(best, *POINTS).cost)
            at = {"slope": hundredths(best.slope), "intercept": hundredths(best.intercept)}
            text.show("sum", total=hundredths(total), cost=cost, least=least, **at)
        text.show("squares")


def _draw_step(text: PageText, found: Fit) -> None:
    from cnnlib.descent_figures import cost_figure

    picture, numbers = st.columns([5, 6], gap="large")
    with picture:
        alt = f"The cost against the slope; here {found.cost:.3g}, and rising with "
        alt += f"{found.gradient[0]:.3g}"
        draw_chart(cost_figure(found), key="optimizer_cost", alt=alt)
    with numbers:
        rate = st.select_slider(
            "Learning rate", RATES, 0.05, key="optimizer_line_rate", bind="query-params"
        )
        rate = rate if rate in RATES else 0.05
        text.show("descent_step")
        for formula in line_fit.step_formulas(found, rate):
            st.latex(formula)
        _say_after(text, found, rate)
        _draw_buttons(rate)
        if OUT in st.session_state:
            slope, intercept = st.session_state[OUT]
            st.warning(
                text.sections["descent_out"]
                .replace("{slope}", hundredths(slope))
                .replace("{intercept}", hundredths(intercept)),
                icon=":material/warning:",
            )


def _say_after(text: PageText, found: Fit, rate: float) -> None:
    after = line_fit.fit(line_fit.step(found, rate), *POINTS).cost
    costs = {"before": f"{found.cost:.4f}", "after": f"{after:.4f}"}
    if after > found.cost + 1e-9:
        limit = line_fit.largest_rate(POINTS[0])
        text.show("descent_worse", limit=f"{limit:.3f}", **costs)
    else:
        text.show("descent_after", **costs)


def _draw_buttons(rate: float) -> None:
    with st.container(horizontal=True):
        for label, steps, icon in (
            ("Take this step", 1, ":material/south_east:"),
            ("Take 20", 20, ":material/fast_forward:"),
        ):
            st.button(
                label, icon=icon, on_click=_take, args=(steps, rate), key=f"optimizer_take_{steps}"
            )
        st.button("Back to the start", icon=":material/undo:", on_click=_back, key="optimizer_back")


def _take(steps: int, rate: float) -> None:
    """Move the sliders by some steps of descent, as far as they reach."""
    line = Line(st.session_state[SLOPE], st.session_state[INTERCEPT])
    _forget()
    for _ in range(steps):
        line = line_fit.step(line_fit.fit(line, *POINTS), rate)
        if not all(LOWEST <= weight <= HIGHEST for weight in (line.slope, line.intercept)):
            st.session_state[OUT] = (line.slope, line.intercept)
            break
    for key, weight in ((SLOPE, line.slope), (INTERCEPT, line.intercept)):
        st.session_state[key] = round(min(max(weight, LOWEST), HIGHEST), 4)


def _forget() -> None:
    st.session_state.pop(OUT, None)


def _back() -> None:
    _forget()
    st.session_state[SLOPE], st.session_state[INTERCEPT] = START.slope, START.intercept
