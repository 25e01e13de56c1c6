"""GEO's files give values by sample, and characteristics as columns."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.cohorts.samples import own_table, sample_frame
from dxtransfer.errors import InputError

ABOVE = """\
!Series_title\t"A series"
!Series_platform_id\t"GPL570"

!Sample_title\t"blood, patient 1"\t"blood, patient 2"
!Sample_geo_accession\t"GSM1"\t"GSM2"
!Sample_organism_ch1\t"Homo sapiens"\t"Homo sapiens"
!Sample_characteristics_ch1\t"age: 41"\t"disease state: TB: active"
!Sample_characteristics_ch1\t"disease state: healthy"\t"age: 52"
!Sample_characteristics_ch1\t"frozen"\t""
!Sample_characteristics_ch2\t"age: 7"\t"age: 8"
!Sample_platform_id\t"GPL570"\t"GPL570"
"""
VALUES = '"ID_REF"\t"GSM1"\t"GSM2"\n"1007_s_at"\t5.5\t6\n"1053_at"\tnull\t8\n'
MATRIX = f"{ABOVE}!series_matrix_table_begin\n{VALUES}!series_matrix_table_end\n"
EMPTY = f'{ABOVE}!series_matrix_table_begin\n"ID_REF"\t"GSM1"\t"GSM2"\n!series_matrix_table_end\n'
COUNTS = "GeneID\tGSM2\tGSM1\n7157\t9\t3\n60\t8\t2\n"
SOFT = """\
^DATABASE = GeoMiame
^PLATFORM = GPL1
!platform_table_begin
ID\tSymbol
1\tTP53
!platform_table_end
^SAMPLE = GSM1
!Sample_characteristics_ch1 = age: 41
!Sample_platform_id = GPL1
#ID_REF =
#VALUE = log2 of the signal
#PVALUE =
!sample_table_begin
ID_REF\tVALUE\tPVALUE
1\t0.5\t1
2\t1.5\t1
!sample_table_end
^SAMPLE = GSM2
!Sample_characteristics_ch1 = age: 52
!Sample_platform_id = GPL1
#ID_REF =
#VALUE = log2 of the signal
#PVALUE =
!sample_table_begin
ID_REF\tVALUE\tPVALUE
2\t2.5\t1
3\tnull\t1
!sample_table_end
"""


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    return tmp_path


def refused(path: Path, **settings: str) -> str:
    with pytest.raises(InputError) as caught:
        read_matrix(path, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_series_matrix_gives_values_and_typed_columns(tmp_path: Path) -> None:
    path = tmp_path / "GSE1_series_matrix.txt"
    path.write_text(MATRIX)
    adata = read_matrix(path)
    assert list(adata.obs_names) == ["GSM1", "GSM2"]
    assert list(adata.var_names) == ["1007_s_at", "1053_at"]
    np.testing.assert_array_equal(adata.X, [[5.5, np.nan], [6, 8]])
    row = {"cohort": "GSE1", "assay": "microarray", "matrix": "GSE1", "keep": "age=41,52"}
    obs = ingest(adata, sample_frame(own_table(adata, row=row)), cohort=row, checksum="").obs
    assert list(obs["age"]) == [41, 52], "numbers become numbers"
    assert list(obs["disease state"]) == ["healthy", "TB: active"]
    assert list(obs["characteristics"]) == ["frozen", ""]
    assert list(obs["age_ch2"]) == [7, 8]
    assert list(obs["title"]) == ["blood, patient 1", "blood, patient 2"]


def test_a_row_of_a_series_matrix_is_named_as_an_editor_shows_it(tmp_path: Path) -> None:
    path = tmp_path / "GSE1_series_matrix.txt"
    path.write_text(MATRIX.replace("\t6\n", "\thigh\n"))
    row = MATRIX.splitlines().index('"1007_s_at"\t5.5\t6') + 1
    assert f"row {row} (1007_s_at), column GSM2: 'high'" in refused(path)


def test_a_series_matrix_without_values_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "GSE1_series_matrix.txt"
    path.write_text(EMPTY)
    assert "holds no values (series of sequencing" in refused(path)


@pytest.mark.parametrize(
    ("cut", "told"),
    [
        ("!series_matrix_table_end", "lacks its end"),
        ("!Sample_geo_accession", "no line !Sample_geo_accession"),
        ('\t"GPL570"\n!series', "1 values for 2 samples"),
    ],
)
def test_a_damaged_series_matrix_is_refused(cut: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "GSE1_series_matrix.txt"
    path.write_text(MATRIX.replace(cut, "\n!series" if "series" in cut[5:] else "!Other", 1))
    assert told in refused(path)


def test_ncbis_counts_come_before_an_empty_series_matrix(tmp_path: Path) -> None:
    files = {"GSE1_series_matrix.txt": EMPTY, "GSE1_raw_counts_GRCh38.p13_NCBI.tsv": COUNTS}
    adata = read_matrix(folder(tmp_path, **files))
    assert list(adata.obs_names) == ["GSM2", "GSM1"]
    assert list(adata.var_names) == ["7157", "60"]
    np.testing.assert_array_equal(adata.X, [[9, 8], [3, 2]])
    assert list(adata.obs["age"]) == ["52", "41"]


def test_ncbis_counts_alone_are_read(tmp_path: Path) -> None:
    adata = read_matrix(folder(tmp_path, **{"GSE1_raw_counts_GRCh38.p13_NCBI.tsv": COUNTS}))
    assert list(adata.obs_names) == ["GSM2", "GSM1"]


def test_what_else_a_fetched_folder_holds_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "GPL570.annot.tsv").write_text("ID\tsymbol\n1007_s_at\tDDR1\n")
    assert read_matrix(folder(tmp_path, **{"GSE1_series_matrix.txt": MATRIX})).shape == (2, 2)


def test_counts_of_other_samples_are_refused(tmp_path: Path) -> None:
    counts = COUNTS.replace("GSM", "SRR")
    files = {"GSE1_series_matrix.txt": EMPTY, "GSE1_raw_counts_GRCh38.p13_NCBI.tsv": counts}
    assert "no sample of the counts (first: SRR2)" in refused(folder(tmp_path, **files))


def test_platforms_that_measure_the_same_are_joined(tmp_path: Path) -> None:
    files = {
        "GSE1-GPL570_series_matrix.txt": MATRIX,
        "GSE1-GPL571_series_matrix.txt": MATRIX.replace("GSM", "GSM9"),
    }
    adata = read_matrix(folder(tmp_path, **files))
    assert list(adata.obs_names) == ["GSM1", "GSM2", "GSM91", "GSM92"]
    np.testing.assert_array_equal(adata.X[:, 0], [5.5, 6, 5.5, 6])


def test_one_of_several_platforms_has_to_be_chosen(tmp_path: Path) -> None:
    other = MATRIX.replace("GSM", "GSM9").replace("1053_at", "1054_at")
    files = {"GSE1-GPL570_series_matrix.txt": MATRIX, "GSE1-GPL96_series_matrix.txt": other}
    path = folder(tmp_path, **files)
    assert "choose one of the platforms (GPL570, GPL96) in the column platform" in refused(path)
    assert list(read_matrix(path, platform="GPL96").obs_names) == ["GSM91", "GSM92"]
    assert "no series matrix of the platform 'GPL1'" in refused(path, platform="GPL1")


def test_a_family_gives_all_samples_and_a_missing_value_for_what_one_lacks(tmp_path: Path) -> None:
    adata = read_matrix(folder(tmp_path, **{"GSE1_family.soft": SOFT}))
    assert list(adata.obs_names) == ["GSM1", "GSM2"]
    assert list(adata.var_names) == ["1", "2", "3"]
    np.testing.assert_array_equal(adata.X, [[0.5, 1.5, np.nan], [np.nan, 2.5, np.nan]])
    assert list(adata.obs["age"]) == ["41", "52"]


def test_a_family_on_two_platforms_needs_a_choice(tmp_path: Path) -> None:
    path = tmp_path / "GSE1_family.soft"
    first, second = SOFT.split("^SAMPLE = GSM2")
    path.write_text(f"{first}^SAMPLE = GSM2{second.replace('GPL1', 'GPL2')}")
    assert "several platforms (GPL1, GPL2)" in refused(path)
    assert list(read_matrix(path, platform="GPL2").var_names) == ["2", "3"]
    assert "no sample on the platform 'GPL3'" in refused(path, platform="GPL3")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("VALUE", "SIGNAL", "lacks the column ID_REF or VALUE"),
        ("VALUE\tPVALUE", "SIGNAL\tPVALUE", "'GSM1' is damaged (Data columns do not match"),
        ("1\t0.5\t1", "1\t0.5\t1\t7\t8", "'GSM1' has more cells than columns"),
        ("2\t1.5", "2\thigh", "'high' as VALUE of '2'"),
        ("2\t1.5", "1\t1.5", "lists '1' twice"),
        ("3\tnull\t1\n!sample_table_end", "3\tnull", "lacks its end"),
        ("^SAMPLE", "^OTHER", "no samples"),
    ],
)
def test_a_damaged_family_is_refused(old: str, new: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "GSE1_family.soft"
    path.write_text(SOFT.replace(old, new))
    assert told in refused(path)


def test_an_accession_as_column_name_does_not_become_the_sample_id(tmp_path: Path) -> None:
    path = tmp_path / "GSE1_series_matrix.txt"
    path.write_text(MATRIX.replace("age: 41", "sample: x").replace("age: 52", "sample: x"))
    adata = read_matrix(path)
    table = own_table(adata, row={"cohort": "GSE1", "matrix": "GSE1"})
    assert list(table.rows) == ["GSM1", "GSM2"]
    assert table.rows["GSM1"]["sample_delivered"] == "x"
