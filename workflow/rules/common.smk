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
from dxtransfer.lanes import BULK
from dxtransfer.sheets import ACCESSIONS, located, read_cohorts
from dxtransfer.study import Study, check_study, reference_files, resource

DEMO_COHORTS = ["source_a", "source_b", "source_c", "target", "new"]
DEMO_FILES = expand(
    "resources/demo/{cohort}.{table}",
    cohort=DEMO_COHORTS,
    table=["counts.tsv.gz", "samples.tsv"],
)
DEMO_READS = expand(
    "resources/demo/reads/target_s{i:03d}_{mate}.fastq.gz", i=range(1, 49), mate=[1, 2]
)
DEMO_READS += expand(
    "resources/demo/reads/new_s{i:03d}_{mate}.fastq.gz", i=range(1, 13), mate=[1, 2]
)
DEMO_TRANSCRIPTS = "resources/demo/transcripts.fa.gz"
NEEDS_NO_ENCODER = ["from_scratch", "majority", "logistic_l2", "random_forest"]

try:
    SETTINGS = checked(config, schema=read_schema(SCHEMAS / "config.schema.yaml"))
    STUDY = Study(
        read_cohorts(Path(SETTINGS["cohorts"]), schema=read_schema(SCHEMAS / "cohorts.schema.yaml"))
    )
    MAPPING = resource(SETTINGS, "identifiers.mapping")
    check_study(
        STUDY,
        sheet=SETTINGS["cohorts"],
        task=SETTINGS["task"],
        made={*DEMO_FILES, *DEMO_READS},
        reads=SETTINGS["reads"],
    )
    REFERENCE = reference_files(SETTINGS["reads"], STUDY, made={DEMO_TRANSCRIPTS})
    LANES = STUDY.lanes()
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
    sample="[A-Za-z0-9][A-Za-z0-9_.-]*",
    release="[0-9]+",
    species="[a-z_]+",


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
    pages = [*[f"report/{target}.html" for target in STUDY.targets()], "report/qc.html"]
    pages += ["reads/multiqc.html"] * bool(LANES)
    return [f"results/{SETTINGS['study']}/{page}" for page in pages]


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
    if "accession" in row:
        files["matrix"] = fetched(row["accession"])
    files.setdefault("matrix", f"results/{wildcards.study}/reads/{wildcards.cohort}.h5ad")
    return files


def lanes(wildcards):
    """Files of each lane of a sample."""
    return [lane.files() for lane in LANES[wildcards.cohort][wildcards.sample]]


def lanes_by_name(wildcards):
    """Mates of each lane of a cohort, by a name of their own."""
    return {
        sample if len(own) == 1 else f"{sample}.{lane.name}": lane.files()[-2:]
        for sample, own in LANES[wildcards.cohort].items()
        for lane in own
    }


def fastq(wildcards):
    """Reads of a sample, or of a whole cohort."""
    named = wildcards.get("sample")
    samples = LANES[wildcards.cohort]
    chosen = [samples[named]] if named else samples.values()
    return [file for own in chosen for lane in own for file in lane.files()]


def samples_of_reads(wildcards):
    """Samples of a cohort that brings raw reads."""
    return list(LANES[wildcards.cohort])


def of_samples(template):
    """A file of every sample of a cohort that brings raw reads."""
    return lambda wildcards: expand(template, sample=LANES[wildcards.cohort], **wildcards)


def numbers_of_reads(wildcards):
    """What is known of the reads of each sample, once they passed the checks."""
    kind = "bulk" if technology(wildcards) == BULK else "cells"
    template = f"results/{{study}}/reads/{kind}/{{cohort}}/{{sample}}/reads.json"
    return of_samples(template)(wildcards)


def technology(wildcards):
    """How the library of a cohort of raw reads was made."""
    return STUDY.from_reads()[wildcards.cohort]


def cohorts_of_reads(*, single_cell):
    """A pattern for the cohorts of raw reads of either kind; without one it matches nothing."""
    chosen = [c for c, made in STUDY.from_reads().items() if (made != BULK) == single_cell]
    return "|".join(map(re.escape, chosen)) or "(?!)"


def trimming():
    """The part of the configuration that a bulk sample is quantified with."""
    names = ("adapter_1", "adapter_2", "quality_cutoff", "min_length")
    names += ("fragment_length", "fragment_sd")
    return {name: SETTINGS["reads"][name] for name in names}


def quality_reports(wildcards):
    """What the page on the quality of reads is made of."""
    bulk = {c: LANES[c] for c, made in STUDY.from_reads().items() if made == BULK}
    folder = f"results/{wildcards.study}/reads"
    return [f"{folder}/quality/{cohort}" for cohort in LANES] + [
        f"{folder}/bulk/{cohort}/{sample}/{program}.txt"
        for cohort, samples in bulk.items()
        for sample in samples
        for program in ("cutadapt", "kallisto")
    ]


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
