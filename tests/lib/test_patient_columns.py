"""Columns of patients in a matrix are not features, whatever table they come from."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

from dxtransfer.cohorts.clinical import is_of_patients
from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError

COHORT = {"cohort": "berlin", "assay": "rnaseq"}
SAMPLES = [f"S{i}" for i in range(9)]
N_GENES = 70


def matrix_text(extra: dict[str, list[str]], *, turned: bool = False) -> str:
    """Samples in rows with some columns of patients first (or the same table turned)."""
    values = np.random.default_rng(0).poisson(9, (len(SAMPLES), N_GENES))
    columns = {"sample": SAMPLES, **extra}
    columns |= {f"GENE{j}X": [str(v) for v in values[:, j]] for j in range(N_GENES)}
    rows = [list(columns), *map(list, zip(*columns.values(), strict=True))]
    if turned:
        rows = list(map(list, zip(*rows, strict=True)))
    return "".join("\t".join(row) + "\n" for row in rows)


def ingested(folder: Path, text: str, **columns: list[str]) -> AnnData:
    (folder / "m.tsv").write_text(text)
    matrix = read_matrix(folder / "m.tsv", sample_names=SAMPLES)
    samples = pd.DataFrame(columns, index=pd.Index(SAMPLES), dtype=str)
    return ingest(matrix, samples, cohort=COHORT, checksum="abc")


def left_out(adata: AnnData) -> dict[str, str]:
    table = adata.uns["dxtransfer"]["features_left_out"]
    return dict(zip(table["feature"], table["reason"], strict=True))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", ["age", "OS.time", "patient", "PatientID", "label", "tumor_stage"])
def test_a_column_called_as_of_patients_is_left_out_with_a_warning(
    name: str, turned: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = matrix_text({name: [str(40 + i) for i in range(9)]}, turned=turned)
    with caplog.at_level(logging.WARNING, logger="dxtransfer"):
        adata = ingested(tmp_path, text, diagnosis=["ill"] * 9)
    assert adata.n_vars == N_GENES
    assert left_out(adata) == {name: "by its name it describes the patients"}
    assert repr(name) in caplog.text


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("table", [list("abcabcabc"), [str(i % 3 * 12) for i in range(9)]])
def test_a_column_of_the_sample_table_is_left_out_in_whatever_code(
    table: list[str], turned: bool, tmp_path: Path
) -> None:
    given = [str(i % 3) for i in range(9)]
    adata = ingested(tmp_path, matrix_text({"mood": given}, turned=turned), mood=table)
    assert left_out(adata) == {"mood": "the sample table has this column"}


@pytest.mark.parametrize("table", [["", *"11111111"], list("131234512"), list("abababaab")])
def test_a_gene_that_a_column_of_other_values_is_called_like_stays(
    table: list[str], tmp_path: Path
) -> None:
    given = [str(9 + i * i) for i in range(9)]
    assert left_out(ingested(tmp_path, matrix_text({"TST": given}), TST=table)) == {}


@pytest.mark.parametrize("turned", [False, True])
def test_a_column_with_the_values_of_the_sample_table_is_left_out(
    turned: bool, tmp_path: Path
) -> None:
    given = [str(41 + 3 * i) for i in range(9)]
    adata = ingested(tmp_path, matrix_text({"x1y": given}, turned=turned), time=[*given[:8], ""])
    assert left_out(adata) == {"x1y": "has the values of the sample table's column 'time'"}


def test_few_equal_values_prove_nothing(tmp_path: Path) -> None:
    given = ["0", "0", "0", "0", "0", "0", "0", "1", "2"]
    adata = ingested(tmp_path, matrix_text({"GENEX": given}), relapses=given)
    assert left_out(adata) == {}


def test_text_is_left_out_where_the_sample_table_has_it_or_the_name_tells(tmp_path: Path) -> None:
    text = matrix_text({"sex": list("fmfmfmfmf"), "clinic": list("aabbccabc")})
    adata = ingested(tmp_path, text, clinic=list("aabbccabc"))
    assert set(left_out(adata)) == {"sex", "clinic"}
    assert adata.n_vars == N_GENES
    with pytest.raises(InputError, match="column 'clinic' holds text"):
        ingested(tmp_path, text, diagnosis=["ill"] * 9)


def test_a_panel_of_few_features_with_columns_of_patients_is_no_sample_table(
    tmp_path: Path,
) -> None:
    lines = matrix_text({"sex": list("fmfmfmfmf"), "age": list("123456789")}).splitlines()
    text = "".join("\t".join(line.split("\t")[:15]) + "\n" for line in lines)
    adata = ingested(tmp_path, text, diagnosis=["ill"] * 9)
    assert adata.n_vars == 12


def test_genes_in_the_own_table_of_cells_stay_features() -> None:
    obs = pd.DataFrame({"CD8A": [1.0, 2, 3], "age": [4.0, 5, 6]}, index=["a", "b", "c"])
    var = pd.DataFrame(index=["CD8A", "CD4", "age"])
    matrix = AnnData(sparse.csr_matrix(np.arange(9.0).reshape(3, 3)), obs=obs, var=var)
    adata = ingest(matrix, obs.astype(str), cohort=COHORT, checksum="abc")
    assert list(adata.var_names) == ["CD8A", "CD4"]
    np.testing.assert_array_equal(adata.X.toarray(), [[0, 1], [3, 4], [6, 7]])


def test_a_matrix_of_clinical_values_alone_stays() -> None:
    matrix = AnnData(np.ones((3, 3)), pd.DataFrame(index=["a", "b", "c"]))
    matrix.var_names = ["age", "bmi", "weight"]
    samples = pd.DataFrame({"diagnosis": ["ill", "well", "ill"]}, index=["a", "b", "c"])
    assert ingest(matrix, samples, cohort=COHORT, checksum="abc").n_vars == 3


@pytest.mark.parametrize("name", ["OS9", "MAX", "EFS", "TP53", "CLASP1", "AGER", "target_id_1", ""])
def test_features_are_not_taken_for_columns_of_patients(name: str) -> None:
    assert not is_of_patients(name)
