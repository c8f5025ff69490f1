"""Exercises of the training page: answers worked out again, by other ways."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cnnlib.datasets import training_split
from cnnlib.events import EpochEvent, StepDetail
from cnnlib.exercises import check
from cnnlib.questions_training import (
    QUESTIONS,
    batches_in_epoch,
    best_epoch,
    early_end,
    last_batch,
    next_weight,
    questions_on_run,
    step_number,
)
from cnnlib.spec import TrainingSpec

SEEDS = range(1, 30)
TRAINING = TrainingSpec(image_count=1_030, batch_size=64, epochs=7, validation_share=0.15)


def curve(*losses: float) -> tuple[EpochEvent, ...]:
    return tuple(
        EpochEvent(at, 1.0, 0.5, loss, 0.5, 100.0, float(at)) for at, loss in enumerate(losses, 1)
    )


def detail(before: float, gradient: float) -> StepDetail:
    kernel = np.full((1, 1, 1), before, np.float32)
    return StepDetail(
        epoch=2,
        batch=9,
        indices=np.arange(2),
        labels=np.arange(2),
        probabilities=np.zeros((2, 10), np.float32),
        loss=1.0,
        learning_rate=0.25,
        gradient_norms=np.ones(1),
        weight_norms=np.ones(1),
        layer=0,
        filter=0,
        before=kernel,
        gradient=np.full_like(kernel, gradient),
        after=kernel,
    )


@pytest.mark.parametrize(
    "makers",
    [
        QUESTIONS["training"],
        questions_on_run(TRAINING),
        questions_on_run(TRAINING, curve(0.9, 0.4, 0.5, 0.6), detail(0.5, -0.125)),
    ],
    ids=["any", "begun", "whole"],
)
def test_every_question_comes_again_and_takes_its_own_answer_only(makers, sound):
    assert len(makers) >= 3
    for seed in SEEDS:
        sound(makers[seed % len(makers)], seed)


def test_batches_are_those_that_a_training_has():
    trained, _ = training_split(np.arange(1_030) % 10, 1_030, 0, 0.15)
    batches = [trained[at : at + 64] for at in range(0, len(trained), 64)]
    assert batches_in_epoch(1, TRAINING).answer == len(batches)
    assert last_batch(1, TRAINING).answer == len(batches[-1])


@pytest.mark.parametrize("seed", SEEDS)
def test_steps_are_counted_through_all_epochs(seed):
    exercise = step_number(seed, TRAINING)
    count, batch, epoch = map(
        int, re.search(r"is (\d+) batches.*Batch (\d+) of epoch (\d+)", exercise.question).groups()
    )
    every = [(e, b) for e in range(1, 8) for b in range(1, count + 1)]
    assert exercise.answer == every.index((epoch, batch)) + 1


def test_a_step_by_hand():
    exercise = next_weight(1, 0.5, -0.2, 0.1, "Here")
    assert exercise.answer == pytest.approx(0.52)
    assert check(exercise, "0.52").right is True
    assert check(exercise, "0.5").right is False  # the weight itself
    assert check(exercise, "0.48").right is False  # the wrong way


def test_the_readers_own_step_is_asked_about():
    questions = [maker(1) for maker in questions_on_run(TRAINING, (), detail(0.5, -0.125))]
    (own,) = [q for q in questions if "batch 9 of epoch 2 of your run" in q.question]
    assert own.answer == pytest.approx(0.5 + 0.25 * 0.125)


def test_numbers_that_blew_up_are_not_asked_about():
    makers = questions_on_run(
        TRAINING, curve(0.5, float("nan"), float("inf")), detail(float("nan"), 1.0)
    )
    for maker in makers:
        assert "your run" not in maker(1).question


def test_the_best_epoch_has_the_smallest_validation_loss():
    assert best_epoch(1, [0.9, 0.3, 0.5], "Here").answer == 2
    assert best_epoch(1, [0.3, 0.3], "Here").answer == 1
    assert "0.3000" in best_epoch(1, [0.9, 0.3, 0.5], "Here").worked


@pytest.mark.parametrize("seed", SEEDS)
def test_early_stopping_ends_where_a_training_would(seed):
    losses = np.round(np.random.default_rng(seed).uniform(0.1, 1, 8), 4).tolist()
    exercise = early_end(seed, losses, "Here")
    patience = int(re.search(r"patience of (\d)", exercise.question)[1])
    ends = [
        epoch
        for epoch in range(1, 9)
        if epoch - (int(np.argmin(losses[:epoch])) + 1) >= patience or epoch == 8
    ]
    assert exercise.answer == ends[0]
