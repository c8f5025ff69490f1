"""The results page beyond counting: which images are asked about, calibration, random draws."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import pytest

from cnnlib import datasets, evaluation, reliability
from cnnlib.network import Network
from pages.support import calibration_curve, confusion, evaluations, random_answers
from pages.support.networks import Chosen, shipped_network
from tests.pages.seen import metrics

PAGE = "pages/visualizing/results.py"


def words(app) -> str:
    return "\n".join(text.value for text in [*app.markdown, *app.caption, *app.error])


@pytest.fixture(scope="module")
def shares(digits) -> np.ndarray:
    """What the shipped network says of the sample's test digits."""
    return shipped_network("digits").predict(datasets.scale(digits.x_test))


@pytest.fixture
def drawn(monkeypatch) -> dict[str, list[dict]]:
    """What is given to the scripts that draw the matrix and the diagram."""
    sent = {"matrix": [], "diagram": []}
    monkeypatch.setattr(confusion, "_matrix", lambda data, **_: sent["matrix"].append(data))
    monkeypatch.setattr(
        calibration_curve, "_diagram", lambda data, **_: sent["diagram"].append(data)
    )
    return sent


@pytest.fixture
def full_digits(digits, monkeypatch) -> datasets.Dataset:
    """A full set that is here, of 1,250 test images: 1,200 of their own, 50 of the sample's
    training images."""
    rng = np.random.default_rng(1)
    twins = digits.x_train[::180]
    images = rng.integers(0, 256, (1_250, 28, 28, 1), dtype=np.uint8)
    images[100:150] = twins
    labels = np.arange(1_250, dtype=np.uint8) % 10
    full = dataclasses.replace(digits, x_test=images, y_test=labels)
    monkeypatch.setattr(datasets, "full_is_here", lambda name: name == "digits")
    loaded = {True: full, False: digits}
    monkeypatch.setattr(evaluations, "load_dataset", lambda name, full=False: loaded[full])
    evaluations._test_set.clear()
    yield full
    evaluations._test_set.clear()


def test_the_matrix_and_the_diagram_are_those_of_the_answers(visit, drawn, digits, shares):
    app = visit(PAGE, {"results_digits_true": "9", "results_digits_answer": "4"})
    matrix = evaluation.confusion_matrix(digits.y_test, shares.argmax(axis=1), 10)
    (data,) = drawn["matrix"]
    assert [cell["count"] for cell in data["cells"]] == matrix.ravel().tolist()
    assert data["cells"][94]["text"] == f"9 taken for 4: {matrix[9, 4]} of 100 images"
    assert data["chosen"] == 94
    found = reliability.reliability(digits.y_test, shares)
    (data,) = drawn["diagram"]
    assert [each["count"] for each in data["bins"]] == [each.count for each in found.bins]
    assert data["bins"][-1]["accuracy"] == found.bins[-1].accuracy
    assert data["chosen"] == -1
    errors = metrics(app)
    assert errors["Expected calibration error"] == f"{100 * found.expected_error:.2f} points"
    chance, _ = reliability.chance_error(shares, reliability.BINS)
    assert errors["By chance alone"] == f"{100 * chance:.2f} points"


def test_bins_temperature_and_the_chosen_bin_come_from_the_address(visit, drawn, digits, shares):
    query = {"results_bins": "10", "results_temperature": "2.0", "results_bin": "10"}
    app = visit(PAGE, query)
    warm = reliability.tempered(shares, 2.0)
    found = reliability.reliability(digits.y_test, warm, 10)
    (data,) = drawn["diagram"]
    assert [each["count"] for each in data["bins"]] == [each.count for each in found.bins]
    assert data["chosen"] == 9
    last = found.bins[9]
    assert f"The bin above 90.0 to 100.0 %: {last.right} of {last.count} answers" in words(app)
    assert "confidences at temperature 2" in words(app)
    assert (
        metrics(app)["Accuracy"]
        == f"{(shares.argmax(axis=1) == digits.y_test).mean():.1%}"[:-1] + " %"
    )


@pytest.mark.parametrize("value", ["", "0", "99", "-1", "nan", "²", "1.5"])
def test_odd_settings_are_replaced(visit, drawn, value):
    keys = ("bin", "bins", "temperature", "draw", "images")
    visit(PAGE, {f"results_{key}": value for key in keys})
    assert drawn["diagram"][0]["chosen"] == -1


def test_an_empty_bin_says_so():
    found = reliability.reliability(np.array([0]), np.array([[0.9, 0.1]]), 2)
    first, second = calibration_curve.diagram_data(found, -1)["bins"]
    assert first["text"] == "Confidence above 0.0 to 50.0 %: no answers."
    assert (first["accuracy"], first["confidence"], first["low"]) == (None, None, None)
    said = second["text"].replace("\N{NO-BREAK SPACE}", " ")
    assert "1 of 1 answers right, 100 % (20.7 % to 100 %)" in said
    assert "Mean confidence 90.0 %, not sure enough by 10.0 points; chance" in said


def test_random_images_come_with_their_top_three_and_others_on_demand(visit, digits, shares):
    app = visit(PAGE, {"results_draw": "7"})
    cards = [html.value for html in app.html if "<figure" in html.value]
    members = evaluation.drawn_images(1_000, random_answers.SHOWN, 7)
    assert len(cards) == 1
    for index in members:
        top = np.argsort(-shares[index], kind="stable")[:3]
        right = top[0] == digits.y_test[index]
        card = random_answers._card(digits, shares[index], index)
        assert card in cards[0]
        assert [f">{name}</span>" in card for name in top] == [True] * 3
        assert ("wrong, is" in card) == (not right)
    app.button(key="results_others").click().run()
    assert not app.exception
    assert 1 <= app.number_input(key="results_draw").value <= random_answers.MOST_DRAWS


def test_the_hardest_classes_are_shown_with_their_mistakes(visit, digits, shares):
    matrix = evaluation.confusion_matrix(digits.y_test, shares.argmax(axis=1), 10)
    for hard in evaluation.hardest_classes(matrix, digits.classes, 3):
        start = f"**{hard.row.name}**: {hard.row.recall:.1%}"[:-1]
        assert any(text.value.startswith(start) for text in visit(PAGE).markdown)
        break  # a page takes a second


def test_the_exercise_is_about_these_results(visit):
    app = visit(PAGE, {"results_question": "1"})
    assert "test images of class **" in words(app)
    app.text_input[0].set_value("12345")
    app.button[-1].click().run()
    assert not app.exception
    assert app.info


def test_without_the_full_set_there_is_no_choice(visit):
    app = visit(PAGE, {"results_images": "All"})
    assert metrics(app)["Test images"] == "1,000"
    assert "test images of the bundled sample" in words(app)


def test_all_test_images_are_asked_about_but_those_the_sample_trains_on(
    visit, save_run, tiny_network, full_digits
):
    run_id = save_run(Network.initial(tiny_network, seed=11))
    app = visit(PAGE, {"run": run_id, "results_images": "All"})
    # The first thousand at once, the others in the background, while the page can be read.
    assert metrics(app)["Test images"] in ("1,000", "1,100", "1,200")
    deadline = time.monotonic() + 60
    while metrics(app)["Test images"] != "1,200" and time.monotonic() < deadline:
        time.sleep(0.05)
        app.run()
    assert not app.exception
    assert metrics(app)["Test images"] == "1,200"
    assert "What follows counts the first" not in words(app)
    assert "results_go" not in [button.key for button in app.button]


def test_answers_known_so_far_are_a_balanced_part_and_the_right_ones(full_digits, tiny_network):
    network = Network.initial(tiny_network, seed=12)
    chosen = Chosen(network, "digits", "", None, "test-of-answers")
    tests = evaluations.test_set(chosen, full=True)
    assert tests.full
    assert len(tests.order) == 1_200
    work = evaluations.Evaluation(tests)
    for _ in range(3):
        work.step(network)
    found = work.answers()
    assert not found.is_whole
    assert np.bincount(found.dataset.y_test).tolist() == [30] * 10
    assert found.probabilities == pytest.approx(
        network.predict(datasets.scale(found.dataset.x_test)), abs=1e-6
    )


def test_the_thread_stops_when_nobody_waits_and_goes_on_where_it_was(
    full_digits, tiny_network, monkeypatch
):
    network = Network.initial(tiny_network, seed=13)
    chosen = Chosen(network, "digits", "", None, "test-of-lease")
    work = evaluations.Evaluation(evaluations.test_set(chosen, full=True))
    monkeypatch.setattr(evaluations, "LEASE_SECONDS", -1.0)
    work.go_on(network)
    deadline = time.monotonic() + 60
    while work._is_queued and time.monotonic() < deadline:
        time.sleep(0.01)
    assert work.count == evaluations.BATCH
    monkeypatch.undo()
    work.go_on(network)
    while work.count < work.in_all and time.monotonic() < deadline:
        time.sleep(0.01)
    assert work.answers().is_whole
    # In the test images' own order.
    expected = network.predict(datasets.scale(work.answers().dataset.x_test))
    assert work.answers().probabilities == pytest.approx(expected, abs=1e-6)


def test_stop_keeps_what_is_known_and_go_on_takes_it_up(
    visit, save_run, tiny_network, full_digits, monkeypatch
):
    monkeypatch.setattr(evaluations.Evaluation, "go_on", lambda self, network: None)
    run_id = save_run(Network.initial(tiny_network, seed=14))
    app = visit(PAGE, {"run": run_id, "results_images": "All"})
    assert "counts the first 1,000" in words(app)
    (button,) = [button for button in app.button if button.key == "results_go"]
    assert button.label == "Stop here"
    app = button.click().run()
    assert app.button(key="results_go").label == "Go on"
    assert metrics(app)["Test images"] == "1,000"
    app.button(key="results_go").click().run()
    assert app.button(key="results_go").label == "Stop here"
