"""Classify, through the router: every way to hand over a picture, and every way it can go wrong."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image, ImageDraw

from cnnlib import datasets
from cnnlib.network import Network
from cnnlib.pixels import ImageError
from cnnlib.presets import BlockSettings, block_network
from cnnlib.records import EpochRecord
from cnnlib.spec import RunSpec, TrainingSpec
from cnnlib.unknown import NONE_BELOW
from pages.support import drawing, inputs, jobs, networks, photos

PAGE = "pages/classify/classify.py"
SEVEN = [(250, 300), (650, 300), (420, 900)]


@pytest.fixture
def photos_network(monkeypatch):
    """A small network for photos in place of the shipped one."""
    small = block_network((32, 32, 3), 10, BlockSettings(filters=2, dense_units=0))
    network = Network.initial(small)
    shipped = networks.shipped_network
    choose = {"cifar10": lambda _: network}
    monkeypatch.setattr(networks, "shipped_network", lambda name: choose.get(name, shipped)(name))
    monkeypatch.setitem(NONE_BELOW, "cifar10", 0.0)  # it has not learned what it does not know
    return network


@pytest.fixture
def own_photos(monkeypatch, tmp_path):
    """Two sample photos: one of a class, one of none."""
    for name in ("cat.png", "tea_pot.jpg"):
        Image.new("RGB", (60, 40), (120, 90, 60)).save(tmp_path / name)
    (tmp_path / "README.md").write_text("no photo")
    monkeypatch.setattr(photos, "FOLDER", tmp_path)


@pytest.fixture
def draw(monkeypatch):
    """`draw(pixels)`: what the canvas will answer with from now on."""

    def answer(pixels):
        monkeypatch.setattr(inputs, "draw_canvas", lambda label, key: pixels)

    return answer


def seven(kind="PNG", ink=(20, 30, 80), paper=(230, 225, 215)) -> bytes:
    """A file with a 7 written on paper."""
    image = Image.new("RGB", (900, 1200), paper)
    ImageDraw.Draw(image).line(SEVEN, fill=ink, width=40, joint="curve")
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def strokes() -> np.ndarray:
    """A 7 on the canvas."""
    rgb = Image.open(io.BytesIO(seven(ink=(0, 0, 0), paper=(255, 255, 255)))).resize((280, 280))
    return np.dstack([np.asarray(rgb), np.full((280, 280), 255, np.uint8)])


def upload(app, data: bytes, name="picture.png", kind="image/png"):
    app.file_uploader(key="classify_file").set_value((name, data, kind)).run()
    assert not app.exception
    return app


def answer_of(app) -> tuple[str, str]:
    (metric,) = app.metric
    assert metric.label == "Its answer"
    return metric.value, metric.delta


def texts(app) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption])


def test_an_empty_canvas_asks_for_a_drawing(visit):
    app = visit(PAGE)
    assert answer_of(app) == ("–", "waiting")
    assert "The paper is empty" in texts(app)
    assert not app.error


def test_a_drawn_seven_is_read_and_its_probability_told(visit, draw):
    draw(strokes())
    app = visit(PAGE)
    assert answer_of(app) == ("7", "sure")
    assert re.search(r"Sure: \*\*7\*\*, with (more than )?(9\d\.\d|100) %", texts(app))
    assert re.search(r"Doubt: 0\.\d of 3\.3 bits", texts(app))


def test_what_happens_to_a_drawing_is_told_and_shown_when_asked_for(visit, draw):
    draw(strokes())
    app = visit(PAGE)
    assert "centre of mass" not in texts(app)
    app.session_state["classify_steps"] = True
    app.run()
    assert "centre of mass" in texts(app)
    assert len(app.get("image")) == 1 + 3


def test_a_canvas_full_of_ink_is_refused_in_a_sentence(visit, draw):
    black = np.zeros((280, 280, 4), np.uint8)
    black[:, :, 3] = 255
    black[0, 0] = 255
    draw(black)
    app = visit(PAGE)
    assert len(app.error) == 1
    assert answer_of(app) == ("–", "waiting")


def test_a_drawing_for_the_photo_network_comes_with_a_warning(visit, draw, photos_network):
    draw(strokes())
    query = {"classify_network": "Shipped: photos", "classify_photo_way": "Draw"}
    app = visit(PAGE, query)
    assert "only ever seen photos" in texts(app)
    assert answer_of(app)[0].rstrip("?") in datasets.info("cifar10").classes
    assert "32 × 32 × 3" in texts(app)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_an_uploaded_photo_of_a_seven_is_read(visit, kind):
    app = visit(PAGE, {"classify_way": "Upload"})
    assert "Choose a picture" in texts(app)
    upload(app, seven(kind))
    assert answer_of(app) == ("7", "sure")
    assert len(app.get("image")) == 2  # as it was given, and as the network sees it


def test_light_ink_on_a_dark_board_is_read(visit):
    app = visit(PAGE, {"classify_way": "Upload"})
    upload(app, seven(ink=(235, 235, 225), paper=(40, 60, 50)))
    assert answer_of(app)[0] == "7"


def bomb() -> bytes:
    file = io.BytesIO()
    Image.new("1", (30_000, 10_000)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (seven("JPEG")[:4000], "damaged or cut short"),
        (seven("PNG")[:500], "damaged or cut short"),
        (b"seven, written in letters", "not a picture"),
        (b"", "empty"),
        (bomb(), "more than 36,000,000 pixels"),
        (seven(ink=(230, 225, 215)), "ink"),
    ],
    ids=["half a JPEG", "half a PNG", "text", "nothing", "bomb", "blank paper"],
)
def test_a_bad_upload_is_one_sentence_and_loses_nothing(visit, data, reason):
    app = visit(PAGE, {"classify_way": "Upload"})
    upload(app, data)
    (error,) = app.error
    assert reason in error.value
    assert answer_of(app) == ("–", "waiting")
    upload(app, seven())
    assert not app.error
    assert answer_of(app) == ("7", "sure")


def test_only_the_chosen_way_runs(visit):
    for way, asks in (("Draw", 0), ("Upload", 0), ("Sample", 0), ("Camera", 1)):
        app = visit(PAGE, {"classify_way": way})
        assert len(app.get("camera_input")) == asks
        assert len(app.file_uploader) == (way == "Upload")


def test_a_sample_is_answered_beside_its_true_label(visit, digits):
    query = {
        "classify_way": "Sample",
        "classify_digits_class": "4",
        "classify_digits_number": "12",
    }
    app = visit(PAGE, query)
    image = digits.x_test[digits.y_test == 4][11]
    network = networks.shipped_network("digits")
    best = int(network.predict(datasets.scale(image)[np.newaxis]).argmax())
    assert answer_of(app)[0].rstrip("?") == str(best)
    assert f"In truth: **4**. The answer is {'right' if best == 4 else 'wrong'}" in texts(app)
    app.number_input(key="classify_digits_number").increment().run()
    assert app.number_input(key="classify_digits_number").value == 13


def test_a_wrong_answer_is_called_wrong(visit, photos_network):
    wrong = []
    for name in datasets.info("cifar10").classes:
        query = {"classify_network": "Shipped: photos", "classify_cifar10_class": name}
        app = visit(PAGE, query)
        says = answer_of(app)[0].rstrip("?")
        assert (
            f"In truth: **{name}**. The answer is {'right' if says == name else 'wrong'}"
            in texts(app)
        )
        wrong.append(says != name)
    assert any(wrong)  # an untrained network cannot have them all


def test_none_of_these_is_right_about_what_is_none(visit, photos_network, own_photos, monkeypatch):
    monkeypatch.setitem(NONE_BELOW, "cifar10", 1.0)
    query = {"classify_network": "Shipped: photos"}
    app = visit(PAGE, {**query, "classify_cifar10_class": "tea pot (photo)"})
    assert answer_of(app) == ("none of these", "all below 100 %")
    assert "none of its ten classes. The answer is right" in texts(app)
    app = visit(PAGE, {**query, "classify_cifar10_class": "cat (photo)"})
    assert "one of its ten classes. The answer is wrong" in texts(app)


def test_letters_are_none_of_the_digits_but_not_for_ones_own_network(visit, draw, tiny_run):
    letter = np.full((280, 280, 4), 255, np.uint8)
    letter[40:240, 60:84, :3] = letter[40:64, 60:220, :3] = letter[120:144, 60:180, :3] = 0  # F
    draw(letter)
    app = visit(PAGE, {"classify_network": "Shipped: digits"})
    assert answer_of(app) == ("none of these", "all below 61.0 %")
    assert "may choose with confidence" in texts(app)
    assert f"{NONE_BELOW['digits']:.1%}".replace("%", " %") in texts(app)
    run_id = jobs.store().create(tiny_run)
    network = Network.initial(tiny_run.network)
    jobs.store().save_epoch(run_id, 0, network.weights, EpochRecord(), {})
    app = visit(PAGE, {"run": run_id})
    assert answer_of(app)[0] != "none of these"
    assert "never says *none of these*" in texts(app)


def test_random_picks_a_sample_that_is_there(visit):
    app = visit(PAGE, {"classify_way": "Sample"})
    app.button(key="classify_random").click().run()
    assert not app.exception
    assert app.selectbox(key="classify_digits_class").value in set("0123456789")
    assert 1 <= app.number_input(key="classify_digits_number").value <= 100


def test_the_photo_network_starts_with_samples_photos_among_them(visit, photos_network, own_photos):
    query = {"classify_network": "Shipped: photos"}
    app = visit(PAGE, query)
    box = app.selectbox(key="classify_cifar10_class")
    assert box.options == [*datasets.info("cifar10").classes, "cat (photo)", "tea pot (photo)"]
    app = visit(PAGE, {**query, "classify_cifar10_class": "tea pot (photo)"})
    assert "In truth: **tea pot**, which is none of its ten classes" in texts(app)
    app = visit(PAGE, {**query, "classify_cifar10_class": "cat (photo)"})
    assert "In truth: **cat**. The answer is" in texts(app)


@pytest.mark.parametrize(
    "query",
    [
        {"classify_way": "Teleport"},
        {"classify_network": "<script>"},
        {"classify_way": "Sample", "classify_digits_class": "eleven"},
        {"classify_way": "Sample", "classify_digits_number": "1000000"},
        {"classify_way": "Sample", "classify_digits_number": "-3"},
        {"classify_way": "Sample", "classify_digits_number": "NaN"},
        {"classify_way": "Sample", "classify_cifar10_class": "frog"},
        {"run": "../../etc"},
    ],
)
def test_odd_addresses_fall_back(visit, query):
    app = visit(PAGE, query)
    assert answer_of(app)[0] in {"–", "0"}


def test_a_network_that_diverged_is_said_to_have(visit, draw, monkeypatch):
    network = networks.shipped_network("digits")
    weights = [
        {name: np.full_like(array, np.nan) for name, array in layer.items()}
        for layer in network.weights
    ]
    monkeypatch.setattr(networks, "shipped_network", lambda _: Network(network.spec, weights))
    draw(strokes())
    with np.errstate(invalid="ignore"):
        app = visit(PAGE)
    assert answer_of(app) == ("–", "no answer")
    assert "lower learning rate" in app.error[0].value


def test_ones_own_run_answers_first(visit, draw):
    spec = RunSpec(
        block_network((28, 28, 1), 10, BlockSettings(filters=2, dense_units=0)),
        TrainingSpec(image_count=200, epochs=1),
    )
    network = Network.initial(spec.network, seed=5)
    store = jobs.store()
    run_id = store.create(spec)
    store.save_epoch(run_id, 0, network.weights, EpochRecord(), {})
    draw(strokes())
    app = visit(PAGE, {"run": run_id})
    assert app.button_group(key="classify_network").options[0] == "Your run"
    seen = inputs.drawing_input(strokes(), (28, 28, 1))
    best = int(network.predict(seen[np.newaxis]).argmax())
    assert answer_of(app)[0].rstrip("?") == str(best)


class Sent:
    """What a canvas hands to Python."""

    def __init__(self, json_data, image_bytes):
        self.json_data, self._bytes = json_data, image_bytes

    @property
    def image_bytes(self):
        if isinstance(self._bytes, Exception):
            raise self._bytes
        return self._bytes


def test_a_canvas_is_read_as_opaque_pixels():
    pixels = drawing.read_canvas(Sent({"objects": [{}]}, seven()))
    assert pixels.shape == (1200, 900, 4)
    assert pixels[0, 0].tolist() == [230, 225, 215, 255]
    assert pixels[300, 400].tolist() == [20, 30, 80, 255]


@pytest.mark.parametrize(
    "sent", [Sent(None, None), Sent({"objects": []}, seven()), Sent({"objects": [{}]}, None)]
)
def test_a_canvas_without_strokes_is_blank(sent):
    assert drawing.read_canvas(sent) is None


@pytest.mark.parametrize(
    "sent",
    [
        Sent({"objects": [{}]}, ValueError("not base64")),
        Sent(["objects"], seven()),
        Sent({"objects": [{}]}, b"no picture"),
        Sent({"objects": [{}]}, bomb()),
    ],
    ids=["not base64", "no object", "no picture", "bomb"],
)
def test_what_a_canvas_would_never_send_is_an_image_error(sent):
    with pytest.raises(ImageError):
        drawing.read_canvas(sent)
