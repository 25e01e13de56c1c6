"""The SLURM profile, on a real SLURM."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

GPU_RULES = {"pretrain", "finetune"}


@pytest.mark.slurm
@pytest.mark.slow
def test_training_runs_on_the_gpu_partition_and_all_else_on_the_default_one(
    cluster, checkout: Path, run_study: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    run = run_study(checkout, "--configfile", "tests/small/config.yaml")
    assert run.returncode == 0, run.stderr
    jobs = cluster.jobs()
    assert {job.state for job in jobs} == {"COMPLETED"}
    training = [job for job in jobs if job.rule in GPU_RULES]
    assert {job.rule for job in training} == GPU_RULES
    assert {(job.partition, job.devices) for job in training} == {("gpu", "0")}
    others = [job for job in jobs if job.rule not in GPU_RULES]
    assert {(job.partition, job.devices) for job in others} == {("cpu", "none")}
