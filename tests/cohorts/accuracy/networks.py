"""Networks against the same network without a source, and against L2 logistic regression.

Reads the predictions that run.py left under results/accuracy/ and computes nothing anew.
"""

import sys
from collections.abc import Iterator

import pandas as pd
from run import OWN
from studies import RESULTS, Dataset, datasets

from dxtransfer.errors import InputError
from dxtransfer.evidence.evaluate import compare
from dxtransfer.files import atomic
from dxtransfer.split_tables import read_splits

REFERENCES = ("from_scratch", "logistic_l2")
NETWORKS = ("linear_probe", "scalar_mix", "full_finetune", "gradual_unfreeze", "l2_sp")


def main() -> None:
    """Write and print the table of development targets.

    Raises
    ------
    SystemExit
        With one line, where no target has predictions of both references.
    """
    try:
        chosen = datasets(OWN, split="development", repeats=None)
    except InputError as error:
        sys.exit(f"dxtransfer: {error}")
    found = [table for dataset in chosen for table in _tables(dataset)]
    if not found:
        sys.exit(f"dxtransfer: {RESULTS}: no predictions of networks; run run.py first")
    whole = pd.concat(found, ignore_index=True)
    with atomic(RESULTS / "networks.tsv") as temporary:
        whole.to_csv(temporary, sep="\t", index=False)
    print(whole.to_string(index=False, float_format="{:.3f}".format))


def _tables(dataset: Dataset) -> Iterator[pd.DataFrame]:
    task, folder = dataset.settings["task"], RESULTS / dataset.name
    for target, source in dataset.sources.items():
        own = folder / "finetune" / source / target
        files = [f for s in (*NETWORKS, *REFERENCES) for f in sorted(own.glob(f"*.{s}.parquet"))]
        if {f"none.{s}" for s in REFERENCES} - {file.stem for file in files}:
            print(f"{target}: not finished, left out", file=sys.stderr)
            continue
        predictions = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
        splits = read_splits(dataset.folds(target))
        for reference in REFERENCES:
            table = compare(
                predictions[predictions["objective"] != "linear"],
                splits,
                classes=list(task["classes"]),
                positive=task["positive"],
                reference=reference,
                level=0.95,
            )
            yield table[table["measure"] == "auroc"].assign(target=target)


if __name__ == "__main__":
    main()
