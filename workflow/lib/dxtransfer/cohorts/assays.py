"""The assays: what each measures, on which scales it comes, and how its values become comparable.

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

# What a missing value means.
MISSING: Mapping[str, str] = {
    "at_random": "not measured, for reasons that have nothing to do with its size",
    "below_detection": "too little to be seen, so that it says something",
    "absent": "none: tables of this kind list only what was found",
}


@dataclass(frozen=True)
class Assay:
    """A kind of measurement.

    Attributes
    ----------
    measures
        What it is, for a person.
    scales
        Scales on which its values may come, the most usual first.
    own
        Its own normalisation: pairs of a method of `normalise` and the scales whose cohorts it
        makes comparable with each other. Where no pair holds all cohorts, ranks do.
    missing
        Meaning of a missing value, a key of `MISSING`.
    feature_ids
        Usual kinds of feature identifier, the most usual first.
    qc_metrics
        Metrics of a sample that say something here, by their column in the table of samples.
    linear
        What linear values are called.
    signed
        Whether linear values may lie below 0, as after background subtraction.
    """

    measures: str
    scales: tuple[str, ...]
    own: tuple[tuple[str, frozenset[str]], ...]
    missing: str
    feature_ids: tuple[str, ...]
    qc_metrics: tuple[str, ...]
    linear: str = "linear"
    signed: bool = False


_EXPRESSION = ("library_size", "features_detected", "mitochondrial_share", "missing_share")
_GENES = ("symbol", "ensembl", "entrez")
_PROBES = ("probe", "symbol", "entrez", "ensembl")
_LOGS = ("log2", "ln", "log10", "log")

ASSAYS: Mapping[str, Assay] = {
    "rnaseq": Assay(
        measures="bulk RNA sequencing: counts, TPM, FPKM or their logarithms",
        scales=("counts", "tpm", "linear", *_LOGS, "z_scores"),
        own=(("log_cpm", frozenset({"counts"})), ("log_cpm", frozenset({"tpm"}))),
        missing="at_random",
        feature_ids=_GENES,
        qc_metrics=_EXPRESSION,
    ),
    "microarray": Assay(
        measures="expression arrays of one colour",
        scales=("intensity", *_LOGS, "z_scores"),
        # arrays of different makers share ranks, not units
        own=(),
        missing="at_random",
        feature_ids=_PROBES,
        qc_metrics=("missing_share",),
        linear="intensity",
        signed=True,
    ),
    "microarray_two_colour": Assay(
        measures="expression arrays of two colours: log ratios to a reference, or intensities",
        scales=("ratios", "intensity", *_LOGS),
        # what differs between references is one shift per feature and cohort
        own=(("log2", frozenset({"ratios"})),),
        missing="at_random",
        feature_ids=_PROBES,
        qc_metrics=("missing_share",),
        linear="intensity",
        signed=True,
    ),
    "single_cell": Assay(
        measures="single-cell RNA sequencing: cells, or their sums per patient",
        scales=("counts", "tpm", "linear", *_LOGS, "z_scores"),
        own=(("log_cp10k", frozenset({"counts", "ln"})),),
        missing="at_random",
        feature_ids=_GENES,
        qc_metrics=_EXPRESSION,
    ),
    "proteome": Assay(
        measures="mass spectrometry: intensities of proteins",
        scales=("intensity", *_LOGS, "ratios", "z_scores"),
        own=(("log2_median", frozenset({"intensity", "log2", "ln", "log10"})),),
        missing="below_detection",
        feature_ids=("uniprot", "symbol"),
        qc_metrics=("features_detected", "missing_share"),
        linear="intensity",
    ),
    "olink": Assay(
        measures="proximity extension: NPX, or its antilogarithm",
        scales=("npx", "linear", "z_scores"),
        own=(("log2", frozenset({"npx", "linear"})),),
        missing="at_random",
        feature_ids=("symbol", "uniprot"),
        qc_metrics=("missing_share",),
    ),
    "metagenome": Assay(
        measures="relative abundances of species",
        scales=("fractions", "percent", "counts"),
        own=(("clr", frozenset({"fractions", "percent", "counts"})),),
        missing="absent",
        feature_ids=("lineage",),
        qc_metrics=("library_size", "features_detected"),
    ),
    "methylation": Assay(
        measures="methylation of CpG sites: beta or M values",
        scales=("beta", "percent", "m_values"),
        own=(("m_values", frozenset({"beta", "percent", "m_values"})),),
        missing="at_random",
        feature_ids=("probe",),
        qc_metrics=("missing_share",),
    ),
    "mutations": Assay(
        measures="genes that carry a mutation",
        scales=("binary", "counts"),
        own=(("binary", frozenset({"binary", "counts"})),),
        missing="absent",
        feature_ids=_GENES,
        qc_metrics=("features_detected",),
    ),
    "generic": Assay(
        measures="anything else",
        scales=tuple(name for name in SCALES if name not in ("intensity", "npx", "m_values")),
        own=(("log_cpm", frozenset({"counts"})),),
        missing="at_random",
        feature_ids=("other",),
        qc_metrics=("library_size", "features_detected", "missing_share"),
        signed=True,
    ),
}


def listed(names: tuple[str, ...]) -> str:
    """Names for a sentence: `beta, percent or m_values`."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
