"""On which scale a cohort was delivered: found in its values, or stated and held against them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from anndata import AnnData
from numpy.typing import NDArray
from scipy import sparse

from dxtransfer.cohorts.assays import (
    ASSAYS,
    LINEAR,
    LOGARITHMS,
    SCALES,
    listed,
)
from dxtransfer.cohorts.scale_mixture import other_scales
from dxtransfer.cohorts.scale_rules import LARGEST_LOGARITHM, SUM_OF_SHARES, contradiction, scale_of
from dxtransfer.errors import InputError

BLOCK = 512
# samples that are judged: enough for a majority, bounded in time
JUDGED = 1000
# Scales that only detail another: they win or lose together.
FAMILIES = {
    **dict.fromkeys(LOGARITHMS, "log"),
    **dict.fromkeys(LINEAR, "linear"),
    **dict.fromkeys(("counts", "binary"), "counts"),
}
# ties go to the name that assumes least: logarithms are only ever ranked
ASSUMING = ("log", "z_scores", "ratios", "m_values", "linear", "beta", "percent", "fractions")
# what no value of a scale may leave
RANGES = {
    **dict.fromkeys(("counts", "tpm", "linear"), (0.0, np.inf)),
    **dict.fromkeys(("beta", "binary"), (0.0, 1.0)),
    **dict.fromkeys((*LOGARITHMS, "ratios", "m_values"), (-LARGEST_LOGARITHM, LARGEST_LOGARITHM)),
    "fractions": (0.0, SUM_OF_SHARES[1]),
    "percent": (0.0, 105.0),
}


@dataclass(frozen=True)
class Scale:
    """A scale and why it is believed.

    Attributes
    ----------
    name
        A name of `dxtransfer.cohorts.assays.SCALES`.
    evidence
        One sentence for a person.
    """

    name: str
    evidence: str


def detect(values: Any, *, assay: str) -> Scale:
    """Tell the scale of a matrix from its values.

    Every sample is judged on its own (see `scale_rules.scale_of`) and the majority decides, so
    that one sample alone is judged as it is among others, and a few odd samples do not turn a
    cohort. Of more than 1,000 samples 1,000 evenly spaced ones vote.

    Parameters
    ----------
    values
        (samples, features), dense or csr, NaN for missing.
    assay
        A name of `ASSAYS`; it decides between scales that look alike.

    Returns
    -------
    Scale
        Of logarithms, the base that most of the samples tell, where these do not disagree.
    """
    votes: Counter[str] = Counter()
    for sample in _judged(values):
        votes[scale_of(sample, assay=assay)] += 1
    # a sample of zeros tells nothing
    votes.pop("", None)
    low, high, whole = _extent(values)
    if not votes:
        usual = ASSAYS[assay].scales
        return Scale("log" if "log" in usual else usual[0], "no value but 0 is measured")
    name, agreeing = _winner(votes)
    evidence = (
        f"values {low:.4g} to {high:.4g}, {whole:.0%} whole numbers; {agreeing} of "
        f"{votes.total()} samples look like {name} ({SCALES[name]})"
    )
    return Scale(name, evidence)


def decide(adata: AnnData) -> Scale:
    """Decide the scale of an ingested cohort: as stated where the values allow it, else as found.

    Parameters
    ----------
    adata
        As `ingest` gives it; `uns["dxtransfer"]` has cohort, assay and, where the cohort sheet
        states it, scale_stated; scale_of_file where that is the file's.

    Raises
    ------
    InputError
        Where the values contradict the stated scale or the assay, such as negative counts.
    """
    about = adata.uns["dxtransfer"]
    cohort, assay = about["cohort"], str(about["assay"])
    stated = str(about.get("scale_stated", ""))
    by = "the file" if about.get("scale_of_file") else "the cohort sheet"
    found = detect(adata.X, assay=assay)
    possible = ASSAYS[assay].scales
    if not stated and found.name not in possible:
        raise InputError(
            f"cohort {cohort}: the assay {assay} has values of {listed(possible)}, but the matrix "
            f"has {found.evidence}; correct the assay, or deliver such values"
        )
    name = stated or found.name
    if not stated:
        _refuse_mixture(adata, name)
    told = f"{by} states the scale {name}" if stated else f"the values are {name}"
    _refuse_outside(adata, name, told=f"cohort {cohort}: {told}")
    if not stated:
        return found
    reasons = Counter(contradiction(s, stated, assay=assay) for s in _judged(adata.X))
    agreeing = reasons.pop("", 0)
    if reasons.total() > agreeing:
        raise InputError(
            f"cohort {cohort}: {told}, but {reasons.most_common(1)[0][0]} ({found.evidence}); "
            "correct or empty the column scale"
        )
    _refuse_mixture(adata, stated)
    return Scale(stated, f"stated in {by}; {found.evidence}")


def agree(one: str, other: str) -> bool:
    """Whether two samples on these scales can be treated alike: no known difference of base."""
    bases = {"log2" if name == "npx" else name for name in (one, other)} - {"log"}
    same_family = FAMILIES.get(one, one) == FAMILIES.get(other, other)
    return same_family and (FAMILIES.get(one) != "log" or len(bases) < 2)


def _winner(votes: Counter[str]) -> tuple[str, int]:
    """Name of the family with most votes, detailed where its votes agree, and its votes."""
    families: Counter[str] = Counter()
    for name, number in votes.items():
        families[FAMILIES.get(name, name)] += number
    order = (*ASSUMING, "counts")
    family = max(order, key=lambda name: families[name])
    number = families[family]
    members = [name for name in votes if FAMILIES.get(name, name) == family]
    if family == "counts":
        return ("binary" if members == ["binary"] else "counts"), number
    plain = "intensity" if "intensity" in members else family
    detailed = [name for name in members if name != plain]
    if len(detailed) == 1 and 2 * votes[detailed[0]] > number:
        return detailed[0], number
    return plain, number


def _refuse_mixture(adata: AnnData, name: str) -> None:
    """Raise an InputError where some samples are on another scale than the cohort."""
    others = other_scales(adata.X, name)
    if not others:
        return
    words = next(iter(others.values()))
    samples = [str(adata.obs_names[i]) for i, other in others.items() if other == words]
    more = f" and {len(samples) - 3} more" if len(samples) > 3 else ""
    cohort = adata.uns["dxtransfer"]["cohort"]
    raise InputError(
        f"cohort {cohort}: {len(others)} of {adata.n_obs} samples are on "
        f"another scale than the rest, which are {name} ({SCALES[name]}): "
        f"{', '.join(samples[:3])}{more} look like {words}; deliver all samples on one scale, or "
        "leave these out with `keep`"
    )


def _refuse_outside(adata: AnnData, name: str, *, told: str) -> None:
    """Raise an InputError for the first value that the scale cannot have."""
    if name == "linear" and ASSAYS[str(adata.uns["dxtransfer"]["assay"])].signed:
        return
    least, most = RANGES.get(name, (-np.inf, np.inf))
    for start, values in _blocks(adata.X):
        if np.any((values < least) | (values > most)):
            block = _dense(adata.X[start : start + BLOCK])
            sample, feature = np.argwhere((block < least) | (block > most))[0]
            raise InputError(
                f"{told}, but {adata.var_names[feature]!r} in sample "
                f"{adata.obs_names[start + sample]!r} is {block[sample, feature]:.4g}; correct "
                "the value, the assay or the scale"
            )


def _judged(values: Any) -> Iterator[NDArray[np.float32]]:
    """Measured values of each sample that votes."""
    n = values.shape[0]
    for i in np.unique(np.linspace(0, max(n - 1, 0), min(n, JUDGED)).astype(int)):
        row = _dense(values[i]).ravel()
        sample = row[np.isfinite(row)]
        if sample.size:
            yield sample


def _extent(values: Any) -> tuple[float, float, float]:
    """Smallest and largest value and share of whole numbers, of all that is measured."""
    zeros = values.shape[0] * values.shape[1] - values.nnz if sparse.issparse(values) else 0
    low, high = (0.0, 0.0) if zeros else (np.inf, -np.inf)
    whole = measured = zeros
    for _, block in _blocks(values):
        there = block[np.isfinite(block)]
        if there.size:
            low, high = min(low, float(there.min())), max(high, float(there.max()))
            whole += int(np.count_nonzero(there == np.rint(there)))
            measured += there.size
    return low, high, whole / max(measured, 1)


def _blocks(values: Any) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Stored values of a few rows at a time, with the first row's number."""
    for start in range(0, values.shape[0], BLOCK):
        block = values[start : start + BLOCK]
        yield start, block.data if sparse.issparse(block) else np.asarray(block)


def _dense(block: Any) -> NDArray[np.float32]:
    return block.toarray() if sparse.issparse(block) else np.asarray(block)
