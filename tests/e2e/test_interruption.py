"""Killed at any moment, a run goes on where it stood and ends with the same bytes."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from safetensors import safe_open

SMALL = ("--configfile", "tests/small/config.yaml")
SOURCE = Path("results/small/source/all/pretrain")
# of the 200 epochs of the longer pretraining
LAST_MOMENT = 100


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Snakemake in a process group of its own, of which nothing is left at the end."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    with (folder / "killed.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        wait_for(lambda: not processes(folder), "all processes of the run are gone")


def wait_for(condition: Callable[[], object], what: str, *, while_runs=None) -> None:
    """Wait until something is seen; a run that ends before it is seen has failed."""
    deadline = time.monotonic() + 300
    while not condition():
        assert while_runs is None or while_runs.poll() is None, f"ended before {what}"
        assert time.monotonic() < deadline, f"never seen: {what}"
        time.sleep(0.01)


def processes(folder: Path) -> dict[int, list[str]]:
    """Live processes whose working directory is the folder: their command lines by id."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").resolve() == folder.resolve():
                found[int(entry.name)] = (entry / "cmdline").read_text().split("\0")
        except OSError:
            continue
    return {number: words for number, words in found.items() if words != [""]}


def trainings(folder: Path) -> list[int]:
    """Processes that run the pretraining script itself."""
    return [
        number
        for number, words in processes(folder).items()
        if "python" in Path(words[0]).name and any(w.endswith("pretrain.py") for w in words)
    ]


def epochs_kept(folder: Path, objective: str) -> int:
    """Epochs in the checkpoint; 0 where there is none."""
    checkpoints = folder / "results/small/checkpoints/all"
    try:
        with safe_open(checkpoints / objective / "checkpoint.safetensors", "pt") as kept:
            return len(json.loads(kept.metadata()["state"])["history"])
    except FileNotFoundError:
        return 0


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["supervised", "masked"])
def test_a_killed_pretraining_resumes_and_ends_with_the_bytes_of_one_that_was_not(
    finished_copy: Path, uninterrupted: Path, snakemake, longer, objective: str
) -> None:
    arguments = longer(finished_copy, objective)
    weights = finished_copy / SOURCE / objective / "encoder.safetensors"
    moment = random.SystemRandom().randint(1, LAST_MOMENT)
    with running(finished_copy, *arguments) as run:
        wait_for(
            lambda: epochs_kept(finished_copy, objective) >= moment,
            f"a checkpoint of epoch {moment}",
            while_runs=run,
        )
        for process in trainings(finished_copy):
            os.kill(process, signal.SIGKILL)
        assert run.wait() != 0
    kept = epochs_kept(finished_copy, objective)
    assert kept >= moment
    assert not weights.exists()
    ran = snakemake(finished_copy, *arguments, "--rerun-incomplete")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    logs = [
        (folder / f"results/small/logs/pretrain/all/{objective}.log").read_text()
        for folder in (finished_copy, uninterrupted)
    ]
    assert f"resuming after epoch {kept}\n" in logs[0]
    assert "resuming" not in logs[1]
    for name in ("encoder.safetensors", "encoder.json", "history.tsv"):
        file = SOURCE / objective / name
        assert (finished_copy / file).read_bytes() == (uninterrupted / file).read_bytes(), name
    assert not (finished_copy / f"results/small/checkpoints/all/{objective}").exists()


@pytest.mark.slow
def test_a_killed_snakemake_is_unlocked_and_completes_with_the_same_tables(
    finished_study: Path, finished_copy: Path, snakemake
) -> None:
    study = finished_copy / "results/small"
    baselines = ("majority", "logistic_l2", "random_forest")
    removed = [study / f"finetune/all/target/none.{name}.parquet" for name in baselines]
    # a missing file is made again only where something missing needs it
    for file in [*removed, *study.glob("evaluate/*/*/*"), *study.glob("report/*")]:
        file.unlink()
    with running(finished_copy, *SMALL) as run:
        wait_for(
            lambda: any(file.exists() for file in removed), "a first prediction", while_runs=run
        )
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    assert not all(file.exists() for file in removed)
    refused = snakemake(finished_copy, "--rerun-incomplete", *SMALL)
    assert refused.returncode != 0
    assert "--unlock" in refused.stderr
    assert snakemake(finished_copy, "--unlock", *SMALL).returncode == 0
    ran = snakemake(finished_copy, "--rerun-incomplete", *SMALL)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for pattern in ("finetune/**/*.parquet", "evaluate/**/*.tsv", "figures/**/*.svg"):
        first, second = (
            {file.relative_to(folder): file.read_bytes() for file in folder.glob(pattern)}
            for folder in (finished_study / "results/small", finished_copy / "results/small")
        )
        assert first
        assert first == second
    again = snakemake(finished_copy, "--dry-run", *SMALL)
    assert "Nothing to be done" in again.stdout + again.stderr
