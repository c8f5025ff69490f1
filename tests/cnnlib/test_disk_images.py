"""Images on disk: what an array would give, read row by row, and files that are no such images."""

from __future__ import annotations

import io
import threading

import numpy as np
import pytest

from cnnlib import disk_images
from cnnlib.dataset_table import DatasetError
from cnnlib.disk_images import DiskImages, check_room, write_images

IMAGES = np.random.default_rng(0).integers(0, 256, (23, 5, 4, 3), np.uint8)


@pytest.fixture
def path(tmp_path):
    write_images(tmp_path / "some.npy", 23, np.array_split(IMAGES, 4))
    return tmp_path / "some.npy"


def test_numpy_reads_the_same_file(path):
    assert np.array_equal(np.load(path), IMAGES)


@pytest.mark.parametrize(
    "index",
    [
        0,
        -1,
        np.int64(22),
        slice(None),
        slice(3, 9),
        slice(20, 2, -3),
        slice(5, 5),
        np.array([4, 4, 22, 0, -2]),
        np.array([], dtype=int),
        np.array([[1, 2], [3, 4]]),
        np.arange(23) % 3 == 0,
    ],
    ids=str,
)
def test_rows_are_those_of_the_array(path, index):
    images = DiskImages(path)
    found = images[index]
    assert found.dtype == np.uint8
    assert found.shape == IMAGES[index].shape
    assert np.array_equal(found, IMAGES[index])


def test_it_says_what_an_array_says(path):
    images = DiskImages(path)
    assert (images.shape, images.dtype, images.ndim) == (IMAGES.shape, IMAGES.dtype, 4)
    assert (len(images), images.nbytes) == (len(IMAGES), IMAGES.nbytes)
    assert all(np.array_equal(a, b) for a, b in zip(images, IMAGES, strict=True))
    with pytest.raises(IndexError):
        images[23]


def test_reading_is_timed(path):
    images = DiskImages(path)
    assert images.seconds == 0
    images[:]
    assert 0 < images.seconds < 10


def test_threads_get_their_own_rows(path):
    images, wrong = DiskImages(path), []

    def read(seed):
        for rows in np.random.default_rng(seed).integers(0, 23, (50, 8)):
            if not np.array_equal(images[rows], IMAGES[rows]):
                wrong.append(rows)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_only_the_rows_asked_for_are_read(path, monkeypatch):
    images, read = DiskImages(path), []
    once = DiskImages._read
    monkeypatch.setattr(
        DiskImages, "_read", lambda self, row, image: read.append(row) or once(self, row, image)
    )
    images[np.array([7, 2, 7])]
    assert read == [2, 7, 7]


def npy(array) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


GOOD = npy(IMAGES)
BAD = {
    "empty": b"",
    "no array": b"PK\x03\x04 something else entirely",
    "cut in the header": GOOD[:40],
    "cut in the images": GOOD[:-1],
    "longer than it says": GOOD + b"\0",
    "floats": npy(IMAGES.astype(np.float32)),
    "grey": npy(IMAGES[..., 0]),
    "no images": npy(IMAGES[:0]),
    "columns first": npy(np.asfortranarray(IMAGES)),
    "objects": npy(np.array([None])),
    "version 3": GOOD[:6] + b"\x03\x00" + GOOD[8:],
    "a shape beyond all measure": GOOD.replace(b"(23, 5, 4, 3)", b"(9999999999,)"),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_a_file_of_another_kind_is_a_sentence(tmp_path, data):
    path = tmp_path / "bad.npy"
    path.write_bytes(data)
    with pytest.raises(
        DatasetError, match=r"bad\.npy cannot be read as images \(.*generated again"
    ):
        DiskImages(path)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(DatasetError, match="No such file"):
        DiskImages(tmp_path / "absent.npy")


def test_a_file_cut_off_while_it_is_open_is_a_sentence(path):
    images = DiskImages(path)
    with open(path, "rb+") as file:
        file.truncate(len(GOOD) - 70)
    assert np.array_equal(images[:20], IMAGES[:20])
    with pytest.raises(DatasetError, match="it ends too early"):
        images[np.array([3, 22])]


def test_writing_is_whole_or_not_at_all(tmp_path):
    def stop(written):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_images(tmp_path / "x.npy", 23, [IMAGES], stop)
    with pytest.raises(ValueError, match="to hold 24 images; 23 came"):
        write_images(tmp_path / "x.npy", 24, [IMAGES])
    with pytest.raises(ValueError, match="parts must be uint8 images"):
        write_images(tmp_path / "x.npy", 23, [IMAGES[:10], IMAGES[10:, :4]])
    assert list(tmp_path.iterdir()) == []


def test_progress_is_told_in_bytes(tmp_path):
    told = []
    write_images(tmp_path / "x.npy", 23, [IMAGES[:10], IMAGES[10:]], told.append)
    assert told == [10 * 60, 23 * 60]


def test_a_full_disk_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match="could not be kept"):
        write_images(tmp_path / "file" / "x.npy", 23, [IMAGES])
    usage = disk_images.shutil.disk_usage(tmp_path)._replace(free=3_000_000_000)
    monkeypatch.setattr(disk_images.shutil, "disk_usage", lambda _: usage)
    check_room(tmp_path / "not" / "there", 2_000_000_000)
    with pytest.raises(DatasetError, match=r"take 2\.1 GB, and 1 GB .* free; 3\.0 GB are"):
        check_room(tmp_path, 2_100_000_000)
