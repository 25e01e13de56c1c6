from pathlib import Path

import pandas as pd

from dxtransfer.cohorts.identifiers.gene_sets import as_features
from dxtransfer.cohorts.identifiers.mapping import GeneMap
from dxtransfer.evidence.enrichment import enrich
from dxtransfer.files import read_json
from dxtransfer.gene_sets import read_gene_sets
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    text = {"sep": "\t", "keep_default_na": False}
    folder = Path(given.bundle[0]).parent
    known = pd.read_csv(folder / "identifiers.tsv", dtype=str, **text)
    sets = read_gene_sets(given.gene_sets)
    names = as_features(
        {gene for genes in sets.values() for gene in genes},
        feature_kind=read_json(folder / "model.json")["feature_kind"],
        mapping=GeneMap.from_table(known) if len(known) else None,
        where=given.gene_sets,
    )
    attributions = pd.read_csv(given.attributions, dtype={"feature": str, "output": str}, **text)
    table = enrich(
        attributions, sets, names, top=params.top, seed=params.seed, where=given.gene_sets
    )
    table.to_csv(snakemake.output[0], sep="\t", index=False)
