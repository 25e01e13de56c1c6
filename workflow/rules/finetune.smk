rule splits:
    input:
        "results/{study}/qc/{target}.h5ad",
    output:
        splits="results/{study}/splits/{target}.tsv",
        left_out="results/{study}/splits/{target}.left_out.tsv",
        sites="results/{study}/splits/{target}.sites.tsv",
    log:
        "results/{study}/logs/splits/{target}.log",
    conda:
        "../../envs/learn.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=10,
    params:
        settings=SETTINGS["splits"],
        site=EVALUATION.left_out_site(),
        task=SETTINGS["task"],
        seed=SETTINGS["seed"],
        code=code("dxtransfer.learn.target_splits", "dxtransfer.cohorts.columns"),
    script:
        "../scripts/splits.py"


rule finetune:
    input:
        unpack(LEARNING.encoder),
        features="results/{study}/features/{source}/{target}.h5ad",
        splits="results/{study}/splits/{target}.tsv",
        passed=ancient(gate),
    output:
        "results/{study}/finetune/{source}/{target}/{objective}.{strategy}.parquet",
    log:
        "results/{study}/logs/finetune/{source}/{target}/{objective}.{strategy}.log",
    benchmark:
        "results/{study}/logs/finetune/{source}/{target}/{objective}.{strategy}.benchmark.tsv"
    conda:
        "../../envs/learn.yaml"
    resources:
        gpu=1,
        mem_mb=growing(8000),
        runtime=growing(240),
    params:
        settings=LEARNING.strategy_settings,
        kind=SETTINGS["task"]["kind"],
        classes=list(SETTINGS["task"]["classes"]),
        positive=SETTINGS["task"]["positive"],
        balanced=SETTINGS["transfer"]["balanced"],
        seed=SETTINGS["seed"],
        code=LEARNING.strategy_code,
    script:
        "../scripts/finetune.py"


use rule finetune as baseline with:
    output:
        "results/{study}/finetune/{source}/{target}/none.{strategy}.parquet",
    log:
        "results/{study}/logs/finetune/{source}/{target}/none.{strategy}.log",
    benchmark:
        "results/{study}/logs/finetune/{source}/{target}/none.{strategy}.benchmark.tsv"
    wildcard_constraints:
        strategy="|".join(map(re.escape, LEARNING.baselines())),
    resources:
        mem_mb=growing(8000),
        runtime=growing(240),
    params:
        settings={},
        kind=SETTINGS["task"]["kind"],
        classes=list(SETTINGS["task"]["classes"]),
        positive=SETTINGS["task"]["positive"],
        balanced=SETTINGS["transfer"]["balanced"],
        seed=SETTINGS["seed"],
        code=LEARNING.baseline_code,


# The members are fitted within: of most, leave-one-out scores, which weigh them, have a closed form.
use rule finetune as ensemble with:
    output:
        predictions="results/{study}/finetune/{source}/{target}/{objective}.{strategy}.parquet",
        weights="results/{study}/finetune/{source}/{target}/{objective}.{strategy}.weights.tsv",
    wildcard_constraints:
        strategy="ensemble|ensemble_target",
    resources:
        mem_mb=growing(8000),
        runtime=growing(240),


rule comparator:
    input:
        unpack(LEARNING.compared_with),
        columns="results/{study}/splits/{target}.columns.tsv",
        splits="results/{study}/splits/{target}.tsv",
        passed=ancient(gate),
    output:
        "results/{study}/finetune/{source}/{target}/none.{strategy}.parquet",
    log:
        "results/{study}/logs/finetune/{source}/{target}/none.{strategy}.log",
    benchmark:
        "results/{study}/logs/finetune/{source}/{target}/none.{strategy}.benchmark.tsv"
    wildcard_constraints:
        strategy="covariates|covariates_omics",
    conda:
        "../../envs/learn.yaml"
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        covariates=SETTINGS["evaluation"]["covariates"],
        kind=SETTINGS["task"]["kind"],
        classes=list(SETTINGS["task"]["classes"]),
        positive=SETTINGS["task"]["positive"],
        balanced=SETTINGS["transfer"]["balanced"],
        seed=SETTINGS["seed"],
        code=LEARNING.comparator_code,
    script:
        "../scripts/comparator.py"


ruleorder: comparator > ensemble > baseline > finetune
