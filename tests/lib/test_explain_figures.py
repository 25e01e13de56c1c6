"""Pictures of an explanation show the features and sets that their tables have."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd

from dxtransfer.report.explain_figures import MOST_FEATURES, MOST_SETS, explanation


def attributions(output="ill", features=40):
    signed = np.linspace(-1, 1, features + 1)[:features]
    table = pd.DataFrame({"output": output, "feature": [f"G{i:02d}" for i in range(features)]})
    table = table.assign(mean_signed=signed, mean_absolute=np.abs(signed))
    table = table.assign(fold_low=signed - 0.1, fold_high=signed + 0.1)
    return table.assign(rank=(-table["mean_absolute"]).rank(method="min").astype(int))


def enrichment(output="ill", sets=20):
    rows = [
        {"output": output, "method": method, "direction": direction, "set": f"set {i:02d}"}
        | {"fdr": min(1.0, 10.0 ** (i - 6))}
        for i in range(sets)
        for method in ("over-representation", "ranked")
        for direction in ("up", "down", "either")
    ]
    return pd.DataFrame(rows)


def texts(svg):
    leaves = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return {"".join(leaf.itertext()).strip() for leaf in leaves}


def test_the_features_that_count_most_are_named_and_no_others():
    drawn = explanation(attributions(), None, unit="log-odds")
    assert set(drawn) == {"features"}
    named = {text for text in texts(drawn["features"]) if text.startswith("G")}
    ranks = attributions().set_index("feature")["rank"]
    assert named == set(ranks[ranks <= MOST_FEATURES].index) and len(named) == MOST_FEATURES
    assert "Attribution of a high value (log-odds)" in texts(drawn["features"])


def test_the_most_enriched_sets_are_named():
    drawn = explanation(attributions(), enrichment(), unit="log-odds")
    named = {text for text in texts(drawn["enrichment"]) if text.startswith("set")}
    assert named == {f"set {i:02d}" for i in range(MOST_SETS)}


def test_several_outputs_have_pictures_of_their_own():
    tables = [attributions(), attributions("well")]
    drawn = explanation(pd.concat(tables), enrichment("well"), unit="x")
    assert set(drawn) == {"features_1", "features_2", "enrichment_2"}
    ids = [e.get("id") for svg in drawn.values() for e in ElementTree.fromstring(svg).iter()]
    assert len([one for one in ids if one]) == len({one for one in ids if one})


def test_a_name_from_a_file_is_text_and_the_same_tables_give_the_same_bytes():
    table = attributions(features=2).assign(feature=["<script>alert(1)</script>", "$a$"])
    drawn = explanation(table, None, unit="log-odds")["features"]
    assert "<script" not in drawn and "$a$" in texts(drawn)
    assert explanation(table, None, unit="log-odds")["features"] == drawn


def test_one_feature_alone_and_sets_that_are_no_hit_are_drawn():
    drawn = explanation(attributions(features=1), enrichment(sets=1).assign(fdr=1.0), unit="x")
    assert set(drawn) == {"features", "enrichment"}
