"""Tables of the accuracy protocol, from the predictions and evaluation of its studies alone."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from studies import Dataset

from dxtransfer.evidence.evaluate import compare
from dxtransfer.split_tables import read_splits

KEYS = ["dataset", "target", "split"]
SUMMARY = [*KEYS, "budget", "strategy", "measure", "mean", "low", "high", "n"]
# The default strategy and its control, which never sees the source.
ENSEMBLE, CONTROL = "linear.ensemble", "none.ensemble_target"
DIFFERENCES = [*KEYS, "budget", "strategy", "reference", "measure", "difference", "low", "high"]
MEANS = ["dataset", "split", "budget", "strategy", "measure"]


def summary(datasets: Sequence[Dataset]) -> pd.DataFrame:
    """Every measure of every strategy and target; `n` is the number of patients."""
    table = _gathered(datasets, "metrics").rename(columns={"estimate": "mean", "patients": "n"})
    return table[SUMMARY]


def differences(datasets: Sequence[Dataset]) -> pd.DataFrame:
    """Every strategy less the reference on the same folds, paired intervals."""
    table = _gathered(datasets, "comparisons")
    table["reference"] = table["reference"].str.removeprefix("none.")
    return table[DIFFERENCES]


def beside_control(datasets: Sequence[Dataset]) -> pd.DataFrame:
    """The ensemble less its control, as `differences` has them; no row where it was not run."""
    parts = []
    for dataset in datasets:
        for target, split in dataset.splits.items():
            files = [dataset.predictions(target, name) for name in (ENSEMBLE, CONTROL)]
            if not all(file.exists() for file in files):
                continue
            found = compare(
                pd.concat(map(pd.read_parquet, files), ignore_index=True),
                read_splits(dataset.folds(target)),
                task=dataset.settings["task"]["kind"],
                classes=list(dataset.settings["task"]["classes"]),
                positive=dataset.settings["task"]["positive"],
                reference=CONTROL.removeprefix("none."),
                level=dataset.settings["evaluation"]["level"],
            )
            found = found[found["strategy"] == "ensemble"]
            about = {"dataset": dataset.name, "target": target, "split": split}
            parts.append(
                found.assign(**about, strategy=ENSEMBLE, reference=CONTROL.removeprefix("none."))
            )
    return pd.concat(parts)[DIFFERENCES] if parts else pd.DataFrame(columns=DIFFERENCES)


def means(table: pd.DataFrame, figure: str) -> pd.DataFrame:
    """Means over the targets of a dataset, each split by itself and both together.

    Targets are of different patients, so their errors are independent: the distances of the mean
    to its limits are the roots of the summed squared distances of the targets, over their number
    (Zou and Donner 2008, Stat Med 27:1693-1702). Different targets stand for different
    difficulties, which these intervals do not count in.

    Parameters
    ----------
    table
        See `summary` and `differences`.
    figure
        Its column with the estimate.

    Returns
    -------
    pandas.DataFrame
        The columns of `MEANS`, `figure`, low, high and the number of targets.
    """
    parts = [table]
    if table["split"].nunique() > 1:
        parts.append(table.assign(split="both"))
    return (
        pd.concat(parts)
        .groupby(MEANS, sort=False)
        .apply(_mean(figure), include_groups=False)
        .reset_index()
    )


def _mean(figure: str) -> Callable[[pd.DataFrame], "pd.Series[float]"]:
    def mean(rows: pd.DataFrame) -> "pd.Series[float]":
        value = rows[figure].mean()
        below, above = rows[figure] - rows["low"], rows["high"] - rows[figure]
        low, high = (np.sqrt((side**2).sum(skipna=False)) / len(rows) for side in (below, above))
        return pd.Series(
            {figure: value, "low": value - low, "high": value + high, "targets": len(rows)}
        )

    return mean


def shown(table: pd.DataFrame, figure: str) -> str:
    """Means of the first measure as text: a line per strategy, a column per budget."""
    table = table[table["measure"] == table["measure"].iloc[0]]
    parts = []
    for (dataset, split), rows in means(table, figure).groupby(["dataset", "split"], sort=False):
        cells = rows.assign(
            cell=[
                f"{value:+.3f} [{low:+.3f} {high:+.3f}]"
                if figure == "difference"
                else f"{value:.3f}"
                for value, low, high in zip(rows[figure], rows["low"], rows["high"], strict=True)
            ]
        )
        wide = cells.pivot(index="strategy", columns="budget", values="cell").fillna("")
        wide = wide[sorted(wide.columns, key=lambda b: np.inf if b == "all" else int(b))]
        targets = int(rows["targets"].max())
        parts.append(
            f"{dataset}, {split}, {targets} target{'s' * (targets > 1)}, {figure} of "
            f"{rows['measure'].iloc[0]}\n{wide.rename_axis(index=None, columns=None).to_string()}\n"
        )
    return "\n".join(parts)


def _gathered(datasets: Sequence[Dataset], name: str) -> pd.DataFrame:
    """A table of the evaluation of all targets, one below the other."""
    tables = [
        pd.read_csv(
            dataset.table(target, name),
            sep="\t",
            dtype={"objective": str, "strategy": str, "budget": str},
            keep_default_na=False,
            na_values={column: [""] for column in ("estimate", "difference", "low", "high")},
        ).assign(dataset=dataset.name, target=target, split=split)
        for dataset in datasets
        for target, split in dataset.splits.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    table["strategy"] = (table["objective"] + "." + table["strategy"]).str.removeprefix("none.")
    return table
