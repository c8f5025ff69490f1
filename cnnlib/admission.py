"""What a run has to be before it is queued: whole, within the limits, and of data that are here."""

from __future__ import annotations

from cnnlib import datasets
from cnnlib.arithmetic import shape_text
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
