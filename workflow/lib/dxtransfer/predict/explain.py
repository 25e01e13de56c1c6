"""Explanation of the shipped model: what its features add, and whether a refit says the same."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dxtransfer.evidence.stability import leading, stability, top_of
from dxtransfer.labels import EVENT
from dxtransfer.predict.attributions import Attributions, attribute
from dxtransfer.predict.bundle import Bundle, fit_bundle

logger = logging.getLogger("dxtransfer")
Floats = npt.NDArray[np.floating[Any]]
UNITS = {
    "binary": "log-odds",
    "multiclass": "log-odds against the mean class",
    "regression": "unit of the label",
    "survival": "log relative hazard",
}
# Trainings of a network on the same samples from other random numbers.
SEEDS = 3


@dataclass(frozen=True)
class Explanation:
    """Tables about the shipped model.

    Attributes
    ----------
    attributions
        One row per output and feature that the target measures, the largest first: output,
        feature, rank, mean_signed (the mean attribution, its sign turned where a sample is below
        the training mean: what a high value adds), mean_absolute, sign (`+`, `-`, `0`), fold_low
        and fold_high (of mean_signed over the refits), in_top and same_sign (share of refits with
        the feature among the top, and with this sign).
    stability
        One row per output and kind of refit: output, over (`folds`, `seeds`), and what
        `dxtransfer.evidence.stability.stability` gives.
    record
        Strategy, objective, method, unit, base (score at the training mean, by output), samples,
        features and those of the vocabulary that the target does not measure, error and tolerance
        of the sums.
    """

    attributions: pd.DataFrame
    stability: pd.DataFrame
    record: dict[str, Any]


def explain(
    bundle: Bundle,
    X: Floats,
    *,
    samples: Sequence[str],
    labels: Sequence[str],
    patients: Sequence[str],
    times: Sequence[float],
    splits: pd.DataFrame,
    make: Callable[[int], Any],
    seed: int,
    repeats: int = 1,
) -> Explanation:
    """Explain the shipped model on the samples that it was fitted to.

    Refits are fits of the same procedure to the training parts of the first repeats, with all
    labels, each explained on its own training part; networks are also fitted to the whole target
    from other seeds. A pretrained encoder is the same in all of them.

    Parameters
    ----------
    bundle
        The shipped model.
    X
        Target, (samples, features), normalised, NaN for missing values.
    samples, labels, patients, times
        Of each row, as `fit_bundle` takes them.
    splits
        See `dxtransfer.learn.splits.make_splits`.
    make
        Gives an unfitted estimator of the shipped strategy for a seed.
    seed
        The study's.
    repeats
        How many repeats of the folds are refitted.
    """
    known = np.array([bool(label) for label in labels])
    shipped = attribute(bundle.predictor, bundle.standardiser(X[known]))
    if shipped.error > shipped.tolerance:
        logger.warning(
            "attributions miss a score by up to %.3g, more than %.3g; read them as approximate",
            *(shipped.error, shipped.tolerance),
        )
    measured = np.isfinite(bundle.standardiser.scale)
    signed, sizes = (found[:, measured] for found in _signed(shipped, bundle, X[known]))

    def refit(rows: Sequence[int], with_seed: int) -> Floats:
        own = fit_bundle(
            make(with_seed),
            X[rows],
            labels=[labels[i] for i in rows],
            patients=[patients[i] for i in rows],
            times=[times[i] for i in rows],
            vocabulary=bundle.vocabulary,
            settings=bundle.settings,
        )
        Z = own.standardiser(X[rows])
        return _signed(attribute(own.predictor, Z), own, X[rows])[0][:, measured]

    label = dict(zip(samples, labels, strict=True))
    parts = training_parts(splits, label, repeats=repeats, kind=bundle.settings.get("kind", ""))
    refits = {"folds": np.stack([refit(rows, seed) for rows in parts])}
    if hasattr(make(seed), "seed"):
        whole, others = np.flatnonzero(known).tolist(), range(seed + 1, seed + 1 + SEEDS)
        refits["seeds"] = np.stack([refit(whole, other) for other in others])
    names = outputs_of(bundle.settings)
    features = np.array(bundle.vocabulary, dtype=object)[measured]
    tables = [
        _table(name, features, signed[k], sizes[k], refits["folds"][:, k])
        for k, name in enumerate(names)
    ]
    agreement = [
        {"output": name, "over": over, **stability(signed[k], found[:, k])}
        for over, found in refits.items()
        for k, name in enumerate(names)
    ]
    record = _record(bundle, shipped, samples=int(known.sum()), measured=len(features))
    return Explanation(pd.concat(tables, ignore_index=True), pd.DataFrame(agreement), record)


def outputs_of(settings: Mapping[str, Any]) -> list[str]:
    """What the scores of a model speak of: the positive class, each class, or the prediction."""
    kind = settings.get("kind", "binary")
    if kind == "multiclass":
        return list(settings["classes"])
    return [{"binary": settings["positive"], "regression": "prediction"}.get(kind, "risk")]


def training_parts(
    splits: pd.DataFrame, labels: Mapping[str, str], *, repeats: int, kind: str
) -> list[list[int]]:
    """Rows of each training part of the first repeats, all labels used.

    `labels` are those of the samples, in the order of the rows. A part that lacks one of the
    classes, or any event, teaches another model and is left out.
    """
    row = {sample: i for i, sample in enumerate(labels)}
    needed = {"regression": set(), "survival": {EVENT}}.get(kind, set(labels.values()) - {""})
    early = splits[(splits["part"] == "train") & (splits["repeat"].astype(int) <= repeats)]
    parts = [set(own) for _, own in early.groupby(["repeat", "fold"])["sample"]]
    return [
        sorted(row[sample] for sample in own)
        for own in parts
        if needed <= {labels[sample] for sample in own}
    ]


def _signed(found: Attributions, bundle: Bundle, X: Floats) -> tuple[Floats, Floats]:
    """Mean attribution of a high value, and mean absolute one, each (outputs, features)."""
    above = np.sign(bundle.standardiser(X))
    return (found.values * above).mean(axis=1), np.abs(found.values).mean(axis=1)


def _table(
    output: str, features: Any, signed: Floats, sizes: Floats, refits: Floats
) -> pd.DataFrame:
    """Rows of one output; `refits` is (refits, features)."""
    chosen = leading(np.abs(refits), top_of(len(features)))
    table = pd.DataFrame(
        {
            "output": output,
            "feature": features,
            "rank": pd.Series(-sizes).rank(method="min").astype(int),
            "mean_signed": signed,
            "mean_absolute": sizes,
            "sign": np.array(["-", "0", "+"], dtype=object)[np.sign(signed).astype(int) + 1],
            "fold_low": refits.min(axis=0),
            "fold_high": refits.max(axis=0),
            "in_top": chosen.mean(axis=0),
            "same_sign": (np.sign(refits) == np.sign(signed)).mean(axis=0),
        }
    )
    return table.sort_values(["rank", "feature"], ignore_index=True)


def _record(bundle: Bundle, found: Attributions, *, samples: int, measured: int) -> dict[str, Any]:
    kind = bundle.settings.get("kind", "binary")
    return {
        "strategy": bundle.settings["strategy"],
        "objective": bundle.settings.get("objective", "none"),
        "method": found.method,
        "unit": UNITS[kind],
        "base": dict(zip(outputs_of(bundle.settings), found.base.tolist(), strict=True)),
        "samples": samples,
        "features": measured,
        "features_not_measured": len(bundle.vocabulary) - measured,
        "error": found.error,
        "tolerance": found.tolerance,
    }
