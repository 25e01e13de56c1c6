rule predict:
    input:
        bundle=multiext(
            "results/{study}/model/{target}/",
            "model.json",
            "weights.safetensors",
            "vocabulary.tsv",
            "identifiers.tsv",
        ),
        adata="results/{study}/ingest/{cohort}.h5ad",
        annotation=annotation,
    output:
        report(
            "results/{study}/predict/{target}/{cohort}.tsv",
            caption="../report/predictions.rst",
            category="Predictions",
            labels={"target": "{target}", "cohort": "{cohort}"},
        ),
    log:
        "results/{study}/logs/predict/{target}/{cohort}.log",
    conda:
        "../../envs/predict.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        code=code("dxtransfer.predict.predict", "dxtransfer.cohorts.readers.annotation"),
    script:
        "../scripts/predict.py"
