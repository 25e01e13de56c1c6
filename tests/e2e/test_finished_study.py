"""What a finished run holds: every table with its columns, predictions as the schema says."""

import base64
import hashlib
import json
import re
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
import yaml
from sklearn.metrics import roc_auc_score

KEYS = "objective strategy"
FINDINGS = "level check cohort sample other_cohort other_sample column statistic p_value detail"
TABLES = {
    "splits/target.tsv": "repeat fold part draw sample patient label inner_fold budget",
    "evaluate/all/target/metrics.tsv": f"{KEYS} budget measure estimate low high patients samples"
    " prevalence",
    "evaluate/all/target/comparisons.tsv": f"{KEYS} reference budget measure difference low high",
    "evaluate/all/target/gains.tsv": f"{KEYS} reference measure gain low high p p_holm",
    "evaluate/all/target/label_efficiency.tsv": f"{KEYS} budget patients measure estimate low high"
    " difference difference_low difference_high",
    "evaluate/all/target/calibration.tsv": f"{KEYS} bin predicted observed low high samples",
    "evaluate/all/target/calibration_summary.tsv": f"{KEYS} output measure estimate low"
    " high reason",
    "evaluate/all/target/reliability.tsv": f"{KEYS} output predicted observed low high",
    "evaluate/all/target/decision_curves.tsv": f"{KEYS} threshold net_benefit low high treat_all"
    " treat_all_low treat_all_high treat_none",
    "evaluate/all/target/thresholds.tsv": f"{KEYS} asked value threshold threshold_lowest"
    " threshold_highest measure estimate low high reason",
    "evaluate/all/target/subgroups.tsv": f"{KEYS} subgroup group patients samples events measure"
    " estimate low high difference difference_low difference_high reason",
    "evaluate/all/target/permutation.tsv": f"{KEYS} measure estimate null_mean null_low null_high"
    " permutations p_value",
    "evaluate/all/target/patients_saved.tsv": "budget patients needed saved low high beyond",
    "evaluate/verdicts.tsv": "target verdict verdict_holm measure estimate low high p_difference"
    " p_difference_holm p_equivalence p_equivalence_holm patients shipped",
    "splits/target.columns.tsv": "sample patient sex age site",
    "evaluate/all/target/confusion.tsv": f"{KEYS} actual predicted samples share",
    "evaluate/all/target/curves.tsv": f"{KEYS} curve x y",
    "source/all/vocabulary.tsv": "feature cohorts mean sd variance_rank",
    "source/all/pretrain/pca/history.tsv": "component explained_variance_ratio",
    "source/all/pretrain/supervised/history.tsv": "epoch train_loss validation_loss best",
    "audit/training.tsv": FINDINGS,
    "audit/target/new.tsv": FINDINGS,
    "audit/source_leaks.tsv": "cohort sample patient reason",
    "explain/target/attributions.tsv": "output feature rank mean_signed mean_absolute sign fold_low"
    " fold_high in_top same_sign",
    "explain/target/stability.tsv": "output over refits spearman spearman_least top jaccard"
    " selection_stability",
    "explain/target/enrichment.tsv": "output method direction set size measured overlap score p fdr"
    " features",
    "predict/target/new.tsv": "sample patient status reason predicted_class p_disease p_healthy"
    " coverage",
}
OF_EACH_COHORT = {
    "qc/{}.tsv": "sample patient kept reason flags library_size features_detected missing_share"
    " mitochondrial_share correlation xist_rank y_rank sex_recorded sex_expressed",
    "qc/{}.identifiers.tsv": "delivered canonical action reason",
    "features/all/{}.coverage.tsv": "cohort vocabulary measured share missing",
}
COHORTS = ("source_a", "source_b", "source_c", "target", "new")
EVERY_TABLE = TABLES | {
    path.format(cohort): columns for path, columns in OF_EACH_COHORT.items() for cohort in COHORTS
}
SUMMARY = (
    "cohort assay scale scale_evidence features_delivered features_kept samples_delivered"
    " samples_kept feature_kind feature_kind_evidence mapped repaired merged lost"
)
# tables that hold findings, of which the demo has none
MAY_BE_EMPTY = (
    "audit/training.tsv",
    "audit/target/new.tsv",
    "audit/source_leaks.tsv",
    *(f"qc/{cohort}.identifiers.tsv" for cohort in COHORTS),
)
MEASURES = (
    "auroc average_precision accuracy balanced_accuracy recall precision specificity f1 mcc brier"
    " log_loss"
)
CARRIED = ("source_only", "linear_probe", "full_finetune", "gradual_unfreeze", "scalar_mix")
FROM_LINEAR = ("ensemble", "source_only", "source_prior", "l2_sp")
BASELINES = ("majority", "logistic_l2", "elastic_net", "random_forest", "gradient_boosting")
ALONE = ("ensemble_target", "from_scratch", *BASELINES)
MEMBERS = {("none", s) for s in ALONE} | {("linear", s) for s in FROM_LINEAR}
MEMBERS |= {(objective, strategy) for objective in ("pca", "supervised") for strategy in CARRIED}
MEMBERS |= {("supervised", "l2_sp")}


@pytest.fixture(scope="module")
def results(finished_study: Path) -> Path:
    return finished_study / "results" / "small"


@pytest.fixture(scope="module")
def predictions(results: Path) -> pd.DataFrame:
    files = sorted((results / "finetune" / "all" / "target").glob("*.parquet"))
    assert {tuple(file.stem.split(".")) for file in files} == MEMBERS
    return pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)


@pytest.fixture(scope="module")
def splits(results: Path) -> pd.DataFrame:
    return pd.read_csv(results / "splits/target.tsv", sep="\t", dtype={"budget": str})


@pytest.mark.parametrize("path", EVERY_TABLE)
def test_every_table_of_the_contract_is_there_with_its_columns(results: Path, path: str) -> None:
    table = pd.read_csv(results / path, sep="\t")
    assert list(table.columns) == EVERY_TABLE[path].split()
    assert len(table) or path in MAY_BE_EMPTY


@pytest.mark.parametrize("cohort", COHORTS)
def test_every_cohort_has_a_summary_of_its_quality_control(results: Path, cohort: str) -> None:
    summary = json.loads((results / f"qc/{cohort}.json").read_text())
    assert set(SUMMARY.split()) <= set(summary)
    samples = pd.read_csv(results / f"qc/{cohort}.tsv", sep="\t")
    assert summary["samples_delivered"] == len(samples)
    assert summary["samples_kept"] == (samples["kept"] == "yes").sum()


def test_every_prediction_is_as_the_schema_says(
    finished_study: Path, predictions: pd.DataFrame
) -> None:
    schema = yaml.safe_load(
        (finished_study / "workflow/schemas/predictions.schema.yaml").read_text()
    )
    assert list(predictions.columns) == list(schema["properties"])
    validator = jsonschema.Draft202012Validator(schema)
    wrong = [
        error for row in predictions.to_dict("records") for error in validator.iter_errors(row)
    ]
    assert not wrong
    names = ["objective", "strategy"]
    assert set(predictions[names].itertuples(index=False, name=None)) == MEMBERS


def test_every_test_sample_is_predicted_by_every_strategy_at_every_budget(
    predictions: pd.DataFrame, splits: pd.DataFrame
) -> None:
    test = splits.loc[splits["part"] == "test", ["repeat", "fold", "sample"]]
    expected = set(test.itertuples(index=False, name=None))
    outer = predictions[(predictions["inner_fold"] == 0) & (predictions["output"] == "disease")]
    groups = outer.groupby(["objective", "strategy", "budget"])
    assert len(groups) == len(MEMBERS) * len({"8", "all"})
    for _, rows in groups:
        assert len(rows) == len(expected)
        keys = rows[["repeat", "fold", "sample"]].itertuples(index=False, name=None)
        assert set(keys) == expected
    pairs = predictions.groupby([c for c in predictions.columns if c not in ("output", "value")])
    assert (pairs["output"].nunique() == 2).all()
    assert ((pairs["value"].sum() - 1).abs() < 1e-9).all()


def test_every_measure_is_reported_for_every_strategy(results: Path) -> None:
    metrics = pd.read_csv(results / "evaluate/all/target/metrics.tsv", sep="\t")
    expected = {
        (*member, budget, measure)
        for member in MEMBERS
        for budget in ("8", "all")
        for measure in MEASURES.split()
    }
    columns = ["objective", "strategy", "budget", "measure"]
    assert set(metrics[columns].itertuples(index=False, name=None)) == expected
    assert len(metrics) == len(expected)
    inside = metrics["low"].le(metrics["estimate"]) & metrics["estimate"].le(metrics["high"])
    assert inside.all(), metrics[~inside]


def test_the_reported_auroc_follows_from_predictions_and_splits_alone(
    results: Path, predictions: pd.DataFrame, splits: pd.DataFrame
) -> None:
    metrics = pd.read_csv(results / "evaluate/all/target/metrics.tsv", sep="\t")
    reported = metrics[(metrics["measure"] == "auroc") & (metrics["budget"] == "all")]
    outer = predictions[
        (predictions["inner_fold"] == 0)
        & (predictions["output"] == "disease")
        & (predictions["budget"] == "all")
    ]
    labels = splits.loc[splits["part"] == "test", ["repeat", "fold", "sample", "label"]]
    scored = outer.merge(labels, on=["repeat", "fold", "sample"], validate="many_to_one")
    for member in reported.itertuples():
        rows = scored[
            (scored["objective"] == member.objective) & (scored["strategy"] == member.strategy)
        ]
        folds = [
            roc_auc_score(fold["label"] == "disease", fold["value"])
            for _, fold in rows.groupby(["repeat", "fold"])
        ]
        assert sum(folds) / len(folds) == pytest.approx(member.estimate, abs=1e-12)


def test_the_report_is_one_page_that_asks_for_nothing_else(results: Path) -> None:
    page = (results / "report/target.html").read_text()
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert len(page) < 1_500_000
    assert page.count("<svg") >= len(list((results / "figures/target").glob("*.svg")))
    assert not re.search(r"<(iframe|object|embed|base)\b", page)
    script = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert page.count("<script") == 1 and f"script-src 'sha256-{digest}'" in page
    assert "@import" not in page
    pointed = re.findall(r"""(?:src|srcset|href|action|data)\s*=\s*["']?([^"'\s>]+)""", page)
    pointed += re.findall(r"""url\(\s*["']?([^"')]+)""", page)
    # the study's other pages lie beside it
    beside = {target for target in pointed if not target.startswith(("#", "data:"))}
    assert beside == {"qc.html", "index.html"}
    assert all((results / "report" / name).exists() for name in beside)
    assert 'href="target.html"' in (results / "report/index.html").read_text()
    for patient in pd.read_csv(results / "predict/target/new.tsv", sep="\t")["patient"]:
        assert patient in page


def test_what_is_true_of_the_demo_is_read_by_the_enrichment_of_a_finished_model_alone(
    finished_study: Path,
) -> None:
    truth = {f"resources/demo/{name}" for name in ("truth.tsv", "truth_new.tsv", "programmes.gmt")}
    records = (finished_study / ".snakemake/metadata").rglob("*")
    jobs = [json.loads(record.read_text()) for record in records if record.is_file()]
    assert {"ingest", "vocabulary", "pretrain", "model", "explain"} <= {job["rule"] for job in jobs}
    assert {job["rule"] for job in jobs if truth & set(job["input"])} == {"enrichment"}


def test_the_explanation_is_of_the_shipped_model_and_its_features(results: Path) -> None:
    record = json.loads((results / "explain/target/explanation.json").read_text())
    model = json.loads((results / "model/target/model.json").read_text())
    assert record["strategy"] == model["strategy"] and record["objective"] == model["objective"]
    assert record["error"] <= record["tolerance"]
    table = pd.read_csv(results / "explain/target/attributions.tsv", sep="\t")
    vocabulary = (results / "model/target/vocabulary.tsv").read_text().split()[1:]
    assert len(table) == record["features"] and set(table["feature"]) <= set(vocabulary)
    stability = pd.read_csv(results / "explain/target/stability.tsv", sep="\t")
    assert stability.loc[0, "refits"] == 3
