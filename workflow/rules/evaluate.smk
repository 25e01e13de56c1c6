# Apart from the splits, so that another column reruns no training.
rule sample_columns:
    input:
        "results/{study}/qc/{target}.h5ad",
    output:
        "results/{study}/splits/{target}.columns.tsv",
    log:
        "results/{study}/logs/splits/{target}.columns.log",
    conda:
        "../../envs/cohorts.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=10,
    params:
        columns=EVALUATION.columns(),
        code=code("dxtransfer.cohorts.columns"),
    script:
        "../scripts/sample_columns.py"


rule evaluate:
    input:
        predictions=LEARNING.predictions,
        splits="results/{study}/splits/{target}.tsv",
    output:
        metrics=report(
            "results/{study}/evaluate/{source}/{target}/metrics.tsv",
            caption="../report/metrics.rst",
            category="Performance",
            labels={"target": "{target}", "table": "measures"},
        ),
        comparisons=report(
            "results/{study}/evaluate/{source}/{target}/comparisons.tsv",
            caption="../report/comparisons.rst",
            category="Performance",
            labels={"target": "{target}", "table": "differences to logistic_l2"},
        ),
        label_efficiency=report(
            "results/{study}/evaluate/{source}/{target}/label_efficiency.tsv",
            caption="../report/label_efficiency.rst",
            category="Performance",
            labels={"target": "{target}", "table": "label efficiency"},
        ),
        calibration=report(
            "results/{study}/evaluate/{source}/{target}/calibration.tsv",
            caption="../report/calibration.rst",
            category="Performance",
            labels={"target": "{target}", "table": "calibration"},
        ),
        confusion=report(
            "results/{study}/evaluate/{source}/{target}/confusion.tsv",
            caption="../report/confusion.rst",
            category="Performance",
            labels={"target": "{target}", "table": "confusion"},
        ),
        curves="results/{study}/evaluate/{source}/{target}/curves.tsv",
    log:
        "results/{study}/logs/evaluate/{source}/{target}.log",
    conda:
        "../../envs/evidence.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=EVALUATION.intervals(),
        kind=SETTINGS["task"]["kind"],
        classes=list(SETTINGS["task"]["classes"]),
        positive=SETTINGS["task"]["positive"],
        seed=SETTINGS["seed"],
        code=code("dxtransfer.evidence.evaluate"),
    script:
        "../scripts/evaluate.py"


rule tested_cohorts:
    output:
        "results/{study}/evaluate/cohorts.tsv",
    log:
        "results/{study}/logs/evaluate/cohorts.log",
    conda:
        "../../envs/evidence.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        cohorts=EVALUATION.cohorts(),
    script:
        "../scripts/tested_cohorts.py"
