"""How good a network is on the test images: accuracy, confusions, confidence, and the pictures."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from cnnlib import evaluation
from cnnlib.questions_results import QUESTIONS, Results
from pages.support.accuracy import draw_accuracy
from pages.support.answered import draw_answered
from pages.support.calibration_curve import draw_calibration
from pages.support.confusion import draw_confusion
from pages.support.evaluations import Answers, evaluation_of, test_set, trained_on_full
from pages.support.exercise import draw_exercise
from pages.support.hardest import draw_classes, draw_hardest
from pages.support.networks import choose_network
from pages.support.page import open_page
from pages.support.random_answers import draw_random_answers
from pages.support.test_images import choose_full_set, draw_progress

SHOWN = 12  # pictures of a kind


def show_results(answers: Answers) -> None:
    """Everything that follows from the answers."""
    dataset, probabilities = answers.dataset, answers.probabilities
    said = probabilities.argmax(axis=1)
    matrix = evaluation.confusion_matrix(dataset.y_test, said, len(dataset.classes))
    maybe_seen = trained_on_full(chosen) and not tests.full
    draw_accuracy(text, chosen, int(np.trace(matrix)), len(said), maybe_seen=maybe_seen)
    text.show("confusion")
    draw_confusion(text, chosen, dataset, probabilities, matrix, of_sample=not tests.full)
    show_mistakes(answers)
    text.show("hardest")
    draw_hardest(text, dataset, probabilities, matrix)
    text.show("classes")
    draw_classes(matrix, dataset.classes)
    text.show("calibration")
    draw_calibration(text, dataset, probabilities)
    text.show("random")
    draw_random_answers(dataset, probabilities)
    text.show("notice")
    shown = Results(dataset.y_test, probabilities, dataset.classes)
    draw_exercise("results", [partial(maker, shown=shown) for maker in QUESTIONS["results"]])


def show_mistakes(answers: Answers) -> None:
    """The surest mistakes, and the right answers that were nearly mistakes."""
    dataset, probabilities = answers.dataset, answers.probabilities
    mistakes = evaluation.most_confident_mistakes(dataset.y_test, probabilities, SHOWN)
    text.show("mistakes" if len(mistakes) else "no_mistakes")
    draw_answered(dataset, probabilities, mistakes)
    text.show("unsure")
    unsure = evaluation.least_sure_right(dataset.y_test, probabilities, SHOWN)
    draw_answered(dataset, probabilities, unsure)


text = open_page("results")
chosen = choose_network("results_network")
tests = test_set(chosen, full=choose_full_set(text, chosen))
work = evaluation_of(chosen, tests)
answers = work.answers()
draw_progress(chosen, work)
if not answers.is_whole:
    text.show("so_far", count=f"{len(answers.probabilities):,}")
if np.isfinite(answers.probabilities).all():
    show_results(answers)
else:
    st.error(text.sections["no_numbers"], icon=":material/error:")
