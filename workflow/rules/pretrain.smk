rule pretrain:
    input:
        store="results/{study}/source/{source}/store",
        # Whether the audit passed counts, not when.
        passed=ancient("results/{study}/audit/training.passed"),
        scales=ancient("results/{study}/source/{source}/scales.passed"),
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
        task=SETTINGS["task"],
        seed=SETTINGS["seed"],
        checkpoints="results/{study}/checkpoints/{source}/{objective}",
        code=LEARNING.objective_code,
    script:
        "../scripts/pretrain.py"
