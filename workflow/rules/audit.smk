rule audit:
    input:
        expand("results/{{study}}/qc/{cohort}.h5ad", cohort=STUDY.trained_on()),
    output:
        "results/{study}/audit/training.tsv",
    log:
        "results/{study}/logs/audit/training.log",
    conda:
        "../../envs/cohorts.yaml"
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        cohorts=STUDY.trained_on(),
        targets=STUDY.sources_by_target(),
        code=code("dxtransfer.cohorts.audit"),
    script:
        "../scripts/audit.py"


rule audit_gate:
    input:
        "results/{study}/audit/training.tsv",
    output:
        "results/{study}/audit/training.passed",
    log:
        "results/{study}/logs/audit/gate.log",
    conda:
        "../../envs/cohorts.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=10,
    params:
        code=code("dxtransfer.cohorts.audit"),
    script:
        "../scripts/audit_gate.py"
