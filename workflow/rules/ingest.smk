rule ingest:
    input:
        unpack(delivered),
    output:
        "results/{study}/ingest/{cohort}.h5ad",
    log:
        "results/{study}/logs/ingest/{cohort}.log",
    conda:
        "../../envs/cohorts.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        cohort=reading,
        code=code("dxtransfer.cohorts.ingest", "dxtransfer.cohorts.readers.registry"),
    script:
        "../scripts/ingest.py"
