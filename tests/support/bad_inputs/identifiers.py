"""Names of features that cannot be used, and mapping tables, found by quality control."""

from collections.abc import Mapping

from bad_inputs.study import COUNTS, Bad, matrix, text


def named(form: str) -> str:
    """Right counts whose features have other names, of the form of `form.format(number)`."""
    header, *rows = matrix()
    return text([header, *([form.format(i), *row[1:]] for i, row in enumerate(rows))])


PROBES = "ILMN_{0}"

MANY = (
    "; leave the cohort out, map it to the study's genes beforehand, or correct identifiers.species"
)

AS_THEY_STAND = "set feature_id to other to take them as they stand"

SPOILT_IDENTIFIERS: Mapping[str, Bad] = {
    "mouse-ids": Bad(
        {"counts.tsv": named("ENSMUSG{:011d}.2")},
        "cohort mouse-ids: 30 of 30 ids are of mouse (first: ENSMUSG00000000000.2), but the "
        f"study's species is human{MANY}",
    ),
    "mouse-symbols": Bad(
        {
            "counts.tsv": COUNTS.replace("GENE1\t", "Actb\t")
            .replace("GENE2\t", "Gapdh\t")
            .replace("GENE3\t", "Trp53\t")
        },
        "cohort mouse-symbols: the symbols are spelt as mouse and rat genes (Actb, Gapdh, Trp53), "
        f"but the study's species is human{MANY}",
    ),
    "probes": Bad(
        {"counts.tsv": named(PROBES)},
        "cohort probes: the features look like Illumina probe ids (ILMN_0); name a table of probes "
        f"and symbols in the column annotation, or {AS_THEY_STAND}",
    ),
    "array-clusters": Bad(
        {"counts.tsv": named("78925{:02d}")},
        "cohort array-clusters: the features look like probe ids (7892500); name a table of probes "
        f"and symbols in the column annotation, or {AS_THEY_STAND}",
    ),
    "row-numbers": Bad(
        {"counts.tsv": named("{}")},
        "cohort row-numbers: the features are numbered 0 to 29, so their names are missing; write "
        "them into the matrix, name a table of numbers and symbols in the column annotation, or "
        "set feature_id to other to take the numbers as names",
    ),
    "said-entrez": Bad(
        {"counts.tsv": COUNTS},
        "cohort said-entrez, column feature_id: it says entrez, but 30 of 30 names look like gene "
        "symbols (first: GENE0); correct it or leave it empty",
        {"feature_id": "entrez"},
    ),
    "said-symbol": Bad(
        {"counts.tsv": named("P{:04d}9")},
        "cohort said-symbol, column feature_id: it says symbol, but 30 of 30 names look like "
        "UniProt accessions (first: P00009); correct it or leave it empty",
        {"feature_id": "symbol"},
    ),
    "other-platform": Bad(
        {"counts.tsv": named(PROBES), "probes.tsv": "probe\tsymbol\nA_23_P1\tTP53\n"},
        "cohort other-platform, column annotation: the table (first: A_23_P1) lists none of the "
        "features (first: ILMN_0, ILMN_1, ILMN_2); name the table of this platform",
        {"annotation": "probes.tsv"},
    ),
    "few-probes": Bad(
        {"counts.tsv": named(PROBES), "probes.tsv": "probe\tsymbol\nILMN_1\tTP53\n"},
        "cohort few-probes, column annotation: the table lists 1 of the 30 features, and most "
        "names are still probe ids (first: ILMN_0); name the table of this platform",
        {"annotation": "probes.tsv"},
    ),
    "no-symbols": Bad(
        {"counts.tsv": named(PROBES), "probes.tsv": "probe\tlength\nILMN_1\t50\n"},
        "{}/probes.tsv: no column with gene symbols; one named symbol or gene_symbol is expected, "
        "there are: probe, length",
        {"annotation": "probes.tsv"},
    ),
    "probes-of-no-gene": Bad(
        {
            "counts.tsv": named(PROBES),
            "probes.tsv": "probe\tsymbol\n" + "".join(f"ILMN_{i}\tA{i};B{i}\n" for i in range(30)),
        },
        "cohort probes-of-no-gene, column annotation: the table gives no feature one gene of its "
        "own (first: ILMN_0, ILMN_1, ILMN_2); name a table with a symbol for each probe",
        {"annotation": "probes.tsv"},
    ),
}

# the table, and the line told
MAPPINGS: Mapping[str, tuple[str, str]] = {
    "without symbols": (
        "ensg\tentrez\nENSG00000141510\t7157\n",
        "study/genes.tsv: the mapping table has no column of gene symbols; needed are symbol and "
        "one of ensembl_gene_id, entrez_id, transcript_id, uniprot_ids, alias_symbol, or a GTF "
        "with gene_name",
    ),
    "of another species": (
        "symbol\tensembl_gene_id\nActb\tENSMUSG00000029580\n",
        "cohort late: identifiers.mapping knows 0 of the 30 gene symbols: it is of another species "
        "or of other ids; correct it, or set feature_id to other to take the names as they stand "
        "(first: GENE0, GENE1, GENE2)",
    ),
}
