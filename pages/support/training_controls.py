"""The hyperparameters of a training: the few that matter first, the others behind a fold."""

from __future__ import annotations

import streamlit as st

from cnnlib import datasets
from cnnlib.optimization_trials import SCHEDULES
from cnnlib.scaling import SCALINGS
from cnnlib.spec import LIMITS, TrainingSpec, limits_of
from pages.support import settings, training_images
from pages.support.choices import choose

LEARNING_RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
BATCH_SIZES = (8, 16, 32, 64, 128, 256, 512)
AVERAGINGS = (0.0, 0.9, 0.99, 0.999)
DECAYS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
MOST_EPOCHS = 30
MOST_PATIENCE = 10
AS_BUILT = "as built"
SCALING_TITLES = {
    AS_BUILT: "As built",
    "scaled": "Scaled",
    "raw": "Raw",
    "standardised": "Standardised",
}


def training_controls(dataset: str) -> tuple[TrainingSpec, str | None]:
    """Draw the hyperparameters and return them, and one of SCALINGS or None for pixels as the
    network has them; SpecError for what no widget could have sent."""
    spec, prefix, known = TrainingSpec, settings.TRAINING, datasets.info(dataset)
    source = training_images.choose_source(known)
    first = {
        "dataset": dataset,
        "source": source,
        "image_count": training_images.choose_count(known, source),
        "optimizer": settings.pick(spec, "optimizer", prefix, "Optimizer"),
        "learning_rate": settings.stops(
            spec, "learning_rate", prefix, "Learning rate", LEARNING_RATES
        ),
        "batch_size": settings.stops(spec, "batch_size", prefix, "Batch size", BATCH_SIZES),
        "epochs": settings.number(
            spec, "epochs", prefix, "Epochs", high=min(MOST_EPOCHS, LIMITS.epochs)
        ),
    }
    with st.expander("More settings"):
        scaling = _choose_scaling()
        return TrainingSpec(**first, **_more()), scaling


def _more() -> dict[str, object]:
    prefix = settings.TRAINING
    return {
        "patience": settings.number(
            TrainingSpec,
            "patience",
            prefix,
            "Stop early after",
            high=MOST_PATIENCE,
            format="%d epochs",
            help="So many epochs without a smaller validation loss end the training; 0 never does.",
        ),
        "validation_share": training_images.choose_validation_share(),
        "label_noise": training_images.choose_label_noise(),
        "seed": training_images.choose_seed(),
        **_course(),
        "augmentation": tuple(
            st.pills(
                "Augmentation",
                limits_of(TrainingSpec, "augmentation"),
                selection_mode="multi",
                format_func=lambda word: settings.TITLES.get(word, word),
                key=f"{prefix}augmentation",
                bind="query-params",
                help="Changes that training images get at random, so that no two epochs are alike.",
            )
        ),
    }


def _course() -> dict[str, object]:
    """What the page on alternative optimization is about."""
    prefix = settings.TRAINING
    return {
        "schedule": choose(
            "Course of the learning rate",
            SCHEDULES,
            key=f"{prefix}schedule",
            default="constant",
            wrap=True,
            help="Steps: a tenth after half of the steps, again after three quarters. Cosine: down "
            "along half a wave. One cycle: up for a quarter, then down. The rate is their peak.",
        ),
        "weight_decay": settings.stops(
            TrainingSpec,
            "weight_decay",
            prefix,
            "Weight decay",
            DECAYS,
            help="At each step every kernel loses learning rate x decay of itself.",
        ),
        "label_smoothing": settings.number(
            TrainingSpec,
            "label_smoothing",
            prefix,
            "Label smoothing",
            step=0.05,
            help="This share of every label is dealt out to all classes alike.",
        ),
        "averaging": settings.stops(
            TrainingSpec,
            "averaging",
            prefix,
            "Averaging of weights",
            AVERAGINGS,
            help="Above 0 the network is a moving average of its weights, of which each step "
            "leaves this share.",
        ),
        "precision": settings.pick(
            TrainingSpec,
            "precision",
            prefix,
            "Numbers",
            help="With 16 bits layers calculate with two or three figures: faster on processors "
            "that are made for it, slower on others. The forecast knows this one.",
        ),
    }


def _choose_scaling() -> str | None:
    titles = {name: SCALING_TITLES.get(name, name) for name in (AS_BUILT, *SCALINGS)}
    picked = choose(
        "Pixels",
        titles,
        key=f"{settings.TRAINING}scaling",
        wrap=True,
        help="Scaled pixels go from 0 to 1, raw ones to 255; standardised ones are spread about 0.",
    )
    return None if picked == AS_BUILT else picked
