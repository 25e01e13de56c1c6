"""Values that contradict the assay or the scale, found by quality control."""

from collections.abc import Callable, Mapping

from bad_inputs.study import Bad, matrix, text
from dxtransfer.cohorts.assays import SCALES


def spoilt_values(change: Callable[[int, int, int], float]) -> dict[str, bytes | str]:
    """The matrix with `change(count, feature, sample)` in place of its counts."""
    header, *rows = matrix()
    changed = [
        [name, *(f"{change(int(value), i, j):g}" for j, value in enumerate(values))]
        for i, (name, *values) in enumerate(rows)
    ]
    return {"counts.tsv": text([header, *changed])}


def one(change: float, otherwise: Callable[[int], float]) -> dict[str, bytes | str]:
    """The same, with one value (GENE3, s1) put in."""
    return spoilt_values(lambda count, i, j: change if (i, j) == (3, 0) else otherwise(count))


def looks(values: str, scale: str) -> str:
    return f"{values} whole numbers; 4 of 4 samples look like {scale} ({SCALES[scale]})"


def contradicts(case: str, scale: str, told: str, evidence: str) -> str:
    return (
        f"cohort {case}: the cohort sheet states the scale {scale}, but {told} (values "
        f"{evidence}); correct or empty the column scale"
    )


def out_of_range(case: str, told: str, value: str) -> str:
    return (
        f"cohort {case}: {told}, but 'GENE3' in sample 's1' is {value}; correct the value, "
        "the assay or the scale"
    )


def not_of(case: str, assay: str, scales: str, evidence: str) -> str:
    return (
        f"cohort {case}: the assay {assay} has values of {scales}, but the matrix has values "
        f"{evidence}; correct the assay, or deliver such values"
    )


def shares(case: str, assay: str, scales: str) -> Bad:
    """Shares between 0 and 1 under an assay of other scales."""
    told = not_of(case, assay, scales, looks("0 to 0.66, 3%", "beta"))
    return Bad(spoilt_values(lambda c, i, j: c / 200), told, {"assay": assay})


SPOILT_ASSAYS: Mapping[str, Bad] = {
    "negative-counts": Bad(
        one(-3, lambda c: c),
        out_of_range("negative-counts", "the values are counts", "-3"),
        {"assay": "rnaseq"},
    ),
    "shares-as-rnaseq": shares(
        "shares-as-rnaseq", "rnaseq", "counts, tpm, linear, log2, ln, log10, log or z_scores"
    ),
    "logarithms-as-counts": Bad(
        spoilt_values(lambda c, i, j: c / 10),
        contradicts(
            "logarithms-as-counts",
            "counts",
            "values have fractions",
            looks("0 to 13.2, 17%", "log2"),
        ),
        {"assay": "rnaseq", "scale": "counts"},
    ),
    "million-exceeded": Bad(
        spoilt_values(lambda c, i, j: c * 1e4),
        contradicts(
            "million-exceeded",
            "tpm",
            "samples sum to more than a million",
            looks("0 to 1.32e+06, 100%", "counts"),
        ),
        {"assay": "rnaseq", "scale": "tpm"},
    ),
    "shares-as-array": shares(
        "shares-as-array", "microarray", "intensity, log2, ln, log10, log or z_scores"
    ),
    "intensities-as-log2": Bad(
        one(812.5, lambda c: c / 10),
        out_of_range("intensities-as-log2", "the cohort sheet states the scale log2", "812.5"),
        {"assay": "microarray", "scale": "log2"},
    ),
    "ratios-above-0": Bad(
        spoilt_values(lambda c, i, j: c / 10 + 1),
        contradicts(
            "ratios-above-0",
            "ratios",
            "no value is negative",
            looks("1 to 14.2, 17%", "log2"),
        ),
        {"assay": "microarray_two_colour", "scale": "ratios"},
    ),
    "shares-as-two-colours": shares(
        "shares-as-two-colours",
        "microarray_two_colour",
        "ratios, intensity, log2, ln, log10 or log",
    ),
    "counts-as-ln": Bad(
        one(812, lambda c: c / 10),
        out_of_range("counts-as-ln", "the cohort sheet states the scale ln", "812"),
        {"assay": "single_cell", "scale": "ln"},
    ),
    "negative-cell": Bad(
        one(-1, lambda c: c),
        out_of_range("negative-cell", "the values are counts", "-1"),
        {"assay": "single_cell"},
    ),
    "shares-as-proteome": shares(
        "shares-as-proteome", "proteome", "intensity, log2, ln, log10, log, ratios or z_scores"
    ),
    "intensities-as-log10": Bad(
        one(9e6, lambda c: c / 10),
        out_of_range("intensities-as-log10", "the cohort sheet states the scale log10", "9e+06"),
        {"assay": "proteome", "scale": "log10"},
    ),
    "counts-as-olink": Bad(
        spoilt_values(lambda c, i, j: c),
        not_of(
            "counts-as-olink",
            "olink",
            "npx, linear or z_scores",
            looks("0 to 132, 100%", "counts"),
        ),
        {"assay": "olink"},
    ),
    "linear-as-npx": Bad(
        one(321.5, lambda c: c / 10),
        out_of_range("linear-as-npx", "the cohort sheet states the scale npx", "321.5"),
        {"assay": "olink", "scale": "npx"},
    ),
    "negative-abundance": Bad(
        one(-0.01, lambda c: c / 2100),
        out_of_range("negative-abundance", "the values are fractions", "-0.01"),
        {"assay": "metagenome"},
    ),
    "log-ratios-as-metagenome": Bad(
        spoilt_values(lambda c, i, j: c / 66 - 1),
        not_of(
            "log-ratios-as-metagenome",
            "metagenome",
            "fractions, percent or counts",
            looks("-1 to 1, 8%", "ratios"),
        ),
        {"assay": "metagenome"},
    ),
    "intensities-as-methylation": Bad(
        spoilt_values(lambda c, i, j: c * 150.5),
        not_of(
            "intensities-as-methylation",
            "methylation",
            "beta, percent or m_values",
            looks("0 to 1.987e+04, 57%", "linear"),
        ),
        {"assay": "methylation"},
    ),
    "beta-above-1": Bad(
        one(1.7, lambda c: c / 200),
        out_of_range("beta-above-1", "the values are beta", "1.7"),
        {"assay": "methylation"},
    ),
    "share-of-a-mutation": Bad(
        spoilt_values(lambda c, i, j: 3.7 * (c > 60)),
        not_of(
            "share-of-a-mutation",
            "mutations",
            "binary or counts",
            looks("0 to 3.7, 37%", "log"),
        ),
        {"assay": "mutations"},
    ),
    "negative-mutation": Bad(
        one(-1, lambda c: c > 60),
        out_of_range("negative-mutation", "the values are binary", "-1"),
        {"assay": "mutations"},
    ),
    "positive-z-scores": Bad(
        spoilt_values(lambda c, i, j: c / 10),
        contradicts(
            "positive-z-scores",
            "z_scores",
            "no value is negative",
            looks("0 to 13.2, 17%", "log"),
        ),
        {"assay": "generic", "scale": "z_scores"},
    ),
    "counts-as-binary": Bad(
        one(4, lambda c: c > 60),
        out_of_range("counts-as-binary", "the cohort sheet states the scale binary", "4"),
        {"assay": "generic", "scale": "binary"},
    ),
}
