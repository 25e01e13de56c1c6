"""The ensemble beside the simple sum of a source and a target model, on finished studies.

The sum is S + w T of the source model's and L2 logistic regression's scores, each standardised by
the training part of the fold, with a weight that grows with the labels whatever the data say. The
studies have to be there, see run.py.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from in_process import compared, part_of, read_target
from run import OWN
from safetensors.torch import load_file
from scipy.special import expit, logit
from studies import RESULTS, SPLITS, Dataset, datasets

from dxtransfer.errors import InputError
from dxtransfer.files import atomic
from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.estimators import Floats, Ints, Split, TransferEstimator
from dxtransfer.learn.training import use_threads
from dxtransfer.learn.transfer.registry import make

WEIGHTS = {"4": 0.4, "8": 0.6, "16": 1.0, "32": 1.5, "64": 2.0, "all": 2.5}
STRATEGIES = ["ensemble", "ensemble_target", "source_only", "source_prior", "l2_sp", "logistic_l2"]


class Scheduled(TransferEstimator):
    """S + w T.

    Attributes
    ----------
    budgets
        Budget of each split, a key of `WEIGHTS`.
    """

    def __init__(self, encoder: Pretrained) -> None:
        self.encoder = encoder
        self.budgets: list[str] = []

    def adapt(self, X: Floats) -> None:
        """Keep the training part, whose scores have mean 0 and deviation 1."""
        self.known_ = X

    def solve_grid(
        self, X: Floats, y: Ints, splits: Sequence[Split], weight: Floats
    ) -> list[Floats]:
        """All splits with the members' own grids."""
        n = len(X)
        both, known = np.concatenate([X, self.known_]), np.arange(n, n + len(self.known_))
        asked = [Split(s.train, np.concatenate([s.test, known]), s.inner) for s in splits]
        labels = np.concatenate([y, np.zeros(len(known), dtype=y.dtype)])
        total = [np.zeros(len(split.test)) for split in splits]
        weights = [WEIGHTS[budget] for budget in self.budgets]
        for name, shares in (("source_only", np.ones(len(splits))), ("logistic_l2", weights)):
            member = make(name, encoder=self.encoder, settings={}, seed=1)
            solved = member.predict_grid(both, labels, None, asked)
            for i, (share, p) in enumerate(zip(shares, solved, strict=True)):
                score = logit(p[:, 1].clip(1e-15, 1 - 1e-15))
                test, own = score[: -len(known)], score[-len(known) :]
                total[i] += share * (test - own.mean()) / max(own.std(), 1e-9)
        return [expit(score) for score in total]


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare, write results/accuracy/scheduled.tsv and print the means."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sheets", nargs="*", type=Path, help="cohort sheets; all of the protocol")
    parser.add_argument("--repeats", type=int, default=5, help="of the folds of each target")
    given = parser.parse_args(arguments)
    use_threads(1)
    try:
        chosen = datasets(given.sheets or OWN, split=SPLITS[0], repeats=None)
        table = pd.concat(
            one(dataset, target, given.repeats) for dataset in chosen for target in dataset.splits
        )
    except InputError as error:
        sys.exit(f"dxtransfer: {error}")
    with atomic(RESULTS / "scheduled.tsv") as temporary:
        table.to_csv(temporary, sep="\t", index=False)
    print(told(table).round(4).to_string(na_rep=""))


def one(dataset: Dataset, name: str, repeats: int) -> pd.DataFrame:
    """Mean AUROC on a target, a row per budget."""
    folder = f"source/{dataset.sources[name]}/pretrain/linear"
    tensors = load_file(part_of(dataset, f"{folder}/encoder.safetensors"))
    settings = json.loads(part_of(dataset, f"{folder}/encoder.json").read_text())
    encoder = Pretrained.of(tensors, settings)
    estimators = {s: make(s, encoder=encoder, settings={}, seed=1) for s in STRATEGIES}
    table = compared(
        read_target(dataset, name, repeats=repeats), {**estimators, "scheduled": Scheduled(encoder)}
    )
    means = table.groupby("budget", sort=False)[[*STRATEGIES, "scheduled"]].mean()
    return means.reset_index().assign(dataset=dataset.name, target=name)


def told(table: pd.DataFrame) -> pd.DataFrame:
    """Mean over targets by dataset, and over data sets and budgets."""
    columns = [*STRATEGIES, "scheduled"]
    means = table.groupby(["dataset", "budget"], sort=False)[columns].mean()
    every = means.groupby("dataset").mean().mean().to_frame(("all", "mean")).T
    return pd.concat([means, every])


if __name__ == "__main__":
    main()
