"""Columns of the sample table that the label can be read from.

No column of the sample table is a feature, so none leaks by itself. But where every patient with
the disease was measured at one site, a model tells the site; and a biomarker that defines the
label must not be given to a model as a covariate.
"""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import kruskal, rankdata

from dxtransfer.cohorts.audit.cohort import AuditedCohort
from dxtransfer.cohorts.audit.findings import Finding

# words in the name of a column that tells where, when or how a sample was measured
TECHNICAL = re.compile(
    r"(?<![a-z])(site|cent(er|re)|hospital|clinic|batch|plate|chip|array|slide|barcode|lane|run|"
    r"(scan|run|process\w*|hyb\w*|extract\w*|seq\w*|collection)[ _.-]?(date|day|time)|"
    r"flow[ _.-]?cell|platform|instrument|kit|library|total count|"
    r"number[ _.-](reads|bases))(?![a-z])",
    re.IGNORECASE,
)
PERMUTATIONS = 4999
FEWEST_SAMPLES = 8
# chance that as much is seen without any relation; on the errors' side stricter than usual
LEAST_P = 0.01
WARNED_P = 0.05
# effects that are worth a line; the first is large in Cohen's words for two classes
WARNED_V = 0.5
WARNED_AUROC = 0.8
GIVES_AWAY_V = 0.9
GIVES_AWAY_AUROC = 0.95
MOST_CATEGORIES = 30


class Association(NamedTuple):
    """How far a column tells the classes apart.

    Attributes
    ----------
    column
        Its name.
    measure
        `Cramer's V` (0 to 1) or `AUROC` (0.5 to 1, of the class that it tells best).
    statistic, p_value
        Permutation test for V, Kruskal-Wallis for the AUROC.
    equal
        Whether each value of the column has one class.
    """

    column: str
    measure: str
    statistic: float
    p_value: float
    equal: bool


def confounded(
    cohort: AuditedCohort,
    *,
    label_columns: Collection[str],
    has_folds: bool,
    covariates: Collection[str] = (),
) -> Iterator[Finding]:
    """Find columns of a sample table that give the label away, wholly or in part.

    Parameters
    ----------
    cohort
        The cohort.
    label_columns
        The columns that the labels were read from, which are not held against themselves.
    has_folds
        Whether the cohort is cross-validated.
    covariates
        Columns that the configuration gives to a model.

    Yields
    ------
    Finding
        - `label_is_batch`: each site, batch, plate, run or kit has one class (p < 0.01): an error
          where there are folds.
        - `label_giving_column`: another column tells the label (V of at least 0.9, or AUROC of at
          least 0.95, p < 0.01): an error where it is a covariate.
        - `label_confounded`: a weaker relation (V of at least 0.5 or AUROC of at least 0.8) with
          a p-value below 0.05 after Holm's correction over the columns: a warning.
    """
    ids = cohort.patients()
    table = cohort.obs.drop(columns=list(label_columns), errors="ignore")
    table = table.loc[:, [list(table[name].astype(str)) != ids for name in table]]
    # the site often stands under its own name, too
    table = table.loc[:, ~table.astype(str).T.duplicated()]
    found = associations(table, cohort.labels)
    corrected = holm([a.p_value for a in found])
    for association, p_value in zip(found, corrected, strict=True):
        is_technical = bool(TECHNICAL.search(association.column))
        used = association.column in covariates
        is_v = association.measure != "AUROC"
        strong = association.statistic >= (GIVES_AWAY_V if is_v else GIVES_AWAY_AUROC)
        weak = association.statistic >= (WARNED_V if is_v else WARNED_AUROC)
        sure = association.p_value < LEAST_P
        if is_technical and association.equal and sure:
            yield _finding(
                "error" if has_folds or used else "warning",
                "label_is_batch",
                cohort,
                association,
                "each value has one class, so that a model may tell it instead of the disease; "
                "take samples of both classes from each, or leave the cohort out",
            )
        elif (strong or association.equal) and sure and not is_technical:
            yield _finding(
                "error" if used else "warning",
                "label_giving_column",
                cohort,
                association,
                "the label can be read from it; "
                + ("take it out of the covariates" if used else "never use it as a covariate"),
            )
        elif weak and p_value < WARNED_P:
            yield _finding(
                "warning",
                "label_confounded",
                cohort,
                association._replace(p_value=p_value),
                "the classes differ in it: part of what a model tells may be this column",
            )


def _finding(
    level: str, check: str, cohort: AuditedCohort, association: Association, why: str
) -> Finding:
    return Finding(
        level,
        check,
        cohort.name,
        column=association.column,
        statistic=association.statistic,
        p_value=association.p_value,
        detail=f"{association.measure} {association.statistic:.2f} (p {association.p_value:.2g}) "
        f"with the label over {sum(map(bool, cohort.labels))} labelled samples; {why}",
    )


def associations(table: pd.DataFrame, labels: Collection[str]) -> list[Association]:
    """Hold every column against the labels.

    Parameters
    ----------
    table
        (n, columns); numbers as floats, else text; missing text is a value of its own.
    labels
        (n,) class, empty where there is none.

    Returns
    -------
    list of Association
        Columns with one value, and text with a value of its own for most samples, are left out.
    """
    known = np.array([bool(label) for label in labels], dtype=bool)
    classes = np.unique([label for label in labels if label], return_inverse=True)[1]
    if known.sum() < FEWEST_SAMPLES or classes.max() == 0:
        return []
    found = []
    for name in table.columns:
        column = table.loc[known, name]
        association = (
            _numbers(str(name), column.to_numpy(float), classes)
            if pd.api.types.is_float_dtype(column) and column.nunique() > 2
            else _categories(str(name), column.astype(object).fillna("").astype(str), classes)
        )
        if association:
            found.append(association)
    return found


def _numbers(
    name: str, values: NDArray[np.float64], classes: NDArray[np.intp]
) -> Association | None:
    there = np.isfinite(values)
    values, classes = values[there], classes[there]
    sizes = np.bincount(classes)
    groups = [values[classes == k] for k in np.flatnonzero(sizes >= 2)]
    if len(groups) < 2 or len(values) < FEWEST_SAMPLES or not np.ptp(values) > 0:
        return None
    ranks = rankdata(values)
    areas = []
    for k in np.flatnonzero(sizes >= 2):
        n, rest = int(sizes[k]), len(values) - int(sizes[k])
        area = (ranks[classes == k].sum() - n * (n + 1) / 2) / (n * rest)
        areas.append(max(area, 1 - area))
    p_value = float(kruskal(*groups).pvalue)
    equal = pd.Series(classes).groupby(values).nunique().max() == 1 and len(values) > 2 * len(
        np.unique(values)
    )
    return Association(name, "AUROC", float(max(areas)), p_value, bool(equal))


def _categories(name: str, values: pd.Series, classes: NDArray[np.intp]) -> Association | None:
    codes, kinds = pd.factorize(values)
    if len(kinds) < 2 or len(kinds) > min(MOST_CATEGORIES, len(values) // 2):
        return None
    indicator = np.eye(len(kinds))[codes]
    observed = _chi_square(classes, indicator)
    rng = np.random.default_rng(0)
    as_large = sum(
        _chi_square(rng.permutation(classes), indicator) >= observed - 1e-9
        for _ in range(PERMUTATIONS)
    )
    smaller = min(len(kinds), int(classes.max()) + 1) - 1
    table = np.eye(int(classes.max()) + 1)[classes].T @ indicator
    return Association(
        name,
        "Cramer's V",
        float(np.sqrt(observed / (len(classes) * smaller))),
        (as_large + 1) / (PERMUTATIONS + 1),
        bool(((table > 0).sum(axis=0) == 1).all()),
    )


def _chi_square(classes: NDArray[np.intp], indicator: NDArray[np.float64]) -> float:
    """Pearson's statistic of classes against categories."""
    table = np.stack([indicator[classes == k].sum(axis=0) for k in range(int(classes.max()) + 1)])
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return float(((table - expected) ** 2 / expected).sum())


def holm(p_values: list[float]) -> list[float]:
    """Correct p-values for their number (Holm 1979, Scandinavian Journal of Statistics 6:65)."""
    order = np.argsort(p_values)
    corrected = np.ones(len(p_values))
    highest = 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, p_values[place] * (len(p_values) - rank)))
        corrected[place] = highest
    return [float(p) for p in corrected]
