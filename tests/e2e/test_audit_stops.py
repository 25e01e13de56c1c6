"""What stands on both sides of an evaluation stops what it concerns, and nothing else."""

import shutil
from pathlib import Path

import pandas as pd

DATA = "resources/demo"
SMALL = ("--configfile", "tests/small/config.yaml")
LEARNT = ("**/encoder.*", "finetune/**/*.parquet", "model/*/*", "predict/*/*", "report/target.html")


def kept_source_samples(folder: Path) -> list[str]:
    qc = pd.read_csv(folder / "results/small/qc/source_a.tsv", sep="\t")
    return list(qc.loc[qc["kept"] == "yes", "sample"])


def add_source_sample(folder: Path, copied: str, *, to: str, name: str, patient: str) -> None:
    """Copy a sample of a source cohort into another cohort under another name."""
    matrices, samples = {}, {}
    for cohort in ("source_a", to):
        file = folder / DATA / f"{cohort}.counts.tsv.gz"
        matrices[cohort] = pd.read_csv(file, sep="\t", index_col=0)
        samples[cohort] = pd.read_csv(folder / DATA / f"{cohort}.samples.tsv", sep="\t", dtype=str)
    matrices[to][name] = matrices["source_a"][copied]
    matrices[to].to_csv(folder / DATA / f"{to}.counts.tsv.gz", sep="\t")
    source = samples["source_a"]
    row = source[source["sample"] == copied].assign(sample=name, patient=patient)
    table = pd.concat([samples[to], row], ignore_index=True)
    table.to_csv(folder / DATA / f"{to}.samples.tsv", sep="\t", index=False)


def test_a_source_sample_in_the_target_stops_the_run_or_is_left_out_of_the_source(
    finished_copy: Path, snakemake
) -> None:
    copied = kept_source_samples(finished_copy)[7]
    add_source_sample(finished_copy, copied, to="target", name="target_s999", patient="target_p999")
    study = finished_copy / "results/small"
    for folder in study.iterdir():
        if folder.name not in ("ingest", "qc"):
            shutil.rmtree(folder)
    # a run that goes on with whatever does not depend on a failure is the harder case
    ran = snakemake(finished_copy, "--keep-going", *SMALL)
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
    assert [str(file) for pattern in LEARNT for file in study.glob(pattern)] == []

    # the same study, where the source goes without that sample
    (finished_copy / "drop.yaml").write_text("audit: {on_leak: drop_from_source}\n")
    encoder = "results/small/source/all/pretrain/pca/encoder.json"
    ran = snakemake(finished_copy, encoder, *SMALL, "drop.yaml")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    leaks = pd.read_csv(study / "audit/source_leaks.tsv", sep="\t", dtype=str)
    assert copied in set(leaks["sample"])
    assert set(leaks["cohort"]) == {"source_a"}
    assert leaks["patient"].nunique() == 1
    assert leaks["reason"].str.contains("also in the target target").all()
    learnt = pd.read_csv(study / "source/all/store/samples.tsv", sep="\t", dtype=str)
    own = learnt.loc[learnt["cohort"] == "source_a", "sample"]
    assert set(kept_source_samples(finished_copy)) - set(own) == set(leaks["sample"])


def test_a_source_sample_in_an_external_cohort_stops_its_predictions_alone(
    finished_copy: Path, snakemake
) -> None:
    copied = kept_source_samples(finished_copy)[3]
    for end in ("counts.tsv.gz", "samples.tsv"):
        shutil.copy(
            finished_copy / DATA / f"target.{end}", finished_copy / f"tests/small/other.{end}"
        )
    # labelled people of their own: the target's, every count drawn anew around its value
    counts = pd.read_csv(finished_copy / "tests/small/other.counts.tsv.gz", sep="\t", index_col=0)
    shuffled = counts.sample(frac=1, axis=1, random_state=1).to_numpy()
    mixed = (counts + shuffled + counts.to_numpy()[:, ::-1]) // 3
    table = pd.read_csv(finished_copy / "tests/small/other.samples.tsv", sep="\t", dtype=str)
    mixed.columns = table["sample"] = [f"other_s{i}" for i in range(len(table))]
    table["patient"] = table["sample"]
    source = pd.read_csv(finished_copy / DATA / "source_a.counts.tsv.gz", sep="\t", index_col=0)
    mixed["other_s0"] = source[copied]
    mixed.to_csv(finished_copy / "tests/small/other.counts.tsv.gz", sep="\t")
    table.to_csv(finished_copy / "tests/small/other.samples.tsv", sep="\t", index=False)
    with (finished_copy / "tests/small/cohorts.tsv").open("a") as sheet:
        sheet.write("other\texternal\trnaseq\tother.counts.tsv.gz\tother.samples.tsv\n")

    ran = snakemake(finished_copy, *SMALL)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    study = finished_copy / "results/small"
    findings = pd.read_csv(study / "audit/target/other.tsv", sep="\t")
    errors = findings[findings["level"] == "error"]
    pairs = errors[["sample", "other_cohort", "other_sample"]].to_numpy().tolist()
    assert ["other_s0", "source_a", copied] in pairs
    withheld = pd.read_csv(study / "predict/target/other.tsv", sep="\t")
    assert set(withheld["status"]) == {"refused"}
    assert withheld["reason"].str.contains("audit/target/other.tsv").all()
    assert withheld["p_disease"].isna().all()
    assert set(pd.read_csv(study / "predict/target/new.tsv", sep="\t")["status"]) == {"predicted"}
    page = (study / "report/target.html").read_text()
    assert "the audit of this cohort found" in page
    assert "other other_s0" in page
