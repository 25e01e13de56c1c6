import os
import re
import sys
from pathlib import Path

# Relative to the working directory, so that a project that was moved still has the same inputs.
WORKFLOW = Path(os.path.relpath(str(workflow.current_basedir))).parent
SCHEMAS = WORKFLOW / "schemas"
sys.path.insert(0, str((WORKFLOW / "lib").resolve()))

from dxtransfer.cohorts.accessions.mirror import mirror_folder
from dxtransfer.config import checked, read_schema
from dxtransfer.errors import InputError
from dxtransfer.fingerprint import code
from dxtransfer.sheets import ACCESSIONS, read_cohorts
from dxtransfer.study import Study, check_study, resource

DEMO_COHORTS = ["source_a", "source_b", "source_c", "target", "new"]
DEMO_FILES = expand(
    "resources/demo/{cohort}.{table}",
    cohort=DEMO_COHORTS,
    table=["counts.tsv.gz", "samples.tsv"],
)
NEEDS_NO_ENCODER = ["from_scratch", "majority", "logistic_l2", "random_forest"]

try:
    SETTINGS = checked(config, schema=read_schema(SCHEMAS / "config.schema.yaml"))
    STUDY = Study(
        read_cohorts(Path(SETTINGS["cohorts"]), schema=read_schema(SCHEMAS / "cohorts.schema.yaml"))
    )
    MAPPING = resource(SETTINGS, "identifiers.mapping")
    check_study(STUDY, sheet=SETTINGS["cohorts"], task=SETTINGS["task"], made=DEMO_FILES)
    mirror_folder(SETTINGS["accessions"]["mirror"])
except InputError as error:
    # One line for a person instead of a traceback through the Snakefile.
    sys.exit(f"dxtransfer: {error}")


wildcard_constraints:
    study=re.escape(SETTINGS["study"]),
    cohort="|".join(map(re.escape, STUDY.cohorts)),
    target="|".join(map(re.escape, STUDY.targets())),
    accession="GSE[0-9]+|TCGA-[A-Z0-9]+",
    source="all|without_[A-Za-z0-9_.-]+",
    objective="pca|masked|supervised|none",
    strategy="[a-z0-9_]+",


def growing(least):
    """A resource that grows with each attempt."""
    return lambda wildcards, attempt: least * attempt


def shipped():
    """Objective and strategy of the shipped model."""
    strategy = SETTINGS["model"]["strategy"]
    alone = strategy in NEEDS_NO_ENCODER
    return ["none" if alone else SETTINGS["model"]["objective"], strategy]


def reports():
    """What a run is for."""
    pages = [*STUDY.targets(), "qc"]
    return [f"results/{SETTINGS['study']}/report/{page}.html" for page in pages]


def to_fetch():
    """Everything that a study needs from elsewhere."""
    return [fetched(accession) for accession in STUDY.accessions()]


def fetched(accession):
    """List of the files of an accession; they stand beside it."""
    return f"{ACCESSIONS}/{accession}/manifest.json"


def archives():
    """Where accessions come from."""
    return {k: v for k, v in SETTINGS["accessions"].items() if k != "attempts"}


def delivered(wildcards):
    """Files that a cohort consists of."""
    row = STUDY.cohorts[wildcards.cohort]
    files = {name: row[name] for name in ("matrix", "samples") if name in row}
    return {**files, "matrix": fetched(row["accession"])} if "accession" in row else files


def annotation(wildcards):
    """Table of probes and symbols: the sheet's, or among what was fetched."""
    row = STUDY.cohorts[wildcards.cohort]
    return row.get("annotation", fetched(row["accession"]) if "accession" in row else [])


def chosen_platform(wildcards):
    """Platform whose probes a cohort has, where the sheet chooses one of several."""
    return STUDY.cohorts[wildcards.cohort].get("platform", "")


def mapping(wildcards):
    """Table of genes and their names, where the configuration names one."""
    return {"mapping": MAPPING} if MAPPING else {}


def reading(wildcards):
    """What the sheet says about reading a cohort; its role changes no value."""
    row = STUDY.cohorts[wildcards.cohort]
    return {k: v for k, v in row.items() if k not in ("role", "annotation")}


def drops_outliers(wildcards):
    """Relative limits drop samples of a source, and only flag those of any other cohort."""
    return STUDY.cohorts[wildcards.cohort]["role"] == "source"


def qc_of_source(wildcards):
    """Source cohorts after quality control."""
    return expand(
        "results/{study}/qc/{cohort}.h5ad",
        study=wildcards.study,
        cohort=STUDY.cohorts_in(wildcards.source),
    )


def qc_of_targets(wildcards):
    """Quality control of the targets that learn from a source."""
    targets = [t for t in STUDY.targets() if STUDY.source_of(t) == wildcards.source]
    return expand("results/{study}/qc/{cohort}.json", study=wildcards.study, cohort=targets)


def qc_of_targets_source(wildcards):
    """The same for the source of a target."""
    return expand(
        "results/{study}/qc/{cohort}.h5ad",
        study=wildcards.study,
        cohort=STUDY.cohorts_in(STUDY.source_of(wildcards.target)),
    )


def leaks(wildcards):
    """Source samples that stand in a target, where the source is to go without them."""
    if SETTINGS["audit"]["on_leak"] == "stop":
        return []
    return f"results/{wildcards.study}/audit/source_leaks.tsv"


def is_evaluated(wildcards):
    """Whether predictions of a cohort are held against its labels."""
    return STUDY.cohorts[wildcards.cohort]["role"] == "external"


def objective_code(wildcards):
    """Modules behind one pretraining objective and the labels that it reads."""
    return code(f"dxtransfer.learn.pretrain.{wildcards.objective}", "dxtransfer.labels")


def objective_settings(wildcards):
    """The part of the configuration that one pretraining objective reads."""
    pretrain = SETTINGS["pretrain"]
    parts = {"pca": ["pca"], "masked": ["network", "training", "masked"]}
    names = parts.get(wildcards.objective, ["network", "training"])
    return {name: pretrain[name] for name in names}


def encoder(wildcards):
    """The encoder that a strategy starts from, if it needs one."""
    objective = wildcards.get("objective", SETTINGS["model"]["objective"])
    strategy = wildcards.get("strategy", SETTINGS["model"]["strategy"])
    if strategy in NEEDS_NO_ENCODER:
        return {}
    source = wildcards.get("source", STUDY.source_of(wildcards.target))
    folder = f"results/{wildcards.study}/source/{source}/pretrain/{objective}"
    return {"weights": f"{folder}/encoder.safetensors", "encoder": f"{folder}/encoder.json"}


def strategy_code(wildcards):
    """Modules behind one strategy and the grid."""
    return code(f"dxtransfer.learn.transfer.{wildcards.strategy}", "dxtransfer.learn.grid")


def shipped_code():
    """Modules behind the shipped model."""
    strategy = SETTINGS["model"]["strategy"]
    baseline = strategy in SETTINGS["baselines"]
    return code(
        "dxtransfer.learn.baselines" if baseline else f"dxtransfer.learn.transfer.{strategy}",
        "dxtransfer.predict.bundle",
        "dxtransfer.cohorts.readers.mapping",
        "dxtransfer.labels",
    )


def strategy_settings(wildcards):
    """The part of the configuration that one strategy reads."""
    return _network(wildcards.strategy)


def shipped_settings():
    """The same for the shipped model."""
    return _network(SETTINGS["model"]["strategy"])


def _network(strategy):
    tuning = dict(SETTINGS["transfer"]["network"])
    step = tuning.pop("learning_rate_from_scratch")
    if strategy == "from_scratch":
        widths = SETTINGS["pretrain"]["network"]["widths"]
        return {**tuning, "learning_rate": step, "widths": widths}
    return tuning if strategy in ("full_finetune", "scalar_mix") else {}


def predictions(wildcards):
    """Predictions of every strategy and baseline."""
    objectives, strategies = SETTINGS["pretrain"]["objectives"], SETTINGS["transfer"]["strategies"]
    alone = [s for s in strategies if s in NEEDS_NO_ENCODER] + SETTINGS["baselines"]
    carried = [s for s in strategies if s not in NEEDS_NO_ENCODER]
    names = [f"{o}.{s}" for o in objectives for s in carried] + [f"none.{s}" for s in alone]
    return expand(
        "results/{study}/finetune/{source}/{target}/{name}.parquet", name=names, **wildcards
    )


def in_source(template):
    """A file that belongs to the source of the target of the wildcards."""
    return lambda wildcards: template.format(source=STUDY.source_of(wildcards.target), **wildcards)


def evaluation(table):
    """A table of the evaluation of a target."""
    return in_source("results/{study}/evaluate/{source}/{target}/%s.tsv" % table)


def histories(wildcards):
    """Pretraining curves of a target's source."""
    template = "results/{study}/source/{source}/pretrain/{{objective}}/history.tsv"
    return expand(in_source(template)(wildcards), objective=SETTINGS["pretrain"]["objectives"])


def on_page(table):
    """A table of every cohort on a target's page: its source, itself and the new ones."""
    template = in_source("results/{study}/features/{source}/{{cohort}}.%s.tsv" % table)

    def tables(wildcards):
        source = STUDY.cohorts_in(STUDY.source_of(wildcards.target))
        cohorts = [*source, wildcards.target, *STUDY.to_predict()]
        return expand(template(wildcards), cohort=cohorts)

    return tables
