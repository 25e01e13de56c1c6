"""Enrichment finds what was planted, little else, and against the measured features alone."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, hypergeom

from dxtransfer.cohorts.identifiers.gene_sets import as_features
from dxtransfer.cohorts.identifiers.mapping import gene_map
from dxtransfer.errors import InputError
from dxtransfer.evidence.enrichment import COLUMNS, LEAST, enrich
from dxtransfer.gene_sets import checked_gene_sets, read_gene_sets

FEATURES = [f"G{i:04d}" for i in range(600)]
SAME = dict(zip(FEATURES, FEATURES, strict=True))


def attributions(signed, output="ill"):
    table = pd.DataFrame({"output": output, "feature": FEATURES, "mean_signed": signed})
    table["mean_absolute"] = table["mean_signed"].abs()
    table["rank"] = (-table["mean_absolute"]).rank(method="min").astype(int)
    return table.sort_values("rank", ignore_index=True)


def planted(seed=0):
    """Genes 0 to 29 up, 30 to 59 down, 60 to 89 either way, all else noise."""
    rng = np.random.default_rng(seed)
    signed = rng.normal(0, 0.1, 600)
    signed[:30] += 0.6
    signed[30:60] -= 0.6
    signed[60:90] += rng.choice([-0.6, 0.6], 30)
    return attributions(signed)


def sets():
    rng = np.random.default_rng(5)
    decoys = {f"decoy_{i}": rng.choice(FEATURES, 30, replace=False).tolist() for i in range(10)}
    true = {"raises": FEATURES[:30], "lowers": FEATURES[30:60], "either way": FEATURES[60:90]}
    return {**true, **decoys}


@pytest.fixture(scope="module")
def found():
    return enrich(planted(), sets(), SAME, top=90, seed=1)


def at(found, method, direction):
    rows = found[(found["method"] == method) & (found["direction"] == direction)]
    return rows.set_index("set")


@pytest.mark.parametrize("method", ["over-representation", "ranked"])
def test_planted_sets_are_found_in_their_direction_and_decoys_are_not(found, method):
    hits = {d: at(found, method, d).query("fdr < 0.05").index for d in ("up", "down", "either")}
    assert "raises" in hits["up"] and "lowers" in hits["down"]
    assert "raises" not in hits["down"] and "lowers" not in hits["up"]
    assert {"raises", "lowers", "either way"} <= set(hits["either"])
    assert not [name for own in hits.values() for name in own if name.startswith("decoy")]


def test_over_representation_is_the_hypergeometric_test_over_all_sets(found):
    own = at(found, "over-representation", "either")
    top = set(planted()["feature"][:90])
    p = {s: hypergeom.sf(len(top & set(g)) - 1, 600, len(g), 90) for s, g in sets().items()}
    np.testing.assert_allclose(own["p"], pd.Series(p)[own.index], rtol=1e-9)
    fdr = pd.Series(false_discovery_control(list(p.values())), index=list(p))
    np.testing.assert_allclose(own["fdr"], fdr[own.index], rtol=1e-9)
    assert len(own) == len(sets())
    assert set(own.loc["raises", "features"].split(";")) <= set(FEATURES[:30])
    assert own.loc["raises", "overlap"] == len(own.loc["raises", "features"].split(";"))


def test_the_background_is_what_was_measured():
    wide = {name: [*genes, *(f"X{i}" for i in range(400))] for name, genes in sets().items()}
    own = enrich(planted(), wide, SAME, top=90, seed=1)
    assert (own["size"] == 430).all() and (own["measured"] == 30).all()
    narrow = enrich(planted(), sets(), SAME, top=90, seed=1)
    pd.testing.assert_frame_equal(own.drop(columns="size"), narrow.drop(columns="size"))


def test_the_same_seed_gives_the_same_table(found):
    pd.testing.assert_frame_equal(enrich(planted(), sets(), SAME, top=90, seed=1), found)
    assert found.columns.tolist() == COLUMNS


def test_by_size_alone_small_attributions_are_no_enrichment():
    signed = np.random.default_rng(1).normal(0, 0.3, 600)
    signed[:40] /= 50
    own = enrich(attributions(signed), {"quiet": FEATURES[:40]}, SAME, top=60, seed=1)
    quiet = at(own, "ranked", "either").loc["quiet"]
    assert quiet["score"] < 0 and quiet["fdr"] == quiet["p"] == 1


def test_noise_alone_is_seldom_enriched():
    rng = np.random.default_rng(3)
    hits = []
    for seed in range(20):
        table = attributions(rng.normal(size=600))
        own = enrich(table, {"one": FEATURES[:40]}, SAME, top=90, seed=seed)
        hits += (at(own, "over-representation", "either")["p"] < 0.05).tolist()
        hits += (at(own, "ranked", "either")["p"] < 0.05).tolist()
    # 2 expected; 8 would happen once in 1,000 such tests
    assert len(hits) == 40 and sum(hits) < 8


def test_a_model_that_leans_on_nothing_enriches_nothing():
    assert enrich(attributions(np.zeros(600)), sets(), SAME, top=90, seed=1).empty


def test_sets_with_fewer_measured_genes_than_the_least_are_not_tested():
    own = enrich(
        planted(),
        {"small": FEATURES[: LEAST - 1], "enough": FEATURES[:LEAST]},
        SAME,
        top=90,
        seed=1,
    )
    assert set(own["set"]) == {"enough"}


def test_each_output_has_tests_of_its_own():
    two = pd.concat([planted(), planted(1).assign(output="well")])
    own = enrich(two, sets(), SAME, top=90, seed=1)
    assert own.groupby("output")["set"].nunique().to_dict() == {"ill": 13, "well": 13}


def test_sets_of_other_identifiers_are_one_line():
    with pytest.raises(InputError, match=r"h\.gmt: no gene is among.*identifiers\.mapping") as told:
        enrich(planted(), {"a": ["TP53", "MYC"]}, {}, top=90, seed=1, where="h.gmt")
    assert "\n" not in str(told.value)


MAPPING = gene_map(
    pd.DataFrame(
        {
            "symbol": ["TP53", "MYC", "SEPTIN1"],
            "ensembl": ["ENSG00000141510", "ENSG00000136997", "ENSG00000180096"],
            "entrez": ["7157", "4609", "1731"],
            "alias": ["P53", "", "SEPT1"],
        }
    )
).restricted_to(["TP53", "MYC", "SEPTIN1"])


@pytest.mark.parametrize(
    "genes",
    [
        ["TP53", "MYC", "SEPT1"],
        ["tp53", "Myc", "1-Sep"],
        ["ENSG00000141510.18", "ENSG00000136997", "ENSG00000180096"],
        ["7157", "4609", "1731"],
    ],
)
def test_genes_of_the_sets_are_named_as_the_models_features(genes):
    names = as_features(genes, feature_kind="symbol", mapping=MAPPING, where="h.gmt")
    assert [names[gene] for gene in genes] == ["TP53", "MYC", "SEPTIN1"]


def test_names_that_were_taken_as_they_stand_stay():
    genes = ["m/z 101.2", "1-Sep"]
    names = as_features(genes, feature_kind="other", mapping=None, where="h.gmt")
    assert names == {gene: gene for gene in genes}


def test_a_gmt_file_is_read_and_a_gene_counts_once(tmp_path):
    (tmp_path / "h.gmt").write_text("A\thttps://a\tTP53\tMYC\tTP53\t\n\nB\t\tMYC\n")
    assert read_gene_sets(tmp_path / "h.gmt") == {"A": ["TP53", "MYC"], "B": ["MYC"]}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "holds no gene set"),
        (b"A\tabout\n", "row 1: no gene set"),
        (b"A,about,TP53\n", "row 1: no gene set"),
        (b"A\tabout\tTP53\nA\tabout\tMYC\n", "row 2: the set 'A' stands twice"),
        (b"\xff\xfe\x00A", "not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_gmt_is_one_line(content, told, tmp_path):
    (tmp_path / "h.gmt").write_bytes(content)
    with pytest.raises(InputError, match=told) as raised:
        checked_gene_sets(str(tmp_path / "h.gmt"))
    assert "\n" not in str(raised.value) and "h.gmt" in str(raised.value)


def test_the_demos_gene_sets_need_not_be_there_yet(tmp_path):
    assert checked_gene_sets(str(tmp_path / "none.gmt")) == str(tmp_path / "none.gmt")
    assert checked_gene_sets("") == ""
