from __future__ import annotations

import re
from functools import partial

import numpy as np
import pytest

from cnnlib.exercises import check
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer, PoolLayer
from cnnlib.network import Network
from cnnlib.occlusion import Occluder, covered, occlusion
from cnnlib.patches import receptive_fields
from cnnlib.presets import article_basic
from cnnlib.questions_visualizing import (
    FALLS,
    QUESTIONS,
    RISES,
    Grown,
    Importance,
    cam_rows,
    gradient_numbers,
    gradients_needed,
    heaviest_pixel,
    negative_share,
    next_pixel,
    occlusion_predictions,
    row_variation,
    score_change,
    score_direction,
    seen_rows,
)
from cnnlib.saliency import Attribution, integrated_gradients, logit_gradient
from cnnlib.spec import NetworkSpec

SPEC = NetworkSpec(
    (12, 12, 3),
    (
        *(ConvLayer(4, 3, 2, "same"), PoolLayer(), ConvLayer(6, 2)),
        *(FlattenLayer(), DenseLayer(3, "softmax")),
    ),
)
FLAT = NetworkSpec((5, 6, 1), (FlattenLayer(), DenseLayer(2, "softmax")))


def importance(spec=SPEC, seed=1) -> Importance:
    network = Network.initial(spec, seed)
    image = np.random.default_rng(seed).random(spec.input_shape, np.float32)
    found = occlusion(network, image, Occluder(2))
    return Importance(
        network,
        "frog",
        logit_gradient(network, image, 1),
        found.per_pixel(found.drops(1)),
        integrated_gradients(network, image, 1),
    )


def numbers(text: str) -> list[float]:
    found = re.findall(r"−?\d[\d,]*(?:\.\d+)?(?:e−?\+?\d+)?", text)
    return [float(x.replace("−", "-").replace(",", "")) for x in found]


SHOWN = {"activation_based": Grown(Network.initial(SPEC)), "pixel_importance": importance()}
BARE = {"activation_based": Grown(Network.initial(FLAT)), "pixel_importance": importance(FLAT)}


@pytest.mark.parametrize("shown", [SHOWN, BARE], ids=["filters", "no filters"])
@pytest.mark.parametrize("page", sorted(QUESTIONS))
def test_every_question_is_answered_by_its_own_answer_and_comes_again(page, shown):
    if page not in shown:
        pytest.skip("another page's questions")
    for maker in QUESTIONS[page]:
        make = partial(maker, shown=shown[page])
        for seed in range(20):
            exercise = make(seed)
            assert check(exercise, str(exercise.answer)).right
            assert exercise == make(seed)
            assert "nan" not in exercise.question + exercise.worked
            if not exercise.choices:
                assert not check(exercise, str(float(exercise.answer) * 1.5 + 3)).right


def test_the_square_a_filter_sees():
    shown, answers = Grown(Network.initial(SPEC)), set()
    fields = receptive_fields(SPEC)
    for seed in range(10):
        exercise = seen_rows(seed, shown=shown)
        layer = {1: 0, 2: 2}[int(numbers(exercise.question)[0])]
        assert exercise.answer == fields[layer].rows.size
        assert f"= {exercise.answer}" in exercise.worked
        answers.add(exercise.answer)
    # 3; and 3 + 1 * 2 + 1 * 4 = 9
    assert answers == {3, 9}
    bare = seen_rows(0, shown=Grown(Network.initial(FLAT)))
    assert "the article's basic model" in bare.question


def test_gradients_and_their_numbers_are_counted():
    exercise = gradients_needed(3, shown=Grown(Network.initial(article_basic())))
    convolution, steps = numbers(exercise.question)
    assert exercise.answer == {1: 32, 2: 32, 3: 64, 4: 64}[int(convolution)] * steps
    assert gradient_numbers(0, shown=Grown(Network.initial(SPEC))).answer == 12 * 12 * 3


def test_a_pixel_after_a_step():
    for seed in range(30):
        exercise = next_pixel(seed, shown=Grown(Network.initial(FLAT)))
        first, _, slope, _, step_size = numbers(exercise.question)[:5]
        moved = min(max(first + step_size * slope / 12.5**0.5, 0), 1)
        assert exercise.answer == pytest.approx(moved, abs=1e-4)


def test_the_variation_of_a_row():
    exercise = row_variation(5, shown=Grown(Network.initial(FLAT)))
    assert exercise.answer == pytest.approx(np.abs(np.diff(numbers(exercise.question))).sum())


def test_predictions_of_an_occlusion_map():
    shown = importance()
    image = np.zeros(SPEC.input_shape, np.float32)
    for seed in range(10):
        exercise = occlusion_predictions(seed, shown=shown)
        patch, _, _, _, stride = numbers(exercise.question)[:5]
        assert exercise.answer == len(covered(image, Occluder(int(patch), int(stride))))


def test_grad_cam_s_rows_are_the_layer_s():
    rows = {1: 6, 2: 3, 3: 2}
    for seed in range(10):
        exercise = cam_rows(seed, shown=importance())
        assert exercise.answer == rows[int(numbers(exercise.question)[0])]


def test_what_a_gradient_says():
    shown = importance()
    for seed in range(20):
        exercise = score_change(seed, shown=shown)
        slope, row, column, _, _, change = numbers(exercise.question)
        colour = ("red", "green", "blue").index(re.search("red|green|blue", exercise.question)[0])
        exact = shown.gradient[int(row) - 1, int(column) - 1, colour]
        assert slope == pytest.approx(float(exact), rel=0.01)
        assert exercise.answer == pytest.approx(slope * change, abs=1e-5)
        exercise = score_direction(seed, shown=shown)
        up = (numbers(exercise.question)[0] > 0) == ("brighter" in exercise.question)
        assert exercise.answer == (RISES if up else FALLS)


def test_the_heaviest_of_four_pixels():
    shown = importance()
    for seed in range(10):
        exercise = heaviest_pixel(seed, shown=shown)
        values = {}
        for name in exercise.choices:
            row, column = (int(x) - 1 for x in numbers(name))
            values[name] = shown.drops[row, column]
        assert exercise.answer == max(values, key=values.get)


def test_what_the_negative_attributions_add_up_to():
    values = np.array([1.5, -0.25, 2.0], np.float32).reshape(1, 3, 1)
    shown = Importance(
        Network.initial(FLAT), "frog", np.zeros((5, 6, 1)), None, Attribution(values, 4.25, 1.0, 32)
    )
    assert negative_share(1, shown=shown).answer == -0.25


def test_a_network_that_blew_up_still_has_questions():
    nan = np.full((5, 6, 1), np.nan, np.float32)
    attribution = Attribution(nan, float("nan"), float("nan"), 32)
    shown = Importance(Network.initial(FLAT), "frog", nan, nan, attribution)
    for maker in QUESTIONS["pixel_importance"]:
        assert "predictions" in maker(1, shown=shown).question
