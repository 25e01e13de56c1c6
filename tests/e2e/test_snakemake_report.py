"""Snakemake's own report: made without a network, with captions, categories and labels."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

EVALUATED = (
    *("calibration", "calibration_summary", "comparisons", "confusion", "decision_curves"),
    *("gains", "label_efficiency", "metrics", "permutation", "subgroups", "thresholds"),
)
EXPLAINED = ("attributions", "enrichment", "stability")
FIGURES = (
    *("calibration", "cohorts_pca", "label_efficiency", "loss", "pr", "qc", "roc"),
    *("decision_curve", "reliability", "strategies", "subgroups", "verdict"),
)
CATEGORIES = {
    "Report": {"report/target.html", "report/index.html"},
    "Verdict": {
        *(f"evaluate/all/target/{name}" for name in ("verdict.json", "patients_saved.tsv")),
        "evaluate/verdicts.tsv",
    },
    "Quality control": {"report/qc.html"},
    "Audit": {"audit/training.tsv", "audit/target/new.tsv"},
    "Performance": {f"evaluate/all/target/{table}.tsv" for table in EVALUATED},
    "Figures": {f"figures/target/{figure}.svg" for figure in FIGURES},
    "Explanation": {f"explain/target/{table}.tsv" for table in EXPLAINED}
    | {f"explain/target/figures/{figure}.svg" for figure in ("enrichment", "features")},
    "Predictions": {"predict/target/new.tsv"},
}
OWN = {"target": "target"}
# what is no result of one target
ALL = {"target": "all"}
LABELS = {
    "report/qc.html": {"cohorts": "all"},
    **{"audit/training.tsv": ALL, "report/index.html": ALL, "evaluate/verdicts.tsv": ALL},
}


def variable(page: str, name: str) -> Any:
    """The value that the page gives to a JavaScript variable of its data."""
    _, found, rest = page.partition(f'<script id="{name}">\n    var {name} = ')
    assert found, f"the report sets no {name}"
    return json.JSONDecoder().raw_decode(rest)[0]


def test_the_report_is_made_offline_and_explains_each_of_its_results(
    finished_copy: Path, snakemake, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    made = snakemake(
        finished_copy, "--report", "report.zip", "--configfile", "tests/small/config.yaml"
    )
    assert made.returncode == 0, made.stderr
    with zipfile.ZipFile(finished_copy / "report.zip") as archive:
        page = archive.read("report/report.html").decode()
        members = set(archive.namelist())
    results = variable(page, "results")
    found = {
        category: {
            path.removeprefix("results/small/") for paths in inside.values() for path in paths
        }
        for category, inside in variable(page, "categories").items()
    }
    assert found == CATEGORIES
    assert set(results) == {f"results/small/{p}" for paths in CATEGORIES.values() for p in paths}
    for path, result in results.items():
        assert (
            LABELS.get(path.removeprefix("results/small/"), OWN).items() <= result["labels"].items()
        )
        assert len(result["caption"]) > 80, path
        assert "{{" not in result["caption"], path
        assert "target" in result["caption"], path
        assert f"report/{result['data_uri']}" in members, path
    labels = [json.dumps(result["labels"], sort_keys=True) for result in results.values()]
    assert len(set(labels)) == len(labels), "two results look alike in the menu"
    captions = [result["caption"] for path, result in results.items() if "figures/" not in path]
    assert len(set(captions)) == len(captions), "two tables share an explanation"
    for tag in ('<script src="http', '<link rel="stylesheet" href="http'):
        assert tag not in page
