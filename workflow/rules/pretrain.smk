# A rule of its own, since Snakemake does not look at the params of a job behind one that runs:
# a new task reruns the audit, and would leave encoders of the old labels in place.
rule source_labels:
    input:
        "results/{study}/source/{source}/store",
    output:
        "results/{study}/source/{source}/labels.tsv",
    log:
        "results/{study}/logs/source_labels/{source}.log",
    conda:
        "../../envs/pretrain.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        task=SETTINGS["task"],
        auxiliary=SETTINGS["pretrain"]["auxiliary"],
        code=code("dxtransfer.cohorts.store", "dxtransfer.labels", "dxtransfer.files"),
    script:
        "../scripts/source_labels.py"


rule pretrain:
    input:
        store="results/{study}/source/{source}/store",
        labels="results/{study}/source/{source}/labels.tsv",
        passed=ancient(gate),
    output:
        weights="results/{study}/source/{source}/pretrain/{objective}/encoder.safetensors",
        encoder="results/{study}/source/{source}/pretrain/{objective}/encoder.json",
        history="results/{study}/source/{source}/pretrain/{objective}/history.tsv",
    log:
        "results/{study}/logs/pretrain/{source}/{objective}.log",
    benchmark:
        "results/{study}/logs/pretrain/{source}/{objective}.benchmark.tsv"
    conda:
        "../../envs/pretrain.yaml"
    threads: 4
    resources:
        gpu=1,
        mem_mb=growing(8000),
        runtime=growing(480),
    params:
        settings=LEARNING.objective_settings,
        kind=SETTINGS["task"]["kind"],
        classes=len(SETTINGS["task"]["classes"]),
        seed=SETTINGS["seed"],
        checkpoints="results/{study}/checkpoints/{source}/{objective}",
        code=LEARNING.objective_code,
    script:
        "../scripts/pretrain.py"
