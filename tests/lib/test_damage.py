"""Damage to gene symbols is repaired or told as lost, and nothing else is touched."""

import pytest

from dxtransfer.cohorts.identifiers.harmonise import harmonise

SYMBOLS = ["TP53", "ACTB", "GAPDH", "CD8A", "IL6", "TNF"]


def canonical(*names):
    """Final names of some symbols."""
    return list(harmonise(names).names)


def named(*names):
    """Final name of each of some symbols among others."""
    both = [*names, *SYMBOLS]
    return dict(zip(both, canonical(*both), strict=True))


@pytest.mark.parametrize(
    ("damaged", "gene"),
    [
        ("1-Mar", "MARCHF1"),
        ("01-Mar", "MARCHF1"),
        ("Mar-01", "MARCHF1"),
        ("Mar-1", "MARCHF1"),
        ("11-MAR", "MARCHF11"),
        ("March 3", "MARCHF3"),
        ("Septin 9", "SEPTIN9"),
        ("Septin 13", "SEPTIN7P2"),
        ("Selenoprotein 15", "SELENOF"),
        ("SEPT7P2", "SEPTIN7P2"),
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
        ("02-Sep-2023", "SEPTIN2"),
        ("1. Mrz", "MARCHF1"),
        ("01. Mrz", "MARCHF1"),
        ("Mrz 01", "MARCHF1"),
        ("2-mars", "MARCHF2"),
        ("2-sept.", "SEPTIN2"),
        ("1-déc.", "DELEC1"),
        ("1-dic", "DELEC1"),
        ("7-set", "SEPTIN7"),
        ("36951.0", "MARCHF1"),
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
        "SET",
        "1E",
    ],
)
def test_names_that_only_look_damaged_stay(name):
    assert named(name)[name] == name


def test_serial_numbers_stay_in_a_cohort_of_numbers():
    numbers = ["36951", "37135", "7157", "60", "TP53"]
    assert canonical(*numbers) == numbers


def test_dates_of_one_year_of_editing_hold_the_gene_in_the_day():
    names = named("2016-03-01", "2016-03-02", "2016-09-14")
    assert names["2016-03-01"] == "MARCHF1"
    assert names["2016-03-02"] == "MARCHF2"
    assert names["2016-09-14"] == "SEPTIN14"


def test_dates_that_do_not_agree_on_a_reading_stay():
    names = named("2016-03-02", "2001-03-05")
    assert names["2016-03-02"] == "2016-03-02"


def test_two_genes_behind_one_damaged_name_are_not_made_one():
    names = canonical("1-Mar", "1-Mar", "3-Mar", *SYMBOLS)
    assert names[:3] == ["1-MAR", "1-MAR", "MARCHF3"]


@pytest.mark.parametrize("name", ["2.31E+13", "1E+05", "2,31e+13"])
def test_digits_that_a_spreadsheet_rounded_away_are_told_as_lost(name):
    result = harmonise([name, *SYMBOLS])
    assert result.names[0] == ""
    told = result.changes.values.tolist()
    assert told == [
        [name, "", "lost", "a spreadsheet made a number of the name, and its digits are gone"]
    ]


def test_canonical_symbols_are_fixed_points():
    once = canonical("1-Mar", "2-Sep", "1-Dec", "MARC1", "C1orf1", "ENSG00000000003.1")
    assert canonical(*once) == once
    assert not len(harmonise(once).changes)


def test_every_change_is_recorded():
    names = ["C1orf12", " TP53 ", "ENSG00000000003.14", "1-Mar", "sept2", "ACTB", "actb"]
    assert harmonise(names).changes.values.tolist() == [
        ["C1orf12", "C1ORF12", "upper_cased", ""],
        ["ENSG00000000003.14", "ENSG00000000003", "version_cut", ""],
        ["1-Mar", "MARCHF1", "repaired", ""],
        ["sept2", "SEPTIN2", "repaired", ""],
        ["ACTB", "ACTB", "merged", ""],
        ["actb", "ACTB", "upper_cased", ""],
        ["actb", "ACTB", "merged", ""],
    ]
