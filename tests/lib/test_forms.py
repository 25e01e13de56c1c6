"""One spelling per feature, whatever the kind of identifier."""

import pytest

from dxtransfer.cohorts.identifiers.harmonise import harmonise


def named(*names, **settings):
    """Final name of each name, empty for a lost one."""
    return dict(zip(names, harmonise(names, **settings).names, strict=True))


def reasons(*names):
    """Why names are lost."""
    changes = harmonise(names).changes
    lost = changes[changes["action"] == "lost"]
    return dict(zip(lost["delivered"], lost["reason"], strict=True))


def test_versions_are_cut_and_the_y_copy_stays_apart():
    names = named(
        "ENSG00000000003.14",
        "ENSG00000223972.5_2",
        "ENSMUSG00000102693.1",
        "ENSG00000002586.20_PAR_Y",
        "ENSGR0000182378.10",
        "ENSG00000182378.10",
        "ENSG00000000419_at",
        "ensg00000000457.1",
        "ENSG00000000460.17|C1orf112",
        species="other",
    )
    assert list(names.values()) == [
        "ENSG00000000003",
        "ENSG00000223972",
        "ENSMUSG00000102693",
        "ENSG00000002586_PAR_Y",
        "ENSG00000182378_PAR_Y",
        "ENSG00000182378",
        "ENSG00000000419",
        "ENSG00000000457",
        "ENSG00000000460",
    ]


def test_transcripts_lose_their_version_and_the_rest_of_their_header():
    names = named("ENST00000456328.2|ENSG00000223972.5|-|-|DDX11L1-202|", "ENST00000269305")
    assert list(names.values()) == ["ENST00000456328", "ENST00000269305"]


def test_ensembl_ids_among_symbols_lose_their_version_and_clones_keep_it():
    names = named("TP53", "ACTB", "ENSG00000000003.14", "RP11-1.2", "AC004381.6")
    assert names["ENSG00000000003.14"] == "ENSG00000000003"
    assert names["RP11-1.2"] == "RP11-1.2"
    assert names["AC004381.6"] == "AC004381.6"


def test_numbers_formatted_as_such_are_entrez_ids_again_and_rounded_ones_are_lost():
    names = named("7157.0", "60", "1.00E+08", "3105")
    assert list(names.values()) == ["7157", "60", "", "3105"]
    assert "its digits are gone" in reasons("7157.0", "60", "1.00E+08", "3105")["1.00E+08"]


def test_symbols_with_entrez_ids_become_symbols_and_unknown_ones_their_id():
    names = named("TP53|7157", "?|100130426", "1-Mar|55016", "SLC35E2|728661", "SLC35E2|9906")
    assert list(names.values()) == ["TP53", "100130426", "MARCHF1", "SLC35E2", "SLC35E2"]


def test_a_protein_group_is_its_first_accession_of_six_characters():
    names = named(
        "A0A024QZX5;A0A087X1N8;P35237",
        "G3XAK1;P26927",
        "P10451-5",
        "Q53EL9;Q53EL9-3",
        "A0A087WSW9;A0A087WSY9",
        "sp|P04637|P53_HUMAN",
        "P02768;CON__P02769",
    )
    assert list(names.values()) == [
        *("P35237", "G3XAK1", "P10451", "Q53EL9", "A0A087WSW9", "P04637", "P02768")
    ]


def test_contaminants_and_decoys_are_no_proteins():
    given = ("P04637", "P02768", "CON__P00761", "REV__P12345")
    assert set(reasons(*given)) == {"CON__P00761", "REV__P12345"}


METAPHLAN = (
    "k__Bacteria",
    "k__Bacteria|p__Firmicutes",
    "k__Bacteria|p__Firmicutes|c__Clostridia|o__O|f__F|g__Roseburia",
    "k__Bacteria|p__Firmicutes|c__Clostridia|o__O|f__F|g__Roseburia|s__Roseburia_hominis",
    "k__Bacteria|p__Firmicutes|c__Clostridia|o__O|f__F|g__Roseburia|s__Roseburia_hominis|t__SGB1",
    "UNKNOWN",
)


def test_a_lineage_is_its_species_and_sums_and_parts_of_species_are_lost():
    names = named(*METAPHLAN)
    assert [name for name in names.values() if name] == ["s__Roseburia_hominis"]
    told = reasons(*METAPHLAN)
    assert (
        told[METAPHLAN[0]]
        == told[METAPHLAN[2]]
        == "a rank above the species, which is a sum of these"
    )
    assert told[METAPHLAN[4]] == "a strain, which is a part of its species"
    assert told["UNKNOWN"] == "the part that was not classified"


def test_short_and_long_forms_of_a_species_meet():
    start = "k__Bacteria; p__Firmicutes; c__Clostridia; o__O; f__F; g__Faecalibacterium; "
    gtdb = "d__Bacteria;p__P;c__C;o__O;f__F;g__Faecalibacterium;s__Faecalibacterium prausnitzii"
    silva = "D_0__Bacteria;D_1__P;D_2__C;D_3__O;D_4__F;D_5__Faecalibacterium;D_6__prausnitzii"
    for name in (start + "s__prausnitzii", gtdb, silva, "s__Faecalibacterium_prausnitzii"):
        assert named(name)[name] == "s__Faecalibacterium_prausnitzii"


def test_a_table_that_ends_at_the_genus_keeps_its_genera():
    names = named(
        "k__B;p__P", "k__B;p__P;c__C;o__O;f__F;g__Roseburia", "k__B;p__P;c__C;o__O;f__F;g__"
    )
    assert list(names.values()) == ["", "g__Roseburia", ""]


def test_replicates_of_methylation_probes_meet_and_case_of_micrornas_is_kept():
    names = named("cg00000029_TC21", "cg00000029_BC11", "CG00000108", "ch.1.1005427R")
    assert list(names.values()) == ["cg00000029", "cg00000029", "cg00000108", "ch.1.1005427R"]
    assert list(named("hsa-miR-21-5p", "hsa-mir-21").values()) == ["hsa-miR-21-5p", "hsa-mir-21"]


@pytest.mark.parametrize(
    "row",
    [
        "__no_feature",
        "__not_aligned",
        "N_unmapped",
        "N_noFeature",
        "ERCC-00002",
        "AFFX-r2-P1-cre",
        "(-)3xSLv1",
        "3xSLv1",
    ],
)
def test_rows_that_are_no_features_are_lost_with_the_reason(row):
    given = ("ENSG00000141510", "ENSG00000000003", "ENSG00000000419", row)
    assert named(*given)[row] == ""
    assert reasons(*given)[row]


@pytest.mark.parametrize(
    "names",
    [
        ("ENSG00000000003.14", "ENSGR0000182378.10", "ENSG00000002586.20_PAR_Y"),
        METAPHLAN,
        ("A0A024QZX5;P35237", "P10451-5"),
        ("TP53|7157", "?|100130426", "ACTB|60"),
        ("7157.0", "60"),
        ("cg00000029_TC21", "cg00000108"),
    ],
)
def test_canonical_names_are_fixed_points(names):
    once = [name for name in harmonise(names).names if name]
    assert list(harmonise(once).names) == once
