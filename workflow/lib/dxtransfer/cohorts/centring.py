"""Values that depend on the other samples of their file, so that no single patient can have them.

A z-score, or a logarithm less the cohort's mean, is made from all samples together. A new patient
alone has no such value, and a new cohort has it only under the assumption that its mix of patients
is that of the training cohort.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

# in the names of files, as cBioPortal's `data_mrna_seq_v2_rsem_zscores_ref_all_samples.txt`
ZSCORES = re.compile(r"z[-_. ]?scores?(?![a-z])", re.IGNORECASE)
# fewer samples, or features, may be centred by chance or rounding
FEWEST_SAMPLES, FEWEST_FEATURES = 6, 20
# of the features, and how near 0 their mean or median must lie in standard deviations
MOST, NEAR = 0.9, 0.02
BLOCK = 4096


def centred(values: Any, *, path: Path | str = "") -> str:
    """Why the values of a matrix depend on its other samples; empty where nothing says so.

    Parameters
    ----------
    values
        (samples, features), dense with NaN for missing, or csr. All samples of the file.
    path
        Where they come from; a name may say that they are z-scores.
    """
    if sparse.issparse(values) or values.shape[1] < FEWEST_FEATURES:
        return ""
    named = bool(ZSCORES.search(Path(path).name))
    if not named and values.shape[0] < FEWEST_SAMPLES:
        return ""
    if not np.nanmin(values, initial=0) < 0:
        return ""
    if named:
        return "the file's name says that it holds z-scores, which are made from all its samples"
    near = known = 0
    for start in range(0, values.shape[1], BLOCK):
        block = values[:, start : start + BLOCK].astype(np.float64)
        block = block[:, (~np.isnan(block)).sum(axis=0) >= FEWEST_SAMPLES]
        spread = np.nanstd(block, axis=0)
        block, spread = block[:, spread > 0], spread[spread > 0]
        middle = np.minimum(np.abs(np.nanmean(block, axis=0)), np.abs(np.nanmedian(block, axis=0)))
        near += int((middle <= NEAR * spread).sum())
        known += block.shape[1]
    if known < FEWEST_FEATURES or near < MOST * known:
        return ""
    return f"{near:,} of {known:,} features are centred over the samples of the file"
