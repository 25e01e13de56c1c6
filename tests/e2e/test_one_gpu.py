"""A plain run on a machine with a GPU gives it to one job at a time."""

import json
import os
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

SMALL = ("--configfile", "tests/small/config.yaml")


def spans(folder: Path) -> list[tuple[float, float, str]]:
    """Start and end of each fine-tuning, as Snakemake recorded them."""
    records = [json.loads(f.read_text()) for f in (folder / ".snakemake/metadata").iterdir()]
    tuned = [record for record in records if record["rule"] == "finetune"]
    return sorted((r["starttime"], r["endtime"], r["log"][0]) for r in tuned)


def test_no_two_fine_tunings_run_at_the_same_time(
    finished_copy: Path,
    snakemake: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = max(end for _, end, _ in spans(finished_copy))
    results = finished_copy / "results/small"
    for lost in ("finetune/all/target/*.source_only.parquet", "evaluate/all/target/*", "report/*"):
        for file in results.glob(lost):
            file.unlink()
    (tmp_path / "nvidia-smi").touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    ran = snakemake(finished_copy, *SMALL)
    assert ran.returncode == 0, ran.stderr
    found = [span for span in spans(finished_copy) if span[0] > before]
    assert len(found) >= 2
    for (_, end, one), (start, _, other) in pairwise(found):
        assert end <= start, f"{other} began before {one} ended"
