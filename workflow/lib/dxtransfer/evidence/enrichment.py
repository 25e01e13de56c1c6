"""Gene sets among the features that a model leans on, against the features that were measured.

Two methods, by gseapy (Fang, Liu and Peltz 2023, Bioinformatics 39:btac757): over-representation
of a set among the top features (hypergeometric test), and ranked enrichment (Subramanian et al.
2005, PNAS 102:15545; preranked, features permuted). Both take features for independent of each
other. Genes of a set vary together, so p is too small for sets of co-regulated genes (Wu and Smyth
2012, Nucleic Acids Res 40:e133): a set that is found is a hint, not a proof.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import gseapy
import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from dxtransfer.errors import InputError

COLUMNS = [
    *("output", "method", "direction", "set", "size", "measured", "overlap", "score"),
    *("p", "fdr", "features"),
]
OVER, RANKED = "over-representation", "ranked"
EITHER, UP, DOWN = "either", "up", "down"
# Sets of fewer measured features are not tested.
LEAST = 5
PERMUTATIONS = 1000


def enrich(
    attributions: pd.DataFrame,
    gene_sets: Mapping[str, Sequence[str]],
    names: Mapping[str, str],
    *,
    top: int,
    seed: int,
    where: str = "the gene sets",
) -> pd.DataFrame:
    """Test gene sets for enrichment among a model's attributions.

    Parameters
    ----------
    attributions
        Columns output, feature, rank, mean_signed, mean_absolute; one row per measured feature and
        output. Its features are the background.
    gene_sets
        Name of each set to its genes.
    names
        Gene, as the sets name it, to the feature of that gene.
    top
        How many features over-representation takes for the model's; those that add nothing are
        never among them.
    seed
        Of the permutations.
    where
        Beginning of a message.

    Returns
    -------
    pandas.DataFrame
        One row per output, method, direction and tested set, the columns of `COLUMNS`. Directions:
        `up` (a high value raises the score), `down`, and `either` (by size alone). `size` and
        `measured` count the set's genes and those among the background; `overlap` those among the
        top, or in the leading edge, which `features` names. `score` is the odds ratio, or the
        normalised enrichment score. `fdr` is over the sets of one output, method and direction
        (Benjamini and Hochberg; for `ranked` the q-value of GSEA, with `up` and `down` together).

    Raises
    ------
    InputError
        Where the sets and the features have no gene in common.
    """
    background = attributions["feature"].drop_duplicates().tolist()
    inside = set(background)
    within = {
        name: [f for f in dict.fromkeys(names.get(gene, gene) for gene in genes) if f in inside]
        for name, genes in gene_sets.items()
    }
    if not any(within.values()):
        first = next(iter(gene_sets.values()))[:3]
        raise InputError(
            f"{where}: no gene is among the model's {len(background):,} features (sets: "
            f"{', '.join(first)}, ...; features: {', '.join(background[:3])}, ...); take gene sets "
            "of the same identifiers, or name a table in identifiers.mapping"
        )
    tested = {name: own for name, own in within.items() if len(own) >= LEAST}
    parts = []
    for output, rows in attributions.groupby("output", sort=False):
        found = [*_over(rows, tested, top=top), *_ranked(rows, tested, seed=seed)]
        parts.append(pd.DataFrame(found).assign(output=output))
    table = pd.concat(parts, ignore_index=True)
    if table.columns.tolist() == ["output"]:
        return pd.DataFrame(columns=COLUMNS)
    table["size"] = table["set"].map({name: len(genes) for name, genes in gene_sets.items()})
    table["measured"] = table["set"].map({name: len(own) for name, own in tested.items()})
    keys = ["output", "method", "direction", "p", "set"]
    return table.sort_values(keys, ignore_index=True)[COLUMNS]


def _over(rows: pd.DataFrame, tested: Mapping[str, list[str]], *, top: int) -> list[dict[str, Any]]:
    """Over-representation among the top features, and among those of either sign."""
    first = rows[rows["mean_absolute"] > 0].nsmallest(top, "rank", keep="first")
    signs = {EITHER: first, UP: first[first["mean_signed"] > 0]}
    signs[DOWN] = first[first["mean_signed"] < 0]
    found = []
    for direction, chosen in signs.items():
        if chosen.empty or not tested:
            continue
        own = {
            name: [feature for feature in chosen["feature"] if feature in set(members)]
            for name, members in tested.items()
        }
        # gseapy gives no row for a set without an overlap, whose p is 1.
        told = _hypergeometric(chosen["feature"].tolist(), tested, rows["feature"].tolist())
        p = np.array([told["P-value"].get(name, 1.0) for name in tested])
        fdr = false_discovery_control(np.clip(p, 0, 1))
        for i, name in enumerate(tested):
            found.append(
                {
                    "method": OVER,
                    "direction": direction,
                    "set": name,
                    "overlap": len(own[name]),
                    "score": told["Odds Ratio"].get(name, 0.0),
                    "p": p[i],
                    "fdr": fdr[i],
                    "features": ";".join(own[name]),
                }
            )
    return found


def _hypergeometric(
    chosen: list[str], tested: Mapping[str, list[str]], background: list[str]
) -> pd.DataFrame:
    """P-value and Odds Ratio of each set that has a feature among those chosen, by set."""
    if not any(set(chosen) & set(members) for members in tested.values()):
        return pd.DataFrame(columns=["P-value", "Odds Ratio"])
    run = gseapy.enrich(
        gene_list=chosen,
        gene_sets=dict(tested),
        background=background,
        outdir=None,
        no_plot=True,
        verbose=False,
    )
    return run.results.set_index("Term")


def _ranked(
    rows: pd.DataFrame, tested: Mapping[str, list[str]], *, seed: int
) -> list[dict[str, Any]]:
    """Enrichment at the ends of the features ordered by sign and size, and by size alone."""
    found = []
    for signed in (True, False):
        values = rows.set_index("feature")["mean_signed" if signed else "mean_absolute"]
        if not tested or values.abs().max() == 0:
            continue
        run = gseapy.prerank(
            rnk=values.sort_values(ascending=False, kind="stable"),
            gene_sets=dict(tested),
            min_size=LEAST,
            max_size=len(values),
            permutation_num=PERMUTATIONS,
            outdir=None,
            no_plot=True,
            seed=seed,
            threads=1,
            verbose=False,
        )
        for one in run.res2d.set_index("Term").to_dict("index").items():
            found.append(_edge(*one, signed=signed))
    return found


def _edge(name: str, told: Mapping[str, Any], *, signed: bool) -> dict[str, Any]:
    """A row of ranked enrichment; by size alone only large attributions count as enriched."""
    score = float(told["NES"])
    genes = [gene for gene in str(told["Lead_genes"]).split(";") if gene]
    small = not signed and score < 0
    return {
        "method": RANKED,
        "direction": EITHER if not signed else UP if score > 0 else DOWN,
        "set": name,
        "overlap": len(genes),
        "score": score,
        # A permutation test of 1,000 says no less than 1 in 1,001 (Phipson and Smyth 2010).
        "p": 1.0 if small else max(float(told["NOM p-val"]), 1 / (PERMUTATIONS + 1)),
        "fdr": 1.0 if small else float(told["FDR q-val"]),
        "features": ";".join(genes),
    }
