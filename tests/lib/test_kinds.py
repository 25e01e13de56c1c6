"""The kind of a cohort's features is told by their form, with the evidence, or refused."""

import pytest

from dxtransfer.cohorts.identifiers.harmonise import harmonise
from dxtransfer.cohorts.identifiers.kinds import DESCRIPTIONS, KINDS, kind_of, told_kind
from dxtransfer.errors import InputError

FORMS = {
    "symbol": ["TP53", "HLA-DRB1", "C1orf12", "1-Mar", "2001-03-01", "1/2-SBSRNA4", "MIR21"],
    "ensembl": [
        "ENSG00000141510",
        "ENSG00000141510.18",
        "ENSG00000223972.5_2",
        "ENSG00000002586.20_PAR_Y",
        "ENSGR0000002586.20",
        "ENSMUSG00000059552.14",
        "ENSG00000141510_at",
        "ensg00000141510",
        "ENSG00000141510.18|TP53",
    ],
    "transcript": [
        "ENST00000269305.9",
        "ENSMUST00000193812.1",
        "ENST00000456328.2|ENSG00000223972.5|-|-|DDX11L1-202|DDX11L1|1657|lncRNA|",
    ],
    "entrez": ["7157", "100130426", "7157.0"],
    "symbol_entrez": ["TP53|7157", "?|100130426", "HLA-A|3105"],
    "uniprot": ["P04637", "P12345-2", "A0A024QZX5;A0A087X1N8;P35237", "sp|P04637|P53_HUMAN"],
    "lineage": [
        "s__Escherichia_coli",
        "k__Bacteria|p__Firmicutes|s__X_y",
        "D_0__Bacteria; D_1__Firmicutes",
        "d__Bacteria;p__Bacillota",
    ],
    "methylation": ["cg00000029", "cg00000029_TC21", "ch.1.1005427R"],
    "mirna": ["hsa-miR-21-5p", "hsa-let-7a-5p", "MIMAT0000076"],
    "probe": [
        "ILMN_1343291",
        "1007_s_at",
        "200039_s_at",
        "AFFX-BioB-3_at",
        "A_23_P10060",
        "A_33_P3228677",
        "TC01000001.hg.1",
    ],
    "other": ["::", "100.5", ";"],
}


def test_every_kind_has_examples_and_words():
    assert set(FORMS) == set(KINDS) == set(DESCRIPTIONS)


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k, names in FORMS.items() for n in names])
def test_a_name_is_told_by_its_form(kind, name):
    assert kind_of(name) == kind


@pytest.mark.parametrize("kind", [kind for kind in FORMS if kind != "other"])
def test_a_cohort_has_the_kind_of_most_names_with_the_evidence(kind):
    names = [*FORMS[kind], "??"]
    found = told_kind(names)
    assert found.name == kind
    assert found.evidence.startswith(f"{len(names) - 1:,} of {len(names):,} names look like")


def test_a_cohort_of_no_kind_is_taken_as_it_stands():
    names = ["??", "100.5", "::", "TP53"]
    result = harmonise(names)
    assert result.kind == "other"
    assert list(result.names) == names
    assert not len(result.changes)


@pytest.mark.parametrize("stated", ["entrez", "ensembl", "uniprot", "lineage", "symbol_entrez"])
def test_a_sheet_that_contradicts_the_names_is_refused(stated):
    with pytest.raises(InputError, match=rf"c, column feature_id: it says {stated}, but 7 of 7"):
        told_kind(FORMS["symbol"], stated=stated, where="c")


def test_a_stated_kind_settles_what_the_names_leave_open():
    names = ["TP53", "??", "100.5", "1.5"]
    assert told_kind(names).name == "other"
    assert told_kind(names, stated="symbol").name == "symbol"


@pytest.mark.parametrize("kind", FORMS)
def test_names_of_any_kind_can_be_taken_as_they_stand(kind):
    names = [*FORMS[kind], " ILMN_1 ", "1-Mar", "__no_feature"]
    result = harmonise(names, kind="other")
    assert list(result.names) == [name.strip() for name in names]
    assert result.kind == "other"


@pytest.mark.parametrize("first", [0, 1])
def test_row_numbers_in_the_place_of_names_are_refused(first):
    names = [str(i) for i in range(first, first + 50)]
    with pytest.raises(InputError, match=f"numbered {first} to {first + 49}, so their names"):
        harmonise(names)
    assert list(harmonise(names, kind="other").names) == names


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["ILMN_1343291", "ILMN_1343295"], r"Illumina probe ids \(ILMN_1343291\)"),
        (["1007_s_at", "1053_at"], r"Affymetrix probe ids \(1007_s_at\)"),
        (["A_23_P10060", "A_24_P24"], r"Agilent probe ids \(A_23_P10060\)"),
        (["7892501", "8180418", "7896759"], r"look like probe ids \(7892501\)"),
    ],
)
@pytest.mark.parametrize("stated", ["", "probe"])
def test_probes_without_an_annotation_are_refused_with_what_is_missing(names, told, stated):
    with pytest.raises(InputError, match=told) as refused:
        harmonise(names, kind=stated)
    assert "column annotation, or set feature_id to other" in str(refused.value)
    assert list(harmonise(names, kind="other").names) == names
