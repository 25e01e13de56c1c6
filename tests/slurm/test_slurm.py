"""The SLURM profile, on a real SLURM: a whole study, from the demo's data to the report."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

REPORT = "results/small/report/target.html"
GPU_RULES = {"pretrain", "finetune"}
OTHER_RULES = {
    *("demo_data", "ingest", "qc", "audit", "audit_gate", "vocabulary", "store", "features"),
    *(
        "scales",
        "source_labels",
        "audit_predicted",
        "splits",
        "baseline",
        "evaluate",
        "verdict",
        "verdicts",
        "model",
        "predict",
    ),
    *("sample_columns", "explain", "enrichment", "explain_figures"),
    *("qc_page", "figures", "page", "overview"),
}
# one source, one way of transfer and one baseline, since each job costs seconds of waiting
BRIEF = """\
cohorts: tests/small/brief.tsv
pretrain:
  objectives: [supervised]
transfer:
  strategies: [linear_probe]
verdict: {transfer: linear_probe, objective: supervised, control: logistic_l2}
baselines: [logistic_l2]
"""


def brief_study(checkout: Path) -> tuple[str, ...]:
    """The small study with fewer jobs, every rule among them."""
    header, *rows = (checkout / "tests/small/cohorts.tsv").read_text().splitlines()
    chosen = [row for row in rows if row.split("\t")[0] in ("source_a", "target", "new")]
    (checkout / "tests/small/brief.tsv").write_text("\n".join([header, *chosen]) + "\n")
    (checkout / "tests/small/brief.yaml").write_text(BRIEF)
    return ("--configfile", "tests/small/config.yaml", "tests/small/brief.yaml")


@pytest.mark.slurm
@pytest.mark.slow
def test_training_runs_on_the_gpu_partition_and_all_else_on_the_default_one(
    cluster, checkout: Path, run_study: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    run = run_study(checkout, *brief_study(checkout))
    assert run.returncode == 0, run.stderr
    jobs = cluster.jobs()
    assert {job.state for job in jobs} == {"COMPLETED"}
    assert {job.rule for job in jobs} == GPU_RULES | OTHER_RULES
    training = {(job.partition, job.devices) for job in jobs if job.rule in GPU_RULES}
    assert training == {("gpu", "0")}
    others = {(job.partition, job.devices) for job in jobs if job.rule in OTHER_RULES}
    assert others == {("cpu", "none")}
    assert (checkout / REPORT).exists()
