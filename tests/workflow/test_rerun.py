"""The contract of reruns: after a change exactly the rules that it can affect run again.

The tables are written by hand and say what a user may expect. Every module of the library and
every key of the configuration stands in one of them.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parents[2]
SMALL = ("--configfile", "tests/small/config.yaml")
EDITED = ("--configfile", "tests/small/edited.yaml")
WORKSTATION = ("--workflow-profile", "workflow/profiles/workstation")

# What reruns when ... changes, the stages after it included:
PAGE = {"page"}
FIGURES = {"figures"} | PAGE
EVALUATION = {"evaluate"} | FIGURES
PREDICTION = {"predict"} | PAGE
MODEL = {"model"} | PREDICTION
BASELINE = {"baseline"} | EVALUATION
STRATEGY = {"finetune"} | EVALUATION
GRID = STRATEGY | BASELINE
SPLITS = {"splits"} | GRID
SHIPPED = MODEL | FIGURES
SHIPPED_STRATEGY = STRATEGY | MODEL
ANY_LEARNER = GRID | MODEL
# The shipped model is supervised; only pca's components also place samples in the plane.
SUPERVISED = {"pretrain"} | STRATEGY | MODEL
PCA = {"pretrain", "features"} | ANY_LEARNER
STORE = {"store"} | PCA
VOCABULARY = {"vocabulary"} | STORE
QC = {"qc", "audit", "audit_gate", "splits"} | VOCABULARY
INGEST = {"ingest"} | QC
EVERYTHING = {"demo_data"} | INGEST
NOTHING: set[str] = set()

LEARN = "dxtransfer.learn"
MODULES = {
    "dxtransfer.cli": NOTHING,
    "dxtransfer.config": NOTHING,
    "dxtransfer.fingerprint": NOTHING,
    "dxtransfer.logs": NOTHING,
    "dxtransfer.study": NOTHING,
    "dxtransfer.demo": EVERYTHING,
    "dxtransfer.files": EVERYTHING,
    "dxtransfer.errors": INGEST,
    "dxtransfer.labels": INGEST,
    "dxtransfer.sheets": INGEST,
    "dxtransfer.cohorts.audit": {"audit", "audit_gate"} | PAGE,
    "dxtransfer.cohorts.features": STORE,
    "dxtransfer.cohorts.identifiers": QC,
    "dxtransfer.cohorts.ingest": INGEST,
    "dxtransfer.cohorts.normalise": QC,
    "dxtransfer.cohorts.qc": QC,
    "dxtransfer.cohorts.readers.annotation": QC,
    "dxtransfer.cohorts.readers.delimited": INGEST,
    "dxtransfer.cohorts.readers.h5ad": INGEST,
    "dxtransfer.cohorts.readers.matrix": INGEST,
    "dxtransfer.cohorts.readers.parquet": INGEST,
    "dxtransfer.cohorts.readers.registry": INGEST,
    "dxtransfer.cohorts.readers.tenx": INGEST,
    "dxtransfer.cohorts.samples": INGEST,
    "dxtransfer.cohorts.scale": QC,
    "dxtransfer.cohorts.store": STORE,
    "dxtransfer.cohorts.vocabulary": VOCABULARY,
    "dxtransfer.evidence.calibration": EVALUATION,
    "dxtransfer.evidence.efficiency": EVALUATION,
    "dxtransfer.evidence.evaluate": EVALUATION,
    "dxtransfer.evidence.intervals": EVALUATION,
    "dxtransfer.evidence.measures": EVALUATION,
    f"{LEARN}.baselines": BASELINE,
    f"{LEARN}.checkpoints": PCA,
    f"{LEARN}.dual": PCA,
    f"{LEARN}.encoders": PCA,
    f"{LEARN}.estimators": ANY_LEARNER,
    f"{LEARN}.grid": GRID,
    f"{LEARN}.linear": BASELINE | SHIPPED_STRATEGY,
    f"{LEARN}.predictor": ANY_LEARNER,
    f"{LEARN}.splits": SPLITS | MODEL,
    f"{LEARN}.standardiser": ANY_LEARNER,
    f"{LEARN}.training": SUPERVISED,
    f"{LEARN}.pretrain.masked": NOTHING,  # no objective of the small study
    f"{LEARN}.pretrain.pca": PCA,
    f"{LEARN}.pretrain.registry": NOTHING,
    f"{LEARN}.pretrain.source": PCA,
    f"{LEARN}.pretrain.supervised": SUPERVISED,
    f"{LEARN}.transfer.from_scratch": STRATEGY,
    f"{LEARN}.transfer.full_finetune": STRATEGY,
    f"{LEARN}.transfer.linear_probe": SHIPPED_STRATEGY,
    f"{LEARN}.transfer.networks": STRATEGY,
    f"{LEARN}.transfer.registry": NOTHING,
    f"{LEARN}.transfer.scalar_mix": STRATEGY,
    f"{LEARN}.transfer.source_only": STRATEGY,
    f"{LEARN}.transfer.stacked": STRATEGY,
    "dxtransfer.predict.bundle": MODEL,
    "dxtransfer.predict.predict": PREDICTION,
    "dxtransfer.report.figures": FIGURES,
    "dxtransfer.report.names": FIGURES,
    "dxtransfer.report.page": PAGE,
    "dxtransfer.report.svg": FIGURES,
    "dxtransfer.report.tables": PAGE,
}
# Where only some jobs of a rule rerun: module -> objective.strategy of the rule finetune.
FINETUNED = {
    f"{LEARN}.baselines": set(),
    f"{LEARN}.transfer.from_scratch": {"none.from_scratch"},
    f"{LEARN}.transfer.linear_probe": {"pca.linear_probe", "supervised.linear_probe"},
    f"{LEARN}.pretrain.supervised": {
        f"supervised.{name}"
        for name in ("source_only", "linear_probe", "full_finetune", "scalar_mix")
    },
}

# Key -> what is changed (a value for it, or several keys), what reruns.
CLASSES = {"disease": ["female"], "healthy": ["male"]}
KEYS: dict[str, tuple[Any, set[str]]] = {
    "study": ("another", INGEST),
    "seed": (2, {"splits"} | PCA),
    "cohorts": ("config/moved.tsv", PAGE),
    "task.kind": ("binary", NOTHING),
    "task.label": ({"task.label": "sex", "task.classes": CLASSES}, {"splits"} | PCA),
    "task.classes": ({"disease": ["disease", "ill"], "healthy": ["healthy"]}, {"splits"} | PCA),
    "task.positive": ("healthy", {"splits"} | PCA),
    "task.exclude": (["unclear"], {"splits"} | PCA),
    "qc.min_library_size": (20000, QC),
    "qc.min_features_detected": (99, QC),
    "qc.max_missing_share": (0.4, QC),
    "qc.mad_threshold": (4, QC),
    "qc.min_correlation_mad": (4, QC),
    "features.normalisation": ("log_cpm", VOCABULARY),
    "features.n_features": (200, VOCABULARY),
    "features.min_cohort_share": (0.4, VOCABULARY),
    "pretrain.objectives": (["pca", "supervised", "masked"], {"pretrain"} | STRATEGY),
    "pretrain.pca.components": (7, PCA),
    "pretrain.network.widths": ([16, 4], SUPERVISED),
    "pretrain.network.dropout": (0.1, SUPERVISED),
    "pretrain.training.epochs": (7, SUPERVISED),
    "pretrain.training.batch_size": (32, SUPERVISED),
    "pretrain.training.learning_rate": (0.002, SUPERVISED),
    "pretrain.training.weight_decay": (0.02, SUPERVISED),
    "pretrain.training.patience": (5, SUPERVISED),
    "pretrain.training.validation_share": (0.2, SUPERVISED),
    "pretrain.training.precision": ("bf16-mixed", SUPERVISED),
    "pretrain.masked.mask_share": (0.2, PAGE),
    "splits.repeats": (2, SPLITS),
    "splits.folds": (4, SPLITS),
    "splits.inner_folds": (3, SPLITS),
    "splits.draws": (2, SPLITS),
    "splits.budgets": ([8, 16, "all"], SPLITS),
    "transfer.strategies": (["source_only", "from_scratch", "linear_probe"], EVALUATION),
    "transfer.network.epochs": (11, STRATEGY),
    "transfer.network.learning_rate": (0.002, STRATEGY),
    "transfer.network.weight_decay": (0.02, STRATEGY),
    "baselines": (["logistic_l2"], EVALUATION),
    "evaluate.resamples": (101, EVALUATION),
    "evaluate.level": (0.9, EVALUATION),
    "model.strategy": ("logistic_l2", SHIPPED),
    "model.objective": ("pca", SHIPPED),
    "model.min_coverage": (0.5, MODEL),
}

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def finished(finished_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study at another place; whoever changes it puts everything back."""
    return Path(shutil.copytree(finished_study, tmp_path_factory.mktemp("rerun") / "copy"))


@contextmanager
def changed(file: Path, content: str) -> Iterator[None]:
    before = file.read_bytes() if file.exists() else None
    file.write_text(content)
    yield
    if before is None:
        file.unlink()
    else:
        file.write_bytes(before)


def source(folder: Path, module: str) -> Path:
    return folder.joinpath("workflow", "lib", *module.split(".")).with_suffix(".py")


def modules(folder: Path) -> set[str]:
    """All modules of the library but the files of its packages, which are empty."""
    library = folder / "workflow" / "lib"
    files = [file for file in library.rglob("*.py") if file.name != "__init__.py"]
    return {".".join(file.relative_to(library).with_suffix("").parts) for file in files}


def keys(schema: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Dotted names of all keys that hold a value."""
    for name, sub in schema["properties"].items():
        if "properties" in sub:
            yield from keys(sub, f"{above}{name}.")
        else:
            yield above + name


@pytest.fixture(scope="module")
def edit(finished: Path, plan: Ask) -> Ask:
    """The plan after new code in one module of the library: `edit(module)`."""

    @cache
    def planned(module: str) -> Any:
        file = source(finished, module)
        with changed(file, file.read_text() + "\n_EDITED = 1\n"):
            return plan(finished, *SMALL)

    return planned


def configured(changes: Mapping[str, Any]) -> str:
    """The small study's configuration with other values of some dotted keys."""
    settings = yaml.safe_load((ROOT / "tests/small/config.yaml").read_text())
    for key, value in changes.items():
        *blocks, last = key.split(".")
        block = settings
        for name in blocks:
            block = block.setdefault(name, {})
        block[last] = value
    return yaml.safe_dump(settings, sort_keys=False)


def test_a_finished_study_has_nothing_to_do_wherever_it_was_moved(
    finished: Path, plan: Ask
) -> None:
    planned = plan(finished, *SMALL)
    assert planned.status == 0
    assert "Nothing to be done" in planned.text


def test_files_with_a_new_date_and_the_same_content_rerun_nothing(
    finished_copy: Path, plan: Ask
) -> None:
    touched = [
        file
        for name in ("workflow/lib", "config", "tests/small", "envs", "resources")
        for file in (finished_copy / name).rglob("*")
        if file.is_file() and file.stat().st_size < 1e6
    ]
    assert any(file.name == "source_a.counts.tsv.gz" for file in touched)
    for file in touched:
        os.utime(file)
    assert "Nothing to be done" in plan(finished_copy, *SMALL).text


def test_the_table_of_modules_holds_the_whole_library() -> None:
    assert modules(ROOT) == set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_new_code_reruns_exactly_the_rules_that_it_can_affect(module: str, edit: Ask) -> None:
    assert edit(module).rules == MODULES[module]


@pytest.mark.parametrize("module", FINETUNED)
def test_new_code_reruns_exactly_the_strategies_that_use_it(module: str, edit: Ask) -> None:
    assert edit(module).of("finetune", "objective", "strategy") == FINETUNED[module]


def test_comments_docstrings_and_layout_rerun_nothing(finished_copy: Path, plan: Ask) -> None:
    for module in modules(finished_copy):
        file = source(finished_copy, module)
        first, rest = file.read_text().split('"""', 2)[1:]
        file.write_text(f'"""{first} Said otherwise."""\n\n# A comment.\n{rest}\n\n')
    assert "Nothing to be done" in plan(finished_copy, *SMALL).text


def test_the_table_of_keys_holds_the_whole_configuration() -> None:
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    assert set(keys(schema)) == set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_setting_reruns_exactly_the_rules_that_read_it(
    key: str, finished: Path, plan: Ask
) -> None:
    value, expected = KEYS[key]
    changes = value if isinstance(value, dict) and key in value else {key: value}
    sheet = (finished / "config" / "cohorts.tsv").read_text()
    with (
        changed(finished / "tests/small/edited.yaml", configured(changes)),
        changed(finished / "config/moved.tsv", sheet),
    ):
        planned = plan(finished, *EDITED)
    assert planned.status == 0, planned.text
    assert planned.rules == expected


def test_settings_of_networks_leave_principal_components_alone(finished: Path, plan: Ask) -> None:
    with changed(finished / "tests/small/edited.yaml", configured({"pretrain.network.dropout": 0})):
        planned = plan(finished, *EDITED)
    assert planned.of("pretrain", "objective") == {"supervised"}
    assert planned.of("finetune", "objective") == {"supervised"}


@pytest.mark.parametrize("name", ["page.html.j2", "page.css"])
def test_the_page_alone_is_made_again_for_a_new_look(name: str, finished: Path, plan: Ask) -> None:
    file = finished / "workflow/lib/dxtransfer/report" / name
    with changed(file, file.read_text() + "\n"):
        assert plan(finished, *SMALL).rules == PAGE


@pytest.mark.parametrize(("role", "like"), [("new", "new"), ("external", "target")])
def test_a_cohort_that_is_only_predicted_reruns_its_own_jobs_and_the_report(
    role: str, like: str, finished: Path, plan: Ask
) -> None:
    sheet = finished / "config/cohorts.tsv"
    files = f"../resources/demo/{like}.counts.tsv.gz\t../resources/demo/{like}.samples.tsv"
    with changed(sheet, f"{sheet.read_text()}late\t{role}\trnaseq\t{files}\n"):
        planned = plan(finished, *SMALL)
    assert planned.rules == {"ingest", "qc", "features", "predict"} | FIGURES
    for rule in ("ingest", "qc", "features", "predict"):
        assert planned.of(rule, "cohort") == {"late"}


def test_new_values_of_a_predicted_cohort_rerun_its_own_jobs_and_the_report(
    finished_copy: Path, plan: Ask
) -> None:
    file = finished_copy / "resources/demo/new.samples.tsv"
    file.write_text(file.read_text().replace("male", "unknown"))
    planned = plan(finished_copy, *SMALL)
    assert planned.rules == {"ingest", "qc", "features", "predict"} | FIGURES
    for rule in ("ingest", "qc", "features", "predict"):
        assert planned.of(rule, "cohort") == {"new"}


def test_a_role_changes_no_value_of_a_predicted_cohort(finished: Path, plan: Ask) -> None:
    sheet = finished / "config/cohorts.tsv"
    with changed(sheet, sheet.read_text().replace("\tnew\t", "\texternal\t")):
        assert plan(finished, *SMALL).rules == FIGURES


def test_the_workstation_profile_compares_large_files_by_content(
    checkout: Path, finished_study: Path, snakemake: Ask, plan: Ask
) -> None:
    data = Path(shutil.copytree(finished_study / "resources" / "demo", checkout / "data"))
    values = pd.read_csv(data / "source_a.counts.tsv.gz", sep="\t", index_col=0)
    large = data / "large.tsv"
    values.astype(float).to_csv(large, sep="\t", float_format="%.6f")
    assert large.stat().st_size > 1e6
    sheet = checkout / "config/cohorts.tsv"
    own = sheet.read_text().replace("../resources/demo", "../data")
    sheet.write_text(own.replace("source_a.counts.tsv.gz", "large.tsv"))
    wanted = (*SMALL, "results/small/ingest/source_a.h5ad")
    ran = snakemake(checkout, *WORKSTATION, *wanted)
    assert ran.returncode == 0, ran.stdout + ran.stderr

    os.utime(large)
    assert plan(checkout, *WORKSTATION, *wanted).rules == NOTHING
    assert plan(checkout, *wanted).rules == {"ingest"}, "the profile makes no difference"
    large.write_text(large.read_text().replace("GENE0001\t", "GENE0001B\t"))
    assert plan(checkout, *WORKSTATION, *wanted).rules == {"ingest"}
