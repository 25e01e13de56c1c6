rule fetch:
    input:
        to_fetch(),


# Compute nodes often have no network: this runs where Snakemake itself was started.
rule fetch_accession:
    output:
        # The files stand beside their list, so that what a killed job has fetched stays.
        "resources/accessions/{accession}/manifest.json",
    log:
        "resources/accessions/logs/{accession}.log",
    localrule: True
    conda:
        "../../envs/cohorts.yaml"
    resources:
        downloads=1,
        # No param: how often a server is asked changes nothing of what it gives.
        attempts=SETTINGS["accessions"]["attempts"],
        mem_mb=growing(2000),
        runtime=growing(720),
    params:
        settings=COHORTS.archives(),
        code=code("dxtransfer.cohorts.accessions.fetch", "dxtransfer.files"),
    script:
        "../scripts/fetch.py"


# Like an accession, fetched where Snakemake itself was started.
rule transcripts:
    output:
        "resources/reference/{species}.{release}.cdna.fa.gz",
    log:
        "resources/reference/{species}.{release}.log",
    localrule: True
    conda:
        "../../envs/reads.yaml"
    resources:
        downloads=1,
        attempts=SETTINGS["accessions"]["attempts"],
        mem_mb=growing(1000),
        runtime=growing(60),
    params:
        site=SETTINGS["accessions"]["ensembl"],
        mirror=str(MIRROR or ""),
        code=code("dxtransfer.cohorts.reads.ensembl"),
    script:
        "../scripts/transcripts.py"
