"""The accuracy protocol: its sheets, its tables, and what it says to wrong input."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tables
import useless
import yaml
from studies import Dataset, datasets

from dxtransfer.cohorts.store import Store, write_store
from dxtransfer.errors import InputError
from dxtransfer.learn.splits import make_splits

ROOT = Path(__file__).parents[2]
HERE = ROOT / "tests/cohorts/accuracy"
RUN = HERE / "run.py"
SHEETS = [HERE / f"{name}.tsv" for name in ("tb", "crc", "csf", "tcga")]
DEVELOPMENT = {
    "tb": {"GSE107992", "GSE19435", "GSE42825"},
    "crc": {"FengQ_2015"},
    "csf": {"Berlin"},
    "tcga": {"BRCA", "LUAD"},
}
# The least that is a comparison: one strategy and the reference.
LEAST = {
    "study": "any",
    "cohorts": "any.tsv",
    "task": {
        "label": "diagnosis",
        "classes": {"disease": ["disease"], "healthy": ["healthy"]},
        "positive": "disease",
    },
    "features": {"n_features": 200},
    "pretrain": {"objectives": ["pca"], "pca": {"components": 4}},
    "splits": {"repeats": 3, "folds": 2, "budgets": [8, "all"]},
    "transfer": {"strategies": ["linear_probe"]},
    "baselines": ["logistic_l2", "sklearn.naive_bayes.GaussianNB"],
    "evaluation": {"resamples": 100},
    "verdict": {"transfer": "linear_probe", "objective": "pca", "control": "logistic_l2"},
    "model": {"strategy": "linear_probe", "objective": "pca"},
}


def run(folder: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {k: v for k, v in os.environ.items() if k != "DXTRANSFER_COHORTS"}
    return subprocess.run(
        [sys.executable, str(RUN), *map(str, arguments)],
        cwd=folder,
        env={**known, "PYTHONPATH": str(ROOT / "workflow/lib"), **environment},
        capture_output=True,
        text=True,
        timeout=1200,
    )


@pytest.fixture
def own(checkout: Path) -> Path:
    """A sheet of the demo's cohorts with two targets, and the least configuration beside it."""
    sheet = (checkout / "tests/small/cohorts.tsv").read_text().splitlines()
    rows = [line.replace("\tsource\t", "\tsource,target\t") for line in sheet[:3]]
    (checkout / "own").mkdir()
    text = "\n".join([*rows, sheet[3]]).replace("../../resources", "../resources") + "\n"
    (checkout / "own/own.tsv").write_text(text)
    (checkout / "own/own.yaml").write_text(yaml.safe_dump(LEAST))
    return checkout


def test_development_and_confirmation_are_those_that_were_fixed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DXTRANSFER_COHORTS", "/data")
    found = datasets(SHEETS, split="development", repeats=None)
    assert {d.name: set(d.splits) for d in found} == DEVELOPMENT
    both = {d.name: d.splits for d in datasets(SHEETS, split="all", repeats=None)}
    assert {n: {t for t, s in d.items() if s == "development"} for n, d in both.items()} == (
        DEVELOPMENT
    )
    assert sum(map(len, both.values())) == 22
    confirmation = datasets(SHEETS, split="confirmation", repeats=None)
    assert not any(set(d.splits) & DEVELOPMENT[d.name] for d in confirmation)


def test_every_target_learns_from_all_cohorts_but_those_of_its_own_study(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DXTRANSFER_COHORTS", "/data")
    for dataset in datasets(SHEETS, split="all", repeats=None):
        assert dataset.sources == {target: f"without_{target}" for target in dataset.splits}


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        ((), {}, ".*tb.tsv, row 2, column matrix: .* variable DXTRANSFER_COHORTS is not set.*"),
        (("none.tsv",), {}, "none.tsv: no such file"),
        (("tests/small/cohorts.tsv",), {}, ".*cohorts.tsv: no configuration .* beside it"),
        ((SHEETS[0], SHEETS[0]), {}, "two sheets have the name tb; .*"),
    ],
)
def test_what_cannot_be_run_ends_at_once_with_one_line(
    arguments: tuple[object, ...], environment: dict[str, str], told: str, checkout: Path
) -> None:
    ran = run(checkout, *arguments, **environment)
    assert ran.returncode == 1
    line, *rest = ran.stderr.splitlines()
    assert not rest and not ran.stdout
    assert pd.Series([line]).str.fullmatch(f"dxtransfer: {told}").all(), line
    assert not (checkout / "results").exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"transfer": {"strategies": ["probe"]}}, "config: transfer.strategies.0: 'probe' is not"),
        ({"baselines": ["logistic_l2", "no.such"]}, "config: baselines: 'no.such' cannot be"),
        ({"splits": {"budgets": [2, "all"]}}, "config: splits.budgets.0: 2 is less than"),
    ],
)
def test_what_a_configuration_names_wrongly_is_told_before_the_first_job(
    change: dict[str, object], told: str, own: Path
) -> None:
    (own / "own/own.yaml").write_text(yaml.safe_dump({**LEAST, **change}))
    ran = run(own, "own/own.tsv")
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    assert line.startswith(f"dxtransfer: {told}")
    assert not ran.stdout


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("own\tnobody\tdevelopment", "row 2: 'nobody' is no target of"),
        ("own\tsource_a\ttest", "row 2: 'test' is neither development nor confirmation"),
        ("own\tsource_a\tconfirmation", "the target 'source_b' of .* has no row"),
    ],
)
def test_a_table_of_targets_that_does_not_fit_is_told(
    row: str, told: str, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own / "own/targets.tsv").write_text(f"dataset\ttarget\tsplit\n{row}\n")
    monkeypatch.chdir(own)
    with pytest.raises(InputError, match=told):
        datasets([Path("own/own.tsv")], split="all", repeats=None)


@pytest.mark.slow
def test_a_sheet_becomes_a_study_that_is_not_computed_twice(own: Path) -> None:
    listed = "dataset\ttarget\tsplit\nown\tsource_a\tdevelopment\nown\tsource_b\tconfirmation\n"
    (own / "own/targets.tsv").write_text(listed)
    ran = run(own, "own/own.tsv", "--repeats", 1, "--cores", 2)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    results = own / "results/accuracy"
    table = pd.read_csv(results / "summary.tsv", sep="\t", dtype={"budget": str})
    assert list(table.columns) == tables.SUMMARY
    assert set(table["target"]) == {"source_a"}
    assert set(table["strategy"]) == {
        "logistic_l2",
        "pca.linear_probe",
        "sklearn.naive_bayes.GaussianNB",
    }
    assert (table["low"] <= table["high"]).all()
    assert not (results / "own/evaluate/without_source_b").exists()
    (splits,) = (results / "own/splits").glob("source_a.tsv")
    assert set(pd.read_csv(splits, sep="\t")["repeat"]) == {1}
    compared = pd.read_csv(results / "differences.tsv", sep="\t")
    assert set(compared["reference"]) == {"logistic_l2"}
    assert "own, development, 1 target, difference of auroc" in ran.stdout
    again = run(own, "own/own.tsv", "--repeats", 1, "--cores", 2)
    assert again.returncode == 0 and "Nothing to be done" in again.stderr
    shutil.rmtree(results / "own")


def table_of(**columns: object) -> pd.DataFrame:
    fixed = {"dataset": "d", "split": "development", "budget": "8", "strategy": "s"}
    return pd.DataFrame({**fixed, "measure": "auroc", **columns})


def test_the_interval_of_a_mean_joins_those_of_independent_targets() -> None:
    table = table_of(target=["a", "b"], difference=[0.1, 0.3], low=[0.07, 0.26], high=[0.12, 0.30])
    (row,) = tables.means(table, "difference").to_dict("records")
    np.testing.assert_allclose(row["difference"], 0.2)
    np.testing.assert_allclose(row["low"], 0.2 - np.hypot(0.03, 0.04) / 2)
    np.testing.assert_allclose(row["high"], 0.2 + 0.01)
    assert row["targets"] == 2


def test_splits_are_told_apart_and_together() -> None:
    table = table_of(target=["a", "b"], difference=[0.1, 0.3], low=[0, 0.2], high=[0.2, 0.4])
    table.loc[1, "split"] = "confirmation"
    found = tables.means(table, "difference").set_index("split")["difference"]
    np.testing.assert_allclose(found[["development", "confirmation", "both"]], [0.1, 0.3, 0.2])


def test_tables_are_read_from_the_evaluations_of_the_chosen_targets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dataset = Dataset("d", {}, {"t": "confirmation"}, {"t": "all"})
    row = {"objective": "none", "strategy": "logistic_l2", "budget": "all", "measure": "auroc"}
    other = {**row, "objective": "pca", "strategy": "linear_probe"}
    for name, figure, rows in (
        ("metrics", "estimate", [row, other]),
        ("comparisons", "difference", [{**other, "reference": "none.logistic_l2"}]),
    ):
        file = dataset.table("t", name)
        file.parent.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(
            [{**r, figure: 0.7, "low": 0.6, "high": 0.8, "patients": 9} for r in rows]
        ).to_csv(file, sep="\t", index=False)
    found = tables.summary([dataset])
    assert found["strategy"].tolist() == ["logistic_l2", "pca.linear_probe"]
    assert found.iloc[0][["dataset", "target", "split", "n"]].tolist() == [
        "d",
        "t",
        "confirmation",
        9,
    ]
    assert tables.differences([dataset])["strategy"].tolist() == ["pca.linear_probe"]
    assert "pca.linear_probe  +0.700 [+0.600 +0.800]" in tables.shown(
        tables.differences([dataset]), "difference"
    )


def test_the_ensemble_is_compared_with_its_control_on_the_same_patients(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    task = {"kind": "binary", "classes": {"ill": [], "well": []}, "positive": "ill"}
    settings = {"task": task, "evaluation": {"resamples": 100, "level": 0.95}, "seed": 1}
    dataset = Dataset("d", settings, {"t": "development"}, {"t": "all"})
    assert tables.beside_control([dataset]).empty
    names = [f"p{i:02d}" for i in range(24)]
    labels = ["ill" if i % 2 else "well" for i in range(24)]
    given = {"repeats": 1, "folds": 2, "inner_folds": 3, "draws": 1, "budgets": ["all"], "seed": 1}
    splits = make_splits(names, names, labels, **given)
    dataset.folds("t").parent.mkdir(parents=True)
    splits.to_csv(dataset.folds("t"), sep="\t", index=False)
    # The ensemble ranks all patients right, its control all of them wrong.
    for name, right in ((tables.ENSEMBLE, 0.9), (tables.CONTROL, 0.1)):
        objective, strategy = name.split(".")
        one = splits[splits["part"] == "test"][["repeat", "fold", "sample", "label"]]
        ill = np.where(one.pop("label") == "ill", right, 1 - right)
        one = one.assign(objective=objective, strategy=strategy, inner_fold=0, budget="all", draw=1)
        parts = [one.assign(output=k, value=v) for k, v in (("ill", ill), ("well", 1 - ill))]
        dataset.predictions("t", name).parent.mkdir(parents=True, exist_ok=True)
        pd.concat(parts).to_parquet(dataset.predictions("t", name), index=False)
    found = tables.beside_control([dataset]).set_index("measure").loc["auroc"]
    told = ("linear.ensemble", "ensemble_target", "all", 1.0)
    assert tuple(found[["strategy", "reference", "budget", "difference"]]) == told


def test_shuffled_labels_stay_within_cohorts_and_patients(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)

    def cohort(name: str, patients: list[str]) -> tuple[str, list[object]]:
        ids = [f"{name}{i}" for i in range(len(patients))]
        return name, [(rng.normal(size=(len(ids), 3)).astype(np.float32), ids, patients, {})]

    single = [f"p{i // 2}" for i in range(40)]  # two samples of one class each
    paired = [f"q{i // 2}" for i in range(30)]  # a sample of each class
    write_store(tmp_path / "store", [cohort("a", single), cohort("b", paired)], ["f", "g", "h"])
    store = Store(tmp_path / "store")
    y = np.array([int(i // 2 < 7) for i in range(40)] + [i % 2 for i in range(30)])
    y[:2] = -1
    drawn = [useless.shuffled(store, y, seed) for seed in (1, 2)]
    for found in drawn:
        assert not np.array_equal(found, y)
        np.testing.assert_array_equal(found == -1, y == -1)
        assert found[2:40].sum() == 12
        assert (found[2:40:2] == found[3:40:2]).all()
        assert (found[40::2] + found[41::2] == 1).all() and 0 < found[40::2].sum() < 15
    assert not np.array_equal(*drawn)


def test_a_bar_that_is_missed_at_one_budget_is_missed() -> None:
    rows = {"source": "unrelated", "dataset": "d", "target": "t", "draw": 1}
    table = pd.DataFrame([{**rows, "budget": b, "difference": -0.02} for b in ("4", "16", "all")])
    assert useless.holds(useless.told(table[:2]).loc["unrelated"], "unrelated")
    assert not useless.holds(useless.told(table).loc["unrelated"], "unrelated")
