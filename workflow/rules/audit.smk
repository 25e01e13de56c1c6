rule audit:
    input:
        expand("results/{{study}}/qc/{cohort}.h5ad", cohort=STUDY.trained_on()),
    output:
        findings=report(
            "results/{study}/audit/training.tsv",
            caption="../report/audit.rst",
            category="Audit",
            labels={"target": "all", "audit": "training"},
        ),
        leaks="results/{study}/audit/source_leaks.tsv",
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
        covariates=SETTINGS["evaluation"]["covariates"],
        task=SETTINGS["task"],
        code=code("dxtransfer.cohorts.audit.table", "dxtransfer.labels"),
    script:
        "../scripts/audit.py"


# A checkpoint, since Snakemake does not look at the params of jobs behind one that is to run: it
# looks again at what trains once this has run. Whether the gate was passed counts, not when.
checkpoint audit_gate:
    input:
        findings="results/{study}/audit/training.tsv",
        scales=expand("results/{{study}}/source/{source}/scales.passed", source=STUDY.sources()),
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
        on_leak=SETTINGS["audit"]["on_leak"],
        code=code("dxtransfer.cohorts.audit.findings"),
    script:
        "../scripts/audit_gate.py"


rule audit_predicted:
    input:
        cohort="results/{study}/qc/{cohort}.h5ad",
        target="results/{study}/qc/{target}.h5ad",
        source=COHORTS.qc_of_source,
        leaks=COHORTS.leaks,
    output:
        report(
            "results/{study}/audit/{target}/{cohort}.tsv",
            caption="../report/audit_predicted.rst",
            category="Audit",
            labels={"target": "{target}", "audit": "{cohort}"},
        ),
    log:
        "results/{study}/logs/audit/{target}/{cohort}.log",
    conda:
        "../../envs/cohorts.yaml"
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        is_evaluated=COHORTS.is_evaluated,
        task=SETTINGS["task"],
        code=code("dxtransfer.cohorts.audit.table", "dxtransfer.labels"),
    script:
        "../scripts/audit_predicted.py"
