"""The SLURM profile, on a real SLURM."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

STUDY = "results/small"
TARGETS = (
    f"{STUDY}/finetune/all/target/supervised.linear_probe.parquet",
    f"{STUDY}/finetune/all/target/none.logistic_l2.parquet",
    f"{STUDY}/model/target/model.json",
)
GPU_RULES = {"pretrain", "finetune"}
OTHER_RULES = {
    *("demo_data", "ingest", "qc", "audit", "audit_gate", "vocabulary", "store", "features"),
    *("splits", "baseline", "model"),
}


def with_one_source(checkout: Path) -> str:
    """A cohort sheet of one source and the target, since each job costs seconds of waiting."""
    header, *rows = (checkout / "tests/small/cohorts.tsv").read_text().splitlines()
    chosen = [row for row in rows if row.split("\t")[0] in ("source_a", "target")]
    sheet = checkout / "tests/small/two.tsv"
    sheet.write_text("\n".join([header, *chosen]) + "\n")
    return str(sheet.relative_to(checkout))


@pytest.mark.slurm
@pytest.mark.slow
def test_training_runs_on_the_gpu_partition_and_all_else_on_the_default_one(
    cluster, checkout: Path, run_study: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    sheet = with_one_source(checkout)
    small = ("--configfile", "tests/small/config.yaml", "--config", f"cohorts={sheet}")
    run = run_study(checkout, *TARGETS, *small)
    assert run.returncode == 0, run.stderr
    jobs = cluster.jobs()
    assert {job.state for job in jobs} == {"COMPLETED"}
    assert {job.rule for job in jobs} == GPU_RULES | OTHER_RULES
    training = {(job.partition, job.devices) for job in jobs if job.rule in GPU_RULES}
    assert training == {("gpu", "0")}
    others = {(job.partition, job.devices) for job in jobs if job.rule in OTHER_RULES}
    assert others == {("cpu", "none")}
    assert all((checkout / target).exists() for target in TARGETS)
