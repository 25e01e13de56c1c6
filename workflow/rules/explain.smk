rule explain:
    input:
        unpack(LEARNING.encoder),
        bundle=multiext(
            "results/{study}/model/{target}/",
            "model.json",
            "weights.safetensors",
            "vocabulary.tsv",
            "identifiers.tsv",
        ),
        features=in_source("results/{study}/features/{source}/{target}.h5ad"),
        splits="results/{study}/splits/{target}.tsv",
        passed=ancient(gate),
    output:
        attributions=report(
            "results/{study}/explain/{target}/attributions.tsv",
            caption="../report/attributions.rst",
            category="Explanation",
            labels={"target": "{target}", "table": "attributions"},
        ),
        stability=report(
            "results/{study}/explain/{target}/stability.tsv",
            caption="../report/stability.rst",
            category="Explanation",
            labels={"target": "{target}", "table": "stability"},
        ),
        record="results/{study}/explain/{target}/explanation.json",
    log:
        "results/{study}/logs/explain/{target}.log",
    conda:
        "../../envs/learn.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        repeats=SETTINGS["explanation"]["repeats"],
        settings=LEARNING.shipped_settings(),
        task=SETTINGS["task"],
        balanced=SETTINGS["transfer"]["balanced"],
        inner_folds=SETTINGS["splits"]["inner_folds"],
        code=LEARNING.explanation_code(),
    script:
        "../scripts/explain.py"


rule enrichment:
    input:
        attributions="results/{study}/explain/{target}/attributions.tsv",
        gene_sets=GENE_SETS or "no gene sets",
        bundle=multiext(
            "results/{study}/model/{target}/",
            "model.json",
            "weights.safetensors",
            "vocabulary.tsv",
            "identifiers.tsv",
        ),
    output:
        report(
            "results/{study}/explain/{target}/enrichment.tsv",
            caption="../report/enrichment.rst",
            category="Explanation",
            labels={"target": "{target}", "table": "gene sets"},
        ),
    log:
        "results/{study}/logs/explain/{target}.enrichment.log",
    conda:
        "../../envs/enrichment.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        top=SETTINGS["explanation"]["top"],
        seed=SETTINGS["seed"],
        code=code(
            "dxtransfer.evidence.enrichment",
            "dxtransfer.gene_sets",
            "dxtransfer.cohorts.identifiers.gene_sets",
            "dxtransfer.files",
        ),
    script:
        "../scripts/enrichment.py"


rule explain_figures:
    input:
        attributions="results/{study}/explain/{target}/attributions.tsv",
        record="results/{study}/explain/{target}/explanation.json",
        enrichment=LEARNING.enrichment,
    output:
        report(
            directory("results/{study}/explain/{target}/figures"),
            patterns=["{figure}.svg"],
            caption="../report/explain_figures.rst",
            category="Explanation",
            labels={"target": "{target}", "figure": "{figure}"},
        ),
    log:
        "results/{study}/logs/explain/{target}.figures.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=10,
    params:
        code=code("dxtransfer.report.explain_figures", "dxtransfer.files"),
    script:
        "../scripts/explain_figures.py"
