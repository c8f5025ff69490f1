"""Figures of a network's answers, against numbers worked out by hand and published ones."""

from __future__ import annotations

import numpy as np
import pytest

from cnnlib.evaluation import (
    ClassRow,
    EvaluationError,
    accuracy_difference,
    accuracy_interval,
    confusion_matrix,
    drawn_images,
    hardest_classes,
    in_cell,
    largest_confusion,
    least_sure_right,
    most_confident_mistakes,
    per_class,
    right_and_wrong,
)

#                      cat cat cat dog dog fox
LABELS = np.array([0, 0, 0, 1, 1, 2], np.uint8)
PROBABILITIES = np.array(
    [
        [0.9, 0.1, 0.0],  # right, 0.9
        [0.2, 0.7, 0.1],  # said dog, 0.7
        [0.4, 0.3, 0.3],  # right, 0.4
        [0.8, 0.1, 0.1],  # said cat, 0.8
        [0.1, 0.6, 0.3],  # right, 0.6
        [0.1, 0.7, 0.2],  # said dog, 0.7
    ],
    np.float32,
)
ANSWERS = PROBABILITIES.argmax(axis=1)
MATRIX = [[2, 1, 0], [1, 1, 0], [0, 1, 0]]


def test_rows_are_true_classes_and_columns_are_answers():
    assert confusion_matrix(LABELS, ANSWERS, 3).tolist() == MATRIX


def test_a_matrix_counts_every_image_once():
    rng = np.random.default_rng(0)
    labels, answers = rng.integers(0, 10, (2, 500))
    matrix = confusion_matrix(labels.astype(np.uint8), answers, 10)
    assert matrix.sum() == 500
    assert np.trace(matrix) == np.sum(labels == answers)
    assert matrix[3, 7] == np.sum((labels == 3) & (answers == 7))


def test_eight_bit_labels_of_many_classes_do_not_wrap_around():
    labels = np.array([99, 0], np.uint8)
    matrix = confusion_matrix(labels, labels, 100)
    assert matrix[99, 99] == 1
    assert matrix.sum() == 2


def test_no_images_give_an_empty_matrix():
    nothing = np.zeros(0, np.uint8)
    assert confusion_matrix(nothing, nothing, 2).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("labels", [np.array([0, 3]), np.array([0, -1])])
def test_a_label_that_is_no_class_is_refused_with_its_number(labels):
    with pytest.raises(EvaluationError, match="from 0 to 2"):
        confusion_matrix(labels, np.array([0, 0]), 3)


def test_one_answer_for_each_label():
    with pytest.raises(EvaluationError, match=r"\(2,\) and \(3,\)"):
        confusion_matrix(np.zeros(3, int), np.zeros(2, int), 2)


# Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17
# (1998), table I, method 3 (score, no continuity correction).
@pytest.mark.parametrize(
    ("right", "images", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_the_published_one(right, images, low, high):
    assert accuracy_interval(right, images) == pytest.approx((low, high), abs=5e-5)


def test_the_interval_is_symmetric_and_stays_within_0_and_1():
    low, high = accuracy_interval(20, 20)
    assert (low, high) == pytest.approx((1 - 0.1611, 1), abs=5e-5)
    assert high <= 1
    assert accuracy_interval(0, 3)[0] >= 0


def test_more_images_and_less_confidence_make_it_narrower():
    def width(*args, **kwargs):
        low, high = accuracy_interval(*args, **kwargs)
        return high - low

    assert width(900, 1000) < width(90, 100)
    assert width(90, 100, confidence=0.8) < width(90, 100)


@pytest.mark.parametrize(("right", "images"), [(1, 0), (-1, 5), (6, 5)])
def test_an_interval_needs_possible_counts(right, images):
    with pytest.raises(EvaluationError, match=f"{right} right of {images}"):
        accuracy_interval(right, images)


@pytest.mark.parametrize("confidence", [0, 1, 95, float("nan")])
def test_a_confidence_is_a_share(confidence):
    with pytest.raises(EvaluationError, match="between 0 and 1"):
        accuracy_interval(1, 2, confidence=confidence)


# Newcombe, "Interval estimation for the difference between independent proportions", Statistics in
# Medicine 17 (1998), table II, method 10.
@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
    ],
)
def test_the_interval_of_a_difference_is_the_published_one(counts, low, high):
    assert accuracy_difference(*counts) == pytest.approx((low, high), abs=5e-5)


def test_a_difference_the_other_way_round_has_the_other_sign():
    low, high = accuracy_difference(900, 1000, 95, 100)
    assert accuracy_difference(95, 100, 900, 1000) == pytest.approx((-high, -low))


def test_recall_is_along_rows_and_precision_along_columns():
    rows = per_class(np.array(MATRIX), ["cat", "dog", "fox"])
    assert rows == (
        ClassRow("cat", images=3, right=2, answers=3),
        ClassRow("dog", images=2, right=1, answers=3),
        ClassRow("fox", images=1, right=0, answers=0),
    )
    assert [row.recall for row in rows] == [2 / 3, 1 / 2, 0]
    assert [row.precision for row in rows] == [2 / 3, 1 / 3, None]


def test_a_class_without_images_has_no_recall():
    assert ClassRow("unicorn", images=0, right=0, answers=2).recall is None


def test_a_matrix_has_a_name_for_each_class():
    with pytest.raises(EvaluationError, match=r"2 classes.*\(3, 3\)"):
        per_class(np.array(MATRIX), ["cat", "dog"])


def test_mistakes_come_surest_first_and_ties_in_order():
    assert most_confident_mistakes(LABELS, PROBABILITIES, 10).tolist() == [3, 1, 5]
    assert most_confident_mistakes(LABELS, PROBABILITIES, 2).tolist() == [3, 1]


def test_right_answers_come_least_sure_first():
    assert least_sure_right(LABELS, PROBABILITIES, 10).tolist() == [2, 4, 0]


def test_a_perfect_network_has_no_mistakes():
    assert most_confident_mistakes(ANSWERS, PROBABILITIES, 5).tolist() == []
    assert largest_confusion(np.diag([3, 4])) is None


def test_the_largest_confusion_is_off_the_diagonal():
    assert largest_confusion(np.array([[90, 2, 3], [4, 80, 0], [0, 1, 70]])) == (1, 0)


def test_colours_judge_right_answers_by_row_and_mistakes_by_the_most_frequent():
    # Cats are right 6 of 10 times; the most frequent mistake is made 4 times.
    shares = right_and_wrong(np.array([[6, 4, 0], [1, 8, 1], [0, 0, 0]]))
    expected = [[0.6, -1.0, np.nan], [-0.25, 0.8, -0.25], [np.nan, np.nan, np.nan]]
    np.testing.assert_allclose(shares, expected)


@pytest.mark.parametrize("counts", [np.zeros((3, 3), int), np.diag([5, 5, 5])])
def test_a_matrix_without_mistakes_or_without_images_has_no_colour_for_them(counts):
    assert np.nanmin(np.append(right_and_wrong(counts), 1.0)) == 1.0


def test_the_hardest_classes_come_with_what_they_are_taken_for():
    matrix = np.array([[90, 2, 8], [30, 60, 10], [0, 0, 50]])
    first, second = hardest_classes(matrix, ("cat", "dog", "fox"), 5)
    assert (first.index, first.row.name, first.row.recall) == (1, "dog", 0.6)
    assert (first.answer, first.times) == (0, 30)
    assert (second.row.name, second.answer, second.times) == ("cat", 2, 8)
    assert hardest_classes(matrix, ("cat", "dog", "fox"), 1) == [first]
    assert hardest_classes(np.diag([3, 4]), ("cat", "dog"), 3) == []
    # A class without an image cannot be hard.
    assert hardest_classes(np.array([[0, 0], [1, 1]]), ("cat", "dog"), 3)[0].row.name == "dog"


def test_drawn_images_are_different_ones_and_depend_on_their_seed():
    drawn = drawn_images(50, 20, seed=4)
    assert len(set(drawn.tolist())) == 20
    assert drawn.tolist() == drawn_images(50, 20, seed=4).tolist()
    assert drawn.tolist() != drawn_images(50, 20, seed=5).tolist()
    assert sorted(drawn_images(6, 20, seed=4).tolist()) == list(range(6))


def test_a_cell_holds_its_images_surest_first():
    assert in_cell(LABELS, PROBABILITIES, 0, 0).tolist() == [0, 2]
    assert in_cell(LABELS, PROBABILITIES, 2, 1).tolist() == [5]
    assert in_cell(LABELS, PROBABILITIES, 2, 2).tolist() == []


def test_probabilities_are_a_table():
    with pytest.raises(EvaluationError, match=r"\(images, classes\).*\(6,\)"):
        in_cell(LABELS, ANSWERS, 0, 0)
