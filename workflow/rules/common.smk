import os
import re
import sys
from pathlib import Path

# Relative to the working directory, so that a project that was moved still has the same inputs.
WORKFLOW = Path(os.path.relpath(str(workflow.current_basedir))).parent
SCHEMAS = WORKFLOW / "schemas"
sys.path.insert(0, str((WORKFLOW / "lib").resolve()))

from dxtransfer.cohorts.accessions.mirror import mirror_folder
from dxtransfer.cohorts.h5ad_features import check_features
from dxtransfer.config import checked, read_schema
from dxtransfer.config_text import check_texts
from dxtransfer.errors import InputError, all_of
from dxtransfer.fingerprint import code
from dxtransfer.gene_sets import checked_gene_sets
from dxtransfer.labels import codes_kept
from dxtransfer.modes import check_evaluation, in_turn
from dxtransfer.own_estimators import check_own
from dxtransfer.plans.cohorts import CohortPlan
from dxtransfer.plans.evaluation import EvaluationPlan
from dxtransfer.plans.learning import LearningPlan
from dxtransfer.plans.reads import ReadsPlan
from dxtransfer.sheets import read_cohorts
from dxtransfer.study import Study, check_study, pinned_release, reference_files, resource

DEMO_FILES = expand(
    "resources/demo/{cohort}.{table}",
    cohort=["source_a", "source_b", "source_c", "target", "new"],
    table=["counts.tsv.gz", "samples.tsv"],
)
DEMO_FILES += expand("resources/demo/source_{letter}.null.samples.tsv", letter=["a", "b", "c"])
DEMO_READS = expand(
    "resources/demo/reads/{sample}_{mate}.fastq.gz",
    sample=[f"target_s{i:03d}" for i in range(1, 49)] + [f"new_s{i:03d}" for i in range(1, 13)],
    mate=[1, 2],
)
DEMO_TRANSCRIPTS = "resources/demo/transcripts.fa.gz"
DEMO_GENE_SETS = "resources/demo/programmes.gmt"

try:
    check_texts(workflow.configfiles)
    SETTINGS = checked(config, schema=read_schema(SCHEMAS / "config.schema.yaml"))
    STUDY = Study(
        read_cohorts(
            Path(SETTINGS["cohorts"]),
            schema=read_schema(SCHEMAS / "cohorts.schema.yaml"),
            codes_kept=codes_kept(SETTINGS["task"]),
        )
    )
    STAYS: dict[str, str] = {}
    if SETTINGS["evaluation"]["mode"] == "leave_one_cohort_out":
        STUDY, STAYS = in_turn(STUDY, sheet=SETTINGS["cohorts"], task=SETTINGS["task"])
    check_own(SETTINGS["baselines"], kind=SETTINGS["task"]["kind"])
    MAPPING = resource(SETTINGS, "identifiers.mapping")
    GENE_SETS = checked_gene_sets(
        resource(SETTINGS, "explanation.gene_sets", made={DEMO_GENE_SETS})
    )
    WARNINGS, _, _, REFERENCE = all_of(
        lambda: check_study(
            STUDY,
            sheet=SETTINGS["cohorts"],
            task=SETTINGS["task"],
            made={*DEMO_FILES, *DEMO_READS},
            reads=SETTINGS["reads"],
            subgroups=SETTINGS["evaluation"]["subgroups"],
        ),
        lambda: check_features(STUDY.cohorts.values()),
        lambda: check_evaluation(STUDY, evaluation=SETTINGS["evaluation"], task=SETTINGS["task"]),
        lambda: reference_files(SETTINGS, STUDY, made={DEMO_TRANSCRIPTS}),
    )
    LANES = STUDY.lanes()
    MIRROR = mirror_folder(SETTINGS["accessions"]["mirror"])
except InputError as error:
    # One line for a person instead of a traceback through the Snakefile.
    sys.exit("\n".join(f"dxtransfer: {line}" for line in str(error).splitlines()))

# once, and not again by each job's own Snakemake
if not workflow.remote_exec and workflow.is_main_process:
    for warning in WARNINGS:
        logger.warning(f"dxtransfer: warning: {warning}")

COHORTS = CohortPlan(STUDY, SETTINGS, MAPPING)
READS = ReadsPlan(STUDY, SETTINGS["reads"], LANES)
LEARNING = LearningPlan(STUDY, SETTINGS)
EVALUATION = EvaluationPlan(STUDY, SETTINGS, STAYS)


wildcard_constraints:
    study=re.escape(SETTINGS["study"]),
    cohort="|".join(map(re.escape, STUDY.cohorts)),
    target="|".join(map(re.escape, STUDY.targets())),
    accession="GSE[0-9]+|TCGA-[A-Z0-9]+",
    source="all|without_[A-Za-z0-9_.-]+",
    objective="pca|masked|supervised|joint|linear|none",
    strategy="[a-z0-9_]+",
    sample="[A-Za-z0-9][A-Za-z0-9_.-]*",
    release="[0-9]+",
    species="[a-z0-9_]+",


def growing(least):
    """A resource that grows with each attempt."""
    return lambda wildcards, attempt: least * attempt


def reports():
    """What a run is for."""
    pages = [*[f"report/{target}.html" for target in STUDY.targets()], "report/qc.html"]
    pages += ["report/index.html"]
    pages += ["reads/multiqc.html"] * bool(LANES)
    return [f"results/{SETTINGS['study']}/{page}" for page in pages] + EVALUATION.tables()


def to_fetch():
    """Everything that a study needs from elsewhere."""
    release = pinned_release(SETTINGS["reads"]) if LANES else ""
    return COHORTS.to_fetch() + [release] * bool(release)


def gate(wildcards):
    """The proof that all checks before a training were passed."""
    return checkpoints.audit_gate.get(study=wildcards.study).output[0]


def of_samples(template):
    """A file of every sample of a cohort that brings raw reads."""
    return lambda wildcards: expand(template, sample=LANES[wildcards.cohort], **wildcards)


def in_source(template):
    """A file that belongs to the source of the target of the wildcards."""
    return lambda wildcards: template.format(source=STUDY.source_of(wildcards.target), **wildcards)


def evaluation(table):
    """A table of the evaluation of a target."""
    return in_source("results/{study}/evaluate/{source}/{target}/%s.tsv" % table)


def verdict(wildcards):
    """The verdict on a target."""
    return in_source("results/{study}/evaluate/{source}/{target}/verdict.json")(wildcards)


def verdicts():
    """The verdicts on all targets."""
    return [
        f"results/{{study}}/evaluate/{STUDY.source_of(target)}/{target}/verdict.json"
        for target in STUDY.targets()
    ]


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
