"""The store standardises per cohort, gives every row once, and never grows with the samples."""

import ast
import csv
import json
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from dxtransfer.cohorts import store as module
from dxtransfer.cohorts.store import Store, write_store

P = 7
FEATURES = [f"G{i}" for i in range(P)]


def chunks(values, *, size=10, prefix="s", columns=None):
    for start in range(0, len(values), size):
        rows = range(start, min(start + size, len(values)))
        other = {name: [texts[i] for i in rows] for name, texts in (columns or {}).items()}
        yield (
            values[start : start + size],
            [f"{prefix}{i}" for i in rows],
            [f"p{i // 2}" for i in rows],
            other,
        )


def values(n, seed=0, loc=5.0):
    X = np.random.default_rng(seed).normal(loc, 3, (n, P)).astype(np.float32)
    X[np.random.default_rng(seed + 1).random(X.shape) < 0.1] = np.nan
    return X


@pytest.fixture
def two_cohorts(tmp_path):
    one, other = values(23), values(41, seed=7, loc=-2)
    one[:, 3] = np.nan
    other[:, 4] = 2.5
    write_store(
        tmp_path / "store",
        [
            ("one", chunks(one, columns={"sex": ["f"] * 23})),
            ("other", chunks(other, prefix="t", columns={"age": ["41"] * 41, "sex": ["m"] * 41})),
        ],
        FEATURES,
    )
    return one, other, Store(tmp_path / "store")


def test_each_cohort_is_standardised_by_itself_and_missing_is_zero(two_cohorts):
    one, other, store = two_cohorts
    with np.errstate(invalid="ignore"):
        expected = [
            np.nan_to_num((X - np.nanmean(np.where(True, X, 0), axis=0)) / np.nanstd(X, axis=0))
            for X in (np.delete(one, 3, axis=1), np.delete(other, 4, axis=1))
        ]
    kept = np.delete(store.read(np.arange(23)), 3, axis=1)
    np.testing.assert_allclose(kept, expected[0], atol=2e-3)
    kept = np.delete(store.read(np.arange(23, 64)), 4, axis=1)
    np.testing.assert_allclose(kept, expected[1], atol=2e-3)
    assert not store.read(np.arange(23))[:, 3].any()
    assert np.abs(store.read(np.arange(23, 64))[:, 4]).max() < 1e-3


def test_what_a_cohort_measures_is_kept_apart_from_what_is_zero(two_cohorts):
    _, _, store = two_cohorts
    assert store.measured.shape == (2, P)
    assert not store.measured[0, 3]
    assert store.measured.sum() == 2 * P - 1


def test_rows_cohorts_and_samples_agree(two_cohorts):
    _, _, store = two_cohorts
    assert store.n == 64
    assert store.features == FEATURES
    assert store.cohort_names == ["one", "other"]
    np.testing.assert_array_equal(store.cohorts, [0] * 23 + [1] * 41)
    assert store.samples[0] == {
        "row": "0",
        "cohort": "one",
        "sample": "s0",
        "patient": "p0",
        "sex": "f",
        "age": "",
    }
    assert store.samples[24]["sample"] == "t1"
    assert [row["row"] for row in store.samples] == [str(i) for i in range(64)]


def test_the_size_of_chunks_changes_nothing(tmp_path):
    X = values(57)
    for size in (1, 5, 57):
        write_store(tmp_path / str(size), [("c", chunks(X, size=size))], FEATURES)
    expected = Store(tmp_path / "57").read(np.arange(57))
    for size in (1, 5):
        np.testing.assert_allclose(
            Store(tmp_path / str(size)).read(np.arange(57)), expected, atol=2e-3
        )


def test_the_same_chunks_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_store(tmp_path / name, [("c", chunks(values(30)))], FEATURES)
    for file in ("values.npy", "samples.tsv", "store.json", "measured.npy", "cohorts.npy"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


@pytest.mark.parametrize("batch_size", [1, 7, 64, 500])
@pytest.mark.parametrize("block", [1, 4, 64])
def test_batches_give_every_asked_row_once_with_its_own_values(two_cohorts, batch_size, block):
    _, _, store = two_cohorts
    rows = np.random.default_rng(0).choice(64, 50, replace=False)
    seen = []
    for index, X in store.batches(
        rows, batch_size=batch_size, rng=np.random.default_rng(1), block=block
    ):
        assert X.dtype == np.float32
        assert len(index) <= batch_size
        np.testing.assert_array_equal(X, store.read(index))
        seen.extend(index)
    assert sorted(seen) == sorted(rows)


def test_batches_are_shuffled_full_and_repeatable(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SHUFFLED_ROWS", 128)
    write_store(tmp_path / "s", [("c", chunks(values(1000), size=200))], FEATURES)
    store = Store(tmp_path / "s")

    def epoch(seed):
        rng = np.random.default_rng(seed)
        return [
            index for index, _ in store.batches(np.arange(1000), batch_size=48, rng=rng, block=16)
        ]

    one = np.concatenate(epoch(0))
    np.testing.assert_array_equal(one, np.concatenate(epoch(0)))
    assert (one != np.concatenate(epoch(1))).any()
    assert np.abs(np.diff(one)).mean() > 10
    assert all(len(index) == 48 for index in epoch(0)[:-1])


def test_no_rows_give_no_batches(two_cohorts):
    _, _, store = two_cohorts
    assert not list(store.batches([], batch_size=4, rng=np.random.default_rng(0)))


def test_memory_in_use_does_not_grow_with_the_number_of_samples(tmp_path):
    width = 200
    peaks = {}
    for n in (9_000, 36_000):

        def made(n=n):
            rng = np.random.default_rng(0)
            for start in range(0, n, 500):
                ids = [f"s{i}" for i in range(start, start + 500)]
                yield rng.normal(size=(500, width)).astype(np.float32), ids, ids, {}

        tracemalloc.start()
        write_store(tmp_path / str(n), [("c", made())], [f"G{i}" for i in range(width)])
        written = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        store = Store(tmp_path / str(n))
        for _ in store.batches(np.arange(n), batch_size=512, rng=np.random.default_rng(0)):
            pass
        peaks[n] = (written, tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # the whole of the larger store takes 14 MB, its list of rows 0.3 MB
    for small, large in zip(peaks[9_000], peaks[36_000], strict=True):
        assert large < small + 2e6
        assert large < 12e6


def test_a_killed_writer_leaves_the_older_store_whole(tmp_path):
    path = tmp_path / "store"
    write_store(path, [("c", chunks(values(20)))], FEATURES)

    def broken():
        yield from chunks(values(10))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_store(path, [("c", broken())], FEATURES)
    assert Store(path).n == 20
    write_store(path, [("c", chunks(values(30)))], FEATURES)
    assert Store(path).n == 30
    assert [p.name for p in tmp_path.iterdir()] == ["store"]


def test_wrong_input_is_refused(tmp_path):
    with pytest.raises(ValueError, match="cohort c: no samples"):
        write_store(tmp_path / "a", [("c", [])], FEATURES)
    with pytest.raises(ValueError, match="at least one cohort"):
        write_store(tmp_path / "b", [], FEATURES)
    with pytest.raises(ValueError, match=r"\(20, 7\)"):
        write_store(tmp_path / "c", [("c", chunks(values(20), size=20))], FEATURES[:3])


def test_texts_with_tabs_and_line_ends_come_back(tmp_path):
    odd = 'a\tb\n"c" <d>'
    write_store(tmp_path / "s", [("c", chunks(values(3), columns={"x\ty": [odd] * 3}))], FEATURES)
    assert Store(tmp_path / "s").samples[2]["x\ty"] == odd


def test_the_reader_needs_numpy_and_the_standard_library_alone():
    tree = ast.parse(Path(module.__file__).read_text())
    names = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert names - set(sys.stdlib_module_names) == {"numpy"}


def test_the_description_is_readable_without_the_library(two_cohorts):
    _, _, store = two_cohorts
    about = json.loads((store.path / "store.json").read_text())
    assert about["shape"] == [64, P]
    assert np.load(store.path / "values.npy", mmap_mode="r").shape == (64, P)
    assert np.load(store.path / "moments.npz")["sd"].min() >= module.SD_FLOOR
    with (store.path / "samples.tsv").open(newline="") as handle:
        assert next(csv.reader(handle, delimiter="\t"))[:4] == [
            "row",
            "cohort",
            "sample",
            "patient",
        ]
