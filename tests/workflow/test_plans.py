"""What jobs are told: the files and settings of their own, and nothing that they do not read."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sklearn

from dxtransfer.config import checked, read_schema
from dxtransfer.lanes import Lane
from dxtransfer.own_estimators import version_of
from dxtransfer.plans.cohorts import CohortPlan
from dxtransfer.plans.evaluation import EvaluationPlan
from dxtransfer.plans.learning import LearningPlan
from dxtransfer.plans.reads import ReadsPlan
from dxtransfer.study import Study

ROOT = Path(__file__).parents[2]
SCHEMA = read_schema(ROOT / "workflow/schemas/config.schema.yaml")
LEAST = {
    "study": "s",
    "cohorts": "c.tsv",
    "task": {"label": "l", "classes": {"a": ["a"], "b": ["b"]}, "positive": "a"},
}


def settings(**changes: Any) -> dict[str, Any]:
    return checked({**LEAST, **changes}, schema=SCHEMA)


def row(cohort: str, role: str, **cells: str) -> dict[str, str]:
    return {"cohort": cohort, "role": role, "study": cohort, "assay": "rnaseq", **cells}


STUDY = Study(
    {
        "old": row("old", "source", matrix="old.tsv", samples="old.s.tsv", annotation="probes.tsv"),
        "far": row(
            "far", "source,target", matrix="there/GSE1", accession="GSE1", platform="GPL570"
        ),
        "young": row("young", "target", matrix="young.h5ad"),
        "ward": row("ward", "external", samples="ward.s.tsv"),
        "cells": row("cells", "new", samples="cells.s.tsv", technology="10XV3"),
    }
)
LANES = {
    "ward": {
        "w1": [
            Lane("L1", 2, {"fastq_1": "a_1.fq", "fastq_2": "a_2.fq"}),
            Lane("L2", 3, {"fastq_1": "b_1.fq", "fastq_2": "b_2.fq"}),
        ],
        "w2": [Lane("1", 4, {"fastq_1": "c_1.fq"})],
    },
    "cells": {"k1": [Lane("1", 2, {"index_1": "i.fq", "fastq_1": "d_1.fq", "fastq_2": "d_2.fq"})]},
}
COHORTS = CohortPlan(STUDY, settings())
READS = ReadsPlan(STUDY, settings()["reads"], LANES)
LEARNING = LearningPlan(STUDY, settings())
MANIFEST = "resources/accessions/GSE1/manifest.json"


def of(cohort: str, **more: str) -> dict[str, str]:
    """Wildcards of a job of a cohort."""
    return {"study": "s", "cohort": cohort, **more}


# --- cohorts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cohort", "files"),
    [
        ("old", {"matrix": "old.tsv", "samples": "old.s.tsv"}),
        ("far", {"matrix": MANIFEST}),
        ("young", {"matrix": "young.h5ad"}),
        ("ward", {"matrix": "results/s/reads/ward.h5ad", "samples": "ward.s.tsv"}),
    ],
)
def test_a_cohort_is_read_from_its_matrix_its_accession_or_its_reads(
    cohort: str, files: dict[str, str]
) -> None:
    assert COHORTS.delivered(of(cohort)) == files


def test_probes_are_annotated_by_the_sheet_or_by_what_was_fetched() -> None:
    told = {name: COHORTS.annotation(of(name)) for name in ("old", "far", "young")}
    assert told == {"old": "probes.tsv", "far": MANIFEST, "young": []}
    assert (COHORTS.platform(of("far")), COHORTS.platform(of("old"))) == ("GPL570", "")


def test_reading_a_cohort_depends_neither_on_its_role_nor_on_its_annotation() -> None:
    assert {"role", "annotation"} & COHORTS.reading(of("old")).keys() == set()
    assert COHORTS.reading(of("old"))["matrix"] == "old.tsv"


def test_an_accession_depends_on_where_it_is_fetched_and_not_on_how_patiently() -> None:
    assert COHORTS.to_fetch() == [MANIFEST]
    assert set(COHORTS.archives()) == {"mirror", "geo", "ncbi", "gdc"}


def test_a_mapping_table_is_an_input_where_there_is_one() -> None:
    assert COHORTS.mapping(of("old")) == {}
    assert replace(COHORTS, mapping_file="hgnc.tsv").mapping(of("old")) == {"mapping": "hgnc.tsv"}


def test_only_a_pure_source_loses_outliers_and_only_an_external_cohort_is_evaluated() -> None:
    assert [c for c in STUDY.cohorts if COHORTS.drops_outliers(of(c))] == ["old"]
    assert [c for c in STUDY.cohorts if COHORTS.is_evaluated(of(c))] == ["ward"]


def test_a_source_and_the_source_of_a_target_are_the_same_cohorts() -> None:
    whole = ["results/s/qc/old.h5ad", "results/s/qc/far.h5ad"]
    assert COHORTS.qc_of_source({"study": "s", "source": "all"}) == whole
    assert COHORTS.qc_of_source({"study": "s", "target": "young"}) == whole
    assert COHORTS.qc_of_source({"study": "s", "target": "far"}) == whole[:1]
    assert COHORTS.qc_of_targets({"study": "s", "source": "all"}) == ["results/s/qc/young.json"]


def test_leaks_are_read_only_where_the_source_goes_without_them() -> None:
    assert COHORTS.leaks({"study": "s"}) == []
    dropping = CohortPlan(STUDY, settings(audit={"on_leak": "drop_from_source"}))
    assert dropping.leaks({"study": "s"}) == "results/s/audit/source_leaks.tsv"


# --- raw reads ---------------------------------------------------------------------------------


def test_a_sample_has_its_lanes_and_a_cohort_those_of_all_samples() -> None:
    assert READS.of_sample(of("ward", sample="w1")) == [["a_1.fq", "a_2.fq"], ["b_1.fq", "b_2.fq"]]
    assert READS.fastq(of("ward", sample="w2")) == ["c_1.fq"]
    assert READS.fastq(of("ward")) == ["a_1.fq", "a_2.fq", "b_1.fq", "b_2.fq", "c_1.fq"]
    assert READS.samples(of("ward")) == ["w1", "w2"]


def test_mates_are_named_by_sample_and_by_lane_where_there_are_several() -> None:
    named = READS.by_name(of("ward"))
    assert named == {
        "w1.L1": ["a_1.fq", "a_2.fq"],
        "w1.L2": ["b_1.fq", "b_2.fq"],
        "w2": ["c_1.fq"],
    }
    assert READS.by_name(of("cells")) == {"k1": ["d_1.fq", "d_2.fq"]}


def test_bulk_samples_and_cells_are_counted_by_rules_of_their_own() -> None:
    assert READS.cohorts(single_cell=False) == "ward"
    assert READS.cohorts(single_cell=True) == "cells"
    none = ReadsPlan(Study({}), READS.settings, {})
    assert none.cohorts(single_cell=True) == "(?!)"
    assert READS.numbers(of("cells")) == ["results/s/reads/cells/cells/k1/reads.json"]
    assert READS.numbers(of("ward"))[1] == "results/s/reads/bulk/ward/w2/reads.json"


def test_the_page_of_reads_is_made_of_every_cohort_and_every_bulk_sample() -> None:
    assert READS.quality_reports({"study": "s"}) == [
        "results/s/reads/quality/ward",
        "results/s/reads/quality/cells",
        "results/s/reads/bulk/ward/w1/cutadapt.txt",
        "results/s/reads/bulk/ward/w1/kallisto.txt",
        "results/s/reads/bulk/ward/w2/cutadapt.txt",
        "results/s/reads/bulk/ward/w2/kallisto.txt",
    ]


def test_quantifying_reads_no_setting_of_the_reference() -> None:
    assert {"reference", "checksum", "kmer", "cells"} & READS.trimming().keys() == set()
    assert READS.trimming()["min_length"] == 31


# --- learning ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("objective", "blocks"),
    [
        ("pca", {"pca"}),
        ("masked", {"network", "training", "masked"}),
        ("supervised", {"network", "training", "auxiliary"}),
        ("joint", {"network", "training", "auxiliary", "masked", "joint"}),
        ("linear", set()),
    ],
)
def test_an_objective_reads_its_own_settings(objective: str, blocks: set[str]) -> None:
    assert LEARNING.objective_settings({"objective": objective}).keys() == blocks


def test_a_strategy_reads_its_own_settings() -> None:
    def read(objective: str, strategy: str) -> dict[str, object]:
        return LEARNING.strategy_settings({"objective": objective, "strategy": strategy})

    assert read("masked", "linear_probe") == read("masked", "scalar_mix") == {}
    tuned = {"epochs": 60, "learning_rate": 0.001}
    assert read("masked", "full_finetune") == {**tuned, "weight_decay": 0.01}
    assert read("masked", "gradual_unfreeze") == {**tuned, "weight_decay": 0.01, "rate_ratio": 2.6}
    assert read("masked", "l2_sp") == {**tuned, "source_penalty": 1.0}
    # the linear model chooses its penalty itself
    assert read("linear", "l2_sp") == {}
    scratch = read("none", "from_scratch")
    assert (scratch["learning_rate"], scratch["widths"]) == (0.03, [128, 64])


def test_an_encoder_is_that_of_the_job_and_else_of_the_shipped_model() -> None:
    job = {"study": "s", "target": "far", "source": "all", "objective": "pca"}
    folder = "results/s/source/all/pretrain/pca"
    assert LEARNING.encoder({**job, "strategy": "scalar_mix"}) == {
        "weights": f"{folder}/encoder.safetensors",
        "encoder": f"{folder}/encoder.json",
    }
    assert LEARNING.encoder({**job, "strategy": "from_scratch"}) == {}
    shipped = LEARNING.encoder({"study": "s", "target": "far"})
    assert shipped["encoder"] == "results/s/source/without_far/pretrain/linear/encoder.json"


def test_every_strategy_is_compared_once_per_objective_unless_it_needs_no_encoder() -> None:
    job = {"study": "s", "target": "far", "source": "without_far"}
    files = LEARNING.predictions(job)
    names = [Path(file).stem for file in files]
    assert len(set(names)) == len(names) == 3 * 5 + 2 + 4 + 2 + 5
    assert {n for n in names if n.startswith("none.")} == {
        "none.from_scratch",
        "none.ensemble_target",
        "none.majority",
        "none.logistic_l2",
        "none.elastic_net",
        "none.random_forest",
        "none.gradient_boosting",
    }
    assert {n for n in names if n.startswith("linear.")} == {
        "linear.ensemble",
        "linear.source_only",
        "linear.source_prior",
        "linear.l2_sp",
    }
    assert {str(Path(file).parent) for file in files} == {"results/s/finetune/without_far/far"}


def test_an_estimator_of_ones_own_is_a_baseline_whose_version_and_file_are_params() -> None:
    own = "sklearn.naive_bayes.GaussianNB"
    plan = LearningPlan(STUDY, settings(baselines=["logistic_l2", own]))
    job = {"study": "s", "target": "far", "source": "without_far", "strategy": own}
    assert f"results/s/finetune/without_far/far/none.{own}.parquet" in plan.predictions(job)
    assert plan.encoder(job) == {}
    known = plan.baseline_code(job)
    assert known[own] == version_of(own)
    assert version_of(own)["version"] == sklearn.__version__
    assert "dxtransfer.learn.grid" in known
    named = plan.baseline_code({**job, "strategy": "elastic_net"})
    assert "dxtransfer.learn.baselines.elastic_net" in named
    assert "dxtransfer.learn.baselines.random_forest" not in named


def test_a_model_is_explained_by_its_own_code_and_gene_sets_only_where_they_are_named() -> None:
    named = LearningPlan(STUDY, settings(explanation={"gene_sets": "h.gmt"}))
    job = {"study": "s", "target": "young"}
    assert named.enrichment(job) == ["results/s/explain/young/enrichment.tsv"]
    assert LEARNING.enrichment(job) == []
    modules = LEARNING.explanation_code()
    assert LEARNING.shipped_code().items() <= modules.items()
    assert {"dxtransfer.predict.attributions", "dxtransfer.evidence.stability"} <= set(modules)


def test_the_shipped_model_has_an_objective_where_it_needs_one() -> None:
    assert LEARNING.shipped() == ["linear", "ensemble"]
    baseline = LearningPlan(STUDY, settings(model={"strategy": "logistic_l2"}))
    assert baseline.shipped() == ["none", "logistic_l2"]
    assert "dxtransfer.learn.baselines.logistic_l2" in baseline.shipped_code()
    assert "dxtransfer.learn.transfer.ensemble" in LEARNING.shipped_code()
    assert baseline.encoder({"study": "s", "target": "far"}) == {}


def test_columns_are_asked_for_once_and_no_training_is_told_of_them() -> None:
    own = {"covariates": ["age", "ward"], "adjust_for": "ward", "site": "hospital"}
    plan = EvaluationPlan(STUDY, settings(evaluation=own))
    assert plan.columns() == ["age", "ward", "hospital"]
    assert plan.left_out_site() == ""
    assert plan.intervals() == {"resamples": 1000, "level": 0.95}
    by_site = EvaluationPlan(STUDY, settings(evaluation={"mode": "leave_one_site_out"}))
    assert (by_site.left_out_site(), by_site.columns()) == ("site", ["site"])


def test_external_cohorts_are_scored_for_each_target_and_new_ones_are_not() -> None:
    plan = EvaluationPlan(STUDY, settings())
    for target in ("far", "young"):
        asked = {"study": "s", "target": target}
        assert plan.external(asked) == [f"results/s/evaluate/external/{target}/ward.tsv"]
        assert plan.stratified(asked) == []
    adjusted = EvaluationPlan(STUDY, settings(evaluation={"adjust_for": "batch"}))
    found = [adjusted.stratified({"study": "s", "target": t}) for t in ("far", "young")]
    folder = "results/s/evaluate"
    assert found == [
        [f"{folder}/without_far/far/stratified.tsv"],
        [f"{folder}/all/young/stratified.tsv"],
    ]
    assert adjusted.tables() == []


def test_every_cohort_is_listed_with_its_source_or_the_reason_why_it_is_not_tested() -> None:
    plan = EvaluationPlan(
        STUDY, settings(evaluation={"mode": "leave_one_cohort_out"}), {"old": "too small"}
    )
    assert plan.tables()[-1] == "results/s/evaluate/cohorts.tsv"
    assert plan.cohorts() == [
        {"cohort": "old", "tested": "no", "source": "", "reason": "too small"},
        {"cohort": "far", "tested": "yes", "source": "without_far", "reason": ""},
        {"cohort": "young", "tested": "yes", "source": "all", "reason": ""},
    ]


def test_clinical_models_are_compared_where_covariates_are_named() -> None:
    wildcards = {"study": "s", "source": "all", "target": "young"}
    plan = LearningPlan(STUDY, settings(evaluation={"covariates": ["age"]}))
    folder = "results/s/finetune/all/young"
    both = {f"{folder}/none.covariates.parquet", f"{folder}/none.covariates_omics.parquet"}
    assert set(plan.predictions(wildcards)) - set(LEARNING.predictions(wildcards)) == both
    clinical, beside = ({**wildcards, "strategy": s} for s in ("covariates", "covariates_omics"))
    assert plan.compared_with(clinical) == {}
    assert plan.compared_with(beside) == {"features": "results/s/features/all/young.h5ad"}
    assert "dxtransfer.learn.covariates" in plan.comparator_code(clinical)
