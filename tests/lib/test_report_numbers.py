"""Every number in a table of the page is the number of its data frame, and none is left out."""

from html.parser import HTMLParser
from types import SimpleNamespace

import pandas as pd
import pytest
from report_evidence import explanation_tables
from report_tables import example

from dxtransfer.report.page import page
from dxtransfer.report.tables import MEASURES

SHIPPED = ("linear", "ensemble")


class Tables(HTMLParser):
    """Tables of a page: caption to rows of cells, as text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, list[list[str]]] = {}
        self.caption, self.inside, self.lines = "", "", [[""]]
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.caption, self.lines = "", []
        elif tag == "tr":
            self.lines.append([])
        elif tag in ("td", "th"):
            self.lines[-1].append("")
        self.inside = tag if tag in ("caption", "td", "th") else self.inside

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self.found[self.caption.strip()] = self.lines
        if tag == self.inside:
            self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "caption":
            self.caption += data
        elif self.inside:
            self.lines[-1][-1] = " ".join(f"{self.lines[-1][-1]} {data}".split())


@pytest.fixture(scope="module")
def made() -> SimpleNamespace:
    inputs = example()
    html = page(**vars(inputs), **explanation_tables())
    return SimpleNamespace(tables=inputs.evaluation, shown=Tables(html).found, inputs=inputs)


def own(rows: pd.DataFrame, member: tuple[str, str] = SHIPPED) -> pd.DataFrame:
    return rows[(rows["objective"] == member[0]) & (rows["strategy"] == member[1])]


def shown(value: float, low: float, high: float, *, sign: str = "") -> str:
    cells = f"{value:{sign}.2f} [{low:{sign}.2f}, {high:{sign}.2f}]"
    return cells.replace("-", "\N{MINUS SIGN}")


def starting(made: SimpleNamespace, words: str) -> list[list[str]]:
    captions = [caption for caption in made.shown if caption.startswith(words)]
    assert len(captions) == 1, captions
    return made.shown[captions[0]]


def test_measures(made: SimpleNamespace) -> None:
    head, *lines = starting(made, "Every strategy and measure")
    metrics = made.tables["metrics"].query("budget == 'all'")
    assert len(lines) == len(metrics[["objective", "strategy"]].drop_duplicates())
    row = next(line for line in lines if "shipped model" in line[0])
    for measure, values in own(metrics).set_index("measure").iterrows():
        title = MEASURES[str(measure)]
        column = next(i for i, name in enumerate(head) if name.startswith(title))
        assert row[column] == shown(values["estimate"], values["low"], values["high"])
    assert sum(len(line) - 1 for line in lines) == len(metrics)


def test_calibration_in_numbers(made: SimpleNamespace) -> None:
    lines = starting(made, "Calibration of the shipped model in numbers")[1:]
    rows = own(made.tables["calibration_summary"])
    for line, row in zip(lines, rows.itertuples(), strict=True):
        told = f"\N{EN DASH} {row.reason}" if row.reason else shown(row.estimate, row.low, row.high)
        assert line[-1] == told


def test_thresholds(made: SimpleNamespace) -> None:
    head, *lines = starting(made, "Thresholds of the shipped model")
    rows = own(made.tables["thresholds"])
    for line, (asked, group) in zip(lines, rows.groupby("asked", sort=False), strict=True):
        first = group.iloc[0]
        assert line[0] == f"{asked} of 90%"
        assert line[1] == shown(
            first["threshold"], first["threshold_lowest"], first["threshold_highest"]
        )
        assert line[2:] == [shown(r.estimate, r.low, r.high) for r in group.itertuples()]
        assert len(head) == len(line)


def test_groups(made: SimpleNamespace) -> None:
    lines = starting(made, "Groups of patients, shipped model")[1:]
    for line, row in zip(lines, own(made.tables["subgroups"]).itertuples(), strict=True):
        assert line[0] == f"{row.subgroup}: {row.group}"
        assert line[3:] == [str(row.patients), str(row.events)]
        if row.reason:
            assert line[1:3] == [f"\N{EN DASH} {row.reason}", "\N{EN DASH}"]
            continue
        assert line[1] == shown(row.estimate, row.low, row.high)
        ends = (row.difference, row.difference_low, row.difference_high)
        star = row.difference_low > 0 or row.difference_high < 0
        assert line[2].replace(" *", "") == shown(*ends, sign="+")
        assert ("*" in line[2]) == star


def test_permutations(made: SimpleNamespace) -> None:
    lines = starting(made, "Outcomes dealt anew")[1:]
    assert len(lines) == len(made.tables["permutation"])
    row = own(made.tables["permutation"]).iloc[0]
    line = next(line for line in lines if "shipped model" in line[0])
    null = shown(row["null_mean"], row["null_low"], row["null_high"])
    p = f"{row['p_value']:.4f} the least there can be"
    assert line[1:] == [f"{row['estimate']:.2f}", null, p, "1,000"]


def test_patients_saved(made: SimpleNamespace) -> None:
    lines = starting(made, "Labelled patients that the transfer is worth")[1:]
    assert lines[0] == ["4", "13", "9 [2, 20]"]
    assert lines[1] == ["8", "22", "14 [3, more than 30]"]
    assert lines[2] == ["16", "not reached", "more than 22 [5, more than 22]"]
    assert lines[4][2] == "\N{EN DASH} there are no more patients to compare with"


def test_label_efficiency(made: SimpleNamespace) -> None:
    lines = starting(made, "AUROC by number of labelled patients")[1:]
    rows = own(made.tables["label_efficiency"]).query("measure == 'auroc'")
    line = next(line for line in lines if "shipped model" in line[0])
    expected = [shown(r.estimate, r.low, r.high) for r in rows.sort_values("patients").itertuples()]
    assert line[1:] == expected


def test_features_and_sets(made: SimpleNamespace) -> None:
    tables = explanation_tables()
    head, *lines = starting(made, "The 25 features")
    assert [line[0] for line in lines] == tables["attributions"]["feature"].head(25).tolist()
    assert "Of" not in head, "one output needs no name"
    size = head.index("Mean size of its part")
    assert float(lines[0][size]) == pytest.approx(tables["attributions"]["mean_absolute"].iloc[0])
    sets = starting(made, "The 20 sets")[1:]
    assert [line[0] for line in sets] == tables["enrichment"]["set"].tolist()
    assert [float(line[-1]) for line in sets] == tables["enrichment"]["fdr"].tolist()


def test_predictions(made: SimpleNamespace) -> None:
    lines = starting(made, "Predictions for new")[1:]
    rows = made.inputs.predictions["new"]
    for line, row in zip(lines, rows.to_dict("records"), strict=True):
        assert line[0] == row["sample"]
        if row["status"] == "refused":
            assert row["reason"] in line[2]
        else:
            assert line[2] == f"{row['p_disease']:.2f}"


def test_every_table_names_its_file(made: SimpleNamespace) -> None:
    files = dict(starting(made, "The file behind each table")[1:])
    assert set(made.tables) - {"reliability", "decision_curves"} <= set(files)


def test_every_item_of_the_checklists_is_there(made: SimpleNamespace) -> None:
    tripod = [line[0] for line in starting(made, "TRIPOD+AI")[1:]]
    assert len(tripod) == len(set(tripod)) == 52
    assert len(starting(made, "PROBAST")[1:]) == 20
    assert starting(made, "Model card")
    for caption in ("TRIPOD+AI", "PROBAST"):
        assert all(line[-1] for line in starting(made, caption))
        unknown = [line for line in starting(made, caption) if "fill in" in line[-1]]
        assert unknown, "a run cannot know all of it"


def test_external_cohorts_and_sites(made: SimpleNamespace) -> None:
    external = pd.DataFrame(
        [["auroc", 0.812, 0.701, 0.903], ["recall", float("nan"), float("nan"), float("nan")]],
        columns=["measure", "estimate", "low", "high"],
    ).assign(patients=31, samples=33, prevalence=0.4, refused=2, without_outcome=1)
    row = {"objective": SHIPPED[0], "strategy": SHIPPED[1], "budget": "all", "measure": "auroc"}
    ends = {"plain": 0.86, "stratified": 0.79, "difference": -0.07}
    row |= {"column": "batch", "strata": 3, "pairs": 0.412}
    for part, value in ends.items():
        row |= {part: value, f"{part}_low": value - 0.11, f"{part}_high": value + 0.09}
    settings = made.inputs.settings
    settings = settings | {"evaluation": settings["evaluation"] | {"adjust_for": "batch"}}
    changed = {"external": {"ward": external}, "stratified": pd.DataFrame([row])}
    html = page(**{**vars(made.inputs), **changed, "settings": settings})
    found = SimpleNamespace(shown=Tables(html).found)
    lines = starting(found, "External cohort ward: 31 patients, 33 samples scored")[1:]
    assert [line[1] for line in lines] == [shown(0.812, 0.701, 0.903), "\N{EN DASH}"]
    assert "2 refused, 1 without an outcome." in " ".join(html.split())
    line = starting(found, "AUROC over all pairs of patients")[1]
    assert line[1:3] == [shown(0.86, 0.75, 0.95), shown(0.79, 0.68, 0.88)]
    assert line[3:] == [shown(-0.07, -0.18, 0.02, sign="+"), "41.2%"]
    assert "tried on 1 external cohort" in " ".join(html.split())
    changed["external"]["ward"] = external.assign(estimate=float("nan"))
    html = page(**{**vars(made.inputs), **changed, "settings": settings})
    assert "nothing here was tested on them" in html, "a cohort without outcomes tells nothing"
