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
        code=code("dxtransfer.modes"),
    script:
        "../scripts/tested_cohorts.py"


rule outcomes:
    input:
        "results/{study}/ingest/{cohort}.h5ad",
    output:
        "results/{study}/evaluate/external/{cohort}.outcomes.tsv",
    log:
        "results/{study}/logs/evaluate/external/{cohort}.outcomes.log",
    conda:
        "../../envs/cohorts.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=10,
    params:
        task=SETTINGS["task"],
        code=code("dxtransfer.labels"),
    script:
        "../scripts/outcomes.py"


rule external:
    input:
        predictions="results/{study}/predict/{target}/{cohort}.tsv",
        outcomes="results/{study}/evaluate/external/{cohort}.outcomes.tsv",
    output:
        report(
            "results/{study}/evaluate/external/{target}/{cohort}.tsv",
            caption="../report/external.rst",
            category="Performance",
            labels={"target": "{target}", "table": "external cohort {cohort}"},
        ),
    log:
        "results/{study}/logs/evaluate/external/{target}/{cohort}.log",
    conda:
        "../../envs/evidence.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        settings=EVALUATION.intervals(),
        kind=SETTINGS["task"]["kind"],
        classes=list(SETTINGS["task"]["classes"]),
        positive=SETTINGS["task"]["positive"],
        seed=SETTINGS["seed"],
        code=code("dxtransfer.evidence.external"),
    script:
        "../scripts/external.py"


rule stratified:
    input:
        predictions=LEARNING.predictions,
        splits="results/{study}/splits/{target}.tsv",
        columns="results/{study}/splits/{target}.columns.tsv",
    output:
        report(
            "results/{study}/evaluate/{source}/{target}/stratified.tsv",
            caption="../report/stratified.rst",
            category="Performance",
            labels={"target": "{target}", "table": "within sites"},
        ),
    log:
        "results/{study}/logs/evaluate/{source}/{target}.stratified.log",
    conda:
        "../../envs/evidence.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        column=SETTINGS["evaluation"]["adjust_for"],
        settings=EVALUATION.intervals(),
        kind=SETTINGS["task"]["kind"],
        classes=list(SETTINGS["task"]["classes"]),
        positive=SETTINGS["task"]["positive"],
        seed=SETTINGS["seed"],
        code=code("dxtransfer.evidence.stratified"),
    script:
        "../scripts/stratified.py"
