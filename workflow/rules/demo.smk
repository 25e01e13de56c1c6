rule demo_data:
    output:
        DEMO_FILES,
        DEMO_GENE_SETS,
        "resources/demo/truth.tsv",
        "resources/demo/truth_new.tsv",
    log:
        "resources/demo/demo_data.log",
    conda:
        "../../envs/cohorts.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=10,
    params:
        code=code("dxtransfer.demo"),
        seed=1,
    script:
        "../scripts/demo_data.py"


rule demo_reads:
    input:
        expand("resources/demo/{cohort}.counts.tsv.gz", cohort=["target", "new"]),
    output:
        transcripts=DEMO_TRANSCRIPTS,
        reads=DEMO_READS,
    log:
        "resources/demo/demo_reads.log",
    conda:
        "../../envs/cohorts.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=10,
    params:
        code=code("dxtransfer.demo_reads", "dxtransfer.files"),
        seed=1,
    script:
        "../scripts/demo_reads.py"
