"""The pages as files, rendered from made-up inputs."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from report_evidence import CANNOT_BE_TOLD, GAINS, explanation_tables
from report_tables import HOSTILE, example

from dxtransfer.report.overview import overview
from dxtransfer.report.page import page
from dxtransfer.report.qc_page import qc_page


def _target() -> str:
    return page(**vars(example()), **explanation_tables())


def _qc() -> str:
    made = runpy.run_path(str(Path(__file__).with_name("qc_example.py")))["example"]()
    return qc_page(**vars(made))


def _overview() -> str:
    gains = {found: primary for found, (primary, _) in GAINS.items()}
    told = pd.DataFrame(gains.values(), columns=["estimate", "low", "high"])
    verdicts = told.assign(
        target=[f"clinic {HOSTILE}", "ward", "practice", "hospital"],
        verdict=list(gains),
        verdict_holm=[*list(gains)[:-1], CANNOT_BE_TOLD],
        **{"p_difference_holm": 0.012, "p_equivalence_holm": 0.03, "patients": 48},
        shipped=["ensemble", *["logistic_l2"] * 3],
    )
    settings = {
        "study": "demo",
        "kind": "binary",
        "transfer": "ensemble",
        "delta": 0.03,
        "level": 0.95,
    }
    return overview(verdicts, **settings, source="results/demo/evaluate/verdicts.tsv")


PAGES: dict[str, Callable[[], str]] = {"target": _target, "qc": _qc, "overview": _overview}


@pytest.fixture(scope="session", params=PAGES)
def rendered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page made from the examples, as a file: of a target, of its quality, of all targets."""
    path = tmp_path_factory.mktemp("report") / f"{request.param}.html"
    path.write_text(PAGES[request.param](), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a target with predictions for 2,000 patients."""
    made = vars(example())
    rows = pd.concat([made["predictions"]["new"]] * 200, ignore_index=True)
    rows["patient"] = [f"PN{number:04}" for number in range(len(rows))]
    path = tmp_path_factory.mktemp("report") / "crowded.html"
    path.write_text(page(**{**made, "predictions": {"new": rows}}), encoding="utf-8")
    return path
