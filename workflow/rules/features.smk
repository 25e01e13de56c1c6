rule vocabulary:
    input:
        cohorts=COHORTS.qc_of_source,
        leaks=COHORTS.leaks,
    output:
        vocabulary="results/{study}/source/{source}/vocabulary.tsv",
        normalisation="results/{study}/source/{source}/normalisation.json",
    log:
        "results/{study}/logs/vocabulary/{source}.log",
    conda:
        "../../envs/cohorts.yaml"
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        settings=COHORTS.vocabulary_settings(),
        code=code(
            "dxtransfer.cohorts.vocabulary",
            "dxtransfer.cohorts.features",
            "dxtransfer.cohorts.normalise",
            "dxtransfer.cohorts.audit.leaks",
            "dxtransfer.files",
        ),
    script:
        "../scripts/vocabulary.py"


rule scales:
    input:
        normalisation="results/{study}/source/{source}/normalisation.json",
        targets=COHORTS.qc_of_targets,
        vocabulary="results/{study}/source/{source}/vocabulary.tsv",
        features=COHORTS.features_learnt_with,
    output:
        "results/{study}/source/{source}/scales.passed",
    log:
        "results/{study}/logs/scales/{source}.log",
    conda:
        "../../envs/cohorts.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        min_shared=SETTINGS["features"]["min_shared"],
        code=code(
            "dxtransfer.cohorts.normalise",
            "dxtransfer.cohorts.shared_features",
            "dxtransfer.files",
        ),
    script:
        "../scripts/scales.py"


rule store:
    input:
        cohorts=COHORTS.qc_of_source,
        leaks=COHORTS.leaks,
        vocabulary="results/{study}/source/{source}/vocabulary.tsv",
        normalisation="results/{study}/source/{source}/normalisation.json",
    output:
        directory("results/{study}/source/{source}/store"),
    log:
        "results/{study}/logs/store/{source}.log",
    conda:
        "../../envs/cohorts.yaml"
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        code=code(
            "dxtransfer.cohorts.store",
            "dxtransfer.cohorts.features",
            "dxtransfer.cohorts.audit.leaks",
            "dxtransfer.files",
        ),
    script:
        "../scripts/store.py"


rule features:
    input:
        adata="results/{study}/qc/{cohort}.h5ad",
        vocabulary="results/{study}/source/{source}/vocabulary.tsv",
        normalisation="results/{study}/source/{source}/normalisation.json",
        components="results/{study}/source/{source}/pretrain/pca/encoder.safetensors",
        passed=ancient(gate),
    output:
        adata="results/{study}/features/{source}/{cohort}.h5ad",
        coverage="results/{study}/features/{source}/{cohort}.coverage.tsv",
        coordinates="results/{study}/features/{source}/{cohort}.pca.tsv",
    log:
        "results/{study}/logs/features/{source}/{cohort}.log",
    conda:
        "../../envs/cohorts.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        code=code("dxtransfer.cohorts.features", "dxtransfer.files"),
    script:
        "../scripts/features.py"
