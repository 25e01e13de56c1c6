"""The assays: on which scales each comes, and how its values become comparable.

One entry of `ASSAYS` is all that a new assay needs here; the cohort sheet's schema lists the same
names and scales, which a test holds equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# What the scales are, in words for a person.
SCALES: Mapping[str, str] = {
    "counts": "whole numbers from 0",
    "tpm": "linear values that sum to a million per sample",
    "linear": "linear values",
    "intensity": "linear intensities",
    "log2": "logarithms to base 2",
    "ln": "natural logarithms",
    "log10": "logarithms to base 10",
    "log": "logarithms of a base that the values do not tell",
    "npx": "normalised protein expression, logarithms to base 2",
    "z_scores": "values around 0, each feature centred",
    "ratios": "logarithms of ratios, around 0",
    "m_values": "logarithms to base 2 of methylated over unmethylated",
    "beta": "shares between 0 and 1, each feature by itself",
    "fractions": "shares that sum to at most 1 per sample",
    "percent": "shares in percent",
    "binary": "0 and 1",
}
LOGARITHMS = ("log2", "ln", "log10", "log", "npx")
LINEAR = ("tpm", "linear", "intensity")
# scales whose values are compared by their differences; others by those of their logarithms
COMPARED_AS_THEY_STAND = (*LOGARITHMS, "z_scores", "ratios", "m_values", "beta", "binary")


@dataclass(frozen=True)
class Assay:
    """A kind of measurement.

    Attributes
    ----------
    scales
        Scales on which its values may come, the most usual first.
    own
        Its own normalisation: pairs of a method of `normalise` and the scales whose cohorts it
        makes comparable with each other. Where no pair holds all cohorts, ranks do.
    linear
        What linear values are called.
    signed
        Whether linear values may lie below 0, as after background subtraction.
    """

    scales: tuple[str, ...]
    own: tuple[tuple[str, frozenset[str]], ...]
    linear: str = "linear"
    signed: bool = False


_LOGS = ("log2", "ln", "log10", "log")

ASSAYS: Mapping[str, Assay] = {
    "rnaseq": Assay(
        scales=("counts", "tpm", "linear", *_LOGS, "z_scores"),
        own=(("log_cpm", frozenset({"counts"})), ("log_cpm", frozenset({"tpm"}))),
    ),
    "microarray": Assay(
        scales=("intensity", *_LOGS, "z_scores"),
        # arrays of different makers share ranks, not units
        own=(),
        linear="intensity",
        signed=True,
    ),
    "microarray_two_colour": Assay(
        scales=("ratios", "intensity", *_LOGS),
        # what differs between references is one shift per feature and cohort
        own=(("log2", frozenset({"ratios"})),),
        linear="intensity",
        signed=True,
    ),
    "single_cell": Assay(
        scales=("counts", "tpm", "linear", *_LOGS, "z_scores"),
        own=(("log_cp10k", frozenset({"counts", "ln"})),),
    ),
    "proteome": Assay(
        scales=("intensity", *_LOGS, "ratios", "z_scores"),
        own=(("log2_median", frozenset({"intensity", "log2", "ln", "log10"})),),
        linear="intensity",
    ),
    "olink": Assay(
        scales=("npx", "linear", "z_scores"),
        own=(("log2", frozenset({"npx", "linear"})),),
    ),
    "metagenome": Assay(
        scales=("fractions", "percent", "counts"),
        own=(("clr", frozenset({"fractions", "percent", "counts"})),),
    ),
    "methylation": Assay(
        scales=("beta", "percent", "m_values"),
        own=(("m_values", frozenset({"beta", "percent", "m_values"})),),
    ),
    "mutations": Assay(
        scales=("binary", "counts"),
        own=(("binary", frozenset({"binary", "counts"})),),
    ),
    "generic": Assay(
        scales=tuple(name for name in SCALES if name not in ("intensity", "npx", "m_values")),
        own=(("log_cpm", frozenset({"counts"})),),
        signed=True,
    ),
}


def listed(names: tuple[str, ...]) -> str:
    """Names for a sentence: `beta, percent or m_values`."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
