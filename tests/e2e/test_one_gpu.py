"""A plain run on a workstation gives the accelerator to one job at a time."""

import base64
import json
from itertools import pairwise
from pathlib import Path

GPU_RULES = ("pretrain", "finetune")


def spans(folder: Path) -> list[tuple[float, float, str]]:
    """Start and end of each job that asks for the accelerator, as Snakemake recorded them."""
    jobs: dict[str, tuple[float, float]] = {}
    for file in (folder / ".snakemake/metadata").iterdir():
        record = json.loads(file.read_text())
        if record["rule"] not in GPU_RULES:
            continue
        output = base64.b64decode(file.name).decode()
        name, start, end = record["log"][0], record["starttime"], record["endtime"]
        assert (folder / output).exists(), output
        # a job ends with its last output
        jobs[name] = (start, max(end, jobs.get(name, (start, end))[1]))
    return sorted((start, end, name) for name, (start, end) in jobs.items())


def test_no_two_fine_tunings_run_at_the_same_time(finished_study: Path) -> None:
    found = [span for span in spans(finished_study) if "/finetune/" in span[2]]
    assert len(found) == 9
    for (_, end, one), (start, _, other) in pairwise(found):
        assert end <= start, f"{other} began before {one} ended"


def test_no_two_pretrainings_run_at_the_same_time(uninterrupted: Path) -> None:
    found = [span for span in spans(uninterrupted) if "/pretrain/" in span[2]]
    assert len(found) == 3
    for (_, end, one), (start, _, other) in pairwise(found):
        assert end <= start, f"{other} began before {one} ended"
