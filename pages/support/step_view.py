"""Training one batch at a time: the batch laid open, its gradients, and one kernel's change."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from cnnlib import arithmetic
from cnnlib.events import StepDetail
from cnnlib.fields import SpecError
from cnnlib.layers import ConvLayer, DenseLayer
from cnnlib.records import RunError
from cnnlib.spec import LayerShape
from pages.support import jobs
from pages.support.answered import NO_BREAK
from pages.support.data import load_dataset
from pages.support.kernel_change import draw_kernel_change
from pages.support.maps import number_text
from pages.support.page import PageText, sentence
from pages.support.pictures import picture_row
from pages.support.run_panel import order_button

AT_ONCE = 32  # images of a batch shown at first
MOST_BATCHES = 200
GRANT = "training_grant"


def draw_steps(text: PageText, run_id: str) -> None:
    """The buttons that train some batches, the kernel to watch, and the last batch laid open."""
    text.show("steps")
    status = jobs.engine().status(run_id)
    if status.state == "done":
        st.caption(text.sections["steps_done"])
    else:
        _draw_buttons(run_id)
    _choose_kernel(run_id)
    detail = jobs.store().step_detail(run_id)
    if detail is None:
        st.info(text.sections["no_step"], icon=":material/skip_next:")
        return
    _draw_batch(text, run_id, detail)
    _draw_gradients(text, run_id, detail)
    spec = jobs.store().spec(run_id)
    steps = spec.network.trace()
    name = arithmetic.layer_text(steps[detail.layer].layer)
    st.subheader(f"Filter {detail.filter + 1} of layer {detail.layer + 1}, {name}", anchor=False)
    draw_kernel_change(text, detail, spec.training)


def _draw_buttons(run_id: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = "Train one batch"
        order_button(label, "skip_next", "training_one", "step", run_id, 1, type="primary")
        count = int(st.number_input("Batches", 2, MOST_BATCHES, 10, key=GRANT, width=140))
        order_button(f"Train {count}", "fast_forward", "training_some", "step", run_id, count)


def _choose_kernel(run_id: str) -> None:
    """Whose kernel the next steps show."""
    steps = jobs.store().spec(run_id).network.trace()
    known = {s.index: s for s in steps if isinstance(s.layer, (ConvLayer, DenseLayer))}
    control = jobs.store().control(run_id)
    layer_key, filter_key = f"training_watch_{run_id}", f"training_watch_filter_{run_id}"

    def take() -> None:
        layer = st.session_state.get(layer_key, first)
        number = int(st.session_state.get(f"{filter_key}_{layer}", 1)) - 1
        try:
            jobs.engine().watch_kernel(run_id, layer, number)
        except (RunError, SpecError) as error:
            st.error(sentence(error), icon=":material/error:")

    first = control.layer if control.layer in known else min(known)
    left, right = st.columns(2)
    layer = left.selectbox(
        "Watch a kernel of layer",
        list(known),
        list(known).index(first),
        format_func=lambda at: f"{at + 1} · {arithmetic.layer_text(known[at].layer)}",
        key=layer_key,
        on_change=take,
    )
    layer = layer if layer in known else first
    count = known[layer].output_shape[-1]
    now = control.filter + 1 if layer == control.layer and control.filter < count else 1
    right.number_input(
        f"Its filter, of {count}", 1, count, now, key=f"{filter_key}_{layer}", on_change=take
    )


def _draw_batch(text: PageText, run_id: str, detail: StepDetail) -> None:
    training = jobs.store().spec(run_id).training
    dataset = load_dataset(training.dataset, full=training.source == "full")
    answers = detail.probabilities.argmax(axis=1)
    right = int(np.sum(answers == detail.labels))
    st.subheader(f"Batch {detail.batch} of epoch {detail.epoch}", anchor=False)
    text.show(
        "batch",
        loss=f"{detail.loss:.4f}",
        right=right,
        count=len(detail.labels),
        rate=f"{detail.learning_rate:.7g}",
    )
    count = len(detail.labels)
    if count > AT_ONCE and not st.toggle(f"Show all {count} images", key="training_all_images"):
        count = AT_ONCE
    names = [
        _caption(dataset.classes, int(said), int(label), int(truth), float(row.max()))
        for said, label, truth, row in zip(
            answers[:count],
            detail.labels,
            dataset.y_train[detail.indices[:count]],
            detail.probabilities,
            strict=False,
        )
    ]
    picture_row(dataset.x_train[detail.indices[:count]], captions=names, alts=names, scale=2)
    if training.augmentation:
        st.caption(text.sections["augmented"])


def _caption(classes: tuple[str, ...], said: int, label: int, truth: int, share: float) -> str:
    """Whether the answer was right, in a sign and in words; and a label that is wrong itself."""
    sure = f"{share:.0%}".replace("%", f"{NO_BREAK}%")
    spoiled = "" if label == truth else f", in truth {classes[truth]}"
    if said == label:
        return f"✓ {classes[said]} ({sure}){spoiled}"
    return f"✗ said {classes[said]} ({sure}), labelled {classes[label]}{spoiled}"


def _draw_gradients(text: PageText, run_id: str, detail: StepDetail) -> None:
    st.subheader("How far each layer is to move", anchor=False)
    steps = jobs.store().spec(run_id).network.trace()
    with_weights = [s for s in steps if np.isfinite(detail.weight_norms[s.index])]
    norms = detail.gradient_norms
    finite = [float(norms[s.index]) for s in with_weights if np.isfinite(norms[s.index])]
    longest = max(finite, default=0.0) or 1.0
    rows = "".join(_gradient_row(step, detail, longest) for step in with_weights)
    cell = "padding:.2rem .6rem .2rem 0;font-weight:600;text-align:"
    st.html(
        '<table style="border-collapse:collapse;width:100%;max-width:680px;font-size:.875rem;'
        f'font-variant-numeric:tabular-nums"><thead><tr><th scope="col" style="{cell}left">Layer'
        f'</th><td></td><th scope="col" style="{cell}right">Gradient</th>'
        f'<th scope="col" style="{cell}right">Weights</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )
    text.show("gradients")


def _gradient_row(step: LayerShape, detail: StepDetail, longest: float) -> str:
    norm, weights = (float(x[step.index]) for x in (detail.gradient_norms, detail.weight_norms))
    width = 100 * norm / longest if np.isfinite(norm) else 0
    cell = "padding:.2rem .6rem .2rem 0;text-align:"
    name = f"{step.index + 1} · {arithmetic.layer_text(step.layer)}"
    return (
        f'<tr><th scope="row" style="{cell}left;font-weight:400">{escape(name)}</th>'
        f'<td style="width:38%;padding-right:.6rem"><div style="width:{width:.1f}%;height:.8rem;'
        f'min-width:1px;border-radius:3px;background:#0D9488"></div></td>'
        f'<td style="{cell}right">{number_text(norm)}</td>'
        f'<td style="{cell}right">{number_text(weights)}</td></tr>'
    )
