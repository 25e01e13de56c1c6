rule figures:
    input:
        metrics=evaluation("metrics"),
        curves=evaluation("curves"),
        label_efficiency=evaluation("label_efficiency"),
        calibration=evaluation("calibration"),
        reliability=evaluation("reliability"),
        decision_curves=evaluation("decision_curves"),
        subgroups=evaluation("subgroups"),
        verdict=verdict,
        histories=histories,
        coordinates=on_page("pca"),
        summaries=expand("results/{{study}}/qc/{cohort}.json", cohort=STUDY.cohorts),
        passed=ancient(gate),
    output:
        report(
            directory("results/{study}/figures/{target}"),
            patterns=["{figure}.svg"],
            caption="../report/figures.rst",
            category="Figures",
            labels={"target": "{target}", "figure": "{figure}"},
        ),
    log:
        "results/{study}/logs/report/{target}.figures.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=10,
    params:
        kind=SETTINGS["task"]["kind"],
        positive=SETTINGS["task"]["positive"],
        outcome=SETTINGS["task"]["time"] or SETTINGS["task"]["label"],
        contrasts=LEARNING.contrasts(),
        roles=STUDY.roles(),
        code=code(
            "dxtransfer.report.cohort_figures",
            "dxtransfer.report.evidence_figures",
            "dxtransfer.report.kind_figures",
            "dxtransfer.files",
        ),
    script:
        "../scripts/figures.py"


rule page:
    input:
        metrics=evaluation("metrics"),
        comparisons=evaluation("comparisons"),
        gains=evaluation("gains"),
        label_efficiency=evaluation("label_efficiency"),
        calibration=evaluation("calibration"),
        confusion=evaluation("confusion"),
        calibration_summary=evaluation("calibration_summary"),
        thresholds=evaluation("thresholds"),
        subgroups=evaluation("subgroups"),
        permutation=evaluation("permutation"),
        patients_saved=evaluation("patients_saved"),
        verdict=verdict,
        verdicts="results/{study}/evaluate/verdicts.tsv",
        figures="results/{study}/figures/{target}",
        attributions="results/{study}/explain/{target}/attributions.tsv",
        stability="results/{study}/explain/{target}/stability.tsv",
        enrichment=LEARNING.enrichment,
        explained="results/{study}/explain/{target}/figures",
        external=EVALUATION.external,
        stratified=EVALUATION.stratified,
        histories=histories,
        coverage=on_page("coverage"),
        summaries=expand("results/{{study}}/qc/{cohort}.json", cohort=STUDY.cohorts),
        samples=expand("results/{{study}}/qc/{cohort}.tsv", cohort=STUDY.cohorts),
        left_out="results/{study}/splits/{target}.left_out.tsv",
        audit="results/{study}/audit/training.tsv",
        audits=expand("results/{{study}}/audit/{{target}}/{cohort}.tsv", cohort=STUDY.to_predict()),
        leaks=COHORTS.leaks,
        weights=LEARNING.ensemble_weights,
        model="results/{study}/model/{target}/model.json",
        predictions=expand(
            "results/{{study}}/predict/{{target}}/{cohort}.tsv", cohort=STUDY.to_predict()
        ),
        template=WORKFLOW / "lib/dxtransfer/report/page.html.j2",
        sections=sorted((WORKFLOW / "lib/dxtransfer/report/sections").glob("*.html.j2")),
        parts=WORKFLOW / "lib/dxtransfer/report/parts.html.j2",
        style=WORKFLOW / "lib/dxtransfer/report/page.css",
        sorting=WORKFLOW / "lib/dxtransfer/report/predictions.js",
        passed=ancient(gate),
    output:
        report(
            "results/{study}/report/{target}.html",
            caption="../report/page.rst",
            category="Report",
            labels={"target": "{target}"},
        ),
    log:
        "results/{study}/logs/report/{target}.page.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=10,
    params:
        settings=SETTINGS,
        contrasts=LEARNING.contrasts(),
        roles=STUDY.roles(),
        matrices=STUDY.matrices(),
        code=code("dxtransfer.report.page", "dxtransfer.files"),
    script:
        "../scripts/page.py"


rule overview:
    input:
        verdicts="results/{study}/evaluate/verdicts.tsv",
        template=WORKFLOW / "lib/dxtransfer/report/overview.html.j2",
        style=WORKFLOW / "lib/dxtransfer/report/page.css",
    output:
        report(
            "results/{study}/report/index.html",
            caption="../report/overview.rst",
            category="Report",
            labels={"target": "all"},
        ),
    log:
        "results/{study}/logs/report/overview.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=10,
    params:
        kind=SETTINGS["task"]["kind"],
        verdict=SETTINGS["verdict"],
        code=code("dxtransfer.report.overview", "dxtransfer.files"),
    script:
        "../scripts/overview.py"


rule qc_page:
    input:
        summaries=expand("results/{{study}}/qc/{cohort}.json", cohort=STUDY.cohorts),
        samples=expand("results/{{study}}/qc/{cohort}.tsv", cohort=STUDY.cohorts),
        features=expand("results/{{study}}/qc/{cohort}.features.tsv", cohort=STUDY.cohorts),
        template=WORKFLOW / "lib/dxtransfer/report/qc_page.html.j2",
        parts=WORKFLOW / "lib/dxtransfer/report/parts.html.j2",
        style=WORKFLOW / "lib/dxtransfer/report/page.css",
    output:
        report(
            "results/{study}/report/qc.html",
            caption="../report/qc_page.rst",
            category="Quality control",
            labels={"cohorts": "all"},
        ),
    log:
        "results/{study}/logs/report/qc_page.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=10,
    params:
        settings=SETTINGS["qc"],
        roles=STUDY.roles(),
        code=code("dxtransfer.report.qc_page", "dxtransfer.files"),
    script:
        "../scripts/qc_page.py"
