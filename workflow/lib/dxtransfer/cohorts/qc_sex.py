"""Sex as expressed against sex as recorded, each sample by itself.

XIST is expressed from the inactive X chromosome (Brown et al. 1991, Nature 349:38), so by women;
genes of the male-specific region of the Y chromosome (Skaletsky et al. 2003, Nature 423:825) by
men. Both are compared by their rank within the sample, which needs no other sample and holds on
any scale. A contradiction is a sign of swapped samples or a wrong table, or a person whose
chromosomes differ from the sex recorded: it is told, and nothing is dropped for it.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.labels import sex_of

XIST = ("XIST", "ENSG00000229807")
# widely expressed, measured by most platforms, and without a copy on X that probes confuse
Y_GENES = (
    *("RPS4Y1", "DDX3Y", "KDM5D", "UTY", "EIF1AY"),
    *("ENSG00000129824", "ENSG00000067048", "ENSG00000012817", "ENSG00000183878"),
    "ENSG00000198692",
)
# columns taken as the sex recorded where the cohort sheet names none, whatever their case
COLUMNS = ("sex", "gender")
# share of a sample's features that must lie between XIST and the Y genes for a decision
MARGIN = 0.05
# share of the features below XIST, or below the Y genes, that being expressed takes
LEAST = {"female": 0.4, "male": 0.8}
# ranks among a few features say nothing about expression
FEWEST_FEATURES = 1000
# in these a high value of a gene is not its expression
NOT_EXPRESSION = ("methylation", "mutations", "metagenome", "proteome", "olink")


def recorded_sex(obs: pd.DataFrame, *, column: str = "") -> pd.Series:
    """Sex recorded of each sample: `female`, `male`, or empty where it is not known.

    Parameters
    ----------
    obs
        One row per sample.
    column
        Named by the cohort sheet; `sex` or `gender`, whatever their case, where empty.
    """
    named = [name for name in obs.columns if str(name).lower() in COLUMNS]
    chosen = column if column in obs.columns else next(iter(named), None)
    if chosen is None:
        return pd.Series("", index=obs.index, dtype=object)
    values = obs[chosen].astype(object)
    return values.map(lambda value: sex_of("" if pd.isna(value) else str(value)) or "")


def expressed_sex(metrics: pd.DataFrame, *, features: int, assay: str) -> pd.Series:
    """Sex that each sample expresses: `female`, `male`, or empty where it cannot be told.

    Female: XIST ranks higher than the highest of the Y genes, by 5 % of the features, and above
    40 % of them; male: the Y genes higher than XIST by as much, and above 80 %. These fixed limits
    were set on eight blood cohorts, from arrays of three makers and from RNA-seq; background keeps
    XIST of men at ranks up to 0.8 on some arrays, which is why the two are compared.

    Parameters
    ----------
    metrics
        Columns xist_rank and y_rank, see `qc_metrics.measure`.
    features
        How many features the cohort measures; below 1,000 nothing is told.
    assay
        Kind of measurement; nothing is told where it is not expression.
    """
    told: NDArray[Any] = np.full(len(metrics), "", dtype=object)
    if features >= FEWEST_FEATURES and assay not in NOT_EXPRESSION:
        xist, y = metrics["xist_rank"].to_numpy(float), metrics["y_rank"].to_numpy(float)
        told[(xist - y > MARGIN) & (xist >= LEAST["female"])] = "female"
        told[(y - xist > MARGIN) & (y >= LEAST["male"])] = "male"
    return pd.Series(told, index=metrics.index)


def sex_flags(recorded: pd.Series, expressed: pd.Series) -> pd.Series:
    """Tell the samples of which one sex is recorded and the other is expressed."""
    differs = (recorded != "") & (expressed != "") & (recorded != expressed)
    told = "sex recorded " + recorded.astype(str) + ", expressed " + expressed.astype(str)
    return told.where(differs, "")
