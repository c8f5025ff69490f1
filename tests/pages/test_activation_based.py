"""The page of grown pictures, through the router."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image
from streamlit.delta_generator import DeltaGenerator

from cnnlib import datasets
from cnnlib.firing import filter_layers
from cnnlib.layers import ConvLayer, DenseLayer, FlattenLayer
from cnnlib.maximisation import Ascent, maximise
from cnnlib.network import Network
from cnnlib.presets import article_basic
from cnnlib.spec import NetworkSpec
from pages.support import films, growing, image_choice
from pages.support.networks import MODELS, Chosen
from tests.pictures import plain_png

PAGE = "pages/visualizing/activation_based.py"
DIGITS = Network.load(MODELS / "digits.npz")


def texts(app) -> str:
    return "\n".join(x.value for x in [*app.markdown, *app.caption, *app.warning])


@pytest.fixture
def drawn(monkeypatch) -> list[dict]:
    """What was sent to the browser to be played, the latest last."""
    sent = []
    monkeypatch.setattr(films, "_filmstrip", lambda data, **_: sent.append(data))
    return sent


def test_one_filter_s_film_is_the_library_s(visit, drawn):
    query = {"act_layer": "Convolution 2", "act_filter": "5", "act_steps": "10", "act_seed": "3"}
    visit(PAGE, query)
    data = drawn[-1]
    ascent = dataclasses.replace(growing.DEFAULTS, steps=10, seed=3)
    frames = list(maximise(DIGITS, filter_layers(DIGITS.spec)[1].last, [4], ascent))
    values = [float(frame.values[0]) for frame in frames]
    assert data["pictures"][0]["values"] == pytest.approx(values, rel=1e-3)
    assert data["pictures"][0]["name"] == "Filter 5"
    assert [frame["at"] for frame in data["frames"]] == list(range(11))
    assert not data["clickable"]
    assert values[-1] > values[0]


def test_a_layer_s_filters_grow_together_and_can_be_chosen(visit, drawn):
    app = visit(PAGE, {"act_kind": "Filters of a layer", "act_layer": "Convolution 1"})
    assert len(drawn[-1]["pictures"]) == 16
    assert drawn[-1]["clickable"]
    assert "Filters 1 to 16 of 16" in texts(app)


def test_all_classes_and_one(visit, drawn):
    visit(PAGE, {"act_kind": "All classes", "act_network": "Shipped: photos", "act_steps": "5"})
    assert [picture["name"] for picture in drawn[-1]["pictures"]][:2] == ["Airplane", "Automobile"]
    app = visit(
        PAGE,
        {"act_kind": "One class", "act_network": "Shipped: photos", "act_cifar10_class": "frog"},
    )
    assert "the six with the highest score for **frog**" in texts(app)
    assert [picture["name"] for picture in drawn[-1]["pictures"]] == ["Frog"]


def test_a_picture_starts_from_an_image(visit, drawn):
    visit(PAGE, {"act_start": "An image", "act_steps": "5", "act_from_digits_class": "4"})
    dataset = datasets.load("digits")
    start = datasets.scale(dataset.x_test[dataset.y_test == 4][0])
    at = len(filter_layers(DIGITS.spec)) // 2
    ascent = dataclasses.replace(growing.DEFAULTS, steps=5)
    first = next(maximise(DIGITS, filter_layers(DIGITS.spec)[at].last, [0], ascent, start=start))
    assert drawn[-1]["pictures"][0]["values"][0] == pytest.approx(float(first.values[0]), rel=1e-3)


def test_a_picture_starts_from_the_reader_s_own(visit, monkeypatch):
    app = visit(PAGE, {"act_start": "An image", "act_from_way": "Your picture", "act_steps": "5"})
    app.file_uploader[0].upload("teal.png", plain_png((60, 40))).run()
    assert not app.exception
    paper = np.full((280, 280, 4), 255, np.uint8)
    paper[60:220, 130:150, :3] = 0
    monkeypatch.setattr(image_choice, "draw_canvas", lambda label, key: paper)
    visit(PAGE, {"act_start": "An image", "act_from_way": "Your drawing", "act_steps": "5"})


@pytest.mark.parametrize(
    "query",
    [
        {"act_kind": "Cats", "act_layer": "Convolution 99", "act_filter": "0"},
        {"act_filter": "33", "act_layer": "Convolution 1"},
        {"act_steps": "nan", "act_step_size": "x", "act_blur": "-1", "act_jitter": "1.5"},
        {"act_steps": "999999", "act_seed": "-1", "act_total_variation": "1e9"},
        {"act_kind": "Filters of a layer", "act_first": "500"},
        {"act_kind": "One class", "act_digits_class": "cat", "run": "../../etc"},
        {"act_start": "?", "act_from_way": "?", "act_question": "0", "act_network": "x"},
    ],
)
def test_odd_addresses_fall_back(visit, drawn, query):
    visit(PAGE, query)
    assert 1 <= len(drawn[-1]["pictures"]) <= films.MOST


@pytest.mark.parametrize("key", ["act_kind", "act_layer", "act_network", "act_start"])
def test_forged_choices_fall_back(visit, forge, key):
    forge(visit(PAGE, {"act_steps": "5"}), key, "nonsense")


def test_a_smaller_layer_keeps_the_filter_s_number_in_range(visit):
    app = visit(PAGE, {"act_layer": "Convolution 6", "act_filter": "64", "act_steps": "5"})
    app.selectbox("act_layer").set_value("Convolution 1").run()
    assert not app.exception
    assert app.number_input("act_filter").value == 16


def test_a_network_without_filters_has_classes(visit, drawn, save_run):
    spec = NetworkSpec((28, 28, 1), (FlattenLayer(), DenseLayer(10, "softmax")))
    app = visit(PAGE, {"run": save_run(Network.initial(spec, 1)), "act_steps": "5"})
    assert "only its classes can be asked" in texts(app)
    assert [picture["name"] for picture in drawn[-1]["pictures"]] == ["0"]


def test_dead_filters_and_weights_that_blew_up_are_said(visit, drawn, save_run):
    layers = (ConvLayer(2, 3), FlattenLayer(), DenseLayer(10, "softmax"))
    network = Network.initial(NetworkSpec((28, 28, 1), layers))
    for fill, said in ((0.0, "did not fire even for the grown"), (3e38, "no numbers any more")):
        first = {name: np.full_like(array, fill) for name, array in network.weights[0].items()}
        run = save_run(Network(network.spec, (first, *network.weights[1:])))
        app = visit(PAGE, {"run": run, "act_steps": "5"})
        assert said in texts(app)
        assert ("fires this filter anywhere. It is dead" in texts(app)) == (fill == 0)


def test_a_film_that_takes_long_is_shown_while_it_grows(visit, drawn, monkeypatch):
    shown = []
    monkeypatch.setattr(DeltaGenerator, "progress", lambda self, share, text: shown.append(text))
    monkeypatch.setattr(films, "QUIET_SECONDS", -1)
    monkeypatch.setattr(films, "PREVIEW_SECONDS", -1)
    visit(PAGE, {"act_steps": "5", "act_seed": "77"})
    assert shown[:6] == [f"Step {step} of 5" for step in range(6)]


def test_films_are_made_once_and_stay_within_their_bytes():
    network = Network.initial(article_basic())
    chosen = Chosen(network, "cifar10", "", None, "test-of-films")

    class Silent:
        def empty(self):
            pass

        def container(self):
            raise AssertionError("a short film shows no progress")

    ascent = Ascent(steps=40)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(films, "QUIET_SECONDS", 1e9)
        film = films.film_of(chosen, 0, range(32), ascent, None, Silent())
        assert films.film_of(chosen, 0, range(32), ascent, None, Silent()) is film
        other = films.film_of(chosen, 0, range(32), Ascent(steps=2), None, Silent())
    assert other.steps == (0, 1, 2)
    assert film.values.shape == (41, 32)
    assert film.frames.shape[1:] == (32, 32, 32, 3)
    assert (film.steps[0], film.steps[-1]) == (0, 40)
    assert len(films.film_png(film.frames)) < 1_000_000
    # Frames lie beside, pictures below one another.
    sheet = np.asarray(Image.open(io.BytesIO(films.film_png(film.frames))))
    np.testing.assert_array_equal(sheet[32:64, 64:96], film.frames[2, 1])


def test_large_networks_grow_fewer_pictures_together():
    assert films.most_pictures(article_basic(), 0, 40) == 32
    assert films.most_pictures(article_basic(), 5, 40) == 32
    layers = (ConvLayer(256, 3, padding="same"),) * 2
    large = NetworkSpec((32, 32, 3), (*layers, FlattenLayer(), DenseLayer(10, "softmax")))
    assert films.most_pictures(large, 1, 40) == 4


def test_an_exercise_is_checked(visit):
    app = visit(PAGE, {"act_question": "5", "act_steps": "5"})
    app.text_input[-1].set_value("784")
    app.button[-1].click().run()
    assert app.success[0].value == "Right."
