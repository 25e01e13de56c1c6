"""Run all benchmarks, or those named: `python tests/benchmarks/run.py [NAME ...]`.

Each file bench_NAME.py has a function `figures(folder)` that yields rows; `folder` is empty and
goes when it is done. The summary lands in results/benchmarks/summary.tsv.
"""

import importlib
import sys
import tempfile
from pathlib import Path

import pandas as pd
from ceilings import ceilings
from measure import Row

HERE = Path(__file__).parent
SUMMARY = HERE.parents[1] / "results" / "benchmarks" / "summary.tsv"


def main(names: list[str]) -> None:
    """Run the benchmarks `names`, all of them where none is named.

    Raises
    ------
    SystemExit
        With status 1 where a bound does not hold.
    """
    known = [file.stem.removeprefix("bench_") for file in sorted(HERE.glob("bench_*.py"))]
    if unknown := set(names) - {*known}:
        sys.exit(f"no benchmark {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    rows: list[Row] = list(ceilings())
    for name in names or known:
        print(f"benchmark {name} ...", flush=True)
        with tempfile.TemporaryDirectory(prefix=f"bench-{name}-") as folder:
            rows += importlib.import_module(f"bench_{name}").figures(Path(folder))
    table = pd.DataFrame(
        [(r.name, round(r.figure, 3), r.unit, r.compared_with, r.bound, r.holds) for r in rows],
        columns=["name", "figure", "unit", "compared_with", "bound", "holds"],
    )
    table["bound"] = table["bound"].astype(float)
    SUMMARY.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(SUMMARY, sep="\t", index=False)
    print(table.to_string(index=False, na_rep=""))
    if broken := list(table.loc[table["holds"] == "no", "name"]):
        sys.exit(f"beyond the bound: {', '.join(broken)}")


if __name__ == "__main__":
    main(sys.argv[1:])
