"""Cohort sheets and sample tables keep what was typed, and say what they leave out."""

from pathlib import Path

import pytest

from dxtransfer.cohorts.samples import sample_frame
from dxtransfer.config import read_schema
from dxtransfer.errors import InputError
from dxtransfer.sample_tables import SampleTable, read_samples
from dxtransfer.sheets import read_cohorts
from dxtransfer.tables import read_table

SCHEMA = read_schema(Path(__file__).parents[2] / "workflow/schemas/cohorts.schema.yaml")
HEADER = "cohort\trole\tassay\tmatrix\tsamples"


def cohorts(folder: Path, *rows: str, header: str = HEADER) -> dict[str, dict[str, str]]:
    sheet = folder / "cohorts.tsv"
    sheet.write_text("\n".join([header, *rows]) + "\n")
    return read_cohorts(sheet, schema=SCHEMA)


def samples(folder: Path, text: str, **row: str) -> SampleTable:
    (folder / "samples.tsv").write_text(text)
    return read_samples({"samples": str(folder / "samples.tsv"), **row})


def test_ids_stay_text(tmp_path: Path) -> None:
    assert list(cohorts(tmp_path, "007\tsource\trnaseq\tm\ts")) == ["007"]
    table = samples(tmp_path, "sample\tpatient\tage\n007\t01\t1e3\n7\t1\t1.0\n")
    assert table.rows == {
        "007": {"patient": "01", "age": "1e3"},
        "7": {"patient": "1", "age": "1.0"},
    }
    assert [table.patient(sample) for sample in table.rows] == ["01", "1"]


@pytest.mark.parametrize("missing", ["", "NA", "na", "nan", "NaN", " NA "])
def test_empty_na_and_nan_are_missing(missing: str, tmp_path: Path) -> None:
    row = cohorts(tmp_path, f"a\tsource\trnaseq\tm.h5ad\t{missing}")["a"]
    assert "samples" not in row
    table = samples(tmp_path, f"sample\tpatient\tstate\ns1\t{missing}\t{missing}\n")
    assert table.rows["s1"] == {"patient": "", "state": ""}
    assert table.patient("s1") == "s1", "a sample without a patient is its own patient"


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
def test_tables_of_any_usual_separator_are_read(separator: str, tmp_path: Path) -> None:
    text = separator.join(["sample", "age"]) + "\r\n" + separator.join(["s1", '"4"']) + "\r\n"
    (tmp_path / "table.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_table(tmp_path / "table.csv") == (["sample", "age"], {2: ["s1", "4"]})


def test_empty_rows_are_passed_over_but_counted(tmp_path: Path) -> None:
    (tmp_path / "table.tsv").write_text("sample\tage\n\n\t\ns1\t40\n")
    assert read_table(tmp_path / "table.tsv")[1] == {4: ["s1", "40"]}


def test_a_relative_path_is_relative_to_the_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").mkdir()
    monkeypatch.chdir(tmp_path)
    row = cohorts(Path("config"), "a\tsource\trnaseq\t../data/m.tsv\tsamples.tsv")["a"]
    assert (row["matrix"], row["samples"]) == ("data/m.tsv", "config/samples.tsv")


def test_a_path_outside_the_working_directory_is_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    row = cohorts(tmp_path, "a\tsource\trnaseq\tm.tsv\t/data/samples.tsv")["a"]
    assert (row["matrix"], row["samples"]) == (f"{tmp_path}/m.tsv", "/data/samples.tsv")


@pytest.mark.parametrize("variable", ["$COHORTS_OF_TEST", "${COHORTS_OF_TEST}"])
def test_a_path_may_begin_with_an_environment_variable(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COHORTS_OF_TEST", "/data/tb")
    row = cohorts(tmp_path, f"a\tsource\trnaseq\t{variable}/m.tsv\ts.tsv")["a"]
    assert row["matrix"] == "/data/tb/m.tsv"


def test_a_cohort_is_a_study_of_its_own_unless_told(tmp_path: Path) -> None:
    rows = ("a\tsource\trnaseq\tm\ts\t", "b\tsource\trnaseq\tm\ts\tboth")
    found = cohorts(tmp_path, *rows, header=f"{HEADER}\tstudy")
    assert {name: row["study"] for name, row in found.items()} == {"a": "a", "b": "both"}


def test_the_sample_column_is_named_or_sample_or_the_first(tmp_path: Path) -> None:
    text = "id\tsample\tcode\nx\ty\tz\n"
    assert list(samples(tmp_path, text, sample_column="code").rows) == ["z"]
    assert list(samples(tmp_path, text).rows) == ["y"]
    assert list(samples(tmp_path, "id\tcode\nx\tz\n").rows) == ["x"]


def test_patient_and_site_columns_are_named_or_found(tmp_path: Path) -> None:
    text = "sample\tpatient\tsite\tperson\tcentre\ns1\tp\tq\tr\tt\n"
    found = samples(tmp_path, text)
    assert (found.patient_column, found.site_column) == ("patient", "site")
    named = samples(tmp_path, text, patient_column="person", site_column="centre")
    assert (named.patient("s1"), named.site_column) == ("r", "centre")
    none = samples(tmp_path, "sample\tage\ns1\t4\n")
    assert (none.patient_column, none.site_column) == ("", "")


VISITS = "sample\tweek\tarm\na\t0 weeks\tx\nb\t\tx\nc\t4\ty\nd\t4.0\tz\n"


@pytest.mark.parametrize(
    ("keep", "kept"),
    [
        ("", "abcd"),
        ("week=0 weeks", "a"),
        ("week=0 weeks,", "ab"),
        ("week=", "b"),
        ("week=4", "cd"),
        ("week=0 weeks, 4", "acd"),
        ("week=0 weeks,4;arm=x", "a"),
        ("week=4; arm=y,z;", "cd"),
    ],
)
def test_keep_leaves_the_samples_that_fulfil_every_condition(
    keep: str, kept: str, tmp_path: Path
) -> None:
    table = samples(tmp_path, VISITS, keep=keep)
    assert "".join(table.kept()) == kept
    assert list(table.rows) == list("abcd"), "what is left out is still there, with its reason"


def test_a_sample_left_out_has_its_first_reason(tmp_path: Path) -> None:
    table = samples(tmp_path, VISITS, keep="week=4;arm=y")
    assert table.dropped == {
        "a": "row filter: week is 0 weeks",
        "b": "row filter: week is empty",
        "d": "row filter: arm is z",
    }


@pytest.mark.parametrize("name", ["1E+05", "1.2E+05", "-3e-07", "7.0", "12.00"])
def test_names_that_a_spreadsheet_damaged_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="spreadsheet"):
        samples(tmp_path, f"sample\tage\n{name}\t4\n")


@pytest.mark.parametrize("name", ["7", "007", "7.1", "1E5a", "E5", "GSM1.2"])
def test_names_that_only_look_like_numbers_are_kept(name: str, tmp_path: Path) -> None:
    assert list(samples(tmp_path, f"sample\tage\n{name}\t4\n").rows) == [name]


@pytest.mark.parametrize(
    ("matrix", "format"),
    [
        *[("m.h5ad", ""), ("m.zarr", ""), ("m.maf.gz", ""), ("GSE1_family.soft.gz", "")],
        *[("GSE1-GPL570_series_matrix.txt.gz", ""), ("GSE12345", ""), ("TCGA-BRCA", "")],
        *[("folder", ""), ("m.txt", "maf"), ("m.txt", "soft"), ("m", "gdc")],
    ],
)
def test_a_matrix_that_may_bring_its_own_table_needs_none(
    matrix: str, format: str, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    header = "cohort\trole\tassay\tmatrix\tformat"
    row = cohorts(tmp_path, f"a\tnew\trnaseq\t{matrix}\t{format}", header=header)["a"]
    assert "samples" not in row


@pytest.mark.parametrize(("matrix", "format"), [("m.tsv", ""), ("m.h5ad", "delimited")])
def test_any_other_matrix_needs_one(matrix: str, format: str, tmp_path: Path) -> None:
    header = "cohort\trole\tassay\tmatrix\tformat"
    with pytest.raises(InputError, match="row 2, column samples: empty; only h5ad"):
        cohorts(tmp_path, f"a\tnew\trnaseq\t{matrix}\t{format}", header=header)


@pytest.mark.parametrize("accession", ["GSE1", "GSE123456", "TCGA-BRCA"])
def test_an_accession_is_read_from_the_folder_that_it_is_fetched_into(
    accession: str, tmp_path: Path
) -> None:
    row = cohorts(tmp_path, f"a\tsource\trnaseq\t{accession}\tNA")["a"]
    assert row["accession"] == accession
    assert row["matrix"] == f"resources/accessions/{accession}"
    assert "samples" not in row


@pytest.mark.parametrize(
    "name", ["GSE1.tsv", "data/GSE1", "./GSE1", "GSE1_matrix.tsv.gz", "gsea.tsv"]
)
def test_a_file_is_no_accession(name: str, tmp_path: Path) -> None:
    row = cohorts(tmp_path, f"a\tsource\trnaseq\t{name}\ts.tsv")["a"]
    assert "accession" not in row
    assert row["matrix"] == str(tmp_path / name)


@pytest.mark.parametrize(
    "name", ["gse1", "GSE0", "GSE 1", "GSE12x", "TCGA_BRCA", "tcga-brca", "GPL96"]
)
def test_what_was_meant_as_an_accession_is_told_unless_it_is_there(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=f"column matrix: '{name}' is no file, and no accession"):
        cohorts(tmp_path, f"a\tsource\trnaseq\t{name}\ts.tsv")
    (tmp_path / name).mkdir()
    assert "accession" not in cohorts(tmp_path, f"a\tsource\trnaseq\t{name}\ts.tsv")["a"]


def test_a_class_called_na_reaches_the_table(tmp_path: Path) -> None:
    text = "sample\tdiagnosis\tage\ns1\tNA\tNA\ns2\till\t4\n"
    table = samples(tmp_path, text, codes_kept="diagnosis\tNA")
    assert table.rows["s1"] == {"diagnosis": "NA", "age": ""}
    assert samples(tmp_path, text).rows["s1"] == {"diagnosis": "", "age": ""}


def test_a_table_of_ids_alone_is_enough(tmp_path: Path) -> None:
    frame = sample_frame(samples(tmp_path, "sample\ns1\ns2\n"))
    assert list(frame.index) == ["s1", "s2"]
    assert list(frame.columns) == ["dropped_by_sheet"]


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (["Old\tsource\trnaseq\tm\ts", "old\tsource\trnaseq\tm\ts"], "differ in case alone"),
        (["con\tsource\trnaseq\tm\ts"], "reserved name"),
        (["LPT1.x\tsource\trnaseq\tm\ts"], "reserved name"),
        ([f"{'a' * 201}\tsource\trnaseq\tm\ts"], "longer than 200 bytes"),
        (["a\tsource\trnaseq\tm{x}\ts"], "has braces"),
    ],
)
def test_names_that_a_file_system_or_snakemake_would_change_are_refused(
    rows: list[str], what: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=what):
        cohorts(tmp_path, *rows)


def test_an_open_quote_in_the_cohort_sheet_is_refused(tmp_path: Path) -> None:
    row = 'a\tsource\trnaseq\t"m\ts'
    with pytest.raises(InputError, match=r"row 2: a cell begins with a quote mark"):
        cohorts(tmp_path, row, "b\ttarget\trnaseq\tm\ts")


def test_all_wrong_rows_are_listed_and_the_same_error_once(tmp_path: Path) -> None:
    rows = [f"{name}\tsource\trnaseq\t$NO_SUCH_FOLDER/m\ts" for name in "abc"]
    with pytest.raises(InputError) as error:
        cohorts(tmp_path, *rows, "d\tteacher\trnaseq\tm\ts")
    unset, role = str(error.value).splitlines()
    assert "row 2, column matrix: the environment variable NO_SUCH_FOLDER is not set" in unset
    assert unset.endswith("(and the same in 2 more rows)")
    assert "row 5, column role: 'teacher'" in role
