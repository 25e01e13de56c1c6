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
        columns="results/{study}/splits/{target}.columns.tsv",
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
        gains=report(
            "results/{study}/evaluate/{source}/{target}/gains.tsv",
            caption="../report/gains.rst",
            category="Performance",
            labels={"target": "{target}", "table": "gains of all strategies"},
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
        calibration_summary=report(
            "results/{study}/evaluate/{source}/{target}/calibration_summary.tsv",
            caption="../report/calibration_summary.rst",
            category="Performance",
            labels={"target": "{target}", "table": "calibration in numbers"},
        ),
        decision_curves=report(
            "results/{study}/evaluate/{source}/{target}/decision_curves.tsv",
            caption="../report/decision_curves.rst",
            category="Performance",
            labels={"target": "{target}", "table": "net benefit"},
        ),
        thresholds=report(
            "results/{study}/evaluate/{source}/{target}/thresholds.tsv",
            caption="../report/thresholds.rst",
            category="Performance",
            labels={"target": "{target}", "table": "thresholds"},
        ),
        subgroups=report(
            "results/{study}/evaluate/{source}/{target}/subgroups.tsv",
            caption="../report/subgroups.rst",
            category="Performance",
            labels={"target": "{target}", "table": "subgroups"},
        ),
        permutation=report(
            "results/{study}/evaluate/{source}/{target}/permutation.tsv",
            caption="../report/permutation.rst",
            category="Performance",
            labels={"target": "{target}", "table": "permutation test"},
        ),
        confusion=report(
            "results/{study}/evaluate/{source}/{target}/confusion.tsv",
            caption="../report/confusion.rst",
            category="Performance",
            labels={"target": "{target}", "table": "confusion"},
        ),
        reliability="results/{study}/evaluate/{source}/{target}/reliability.tsv",
        curves="results/{study}/evaluate/{source}/{target}/curves.tsv",
    log:
        "results/{study}/logs/evaluate/{source}/{target}.log",
    conda:
        "../../envs/evidence.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=EVALUATION.settings_of_measures(),
        kind=SETTINGS["task"]["kind"],
        classes=list(SETTINGS["task"]["classes"]),
        positive=SETTINGS["task"]["positive"],
        balanced=SETTINGS["transfer"]["balanced"],
        seed=SETTINGS["seed"],
        code=code("dxtransfer.evidence.evaluate", "dxtransfer.split_tables"),
    script:
        "../scripts/evaluate.py"


rule verdict:
    input:
        predictions=LEARNING.contrasted,
        splits="results/{study}/splits/{target}.tsv",
    output:
        verdict=report(
            "results/{study}/evaluate/{source}/{target}/verdict.json",
            caption="../report/verdict.rst",
            category="Verdict",
            labels={"target": "{target}", "table": "verdict"},
        ),
        saved=report(
            "results/{study}/evaluate/{source}/{target}/patients_saved.tsv",
            caption="../report/patients_saved.rst",
            category="Verdict",
            labels={"target": "{target}", "table": "patients saved"},
        ),
    log:
        "results/{study}/logs/evaluate/{source}/{target}.verdict.log",
    conda:
        "../../envs/evidence.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(10),
    params:
        kind=SETTINGS["task"]["kind"],
        classes=list(SETTINGS["task"]["classes"]),
        positive=SETTINGS["task"]["positive"],
        contrasts=LEARNING.contrasts(),
        delta=SETTINGS["verdict"]["delta"],
        level=SETTINGS["verdict"]["level"],
        shipped=LEARNING.shipped(),
        always=SETTINGS["model"]["ship"] == "always",
        code=code(
            "dxtransfer.evidence.verdict",
            "dxtransfer.files",
            "dxtransfer.split_tables",
        ),
    script:
        "../scripts/verdict.py"


rule verdicts:
    input:
        verdicts(),
    output:
        report(
            "results/{study}/evaluate/verdicts.tsv",
            caption="../report/verdicts.rst",
            category="Verdict",
            labels={"target": "all", "table": "verdicts"},
        ),
    log:
        "results/{study}/logs/evaluate/verdicts.log",
    conda:
        "../../envs/evidence.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=10,
    params:
        targets=STUDY.targets(),
        code=code("dxtransfer.evidence.verdicts", "dxtransfer.files"),
    script:
        "../scripts/verdicts.py"


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
        code=code("dxtransfer.evidence.stratified", "dxtransfer.split_tables"),
    script:
        "../scripts/stratified.py"
