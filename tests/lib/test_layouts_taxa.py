"""Taxa and their functions as MetaPhlAn, Bracken, Kraken, HUMAnN, QIIME 2 and dada2 write them."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from dxtransfer.cohorts.readers.formats import format_of
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError

SPECIES = "k__Bacteria|p__P|g__Escherichia|s__Escherichia_coli"
# Layout: MetaPhlAn's wiki, merge_metaphlan_tables.py; version 4 calls the ids clade_taxid:
# https://github.com/biobakery/MetaPhlAn/wiki/MetaPhlAn-4
MERGED = [
    "#mpa_vJan21_CHOCOPhlAnSGB_202103",
    "clade_name\tclade_taxid\tA_profile\tB_profile",
    "UNCLASSIFIED\t-1\t20.0\t10.0",
    "k__Bacteria\t2\t80.0\t90.0",
    "k__Bacteria|p__P\t2|9\t80.0\t90.0",
    "k__Bacteria|p__P|g__Escherichia\t2|9|7\t80.0\t90.0",
    f"{SPECIES}\t2|9|7|562\t60.0\t50.0",
    f"{SPECIES}|t__SGB1\t2|9|7|562|\t60.0\t50.0",
    "k__Bacteria|p__P|g__Escherichia|s__Escherichia_sp\t2|9|7|8\t20.0\t40.0",
]
# Layout: the same wiki, the profile of one sample (-t rel_ab_w_read_stats)
PROFILE = [
    "#mpa_vOct22_CHOCOPhlAnSGB_202212",
    "#/usr/bin/metaphlan in.fastq -t rel_ab_w_read_stats",
    "#SampleID\tMetaphlan_Analysis",
    "#clade_name\tclade_taxid\trelative_abundance\tcoverage\t"
    "estimated_number_of_reads_from_the_clade",
    "k__Bacteria\t2\t100.0\t0.1\t9",
    f"{SPECIES}\t2|9|7|562\t100.0\t0.1\t9",
]
# Layout: combine_mpa.py of https://github.com/jenniferlu717/KrakenTools
MPA = ["#Classification\tA\tB", "d__Bacteria\t7\t9", "d__Bacteria|p__P\t7\t9",
       "d__Bacteria|p__P|g__G\t6\t9"]  # fmt: skip
# Layout: combine_bracken_outputs.py of https://github.com/jenniferlu717/Bracken
BRACKEN = [
    "name\ttaxonomy_id\ttaxonomy_lvl\tA.bracken_num\tA.bracken_frac\tB.bracken_num\tB.bracken_frac",
    "Escherichia coli\t562\tS\t10\t0.1\t20\t0.2",
    "Bacteroides fragilis\t817\tS\t90\t0.9\t80\t0.8",
]
# Layout: HUMAnN's manual, "Output files"; joined by humann_join_tables
HUMANN = [
    "# Gene Family\tA_Abundance-RPKs\tB_Abundance-RPKs",
    "UNMAPPED\t5\t6",
    "UniRef90_A: a protein\t1\t2",
    "UniRef90_A: a protein|g__G.s__G_s\t1\t2",
    "UniRef90_B\t3\t4",
    "UNGROUPED|unclassified\t3\t4",
]


def written(folder: Path, lines: list[str], name: str = "m.tsv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_matrix(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_merged_profiles_give_the_species_alone(tmp_path: Path) -> None:
    path = written(tmp_path, MERGED)
    assert format_of(path) == "metaphlan"
    adata = read_matrix(path)
    assert list(adata.obs_names) == ["A", "B"]
    assert list(adata.var_names) == [SPECIES, SPECIES.replace("_coli", "_sp")]
    np.testing.assert_array_equal(adata.X, [[60, 20], [50, 40]])
    reasons = dict(adata.uns["features_left_out"])
    assert reasons["UNCLASSIFIED"] == "the part that was not classified"
    assert reasons["k__Bacteria|p__P"] == "a phylum, a sum of species"
    assert reasons[f"{SPECIES}|t__SGB1"] == "a strain, a part of its species"
    named = read_matrix(path, sample_names=["A_profile", "B_profile"])
    assert list(named.obs_names) == ["A_profile", "B_profile"]


def test_a_profile_of_one_sample_gives_its_shares(tmp_path: Path) -> None:
    path = written(tmp_path, PROFILE, "S1_profile.txt")
    adata = read_matrix(path)
    assert list(adata.obs_names) == ["S1"]
    np.testing.assert_array_equal(adata.X, [[100]])
    assert list(read_matrix(path, sample_names=["relative_abundance"]).obs_names) == [
        "relative_abundance"
    ]


def test_lineages_end_at_the_deepest_rank(tmp_path: Path) -> None:
    adata = read_matrix(written(tmp_path, MPA))
    assert list(adata.var_names) == ["d__Bacteria|p__P|g__G"]
    np.testing.assert_array_equal(adata.X, [[6], [9]])


def test_bracken_gives_reads_and_not_shares(tmp_path: Path) -> None:
    path = written(tmp_path, BRACKEN)
    assert format_of(path) == "bracken"
    adata = read_matrix(path)
    assert list(adata.obs_names) == ["A", "B"]
    assert list(adata.var_names) == ["s__Escherichia_coli", "s__Bacteroides_fragilis"]
    np.testing.assert_array_equal(adata.X, [[10, 90], [20, 80]])


# Layout: https://github.com/DerrickWood/kraken2/blob/master/docs/MANUAL.markdown
KRAKEN = {
    "P1.kreport": [
        " 10.00\t10\t10\tU\t0\tunclassified",
        " 90.00\t90\t0\tR\t1\troot",
        " 90.00\t90\t1\tG\t561\t  Escherichia",
        " 89.00\t89\t80\tS\t562\t    Escherichia coli",
        "  9.00\t9\t9\tS1\t83333\t      Escherichia coli K-12",
    ],
    # with --report-minimizer-data
    "P2_kraken2_report.txt": [
        " 50.00\t40\t40\t9\t8\tS\t817\t    Bacteroides fragilis",
        " 50.00\t40\t40\t9\t8\tS\t562\t    Escherichia coli",
    ],
}


def test_a_folder_of_kraken_reports_gives_the_reads_of_species(tmp_path: Path) -> None:
    for name, lines in KRAKEN.items():
        written(tmp_path, lines, name)
    assert format_of(tmp_path) == "kraken"
    adata = read_matrix(tmp_path, sample_names=["P1", "P2"])
    assert list(adata.obs_names) == ["P1", "P2"]
    assert list(adata.var_names) == ["s__Escherichia_coli", "s__Bacteroides_fragilis"]
    np.testing.assert_array_equal(adata.X, [[89, 0], [40, 40]])
    left_out = [name for name, _ in adata.uns["features_left_out"]]
    assert left_out == ["unclassified", "root", "Escherichia", "Escherichia_coli_K-12"]


def test_one_report_of_kraken_is_one_sample(tmp_path: Path) -> None:
    path = written(tmp_path, KRAKEN["P1.kreport"], "P1.kreport")
    assert read_matrix(path).shape == (1, 1)
    with pytest.raises(InputError, match="folder that holds the files of all samples"):
        read_matrix(path, sample_names=["P1", "P2"])
    broken = written(tmp_path, [*KRAKEN["P1.kreport"], "89.00\t1"], "P3.kreport")
    assert "row 6: '89.00\\t1' is no taxon" in refused(broken)


def test_humann_keeps_totals(tmp_path: Path) -> None:
    path = written(tmp_path, HUMANN)
    assert format_of(path) == "humann"
    adata = read_matrix(path)
    assert list(adata.obs_names) == ["A", "B"]
    assert list(adata.var_names) == ["UniRef90_A", "UniRef90_B"]
    np.testing.assert_array_equal(adata.X, [[1, 3], [2, 4]])
    assert [name for name, _ in adata.uns["features_left_out"]] == [
        "UNMAPPED", "UniRef90_A: a protein|g__G.s__G_s", "UNGROUPED|unclassified",
    ]  # fmt: skip
    assert "unstratified" in refused(written(tmp_path, [HUMANN[0], HUMANN[3]]))


@pytest.mark.parametrize("turned", [True, False])
def test_sequences_as_names_are_refused(tmp_path: Path, turned: bool) -> None:
    # Layout: dada2's tutorial, write.csv or write.table of makeSequenceTable or its transpose
    variants = ["ACGT" * 30, "TTGC" * 30]
    lines = [f"\t{variants[0]}\t{variants[1]}", "A\t5\t6", "B\t7\t8"]
    if turned:
        lines = ["\tA\tB", f"{variants[0]}\t5\t7", f"{variants[1]}\t6\t8"]
    assert "assignTaxonomy" in refused(written(tmp_path, lines))
    assert "assignTaxonomy" in refused(
        written(tmp_path, [line.replace("\t", ",") for line in lines])
    )


# Layout: https://biom-format.org/documentation/format_versions/biom-1.0.html
DIGESTS = ["a" * 32, "b" * 32]
LEVELS = [["k__Bacteria", "g__A", "s__A a"], ["k__Bacteria", "g__B", "s__B b"]]


def biom(kind: str, taxa: bool) -> str:
    return json.dumps(
        {
            "id": None,
            "format": "Biological Observation Matrix 1.0.0",
            "format_url": "http://biom-format.org",
            "matrix_type": kind,
            "shape": [2, 3],
            "data": [[0, 0, 5], [1, 2, 7]] if kind == "sparse" else [[5, 0, 0], [0, 0, 7]],
            "rows": [
                {"id": name, "metadata": {"taxonomy": levels} if taxa else None}
                for name, levels in zip(DIGESTS, LEVELS, strict=True)
            ],
            "columns": [{"id": name, "metadata": None} for name in "ABC"],
        }
    )


def of_hdf5(path: Path, taxa: bool = True) -> Path:
    # Layout: https://biom-format.org/documentation/format_versions/biom-2.1.html
    with h5py.File(path, "w") as file:
        file["observation/ids"] = DIGESTS
        file["sample/ids"] = list("ABC")
        file["observation/matrix/data"] = [5.0, 7.0]
        file["observation/matrix/indices"] = [0, 2]
        file["observation/matrix/indptr"] = [0, 1, 2]
        if taxa:
            file["observation/metadata/taxonomy"] = LEVELS
    return path


def test_biom_tables_of_both_versions_and_text(tmp_path: Path) -> None:
    paths = [written(tmp_path, [biom(kind, True)], f"{kind}.biom") for kind in ("sparse", "dense")]
    paths.append(of_hdf5(tmp_path / "two.biom"))
    names = ["; ".join(levels) for levels in LEVELS]
    text = ["# Constructed from biom file", "#OTU ID\tA\tB\tC\ttaxonomy"]
    text += [f"{DIGESTS[0]}\t5.0\t0.0\t0.0\t{names[0]}", f"{DIGESTS[1]}\t0\t0\t7\t{names[1]}"]
    paths.append(written(tmp_path, text, "t.txt"))
    for path in paths:
        assert format_of(path) == "biom"
        adata = read_matrix(path)
        assert list(adata.obs_names) == ["A", "B", "C"]
        assert list(adata.var_names) == names
        np.testing.assert_array_equal(adata.X, [[5, 0], [0, 0], [0, 7]])


def test_biom_tables_that_no_study_shares_or_that_are_broken(tmp_path: Path) -> None:
    assert "qiime taxa collapse" in refused(written(tmp_path, [biom("sparse", False)]))
    assert "qiime taxa collapse" in refused(of_hdf5(tmp_path / "m.biom", taxa=False))
    broken = of_hdf5(tmp_path / "broken.biom")
    with h5py.File(broken, "a") as file:
        file["observation/matrix/indices"][1] = 9
    assert "its indices do not fit its names" in refused(broken)
    outside = biom("sparse", True).replace("[1, 2, 7]", "[1, 3, 7]")
    assert "a value outside the table" in refused(written(tmp_path, [outside]))
