"""Identifiers of real cohorts: the kind told, and what became of the features.

The figures of `COHORTS` were counted by other means, too, without this library: awk, sort and comm
on the files, pandas and the rules of config/README.md. Where a single expression gives them, the
tests below count again that way.
"""

import csv
import gzip

import pandas as pd
import pytest
from known_cohorts import KNOWN, matrix_of

from dxtransfer.cohorts.identifiers.harmonise import harmonise
from dxtransfer.cohorts.identifiers.mapping import gene_map
from dxtransfer.cohorts.readers.annotation import read_annotation
from dxtransfer.cohorts.readers.mapping import read_mapping
from dxtransfer.errors import InputError

pytestmark = pytest.mark.cohorts

# cohort: annotation, kind, annotated, repaired, merged, lost without a mapping table;
# then mapped, merged and lost with the table of human genes (None: it has no ids of this kind)
COHORTS = {
    "tb_blood/GSE107992": ("", "symbol", 0, 20, 0, 0, 13722, 0, 0),
    "tb_blood/GSE19435": ("", "symbol", 0, 24, 2, 0, 17317, 124, 0),
    "tb_blood/GSE42825": ("", "symbol", 0, 27, 4, 92, 20248, 406, 92),
    "tb_blood/GSE6112": ("", "symbol", 0, 7, 0, 1, 5108, 2, 1),
    "tb_blood/GSE34608": (
        *("tb_blood/GSE34608.annotation.tsv.gz", "probe"),
        *(901, 29, 1229, 6820, 17387, 1233, 6820),
    ),
    "tb_blood/GSE62147": (
        *("tb_blood/GSE62147.annotation.tsv.gz", "probe"),
        *(33285, 50, 21907, 11730, 30390, 21907, 11730),
    ),
    "breast_er/expos": ("breast_er/expos.annot.tsv", "probe", 940, 0, 479, 26, 818, 479, 26),
    "alzheimer_csf/Berlin": ("", "uniprot", 0, 0, 33, 0, None, None, None),
    "crc_metagenome/FengQ_2015": ("", "lineage", 0, 0, 0, 0, 0, 0, 0),
    "tcga_tumor_normal/BRCA": ("", "symbol", 0, 4, 0, 0, 3798, 0, 0),
    "tcga_survival/blca": ("", "symbol", 0, 0, 0, 0, 1552, 0, 0),
    "covid_olink/serum_npx": ("", "symbol", 0, 0, 0, 0, 434, 0, 0),
}
GENES = "idmap_human/entrez_symbol_ensembl.tsv.gz"


@pytest.fixture
def features(real_cohorts):
    """Names of the features of a cohort, as delivered: `features(name)`."""

    def read(name):
        with gzip.open(matrix_of(name, real_cohorts), "rt") as handle:
            return [row[0].strip() for row in csv.reader(handle, delimiter="\t")][1:]

    return read


@pytest.fixture
def genes_by_hand(real_cohorts):
    return pd.read_csv(real_cohorts / GENES, sep="\t", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def genes(real_cohorts):
    return gene_map(read_mapping(real_cohorts / GENES))


@pytest.mark.parametrize("name", COHORTS)
def test_features_of_each_cohort_are_told_repaired_merged_and_lost(name, features, real_cohorts):
    table, kind, annotated, repaired, merged, lost, *_ = COHORTS[name]
    annotation = read_annotation(real_cohorts / table) if table else None
    given = features(name)
    found = harmonise(given, annotation=annotation)
    assert (found.kind, len(given)) == (kind, KNOWN[name].features)
    told = [found.summary[action] for action in ("annotated", "repaired", "merged", "lost")]
    assert told == [annotated, repaired, merged, lost]
    assert (found.names == "").sum() == lost
    assert found.changes.loc[found.changes["action"] == "lost", "reason"].ne("").all()


@pytest.mark.parametrize("name", COHORTS)
def test_features_of_each_cohort_are_mapped_by_a_table_of_human_genes(
    name, features, genes, real_cohorts
):
    table, *_, mapped, merged, lost = COHORTS[name]
    annotation = read_annotation(real_cohorts / table) if table else None
    if mapped is None:
        with pytest.raises(InputError, match="mapping has no UniProt accessions"):
            harmonise(features(name), mapping=genes)
        return
    found = harmonise(features(name), annotation=annotation, mapping=genes)
    assert [found.summary[a] for a in ("mapped", "merged", "lost")] == [mapped, merged, lost]


@pytest.mark.parametrize("name", ["GSE19435", "GSE94438", "GSE84076"])
def test_symbols_known_to_the_table_are_counted_the_same_by_hand(
    name, features, genes, genes_by_hand
):
    given = features(f"tb_blood/{name}")
    table = genes_by_hand
    symbols = set(table["symbol"].str.upper())
    numbers = table[table["entrez"] != ""].groupby("entrez")["symbol"].nunique()
    provisional = {f"LOC{entrez}" for entrez in numbers.index[numbers == 1]}
    by_hand = sum(g.upper() in symbols or g.upper() in provisional for g in given)
    found = harmonise(given, mapping=genes)
    changes = found.changes.groupby("delivered")["action"].agg(set)
    # damaged names are not among a table's symbols
    damaged = sum(
        {"repaired", "mapped"} <= actions and name.upper() not in symbols
        for name, actions in changes.items()
    )
    assert found.summary["mapped"] == by_hand + damaged


@pytest.mark.parametrize("column", ["ensg", "entrez", "both"])
def test_a_cohort_meets_itself_in_ensembl_and_entrez_ids(column, features, genes, genes_by_hand):
    table = (
        genes_by_hand[genes_by_hand["entrez"] != ""]
        .drop_duplicates("symbol")
        .drop_duplicates("entrez")
    )
    table["both"] = table["symbol"] + "|" + table["entrez"]
    table["ensg"] += "." + table["ensg.v"]
    ids = dict(zip(table["symbol"], table[column], strict=True))
    given = [name for name in features("tcga_tumor_normal/BRCA") if name in ids]
    assert len(given) > 3600
    as_symbols = harmonise(given, mapping=genes)
    as_ids = harmonise([ids[name] for name in given], mapping=genes)
    kinds = {"ensg": "ensembl", "entrez": "entrez", "both": "symbol_entrez"}
    assert as_ids.kind == kinds[column]
    assert list(as_ids.names) == list(as_symbols.names)


def test_protein_groups_are_counted_the_same_by_hand(features):
    groups = pd.Series(features("alzheimer_csf/Berlin"))
    listed = groups.str.split(";").map(lambda group: [one.partition("-")[0] for one in group])
    by_hand = listed.map(lambda group: next((a for a in group if len(a) == 6), group[0]))
    found = harmonise(list(groups))
    assert list(found.names) == list(by_hand)
    assert found.summary["reduced"] == (by_hand != groups).sum() == 738
    assert found.names.nunique() == 1525


def test_full_lineages_meet_the_short_ones_of_the_cohorts(features):
    short = features("crc_metagenome/FengQ_2015")
    long = [f"k__Bacteria|p__P|c__C|o__O|f__F|g__{name[3:].split('_')[0]}|{name}" for name in short]
    assert list(harmonise(long).names) == short == list(harmonise(short).names)


def test_illumina_probes_without_an_annotation_are_refused_in_one_sentence(features):
    with pytest.raises(InputError) as refused:
        harmonise(features("tb_blood/GSE69581"), where="cohort GSE69581")
    assert str(refused.value) == (
        "cohort GSE69581: the features look like Illumina probe ids (ILMN_1725881); name a table "
        "of probes and symbols in the column annotation, or set feature_id to other to take them "
        "as they stand"
    )


def test_versioned_mouse_transcripts_are_refused_in_a_human_study_and_mapped_in_a_mouse_one(
    real_cohorts,
):
    path = real_cohorts / "awkward_inputs/versioned_ids/transcripts_to_genes_mouse.txt"
    rows = [line.split("\t") for line in path.read_text().splitlines()]
    given = [row[0] for row in rows]
    with pytest.raises(InputError, match="16,457 of 16,457 ids are of mouse"):
        harmonise(given)
    table = gene_map(read_mapping(path))
    found = harmonise(given, species="mouse", mapping=table)
    assert found.kind == "transcript"
    assert found.summary["mapped"] == len(rows)
    pairs = zip((row[2].upper() for row in rows), found.names, strict=True)
    assert {old: new for old, new in pairs if old != new} == {
        **{"MARCH4": "MARCHF4", "MARCH7": "MARCHF7", "SEPT2": "SEPTIN2"},
        **{"MARC1": "MTARC1", "MARC2": "MTARC2"},
    }
    genes_of_rows = harmonise([row[1] for row in rows], species="mouse", mapping=table)
    assert list(genes_of_rows.names) == list(found.names)


def test_a_geo_platform_table_names_its_probes_by_number_and_by_name(real_cohorts):
    path = real_cohorts / "awkward_inputs/geoparse/GPL4133.txt"
    annotation = read_annotation(path)
    for given in (["12", "1", "13"], ["A_24_P66027", "GE_BrightCorner", "A_32_P77178"]):
        assert list(harmonise(given, annotation=annotation).names) == ["APOBEC3B", "", ""]


def test_a_gtf_of_the_reads_is_a_mapping_table(real_cohorts):
    path = real_cohorts / "fastq/single_cell_10x/mouse_truncated.gtf"
    table = gene_map(read_mapping(path))
    lines = [line for line in path.read_text().splitlines() if "\ttranscript\t" in line]
    assert len(table.ids["transcript"]) == len(lines)
    assert table.ids["ensembl"]["ENSMUSG00000051951"] == "XKR4"
