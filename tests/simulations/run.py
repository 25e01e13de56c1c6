"""Whether the verdict can be trusted: `python tests/simulations/run.py [--studies N] [--cores N]`.

Writes results/simulations/summary.tsv, whose meaning stands in docs/statistics.md, and what each
study found, studies.parquet.
"""

import argparse
import os
import sys
import time
from dataclasses import asdict
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from cells import Cell, setting, study
from summary import rows

from dxtransfer.files import atomic

SUMMARY = Path(__file__).parents[2] / "results" / "simulations" / "summary.tsv"
NULL = [Cell("null", n, base) for n in (30, 60, 120) for base in (0.5, 0.75, 0.9)]
WITHOUT = [Cell(name, n, 0.75) for name in ("useless", "harmful") for n in (30, 60, 120)]
POWER = [
    Cell("helpful", n, base, gain, saved=n == 120 and base == 0.75)
    for base in (0.6, 0.75)
    for n in (30, 60, 120)
    for gain in (0.05, 0.1, 0.15)
]


def main(studies: int, cores: int) -> None:
    """Simulate all cells; power cells have a quarter of the studies.

    Raises
    ------
    SystemExit
        With status 1 where a bound does not hold.
    """
    table: list[dict[str, Any]] = []
    studies_of: list[pd.DataFrame] = []
    cells = [*NULL, *WITHOUT, *POWER]
    with Pool(cores, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for number, cell in enumerate(cells):
            started = time.monotonic()
            _, _, gain = setting(cell)
            count = -(-studies // 4) if cell.name == "helpful" else studies
            seeds = np.random.SeedSequence([2026, number]).spawn(count)
            found = pool.starmap(study, [(cell, seed) for seed in seeds], chunksize=10)
            table += rows(cell, found, gain)
            frame = pd.DataFrame(table)
            of_cell = (
                pd.DataFrame(map(asdict, found))
                .join(pd.DataFrame([asdict(cell)] * count), rsuffix="_asked")
                .assign(true_difference=gain)
            )
            studies_of.append(of_cell)
            with atomic(SUMMARY.with_name("studies.parquet")) as temporary:
                pd.concat(studies_of, ignore_index=True).to_parquet(temporary)
            with atomic(SUMMARY) as temporary:
                frame.to_csv(temporary, sep="\t", index=False, float_format="%.4f")
            print(f"{cell}: {time.monotonic() - started:.0f} s", flush=True)
    print(frame.to_string(index=False, na_rep="", float_format="%.4f"))
    if broken := list(frame.loc[frame["holds"] == "no", "name"]):
        sys.exit(f"beyond the bound: {', '.join(broken)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2000)
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    main(**vars(parser.parse_args()))
