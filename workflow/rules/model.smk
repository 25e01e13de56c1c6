rule model:
    input:
        unpack(encoder),
        features=in_source("results/{study}/features/{source}/{target}.h5ad"),
        normalisation=in_source("results/{study}/source/{source}/normalisation.json"),
        summary="results/{study}/qc/{target}.json",
        passed=ancient("results/{study}/audit/training.passed"),
    output:
        "results/{study}/model/{target}/model.json",
        "results/{study}/model/{target}/weights.safetensors",
        "results/{study}/model/{target}/vocabulary.tsv",
    log:
        "results/{study}/logs/model/{target}.log",
    conda:
        "../../envs/learn.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        model=SETTINGS["model"],
        settings=shipped_settings(),
        qc=SETTINGS["qc"],
        task=SETTINGS["task"],
        seed=SETTINGS["seed"],
        code=shipped_code(),
    script:
        "../scripts/model.py"
