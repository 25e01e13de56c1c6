"""Tables of values as laboratories have them: each is read right, or refused with the reason."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from workbook_files import workbook

from dxtransfer.cohorts.clinical import is_of_patients
from dxtransfer.cohorts.identifiers.harmonise import harmonise
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError

RNG = np.random.default_rng(1)
GENES = [f"GENE{letter}{n}" for n in range(4) for letter in "ABCDEFGH"]
SAMPLES = [f"S{n:02d}" for n in range(1, 9)]
COUNTS = RNG.integers(100, 900, (len(GENES), len(SAMPLES)))


def written(folder: Path, rows: Sequence[Sequence[object]], *, mark: str = "\t") -> Path:
    path = folder / "m.txt"
    path.write_text("".join(mark.join(map(str, row)) + "\n" for row in rows))
    return path


def read(path: Path, samples: Sequence[str] = SAMPLES) -> AnnData:
    return read_matrix(path, sample_names=list(samples))


def refused(path: Path, samples: Sequence[str] = SAMPLES) -> str:
    with pytest.raises(InputError) as caught:
        read(path, samples)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def rows(names: Sequence[str] = GENES, values: np.ndarray = COUNTS) -> list[list[object]]:
    return [["gene", *SAMPLES], *([n, *v] for n, v in zip(names, values.tolist(), strict=True))]


def assert_is(adata: AnnData, values: np.ndarray = COUNTS) -> None:
    assert list(adata.obs_names) == SAMPLES
    assert list(adata.var_names) == GENES
    np.testing.assert_array_equal(adata.X, values.T)


@pytest.mark.parametrize("first", ["", "No", "batch"])
@pytest.mark.parametrize("called", ["sample", "ID", "Patient_ID"])
def test_numbered_samples_are_not_the_numbers_of_the_rows(first, called, tmp_path):
    ids = ["17", "3", "20", "8", "11", "2", "5", "14"]
    table = [[i, ids[i - 1], *COUNTS[:, i - 1]] for i in range(1, 9)]
    adata = read(
        written(tmp_path, [[first, called, *GENES], *table], mark=","), list(map(str, range(1, 21)))
    )
    assert list(adata.obs_names) == ids
    assert list(adata.var_names) == GENES
    np.testing.assert_array_equal(adata.X, COUNTS.T)


def test_two_columns_that_may_both_be_the_ids_are_refused(tmp_path):
    table = [[i, 9 - i, *COUNTS[:, i - 1]] for i in range(1, 9)]
    path = written(tmp_path, [["patient", "case", *GENES], *table], mark=",")
    assert "'patient' and 'case' may both hold" in refused(path, list(map(str, range(1, 9))))


@pytest.mark.parametrize("names", [["Unnamed: 0"], ["index"], ["Unnamed: 0.1", "Unnamed: 0"]])
def test_an_index_with_gaps_does_not_name_the_genes(names, tmp_path):
    index = np.cumsum(RNG.integers(1, 4, len(GENES)))
    head = [*names, "gene", *SAMPLES]
    body = [
        [*[i] * len(names), g, *v] for i, g, v in zip(index, GENES, COUNTS.tolist(), strict=True)
    ]
    assert_is(read(written(tmp_path, [head, *body], mark=",")))


def test_a_point_that_groups_thousands_is_not_a_decimal_point(tmp_path):
    large = COUNTS.copy()
    large[::5] *= 7
    grouped = [[f"{v:,}".replace(",", ".") for v in row] for row in large.tolist()]
    table = [["gene", *SAMPLES], *([g, *v] for g, v in zip(GENES, grouped, strict=True))]
    assert "groups thousands" in refused(written(tmp_path, table))


def test_decimals_of_three_places_are_decimals(tmp_path):
    table = [["gene", *SAMPLES], *([g, *(v / 1000)] for g, v in zip(GENES, COUNTS, strict=True))]
    np.testing.assert_allclose(read(written(tmp_path, table)).X, COUNTS.T / 1000, rtol=1e-6)


@pytest.mark.parametrize("name", ["Summe", "Gesamtergebnis", "合計", "lib.size"])
@pytest.mark.parametrize("above", [True, False])
def test_a_row_that_is_the_sum_of_all_others_is_no_gene(name, above, tmp_path):
    table = rows()
    table.insert(1 if above else len(table), [name, *COUNTS.sum(axis=0)])
    adata = read(written(tmp_path, table))
    assert_is(adata)
    assert [feature for feature, _ in adata.uns["features_left_out"]] == [name]


@pytest.mark.parametrize("name", ["Mittelwert", "Moyenne", "Average of all genes"])
def test_a_row_that_is_the_mean_of_all_others_is_no_gene(name, tmp_path):
    means = [f"{value:.4f}" for value in COUNTS.mean(axis=0)]
    assert_is(read(written(tmp_path, [*rows(), [name, *means]])))


def test_totals_of_samples_in_rows_are_no_genes(tmp_path):
    table = [["sample", *GENES, "Anzahl"]]
    table += [[s, *v, sum(v)] for s, v in zip(SAMPLES, COUNTS.T.tolist(), strict=True)]
    assert_is(read(written(tmp_path, table)))


def lost(names: Sequence[str]) -> dict[str, str]:
    changes = harmonise(list(names), where="c").changes
    gone = changes[changes["action"] == "lost"]
    return dict(zip(gone["delivered"], gone["reason"], strict=True))


@pytest.mark.parametrize(
    "name",
    [
        *("nCount_RNA", "nFeature_RNA", "pct_counts_mt", "percent.mt", "norm.factors"),
        *(
            "sizeFactor",
            "Total reads (mapped)",
            "mapped reads",
            "numOtus",
            "X__no_feature",
            "CV (%)",
        ),
    ],
)
def test_measures_of_a_sample_are_no_genes(name):
    assert list(lost([*GENES, name])) == [name]


@pytest.mark.parametrize(
    "name", ["0", "FALSE", "not assigned", "no_match", "Not Found", "n.d.", "EMPTY", "k. A."]
)
def test_placeholders_in_other_words_are_no_gene(name):
    assert set(lost([*GENES, name, name])) == {name}


def test_zero_is_a_name_among_numbers():
    numbers = [str(100 * n + 7) for n in range(20)]
    assert "0" not in lost([*numbers, "0"])


PATHWAYS = [f"PWY-{n}: pathway {n}" for n in range(12)]


def test_parts_of_species_are_lost_whatever_the_header_was():
    strata = [f"{PATHWAYS[0]}|g__A.s__A_b", f"{PATHWAYS[0]}|unclassified", "UNMAPPED"]
    strata.append("UNINTEGRATED|g__A.s__A_b")
    assert list(lost([*PATHWAYS, *strata])) == strata
    # a name with a bar that is no part
    assert not lost([*GENES, "TP53|7157"])


LINEAGES = [f"k__Bacteria;p__P{n % 3};g__G{n};s__S{n}" for n in range(12)]


@pytest.mark.parametrize(
    "name", ["Unassigned;__;__;__", "k__Bacteria;__;__", "unassigned", "Others", "unclassified"]
)
def test_what_was_not_classified_is_no_species(name):
    assert name in lost([*LINEAGES, name])


def test_lineages_with_points_of_r_are_lineages():
    dotted = [name.replace(";", ".") for name in LINEAGES]
    parents = ["k__Bacteria", "k__Bacteria.p__P0", "k__Bacteria.p__P1.g__G1"]
    assert list(lost([*parents, *dotted])) == parents


RANKS = ["Kingdom", "Phylum", "Class", "Order", "Family", "Genus", "Species"]


@pytest.mark.parametrize("prefixes", [True, False])
@pytest.mark.parametrize("before", [True, False])
def test_columns_of_a_taxonomy_name_the_rows_together(prefixes, before, tmp_path):
    taxa = [
        ["Bacteria", f"P{n % 3}", f"C{n % 3}", f"O{n % 4}", f"F{n % 6}", f"G{n % 16}", f"kind{n}"]
        for n in range(len(GENES))
    ]
    taxa[3][-1] = "NA"
    if prefixes:
        taxa = [[f"{r[0].lower()}__{c}" for r, c in zip(RANKS, t, strict=True)] for t in taxa]
        taxa[3][-1] = "s__"
    parts = [(RANKS, SAMPLES), *zip(taxa, COUNTS.tolist(), strict=True)]
    table = [[*a, *b] if before else ["", *b, *a] for a, b in parts]
    if not before:
        table = [[f"ASV{n}", *row[1:]] for n, row in enumerate(table)]
    adata = read(written(tmp_path, table))
    assert adata.var_names[4] == "k__Bacteria|p__P1|c__C1|o__O0|f__F4|g__G4|s__kind4"
    assert adata.var_names[3] in (
        "k__Bacteria|p__P0|c__C0|o__O3|f__F3|g__G3",
        "k__Bacteria|p__P0|c__C0|o__O3|f__F3|g__G3|s__",
    )
    assert list(adata.obs_names) == SAMPLES
    np.testing.assert_array_equal(adata.X, COUNTS.T)


@pytest.mark.parametrize(
    ("head", "cells"), [("rank", ["k", "p", "g", "s"]), ("taxlevel", [0, 1, 2, 3])]
)
def test_rows_of_several_ranks_are_refused(head, cells, tmp_path):
    body = [[cells[n % 4], f"taxon{n}", *v] for n, v in enumerate(COUNTS.tolist())]
    assert "of several ranks" in refused(written(tmp_path, [[head, "taxon", *SAMPLES], *body]))


@pytest.mark.parametrize(
    "name",
    [
        *(
            "days_to_last_follow_up",
            "futime",
            "fustat",
            "mortality_28d",
            "Dx",
            "AgeAtDx",
            "TB_status",
        ),
        *(
            "CaseControl",
            "Diagnose",
            "Gleason",
            "Timepoint",
            "site",
            "plate",
            "Arm",
            "fold",
            "split",
        ),
        *("BMI (kg/m2)", "Smoking_pack_years", "MRN", "run_order", "Injection order", "RIN"),
        *("Alter", "Geschlecht", "Sexe", "Edad", "Klasse", "Gruppe"),
    ],
)
def test_more_names_of_columns_of_patients(name):
    assert is_of_patients(name)


@pytest.mark.parametrize(
    "name",
    ["TP53", "SET", "MIN1", "CASP3", "TIMELESS", "STAT1", "ARMC5", "PTEN", "TRAIP", "cg00000029"],
)
def test_genes_are_no_columns_of_patients(name):
    assert not is_of_patients(name)


def test_two_tables_in_one_file_are_refused(tmp_path):
    path = written(tmp_path, [*rows(), ["TPM", *[""] * len(SAMPLES)], *rows()[1:]])
    assert f"each of {len(GENES)} names stands 2 times" in refused(path)


def test_names_in_merged_cells_are_refused(tmp_path):
    names = [name if n % 2 else "" for n, name in enumerate(GENES)]
    path = workbook(tmp_path / "m.xlsx", data=rows(["GENE0", *names[1:]]))
    assert "15 of 32 rows have no name" in refused(path)


def test_of_several_sheets_with_numbers_that_with_the_samples_is_read(tmp_path):
    about = [["Project", "X12"], ["Samples", 12], ["Genes", 40]]
    assert_is(read(workbook(tmp_path / "m.xlsx", README=about, data=rows())))


def test_a_header_with_another_mark_than_the_rows_is_said(tmp_path):
    head, *body = rows()
    path = written(tmp_path, [[",".join(map(str, head))], *body])
    assert "the header are separated by commas" in refused(path)


def test_ids_that_became_floats_are_said(tmp_path):
    head = ["gene", *(f"{n}.0" for n in range(1, 9))]
    path = written(tmp_path, [head, *rows()[1:]])
    assert "without .0 in the sample table" in refused(path, list("12345678"))


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("9,514,972.50", "marks for thousands"),
        ("10.20%", "percent sign"),
        ("'11.22", "without quotes"),
        ("11.2±0.1", "without its error"),
        ("TRUE", "write 1 and 0"),
        ("<LOD 5", "beyond a limit"),
    ],
)
def test_text_in_place_of_numbers_is_told_with_what_to_do(cell, told, tmp_path):
    table = [["gene", *SAMPLES], *([g, *[cell] * 8] for g in GENES)]
    assert told in refused(written(tmp_path, table))


def test_percents_without_what_was_not_classified_are_percents(tmp_path):
    shares = RNG.dirichlet(np.ones(12), 8).T * 60
    head = ["clade_name", *SAMPLES]
    table = [["#mpa_vJun23"], head, ["UNCLASSIFIED", *[40.0] * 8], ["k__Bacteria", *[60.0] * 8]]
    table += [[f"k__Bacteria|p__P|g__G{n}|s__G{n}_x", *v] for n, v in enumerate(shares.tolist())]
    assert read(written(tmp_path, table)).uns["scale"] == "percent"


@pytest.mark.parametrize("mark", [",", ";"])
def test_a_layout_saved_with_other_marks_is_read(mark, tmp_path):
    head = ["Protein IDs", "Majority protein IDs", *(f"LFQ intensity {s}" for s in SAMPLES)]
    ids = [f"P{10000 + n}" for n in range(len(GENES))]
    body = [[i, i, *v] for i, v in zip(ids, COUNTS.tolist(), strict=True)]
    adata = read(written(tmp_path, [head, *body], mark=mark))
    assert list(adata.obs_names) == SAMPLES
    np.testing.assert_array_equal(pd.DataFrame(adata.X).to_numpy(), COUNTS.T)
