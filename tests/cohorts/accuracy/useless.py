"""What a useless source costs: the ensemble less L2 logistic regression, on finished studies.

Useless is a source whose labels are shuffled, by patient within each cohort, and a source of an
unrelated question on the genes that both share: tumour against normal tissue for tuberculosis, and
the other way round. The studies have to be there, see run.py.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import anndata
import numpy as np
import pandas as pd
from anndata import AnnData
from in_process import Target, compared, part_of, read_target
from run import OWN
from studies import RESULTS, SPLITS, Dataset, datasets

from dxtransfer.cohorts.features import normalised_chunks, project, projected_chunks
from dxtransfer.cohorts.store import Store, write_store
from dxtransfer.cohorts.vocabulary import summarise, vocabulary
from dxtransfer.errors import InputError
from dxtransfer.files import atomic
from dxtransfer.labels import codes_of, columns_of, outcomes_of
from dxtransfer.learn.estimators import Ints
from dxtransfer.learn.pretrain.linear import linear
from dxtransfer.learn.pretrain.source import Source
from dxtransfer.learn.training import use_threads
from dxtransfer.learn.transfer.registry import make

UNRELATED = {"tb": "tcga", "tcga": "tb"}
FEATURES = 5000
FEW = ("4", "8", "16")
# Least mean difference, at few labels and from 32.
BARS = {"shuffled": (-0.01, -0.01), "unrelated": (-0.03, -0.01)}
KEYS = ["source", "dataset", "target", "draw"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare, write results/accuracy/useless.tsv and print the means.

    Raises
    ------
    SystemExit
        With one line where a study is not there, with status 1 where a bar is missed.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sheets", nargs="*", type=Path, help="cohort sheets; all of the protocol")
    parser.add_argument("--kinds", nargs="+", choices=list(BARS), default=list(BARS))
    parser.add_argument("--targets", nargs="+", help="of the development targets; all of them")
    parser.add_argument("--shuffles", type=int, default=5, help="of the labels of each source")
    parser.add_argument("--repeats", type=int, default=2, help="of the folds of each target")
    given = parser.parse_args(arguments)
    use_threads(1)
    found = []
    try:
        chosen = datasets(given.sheets or OWN, split=SPLITS[0], repeats=None)
        for table in _tables(chosen, given):
            found.append(table)
            with atomic(RESULTS / "useless.tsv") as temporary:
                pd.concat(found).to_csv(temporary, sep="\t", index=False)
    except InputError as error:
        sys.exit(f"dxtransfer: {error}")
    means = told(pd.concat(found))
    print(means.round(4).to_string(na_rep=""))
    if missed := [kind for kind in means.index.unique(0) if not holds(means.loc[kind], kind)]:
        sys.exit(f"below the bar: {', '.join(missed)}")


def _tables(chosen: Sequence[Dataset], given: argparse.Namespace) -> Iterator[pd.DataFrame]:
    """A table per target and useless source."""
    by_name = {dataset.name: dataset for dataset in chosen}
    asked = [(d, name) for d in chosen for name in d.splits if name in (given.targets or d.splits)]
    if not asked:
        raise InputError(f"no development target is named {' or '.join(given.targets)}")
    for dataset, name in asked:
        target = read_target(dataset, name, repeats=given.repeats)
        about = {"dataset": dataset.name, "target": name}
        if "shuffled" in given.kinds:
            folder = f"source/{dataset.sources[name]}"
            store = Store(part_of(dataset, f"{folder}/store"))
            y = np.loadtxt(part_of(dataset, f"{folder}/labels.tsv"), skiprows=1).astype(np.int64)
            for draw in range(1, given.shuffles + 1):
                source = Source(store, shuffled(store, y, draw), draw)
                yield losses(source, target).assign(source="shuffled", draw=draw, **about)
        other = by_name.get(UNRELATED.get(dataset.name, ""))
        if "unrelated" in given.kinds and other:
            with TemporaryDirectory() as temporary:
                source, moved = unrelated(dataset, name, target, other, Path(temporary))
                yield losses(source, moved).assign(source="unrelated", draw=1, **about)


def shuffled(store: Store, y: Ints, seed: int) -> Ints:
    """Labels of whole patients exchanged within each cohort, (samples,).

    A patient with samples of both classes has them exchanged or not.
    """
    rng = np.random.default_rng(seed)
    patients = np.array([row["patient"] for row in store.samples], dtype=object)
    found = y.copy()
    for cohort in np.unique(store.cohorts):
        own = np.flatnonzero((np.asarray(store.cohorts) == cohort) & (y >= 0))
        names, member = np.unique(patients[own].astype(str), return_inverse=True)
        both = np.array([len(set(y[own[member == i]])) > 1 for i in range(len(names))])
        first = np.array([y[own[member == i][0]] for i in range(len(names))])
        first[~both] = rng.permutation(first[~both])
        exchanged = both & (rng.random(len(names)) < 0.5)
        labels = np.where(both[member], y[own] ^ exchanged[member], first[member])
        found[own] = labels
    return found


def unrelated(
    dataset: Dataset, name: str, target: Target, other: Dataset, folder: Path
) -> tuple[Source, Target]:
    """All cohorts of another study as the source, over the genes that it shares with the target."""
    adata = anndata.read_h5ad(part_of(dataset, f"qc/{name}.h5ad"))
    cohorts = _cohorts(other, set(adata.var_names))
    summaries = {
        cohort: summarise(normalised_chunks(own, method="rank_normal"), list(own.var_names))
        for cohort, own in cohorts.items()
    }
    table = vocabulary(summaries, min_cohort_share=0.5, n_features=FEATURES)
    features = table["feature"].tolist()
    write_store(
        folder / "store",
        (
            (cohort, projected_chunks(own, features, method="rank_normal"))
            for cohort, own in cohorts.items()
        ),
        features,
    )
    store, task = Store(folder / "store"), other.settings["task"]
    rows = store.samples
    cells = {column: [row.get(column, "") for row in rows] for column in columns_of(task)}
    outcomes = outcomes_of(cells, [row["sample"] for row in rows], task=task)
    (codes,) = codes_of(outcomes, task=task).values()
    projected = project(
        adata, features, method="rank_normal", scale=adata.uns["dxtransfer"]["scale"]
    )
    X = np.asarray(projected[list(target.samples)].X)
    moved = Target(X, target.y, target.patients, target.splits, target.samples)
    return Source(store, np.array(codes, dtype=np.int64), 1), moved


def _cohorts(dataset: Dataset, genes: set[str]) -> Mapping[str, AnnData]:
    """All cohorts of a study after quality control, on some genes."""
    files = sorted(part_of(dataset, "qc").glob("*.h5ad"))
    read = {file.stem: anndata.read_h5ad(file) for file in files}
    return {name: own[:, own.var_names.isin(genes)].copy() for name, own in read.items()}


def losses(source: Source, target: Target) -> pd.DataFrame:
    """Means over folds and draws, a row per budget: the difference and the ensemble's weights."""
    start = time.monotonic()
    encoder, _ = linear(source, settings={})
    estimators = {
        name: make(name, encoder=encoder, settings={}, seed=1)
        for name in ("logistic_l2", "ensemble")
    }
    table = compared(target, estimators)
    table["difference"] = table["ensemble"] - table["logistic_l2"]
    means = table.drop(columns=["repeat", "fold", "draw"]).groupby("budget", sort=False).mean()
    seconds = time.monotonic() - start
    return means.reset_index().assign(
        beyond_chance=encoder.knowledge.beyond_chance, seconds=round(seconds)
    )


def told(table: pd.DataFrame) -> pd.DataFrame:
    """Means over targets and draws by kind of source and dataset, and over all datasets."""
    columns = [c for c in table.columns if c not in (*KEYS, "budget", "seconds")]
    every = table.assign(dataset="all datasets")
    both = pd.concat([table, every]).groupby(["source", "dataset", "budget"])[columns].mean()
    order = {budget: i for i, budget in enumerate(("4", "8", "16", "32", "64", "all"))}
    return both.sort_index(
        level="budget", key=lambda level: level.map(order), sort_remaining=False
    ).sort_index(level=[0, 1], kind="stable", sort_remaining=False)


def holds(means: pd.DataFrame, kind: str) -> bool:
    """Whether the means over all datasets keep to the bars of a kind of source."""
    few, many = BARS[kind]
    found = means.loc["all datasets", "difference"]
    return all(value >= (few if budget in FEW else many) for budget, value in found.items())


if __name__ == "__main__":
    main()
