"""One spelling per gene: damaged, versioned and differently written names meet."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from dxtransfer.cohorts.identifiers import annotated, canonical, merge_duplicates
from dxtransfer.errors import InputError

SYMBOLS = ["TP53", "ACTB", "GAPDH", "CD8A", "IL6", "TNF"]


def named(*names):
    return dict(canonical([*names, *SYMBOLS])[["delivered", "canonical"]].values.tolist())


@pytest.mark.parametrize(
    ("damaged", "gene"),
    [
        ("1-Mar", "MARCHF1"),
        ("01-Mar", "MARCHF1"),
        ("Mar-01", "MARCHF1"),
        ("Mar-1", "MARCHF1"),
        ("11-MAR", "MARCHF11"),
        ("March 3", "MARCHF3"),
        ("2-Sep", "SEPTIN2"),
        ("Sep-02", "SEPTIN2"),
        ("13-Sep", "SEPTIN7P2"),
        ("15-Sep", "SELENOF"),
        ("1-Dec", "DELEC1"),
        ("2001/03/01", "MARCHF1"),
        ("2001-09-01", "SEPTIN1"),
        ("2002-03-01 00:00:00", "MARCHF2"),
        ("01/09/2006", "SEPTIN6"),
        ("9/1/2006", "SEPTIN6"),
        ("1-Mar-2009", "MARCHF9"),
        ("36951", "MARCHF1"),
        ("37135", "SEPTIN1"),
        ("42248", "SELENOF"),
        ("MARCH1", "MARCHF1"),
        ("Sept2", "SEPTIN2"),
        ("SEP15", "SELENOF"),
        ("DEC1", "DELEC1"),
        ("MARC1", "MTARC1"),
        ("SEPTIN2", "SEPTIN2"),
    ],
)
def test_damaged_and_former_names_become_the_current_symbol(damaged, gene):
    assert named(damaged)[damaged] == gene


@pytest.mark.parametrize(
    "name",
    [
        "1/2-SBSRNA4",
        "7A5",
        "MAR1",
        "2-DEC",
        "12-MAR",
        "16-SEP",
        "4-OCT",
        "24432",
        "37347",
        "50002",
        "APR-3",
        "HIT-40",
        "2'-PDE",
        "13CDNA73",
        "DECR1",
        "SEPW1",
        "2001-04-01",
        "2001-13-01",
    ],
)
def test_names_that_only_look_damaged_stay(name):
    assert named(name)[name] == name


def test_serial_numbers_stay_in_a_cohort_of_numbers():
    table = canonical(["36951", "37135", "7157", "60", "TP53"])
    assert list(table["canonical"]) == list(table["delivered"])


def test_dates_of_one_year_of_editing_hold_the_gene_in_the_day():
    names = named("2016-03-01", "2016-03-02", "2016-09-14")
    assert names["2016-03-01"] == "MARCHF1"
    assert names["2016-03-02"] == "MARCHF2"
    assert names["2016-09-14"] == "SEPTIN14"


def test_dates_that_do_not_agree_on_a_reading_stay():
    names = named("2016-03-02", "2001-03-05")
    assert names["2016-03-02"] == "2016-03-02"


def test_two_genes_behind_one_damaged_name_are_not_made_one():
    table = canonical(["1-Mar", "1-Mar", "3-Mar", *SYMBOLS])
    assert list(table["canonical"][:3]) == ["1-MAR", "1-MAR", "MARCHF3"]


def test_every_change_is_recorded():
    table = canonical(["C1orf12", " TP53 ", "ENSG00000000003.14", "1-Mar", "sept2", "ACTB"])
    assert list(table["canonical"]) == [
        "C1ORF12",
        "TP53",
        "ENSG00000000003",
        "MARCHF1",
        "SEPTIN2",
        "ACTB",
    ]
    assert list(table["actions"]) == [
        "upper_cased",
        "",
        "version_cut",
        "repaired",
        "repaired",
        "",
    ]


def test_versions_are_cut_and_the_y_copy_stays_apart():
    names = named(
        "ENST00000456328.2", "ENSMUSG00000102693.1", "ENSG00000002586.20_PAR_Y", "RP11-1.2"
    )
    assert names["ENST00000456328.2"] == "ENST00000456328"
    assert names["ENSMUSG00000102693.1"] == "ENSMUSG00000102693"
    assert names["ENSG00000002586.20_PAR_Y"] == "ENSG00000002586_PAR_Y"
    assert names["RP11-1.2"] == "RP11-1.2"


def test_canonical_names_are_fixed_points():
    once = canonical(["1-Mar", "2-Sep", "1-Dec", "MARC1", "C1orf1", "ENSG00000000003.1"])
    twice = canonical(once["canonical"])
    assert list(twice["canonical"]) == list(once["canonical"])
    assert not twice["actions"].any()


def test_probes_become_symbols_and_doubtful_ones_are_lost():
    table = pd.DataFrame(
        [("p1", "A"), ("p2", "A"), ("p3", ""), ("p4", "B /// C"), ("p5", "D"), ("p5", "E")],
        columns=["probe", "symbol"],
    )
    assert annotated(["p1", "p2", "p3", "p4", "p5", "TP53"], table) == [
        "A",
        "A",
        "",
        "",
        "",
        "TP53",
    ]


def test_a_table_of_another_platform_is_refused():
    table = pd.DataFrame([("p1", "A")], columns=["probe", "symbol"])
    with pytest.raises(InputError, match=r"p1.*ILMN_1"):
        annotated(["ILMN_1"], table)


@pytest.mark.parametrize("how", ["sum", "mean"])
def test_merging_equals_pandas_on_random_values_with_gaps(how):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(7, 40)).astype(np.float32)
    X[rng.random(X.shape) < 0.3] = np.nan
    names = [f"G{i}" for i in rng.integers(0, 15, 40)]
    merged, unique = merge_duplicates(X, names, how=how)
    grouped = pd.DataFrame(X.T.astype(float)).groupby(np.array(names))
    expected = grouped.sum(min_count=1) if how == "sum" else grouped.mean()
    assert unique == list(dict.fromkeys(names))
    np.testing.assert_allclose(merged, expected.loc[unique].T, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("how", ["sum", "mean"])
def test_merging_a_sparse_matrix_equals_merging_a_dense_one(how):
    rng = np.random.default_rng(1)
    X = rng.poisson(0.5, (5, 12)).astype(np.float32)
    names = list("aabbbcdefggh")
    dense, _ = merge_duplicates(X, names, how=how)
    thin, unique = merge_duplicates(sparse.csr_matrix(X), names, how=how)
    assert unique == list("abcdefgh")
    np.testing.assert_allclose(thin.toarray(), dense, rtol=1e-6)
