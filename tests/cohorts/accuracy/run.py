"""The accuracy protocol: every target of every sheet, its own cohort left out of the source.

Each sheet is a study of the workflow under results/accuracy/, so what is finished is not computed
again. Figures of confirmation are only for a method that is not changed any more: development alone
is run where nothing else is asked for.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import tables
from studies import RESULTS, SPLITS, Dataset, datasets

from dxtransfer.errors import InputError
from dxtransfer.files import atomic

HERE = Path(os.path.relpath(Path(__file__).parent))
OWN = [HERE / f"{name}.tsv" for name in ("tb", "crc", "csf", "tcga")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all sheets one after the other, write and print their tables.

    Raises
    ------
    SystemExit
        With one line, before the first job, for input that is wrong; with the status of Snakemake
        where that fails.
    """
    given = _parsed(arguments)
    try:
        chosen = datasets(given.sheets or OWN, split=given.split, repeats=given.repeats)
    except InputError as error:
        sys.exit(f"dxtransfer: {error}")
    # Snakemake finds the rest: what is wrong in a later sheet is told before the first one runs.
    for dataset in chosen:
        planned = subprocess.run(
            _snakemake(dataset, "-n", "-q", "all", cores=given.cores),
            capture_output=True,
            text=True,
        )
        if planned.returncode:
            sys.exit(planned.stderr.strip() or planned.stdout.strip())
    for dataset in chosen:
        print(f"accuracy: {dataset.name}, {', '.join(dataset.splits)}", flush=True)
        status = subprocess.run(_snakemake(dataset, cores=given.cores)).returncode
        if status:
            sys.exit(status)
    _told(chosen)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sheets", nargs="*", type=Path, help="cohort sheets; all of the protocol")
    parser.add_argument("--split", choices=[*SPLITS, "all"], default=SPLITS[0])
    parser.add_argument("--repeats", type=int, help="instead of the configurations' own")
    parser.add_argument("--cores", default="all", help="for Snakemake")
    return parser.parse_args(arguments)


def _snakemake(dataset: Dataset, *options: str, cores: str) -> list[str]:
    command = [sys.executable, "-m", "snakemake", "--cores", cores]
    configured = ["--configfile", str(dataset.write())]
    return [*command, *configured, *options, "--", *dataset.tables()]


def _told(chosen: Sequence[Dataset]) -> None:
    control = tables.beside_control(chosen)
    differences = tables.differences(chosen)
    found = {
        "summary": tables.summary(chosen),
        "differences": pd.concat([differences, control]) if len(control) else differences,
    }
    for name, table in found.items():
        with atomic(RESULTS / f"{name}.tsv") as temporary:
            table.to_csv(temporary, sep="\t", index=False)
    print(tables.shown(found["summary"], "mean"))
    print(tables.shown(differences, "difference"))
    if len(control):
        print(f"Beside {tables.CONTROL.removeprefix('none.')}:")
        print(tables.shown(control, "difference"))
    print(f"Tables: {RESULTS}/summary.tsv, {RESULTS}/differences.tsv")


if __name__ == "__main__":
    main()
