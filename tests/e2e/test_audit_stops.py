"""A sample on both sides of the evaluation stops the run before anything is learnt."""

import shutil
from pathlib import Path

import pandas as pd

DATA = "resources/demo"


def add_source_sample_to_target(folder: Path, *, name: str, patient: str) -> str:
    """Copy a sample of a source cohort into the target under another name; give its own name."""
    matrices, samples = {}, {}
    for cohort in ("source_a", "target"):
        matrices[cohort] = pd.read_csv(
            folder / DATA / f"{cohort}.counts.tsv.gz", sep="\t", index_col=0
        )
        samples[cohort] = pd.read_csv(folder / DATA / f"{cohort}.samples.tsv", sep="\t", dtype=str)
    qc = pd.read_csv(folder / "results/small/qc/source_a.tsv", sep="\t")
    copied = qc.loc[qc["kept"] == "yes", "sample"].iloc[7]
    matrices["target"][name] = matrices["source_a"][copied]
    matrices["target"].to_csv(folder / DATA / "target.counts.tsv.gz", sep="\t")
    source = samples["source_a"]
    row = source[source["sample"] == copied].assign(sample=name, patient=patient)
    table = pd.concat([samples["target"], row], ignore_index=True)
    table.to_csv(folder / DATA / "target.samples.tsv", sep="\t", index=False)
    return str(copied)


def test_a_source_sample_in_the_target_stops_the_run_in_one_line_before_any_training(
    finished_copy: Path, snakemake
) -> None:
    copied = add_source_sample_to_target(finished_copy, name="target_s999", patient="target_p999")
    study = finished_copy / "results/small"
    for folder in study.iterdir():
        if folder.name not in ("ingest", "qc"):
            shutil.rmtree(folder)
    # a run that goes on with whatever does not depend on a failure is the harder case
    ran = snakemake(
        finished_copy, "--keep-going", "--configfile", "tests/small/config.yaml", "--nocolor"
    )
    assert ran.returncode != 0
    told = [line for line in (ran.stdout + ran.stderr).splitlines() if "identical_expr" in line]
    assert len(told) == 1, told
    for word in ("audit/training.tsv", "target target_s999", f"source_a {copied}"):
        assert word in told[0]
    assert "Traceback" not in ran.stdout + ran.stderr
    findings = pd.read_csv(study / "audit/training.tsv", sep="\t")
    errors = findings[findings["level"] == "error"]
    assert errors[["sample", "other_sample"]].to_numpy().tolist() == [["target_s999", copied]]
    assert not (study / "audit/training.passed").exists()
    learnt = ("**/encoder.*", "finetune/**/*.parquet", "model/*/*", "predict/*/*", "report/*.html")
    assert [str(file) for pattern in learnt for file in study.glob(pattern)] == []
