"""The model bundle: everything a new patient's raw values need to become a prediction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from dxtransfer.cohorts.identifiers.mapping import GeneMap
from dxtransfer.errors import InputError
from dxtransfer.files import atomic, checksum, read_json, write_json
from dxtransfer.labels import Outcome, codes_of
from dxtransfer.learn.predictor import Predictor
from dxtransfer.learn.standardiser import Standardiser
from dxtransfer.learn.survival import hazard_at, horizons, survival_at
from dxtransfer.prevalence import rebased

FILES = ("model.json", "weights.safetensors", "vocabulary.tsv", "identifiers.tsv")


@dataclass(frozen=True)
class Bundle:
    """A fitted model with the preprocessing that belongs to it. It holds no training sample.

    Attributes
    ----------
    predictor
        From standardised features to what the task predicts.
    standardiser
        Centre and scale of the target.
    vocabulary
        Features in the model's order.
    settings
        `strategy`, `objective`, `kind` of the task (binary where it is not said), `classes`,
        `positive`, `survival` (times, and the cumulative baseline hazard there), `prevalence` that
        probabilities are made for (None leaves them) and `training_prevalence`, `normalisation`
        and its `pseudocount`, `scales` (assay to scale, as decided for the target), `qc` (limits
        per sample), `min_coverage`, `species`, `feature_kind` (of the target's identifiers), and
        the record of how it was made.
    identifiers
        What leads from other names to the vocabulary; None where the study had no mapping table.
    """

    predictor: Predictor
    standardiser: Standardiser
    vocabulary: Sequence[str]
    settings: Mapping[str, Any]
    identifiers: GeneMap | None = None

    def probability(self, X: npt.NDArray[Any]) -> npt.NDArray[np.floating[Any]]:
        """Probability of the positive class from normalised features, NaN for missing ones."""
        return self._stated(self.predictor.probability(self.standardiser(X)))

    def _stated(self, probability: npt.NDArray[Any]) -> npt.NDArray[np.floating[Any]]:
        """Probability of the positive class at the stated prevalence."""
        after = self.settings.get("prevalence")
        if after is None:
            return probability
        before = self.settings["training_prevalence"]
        return rebased(probability.astype(np.float64), before=before, after=after)

    def predict(self, X: npt.NDArray[Any]) -> dict[str, npt.NDArray[np.floating[Any]]]:
        """Columns of predictions from normalised features, each (samples,).

        `p_{class}`; `prediction`; or `risk` and `survival_at_{time}`.
        """
        found = self.predictor.predict(self.standardiser(X))
        kind, classes = self.settings.get("kind", "binary"), self.settings.get("classes", [])
        if kind == "binary":
            positive, found = self.settings["positive"], self._stated(found)
            return {f"p_{c}": found if c == positive else 1 - found for c in classes}
        if kind == "multiclass":
            return {f"p_{c}": found[:, i] for i, c in enumerate(classes)}
        if kind == "regression":
            return {"prediction": found}
        at = self.settings["survival"]
        curves = survival_at(found, np.array(at["hazard"]))
        named = {f"survival_at_{_told(t)}": curves[:, i] for i, t in enumerate(at["times"])}
        return {"risk": found, **named}


def _told(time: float) -> str:
    """A time in as few digits as tell it exactly."""
    short = f"{time:g}"
    return short if float(short) == time else repr(time)


def fit_bundle(
    estimator: Any,
    X: npt.NDArray[Any],
    *,
    labels: Sequence[str],
    patients: Sequence[str],
    vocabulary: Sequence[str],
    settings: Mapping[str, Any],
    times: Sequence[float] = (),
    mapping: GeneMap | None = None,
) -> Bundle:
    """Fit the shipped model on the whole target.

    Parameters
    ----------
    estimator
        A strategy or a baseline with a primal form (`predictor_` after `fit`).
    X
        (samples, features) normalised, NaN for missing values.
    labels
        Label of each sample, see `dxtransfer.labels.Outcome`; an unlabelled one is left out.
    patients
        Patient of each sample.
    vocabulary
        Names of the features.
    settings
        See `Bundle`.
    times
        For survival, the time of each sample.
    mapping
        The study's mapping table, of which the bundle keeps what leads to the vocabulary.
    """
    known = np.array([bool(label) for label in labels])
    kind = settings.get("kind", "binary")
    task = {"positive": "", **settings, "kind": kind}
    given = times if len(times) else np.full(len(labels), np.nan)
    outcomes = [Outcome(label, time) for label, time in zip(labels, given, strict=True)]
    codes = np.column_stack(list(codes_of(outcomes, task=task).values()))[known]
    y = codes if kind == "survival" else codes[:, 0]
    standardiser = Standardiser.fit(X[known])
    Z = standardiser(X[known])
    if hasattr(estimator, "adapt"):
        estimator.adapt(Z)
    estimator.fit(Z, y, groups=np.asarray(patients)[known])
    more: dict[str, Any] = {"samples": int(known.sum())}
    more["patients"] = len(set(np.asarray(patients)[known]))
    if kind == "binary" and settings.get("prevalence") is not None:
        own = 0.5 if settings.get("balanced") else float(y.mean())
        more["training_prevalence"] = own
    if hasattr(estimator, "shares_"):
        more["parts"] = dict(zip(estimator.parts, estimator.shares_[0].tolist(), strict=True))
        more["without_source"] = estimator.without_source
    if kind == "survival":
        at = horizons(y)
        hazard = hazard_at(estimator.predictor_.predict(Z), y, at)
        more["survival"] = {"times": at, "hazard": hazard.tolist()}
    return Bundle(
        estimator.predictor_,
        standardiser,
        vocabulary,
        {**settings, **more},
        mapping.restricted_to(vocabulary) if mapping else None,
    )


def save_bundle(bundle: Bundle, folder: Path | str) -> None:
    """Write the bundle's files."""
    folder = Path(folder)
    weights: dict[str, Tensor] = bundle.predictor.tensors()
    weights["standardiser.mean"] = torch.as_tensor(bundle.standardiser.mean)
    weights["standardiser.scale"] = torch.as_tensor(bundle.standardiser.scale)
    with atomic(folder / "vocabulary.tsv") as temporary:
        temporary.write_text("\n".join(["feature", *bundle.vocabulary]) + "\n")
    identifiers = bundle.identifiers or GeneMap(frozenset(), {}, {})
    with atomic(folder / "identifiers.tsv") as temporary:
        identifiers.table().to_csv(temporary, sep="\t", index=False)
    with atomic(folder / "weights.safetensors") as temporary:
        save_file(weights, temporary)
    sums = {name: checksum(folder / name) for name in FILES[1:]}
    record = {**bundle.settings, "predictor": bundle.predictor.settings(), "sha256": sums}
    write_json(folder / "model.json", record)


def load_bundle(folder: Path | str) -> Bundle:
    """Read a bundle.

    Raises
    ------
    InputError
        For a file that is missing, and for weights, a vocabulary or identifiers that were
        changed since the bundle was written.
    """
    folder = Path(folder)
    for name in FILES:
        if not (folder / name).is_file():
            raise InputError(f"{folder}: no model bundle, {name} is missing")
    settings = read_json(folder / "model.json")
    for name, expected in settings["sha256"].items():
        if checksum(folder / name) != expected:
            raise InputError(f"{folder / name}: changed since the model was written; train anew")
    weights = load_file(folder / "weights.safetensors")
    standardiser = Standardiser(
        weights.pop("standardiser.mean").numpy(), weights.pop("standardiser.scale").numpy()
    )
    predictor = Predictor.of(weights, settings["predictor"])
    vocabulary = (folder / "vocabulary.tsv").read_text().split("\n")[1:-1]
    table = pd.read_csv(folder / "identifiers.tsv", sep="\t", dtype=str, keep_default_na=False)
    identifiers = GeneMap.from_table(table) if len(table) else None
    return Bundle(predictor, standardiser, vocabulary, settings, identifiers)
