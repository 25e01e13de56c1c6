"""The overview tells what the table of verdicts holds, one row per target."""

import re

import pandas as pd
import pytest
from report_evidence import CANNOT_BE_TOLD, GAINS, verdict_record

from dxtransfer.evidence.verdicts import over_targets
from dxtransfer.report.overview import overview

SETTINGS = {"study": "demo", "kind": "binary", "transfer": "ensemble", "delta": 0.03, "level": 0.95}
TARGETS = ["clinic", "ward", "practice", "hospital"]


def rendered(verdicts: pd.DataFrame, **more) -> str:
    return overview(verdicts, **{**SETTINGS, "source": "evaluate/verdicts.tsv", **more})


@pytest.fixture(scope="module")
def verdicts() -> pd.DataFrame:
    records = [verdict_record(found) for found in GAINS]
    return over_targets(dict(zip(TARGETS, records, strict=True)))


@pytest.fixture(scope="module")
def rows(verdicts: pd.DataFrame) -> list[str]:
    body = rendered(verdicts).split("<tbody>")[1].split("</tbody>")[0]
    return [" ".join(row.split()) for row in body.split("<tr>")[1:]]


def test_each_target_has_its_verdict_its_gain_and_its_page(
    verdicts: pd.DataFrame, rows: list[str]
) -> None:
    assert len(rows) == len(verdicts) == len(GAINS)
    for row, told in zip(rows, verdicts.itertuples(), strict=True):
        assert f'<a href="{told.target}.html">{told.target}</a>' in row
        ends = f"{told.estimate:+.2f} [{told.low:+.2f}, {told.high:+.2f}]"
        assert ends.replace("-", "\N{MINUS SIGN}") in row
        assert f">{told.patients}</td>" in row
        shipped = "transfer model" if told.verdict == "helps" else "simple model"
        assert shipped in row


def test_holms_correction_is_shown_beside_each_verdict(
    verdicts: pd.DataFrame, rows: list[str]
) -> None:
    same = verdicts["verdict"] == verdicts["verdict_holm"]
    assert ["The same after Holm" in row for row in rows] == same.tolist()
    changed = verdicts.assign(verdict_holm=CANNOT_BE_TOLD)
    html = rendered(changed)
    said = "After Holm's correction over all targets: Whether transfer helps cannot be told"
    assert html.replace("&#39;", "'").count(said) == 3
    assert "Holm&#39;s correction over all" not in rendered(changed.iloc[:1])


def test_the_forest_plot_is_drawn_to_scale(verdicts: pd.DataFrame, rows: list[str]) -> None:
    def places(kind: str, row: str) -> list[float]:
        style = re.search(rf'class="{kind}" style="([^"]*)"', row)
        assert style
        return [float(n) for n in re.findall(r"([\d.]+)%", style[1])]

    zero = places("zero", rows[0])[0]
    left, width = places("matters", rows[0])
    # so many percent of the axis to one unit of the measure
    unit = width / (2 * SETTINGS["delta"])
    assert zero == pytest.approx(left + width / 2, abs=0.02)
    for row, told in zip(rows, verdicts.itertuples(), strict=True):
        assert places("dot", row)[0] == pytest.approx(zero + unit * told.estimate, abs=0.05)
        start, length = places("range", row)
        assert start == pytest.approx(zero + unit * told.low, abs=0.05)
        assert start + length == pytest.approx(zero + unit * told.high, abs=0.05)
        assert start >= 0 and start + length <= 100


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("regression", "Reduction of the mean absolute error against the target-only model"),
        ("survival", "Gain in C-index over the target-only model"),
    ],
)
def test_the_measure_is_that_of_the_task(verdicts: pd.DataFrame, kind: str, said: str) -> None:
    html = rendered(verdicts, kind=kind)
    assert said in html
    assert "simple model" in html


def test_it_refers_to_the_studys_pages_alone_and_runs_nothing(verdicts: pd.DataFrame) -> None:
    html = rendered(verdicts.assign(target="<script>1</script>"))
    assert "<script" not in html
    pointed = set(re.findall(r'(?:href|src)="([^"]*)"', html))
    assert pointed == {"data:,", "qc.html", "%3Cscript%3E1%3C/script%3E.html"}
