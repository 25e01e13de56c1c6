"""Strategies on the targets of finished studies, side by side, without the workflow."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from studies import RESULTS, Dataset

from dxtransfer.errors import InputError
from dxtransfer.learn.estimators import Floats, Ints, Split
from dxtransfer.learn.standardiser import Standardiser


@dataclass(frozen=True)
class Target:
    """A target cohort as a study prepared it.

    Attributes
    ----------
    X
        (samples, features), NaN for missing values.
    y
        1 for the positive class, 0 for the other, -1 for a sample that takes no part, (samples,).
    patients
        (samples,).
    splits
        See `dxtransfer.learn.splits.make_splits`.
    samples
        Names of the rows.
    """

    X: Floats
    y: Ints
    patients: Sequence[str]
    splits: pd.DataFrame
    samples: Sequence[str]


def part_of(dataset: Dataset, path: str) -> Path:
    """A file that a study of the protocol has written.

    Raises
    ------
    InputError
        Where it is not there yet.
    """
    file = RESULTS / dataset.name / path
    if not file.exists():
        raise InputError(f"{file} is not there; run the accuracy protocol on {dataset.name} first")
    return file


def read_target(dataset: Dataset, target: str, *, repeats: int) -> Target:
    """A target's features and the first of its repeats."""
    features = part_of(dataset, f"features/{dataset.sources[target]}/{target}.h5ad")
    adata = anndata.read_h5ad(features)
    splits = pd.read_csv(
        part_of(dataset, f"splits/{target}.tsv"),
        sep="\t",
        dtype=dict.fromkeys(["sample", "patient", "label", "budget"], str),
    )
    splits = splits[splits["repeat"] <= repeats]
    label = splits.drop_duplicates("sample").set_index("sample")["label"]
    known = label.reindex(adata.obs_names)
    y = np.where(known.isna(), -1, known == dataset.settings["task"]["positive"]).astype(np.int64)
    patients = adata.obs["patient"].astype(str).tolist()
    return Target(np.asarray(adata.X), y, patients, splits, list(adata.obs_names))


def compared(target: Target, estimators: Mapping[str, Any]) -> pd.DataFrame:
    """AUROC of every fit within its fold: repeat, fold, draw, budget and a column per estimator.

    An estimator with an attribute `budgets` is told the budget of each fit; of one with `shares_`
    the share of each part is told in a column `{estimator}.{part}`, and in `{estimator}.without`
    whether the source has no part.
    """
    parts = []
    patients = np.array(target.patients, dtype=object)
    for where, known, keys, fits in _folds(target):
        test = fits[0].test
        if len(np.unique(target.y[test])) < 2:
            continue
        Z = Standardiser.fit(target.X[known])(target.X)
        found: dict[str, Any] = {}
        for name, estimator in estimators.items():
            estimator.adapt(Z[known])
            if hasattr(estimator, "budgets"):
                estimator.budgets = [budget for _, budget in keys]
            solved = estimator.predict_grid(Z, target.y.clip(0), patients, fits)
            found[name] = [roc_auc_score(target.y[test], p[:, 1]) for p in solved]
            if hasattr(estimator, "shares_"):
                shares = estimator.shares_.numpy().T
                found |= {
                    f"{name}.{part}": own for part, own in zip(estimator.parts, shares, strict=True)
                }
                found[f"{name}.without"] = float(bool(estimator.without_source))
        table = pd.DataFrame(keys, columns=["draw", "budget"])
        parts.append(table.assign(**where, **found))
    return pd.concat(parts, ignore_index=True)


def _folds(
    target: Target,
) -> Iterator[tuple[dict[str, int], Ints, list[tuple[int, str]], list[Split]]]:
    """Of each fold: which, the training rows, draw and budget of each fit, and the fits."""
    row = {sample: i for i, sample in enumerate(target.samples)}
    for (repeat, fold), table in target.splits.groupby(["repeat", "fold"]):
        test = np.array([row[s] for s in table.loc[table["part"] == "test", "sample"]])
        training = table[table["part"] == "train"]
        known = np.array(sorted({row[s] for s in training["sample"]}))
        sizes = [*sorted(set(training["budget"]) - {"all"}, key=int), "all"]
        keys, fits = [], []
        for draw, drawn in training.groupby("draw"):
            for i, budget in enumerate(sizes):
                within = drawn[drawn["budget"].isin(sizes[: i + 1])]
                rows = np.array([row[s] for s in within["sample"]])
                # The draws differ in order alone where all labels are used.
                if budget != "all" or draw == 1:
                    keys.append((int(draw), budget))
                    fits.append(Split(rows, test, within["inner_fold"].to_numpy(dtype=np.int64)))
        yield {"repeat": int(repeat), "fold": int(fold)}, known, keys, fits
