rule reference:
    input:
        **REFERENCE,
    output:
        index="results/{study}/reads/reference/transcripts.idx",
        genes="results/{study}/reads/reference/genes.tsv",
        summary="results/{study}/reads/reference/reference.json",
    log:
        "results/{study}/logs/reads/reference.log",
    conda:
        "../../envs/reads.yaml"
    threads: 4
    resources:
        mem_mb=growing(16000),
        runtime=growing(60),
    params:
        kmer=SETTINGS["reads"]["kmer"],
        checksum=SETTINGS["reads"]["checksum"],
        code=code("dxtransfer.cohorts.reads.reference", "dxtransfer.files"),
    script:
        "../scripts/reference.py"


rule quantify:
    input:
        fastq=READS.fastq,
        index="results/{study}/reads/reference/transcripts.idx",
    output:
        abundance="results/{study}/reads/bulk/{cohort}/{sample}/abundance.tsv",
        cutadapt="results/{study}/reads/bulk/{cohort}/{sample}/cutadapt.txt",
        kallisto="results/{study}/reads/bulk/{cohort}/{sample}/kallisto.txt",
        numbers="results/{study}/reads/bulk/{cohort}/{sample}/reads.json",
    log:
        "results/{study}/logs/reads/{cohort}/{sample}.quantify.log",
    conda:
        "../../envs/reads.yaml"
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(120),
    params:
        lanes=READS.of_sample,
        settings=READS.trimming(),
        code=code("dxtransfer.cohorts.reads.quantify", "dxtransfer.files"),
    script:
        "../scripts/quantify.py"


rule gene_counts:
    input:
        abundances=of_samples("results/{study}/reads/bulk/{cohort}/{sample}/abundance.tsv"),
        numbers=of_samples("results/{study}/reads/bulk/{cohort}/{sample}/reads.json"),
        genes="results/{study}/reads/reference/genes.tsv",
    output:
        "results/{study}/reads/{cohort}.h5ad",
    log:
        "results/{study}/logs/reads/{cohort}.gene_counts.log",
    wildcard_constraints:
        cohort=READS.cohorts(single_cell=False),
    conda:
        "../../envs/reads.yaml"
    resources:
        mem_mb=growing(8000),
        runtime=growing(30),
    params:
        samples=READS.samples,
        min_share=SETTINGS["reads"]["min_pseudoaligned_share"],
        code=code("dxtransfer.cohorts.reads.genes", "dxtransfer.files"),
    script:
        "../scripts/gene_counts.py"


rule count_cells:
    input:
        fastq=READS.fastq,
        index="results/{study}/reads/reference/transcripts.idx",
        genes="results/{study}/reads/reference/genes.tsv",
    output:
        cells="results/{study}/reads/cells/{cohort}/{sample}/cells.h5ad",
        numbers="results/{study}/reads/cells/{cohort}/{sample}/reads.json",
    log:
        "results/{study}/logs/reads/{cohort}/{sample}.count_cells.log",
    conda:
        "../../envs/reads.yaml"
    threads: 4
    resources:
        mem_mb=growing(16000),
        runtime=growing(240),
    params:
        lanes=READS.of_sample,
        technology=READS.technology,
        code=code("dxtransfer.cohorts.reads.single_cell", "dxtransfer.files"),
    script:
        "../scripts/count_cells.py"


rule pseudobulk:
    input:
        cells=of_samples("results/{study}/reads/cells/{cohort}/{sample}/cells.h5ad"),
        numbers=of_samples("results/{study}/reads/cells/{cohort}/{sample}/reads.json"),
        genes="results/{study}/reads/reference/genes.tsv",
    output:
        "results/{study}/reads/{cohort}.h5ad",
    log:
        "results/{study}/logs/reads/{cohort}.pseudobulk.log",
    wildcard_constraints:
        cohort=READS.cohorts(single_cell=True),
    conda:
        "../../envs/reads.yaml"
    resources:
        mem_mb=growing(16000),
        runtime=growing(60),
    params:
        samples=READS.samples,
        cells=SETTINGS["reads"]["cells"],
        min_share=SETTINGS["reads"]["min_pseudoaligned_share"],
        code=code("dxtransfer.cohorts.reads.single_cell", "dxtransfer.files"),
    script:
        "../scripts/pseudobulk.py"


rule read_quality:
    input:
        fastq=READS.fastq,
        checked=READS.numbers,
    output:
        directory("results/{study}/reads/quality/{cohort}"),
    log:
        "results/{study}/logs/reads/{cohort}.quality.log",
    conda:
        "../../envs/reads.yaml"
    threads: 4
    resources:
        mem_mb=growing(8000),
        runtime=growing(240),
    params:
        lanes=READS.by_name,
        code=code("dxtransfer.cohorts.reads.quality"),
    script:
        "../scripts/read_quality.py"


rule multiqc:
    input:
        READS.quality_reports,
    output:
        report(
            "results/{study}/reads/multiqc.html",
            caption="../report/multiqc.rst",
            category="Reads",
            labels={"page": "quality of reads"},
        ),
    log:
        "results/{study}/logs/reads/multiqc.log",
    conda:
        "../../envs/reads.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        code=code("dxtransfer.cohorts.reads.quality", "dxtransfer.files"),
    script:
        "../scripts/multiqc.py"
