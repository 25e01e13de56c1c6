"""Which cohort plays which part, and that no target learns from its own patients."""

from pathlib import Path

import pytest

from dxtransfer.errors import InputError
from dxtransfer.modes import in_turn
from dxtransfer.study import Study, check_study

TASK = {"label": "state", "classes": {"ill": ["ill", 1], "well": ["well"]}, "exclude": ["unsure"]}


def study(*cohorts: str) -> Study:
    """Cohorts as `name role`, or `name role study`."""
    rows = {}
    for cohort in cohorts:
        name, role, shared = (*cohort.split(), "")[:3]
        rows[name] = {"cohort": name, "role": role, "study": shared or name, "matrix": f"{name}.h5"}
    return Study(rows)


def test_each_role_plays_its_part() -> None:
    parts = study("s source", "t target", "b source,target", "e external", "n new")
    assert parts.targets() == ["t", "b"]
    assert parts.to_predict() == ["e", "n"]
    assert parts.trained_on() == ["s", "t", "b"]
    assert parts.roles()["b"] == "source,target"
    assert parts.matrices() == {name: f"{name}.h5" for name in "stben"}


def test_a_target_that_shares_nothing_learns_from_the_whole_source() -> None:
    parts = study("s1 source", "s2 source", "t1 target", "t2 target")
    assert {t: parts.source_of(t) for t in parts.targets()} == {"t1": "all", "t2": "all"}
    assert parts.cohorts_in("all") == ["s1", "s2"]


def test_a_source_that_is_also_a_target_is_not_in_its_own_source() -> None:
    parts = study("a source,target", "b source,target", "c source")
    assert parts.source_of("a") == "without_a"
    assert parts.sources_by_target() == {"a": ["b", "c"], "b": ["a", "c"]}


def test_no_cohort_of_the_target_s_study_is_in_its_source() -> None:
    parts = study("s1 source london", "s2 source", "t target london", "u target")
    assert parts.source_of("t") == "without_t"
    assert parts.cohorts_in("without_t") == ["s2"]
    assert (parts.source_of("u"), parts.cohorts_in("all")) == ("all", ["s1", "s2"])


def test_the_name_of_a_source_holds_for_any_name_of_a_target() -> None:
    parts = study("without_a source,target", "all source", "a target")
    assert parts.cohorts_in(parts.source_of("without_a")) == ["all"]
    assert parts.cohorts_in(parts.source_of("a")) == ["without_a", "all"]


GOOD = "sample\tstate\na\till\nb\till\nc\twell\nd\twell\n"


def checked(folder: Path, table: str, *, role: str) -> None:
    """Check a study whose cohort `x` has this sample table."""
    (folder / "x.tsv").write_text(table)
    (folder / "m.tsv").touch()
    (folder / "good.tsv").write_text(GOOD)
    rows = {
        name: {
            "cohort": name,
            "role": role,
            "study": name,
            "matrix": str(folder / "m.tsv"),
            "samples": str(folder / table),
        }
        for name, role, table in (
            ("s", "source", "good.tsv"),
            ("t", "target", "good.tsv"),
            ("x", role, "x.tsv"),
        )
    }
    check_study(Study(rows), sheet="cohorts.tsv", task=TASK, made=[])


UNLABELLED = "sample\tage\na\t4\n"
UNKNOWN = "sample\tstate\na\todd\n"


@pytest.mark.parametrize("role", ["source", "new"])
def test_a_source_and_a_new_cohort_may_lack_the_label_column(role: str, tmp_path: Path) -> None:
    checked(tmp_path, UNLABELLED, role=role)


@pytest.mark.parametrize("role", ["target", "source,target", "external"])
def test_a_target_and_an_external_cohort_may_not(role: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"x\.tsv: no column 'state' .*there are: age"):
        checked(tmp_path, UNLABELLED, role=role)


@pytest.mark.parametrize("role", ["source", "target", "source,target", "external"])
def test_a_label_of_no_class_is_an_error_where_labels_are_read(role: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="sample a, column state: 'odd' is neither"):
        checked(tmp_path, UNKNOWN, role=role)


def test_labels_of_a_new_cohort_are_not_read(tmp_path: Path) -> None:
    checked(tmp_path, UNKNOWN, role="new")


def test_missing_excluded_and_numeric_labels_are_understood(tmp_path: Path) -> None:
    table = "sample\tstate\na\t1.0\nb\till\nc\twell\nd\twell\ne\t\nf\tunsure\n"
    checked(tmp_path, table, role="target")


def test_two_samples_of_one_patient_are_one_patient(tmp_path: Path) -> None:
    table = "sample\tpatient\tstate\na\tp\till\nb\tp\till\nc\tq\twell\nd\tr\twell\n"
    with pytest.raises(InputError, match="the target 'x' has 1 patients of class 'ill'"):
        checked(tmp_path, table, role="target")


def test_files_that_the_workflow_makes_need_not_be_there_yet() -> None:
    rows = study("s source", "t target").cohorts
    made = ["s.h5", "t.h5"]
    check_study(Study(rows), sheet="cohorts.tsv", task=TASK, made=made)
    with pytest.raises(InputError, match=r"cohorts\.tsv, cohort t, column matrix: no file t\.h5"):
        check_study(Study(rows), sheet="cohorts.tsv", task=TASK, made=made[:1])


def test_an_accession_of_several_cohorts_is_fetched_once_and_need_not_be_there_yet() -> None:
    rows = dict(study("s source", "t target", "n new").cohorts)
    for name in "tn":
        rows[name] = {**rows[name], "accession": "GSE1", "matrix": "resources/accessions/GSE1"}
    parts = Study(rows)
    assert parts.accessions() == ["GSE1"]
    check_study(parts, sheet="cohorts.tsv", task=TASK, made=["s.h5"])


FEW = "sample\tstate\na\till\nb\twell\nc\twell\n"


def turned(folder: Path, **tables: str) -> tuple[Study, dict[str, str]]:
    """Every cohort in turn, each with its role and its table, which may come with the matrix."""
    rows = {}
    for name, told in tables.items():
        role, _, table = told.partition(" ")
        file = folder / f"{name}.tsv"
        rows[name] = {"cohort": name, "role": role, "study": name, "matrix": f"{name}.h5"}
        if table != "with the matrix":
            rows[name]["samples"] = str(file)
        if table not in ("with the matrix", "made later"):
            file.write_text(table)
    return in_turn(Study(rows), sheet="cohorts.tsv", task=TASK)


def test_every_cohort_is_in_turn_the_target_of_all_others(tmp_path: Path) -> None:
    tables = {"a": f"source {GOOD}", "b": f"target {GOOD}", "c": f"source,target {GOOD}"}
    found, stays = turned(tmp_path, **tables, e=f"external {GOOD}", n=f"new {UNLABELLED}")
    assert stays == {}
    assert found.sources_by_target() == {"a": ["b", "c"], "b": ["a", "c"], "c": ["a", "b"]}
    assert [found.source_of(t) for t in "abc"] == ["without_a", "without_b", "without_c"]
    assert found.to_predict() == ["e", "n"]


def test_a_cohort_that_cannot_be_a_target_stays_a_source_and_says_why(tmp_path: Path) -> None:
    good = {name: f"source {GOOD}" for name in "abc"}
    found, stays = turned(
        tmp_path,
        **good,
        few=f"source {FEW}",
        bare=f"source {UNLABELLED}",
        own="source with the matrix",
        made="source made later",
    )
    assert stays == {
        "few": "1 patients of class 'ill'; cross-validation needs two",
        "bare": "no column 'state'",
        "own": "its sample table comes with its matrix; give it the role source,target",
    }
    assert found.targets() == ["a", "b", "c", "made"]
    assert set(found.sources_by_target()["a"]) == {"b", "c", "few", "bare", "own", "made"}


def test_two_cohorts_are_too_few_to_be_left_out_in_turn(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"2 cohorts can be the target .* needs 3 \(few: 1 pat"):
        turned(tmp_path, a=f"source {GOOD}", b=f"source {GOOD}", few=f"source {FEW}")
