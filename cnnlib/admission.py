"""What a run has to be before it is queued: whole, within the limits, and of data that are here.

And what the queue has to be, which takes so many runs of one visitor, and of all of them together.
"""

from __future__ import annotations

from cnnlib import datasets
from cnnlib.arithmetic import shape_text
from cnnlib.forecast import Forecast
from cnnlib.job_queue import Job
from cnnlib.records import RunError
from cnnlib.spec import Limits, RunSpec, SpecError


def check_run(spec: RunSpec, limits: Limits) -> None:
    """SpecError with a sentence unless a run of `spec` can be trained on this machine."""
    spec.check(limits)
    training, network = spec.training, spec.network
    known = datasets.info(training.dataset)
    if (network.input_shape, network.classes) != (known.image_shape, len(known.classes)):
        raise SpecError(
            f"{known.title} are images of {shape_text(known.image_shape)} in {len(known.classes)} "
            f"classes; this network takes {shape_text(network.input_shape)} and tells "
            f"{network.classes} apart. Choose the data set that it was built for, or another "
            "network."
        )
    full = training.source == "full"
    if full and not datasets.full_is_here(training.dataset):
        raise SpecError(
            f"the full {known.full_title} is not on this machine yet. Fetch it first, or train on "
            "the bundled sample."
        )
    count = (known.full_counts if full else known.sample_counts)[0]
    if training.image_count > count:
        raise SpecError(
            f"there are {count:,} training images; {training.image_count:,} were asked for. Use "
            "fewer."
        )


def check_forecast(found: Forecast | None, share: float, limits: Limits) -> None:
    """SpecError if a run would take too long or too much memory here, as far as that is known.

    `share` is how much of the run is to be trained.
    """
    if found is None:
        return
    seconds = share * found.seconds
    if seconds > limits.run_seconds:
        raise SpecError(
            f"this run would train for about {seconds / 60:,.0f} minutes here; the most is "
            f"{limits.run_seconds / 60:,.0f}. Use fewer images, fewer epochs or a smaller network."
        )
    if found.bytes > limits.process_bytes:
        raise SpecError(
            f"this run would take about {found.bytes / 1e9:.1f} GB of memory here; the most is "
            f"{limits.process_bytes / 1e9:.1f} GB. Use a smaller batch or a smaller network."
        )


def check_queue(active: list[Job], visitor: str, limits: Limits) -> None:
    """RunError if no run of this visitor's can be queued beside those that are active."""
    mine = sum(job.visitor == visitor for job in active)
    if visitor and mine >= limits.runs:
        raise RunError(
            f"{mine} of your runs are waiting or training, as many as one visitor may have. Wait "
            "until one has ended, or stop one."
        )
    if len(active) >= limits.queue:
        raise RunError(f"{len(active)} runs are waiting already. Try again in a few minutes.")
