"""On real blood of tuberculosis the model leans on genes of the interferon response.

Interferon-inducible genes are what sets active tuberculosis apart in blood (Berry et al. 2010,
Nature 466:973). Gene sets are made of families of symbols, so that nothing has to be fetched, and
are named by Entrez ids, so that the study's mapping table has to bring them together.
"""

import os
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from real_studies import tb_series

from dxtransfer.cohorts.identifiers.gene_sets import as_features
from dxtransfer.cohorts.identifiers.harmonise import harmonise
from dxtransfer.cohorts.identifiers.mapping import gene_map
from dxtransfer.cohorts.readers.mapping import read_mapping
from dxtransfer.evidence.enrichment import enrich
from dxtransfer.learn.splits import make_splits
from dxtransfer.learn.transfer.registry import make
from dxtransfer.predict.bundle import fit_bundle
from dxtransfer.predict.explain import explain

FOLDER = os.environ.get("DXTRANSFER_COHORTS")
pytestmark = [
    pytest.mark.cohorts,
    pytest.mark.skipif(not FOLDER, reason="DXTRANSFER_COHORTS is not set: no real cohorts to read"),
]
INTERFERON = re.compile(r"IFIT\d\w?|IFI\d+\w?|IFITM\d|ISG\d+|OAS\w|GBP\d|MX\d|STAT[12]|RSAD2|XAF1")
SPLITS = {"repeats": 1, "folds": 5, "inner_folds": 3, "draws": 1, "budgets": ["all"], "seed": 1}


def families(names):
    """Sets of the symbols that begin with the same letters, the interferon response apart."""
    found = defaultdict(list)
    for name in names:
        found[re.match(r"[A-Z]*", name)[0]].append(name)
    sets = {family: own for family, own in found.items() if len(own) >= 15}
    return {"interferon": [n for n in names if INTERFERON.fullmatch(n)], **sets}


@pytest.fixture(scope="module")
def study():
    """GSE107992: the 4,000 genes that vary most, whoever is ill."""
    genes = gene_map(read_mapping(Path(str(FOLDER)) / "idmap_human/entrez_symbol_ensembl.tsv.gz"))
    adata, table = tb_series("GSE107992", Path(str(FOLDER)))
    names = harmonise(list(adata.var_names), mapping=genes).names
    values = pd.DataFrame(np.asarray(adata.X).T, index=names.to_numpy())
    values = values[values.index != ""].groupby(level=0).mean()
    values = values.loc[values.var(axis=1).nlargest(4000).index]
    own = table.loc[adata.obs_names]
    labels = ["tb" if status == "PTB" else "other" for status in own["TBStatus"]]
    return values.T.to_numpy(np.float32), list(values.index), labels, own, genes


def test_interferon_genes_are_found_by_their_entrez_ids_and_raise_the_score(study):
    X, features, labels, table, genes = study
    samples, patients = list(table.index), table["PatientID"].tolist()
    told = {"strategy": "logistic_l2", "positive": "tb", "classes": ["tb", "other"]}

    def unfitted(seed):
        return make("logistic_l2", encoder=None, settings={}, seed=seed)

    own = {"labels": labels, "patients": patients}
    given = {"vocabulary": features, "settings": told, "mapping": genes}
    bundle = fit_bundle(unfitted(1), X, **own, **given)
    found = explain(
        bundle,
        X,
        samples=samples,
        **own,
        times=[np.nan] * len(samples),
        splits=make_splits(samples, patients, labels, classes=["other", "tb"], **SPLITS),
        make=unfitted,
        seed=1,
    )
    assert found.record["error"] < 1e-6
    entrez = {symbol: number for number, symbol in genes.ids["entrez"].items()}
    sets = {
        name: [entrez[gene] for gene in members if gene in entrez]
        for name, members in families(features).items()
    }
    every = {gene for members in sets.values() for gene in members}
    assert len(sets) > 20 and len(sets["interferon"]) > 15
    names = as_features(every, feature_kind="symbol", mapping=bundle.identifiers, where="sets")
    table = enrich(found.attributions, sets, names, top=100, seed=1)
    up = table[table["direction"] == "up"].set_index(["method", "set"])
    for method in ("over-representation", "ranked"):
        assert up.loc[(method, "interferon"), "fdr"] < 0.05
    over = up.loc["over-representation"]
    assert (over["measured"] <= over["size"]).all() and over["p"].idxmin() == "interferon"
    assert found.stability.loc[0, "spearman"] > 0.8
