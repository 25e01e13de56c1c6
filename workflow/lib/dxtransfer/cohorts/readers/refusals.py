"""Tables that are no matrix of samples and features, told by the name of what they are."""

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from dxtransfer.cohorts.clinical import is_of_patients
from dxtransfer.errors import InputError

# column names in letters and digits alone
CHROMOSOME = {"chromosome", "chrom", "chr"}
SEGMENT = {"segmentmean", "segmean", "segcn", "numprobes", "nummarkers", "nummark", "copynumber"}
TESTED = {
    *("logfc", "log2fc", "log2foldchange", "foldchange", "basemean", "lfcse", "aveexpr"),
    *("pvalue", "pval", "padj", "adjpval", "adjpvalue", "fdr", "qvalue", "qval", "lods"),
    *("logfoldchanges", "logfoldchange", "pvals", "pvalsadj", "avglog2fc", "avglogfc", "pvaladj"),
    *("stat", "tstatistic", "adjustedpvalue", "adjustedp", "svalue", "log2ratio", "zscore"),
}
# columns of the samples and of the features of a long table
RUN = {"run", "filename", "rawfile", "replicate", "replicatename", "samplebarcode", "rfilename"}
FEATURE = {
    *("gene", "genes", "feature", "featureid", "protein", "proteins", "proteinid", "proteingroup"),
    *("proteingroups", "proteinname", "proteinids", "leadingproteins", "metabolite", "compound"),
    *("taxon", "taxa", "taxonomy", "species", "genus", "otu", "asv", "analyte", "marker", "assay"),
    *("olinkid", "peptide", "peptidesequence", "mirna", "cpg", "lipid", "transcript", "name"),
    *("pgproteingroups", "variable", "parameter"),
}
PEPTIDES = {
    "precursorid": "DIA-NN's report, one row per precursor; give its report.pg_matrix.tsv",
    "modifiedsequence": "a search engine's table, one row per peptide and run (as MaxQuant's "
    "evidence.txt); give the table with one row per protein (MaxQuant: proteinGroups.txt)",
    "peptidesequence": "a long table with one row per peptide and run (as for MSstats); give the "
    "values per protein, one column per sample",
}
SAMPLE = {
    *("sample", "sampleid", "samplename", "geoaccession", "gsm", "tumorsamplebarcode"),
    *("experiment", "patient", "patientid", "subject", "subjectid", "caseid", "barcode"),
}
CLINICAL = {
    *("age", "sex", "gender", "diagnosis", "disease", "status", "group", "treatment", "stage"),
    *("grade", "batch", "site", "tissue", "bmi", "race", "ethnicity", "survival", "vitalstatus"),
}
IDENTIFIER = {
    *("entrez", "entrezid", "entrezgeneid", "entrezgene", "symbol", "genesymbol", "genename"),
    *("ensg", "ensembl", "ensemblid", "ensemblgeneid", "hgnc", "hgncid", "uniprot", "probe"),
    *("geneid", "transcriptid", "ncbigenesymbol", "hugogenesymbol", "hugosymbol", "probeid"),
}
# Columns of numbers that are not known to describe patients: with so many, and this share of all
# columns, a table with samples in rows is a small panel of features beside a few of patients.
PANEL, PANEL_SHARE = 10, 0.7
GENE_ID = re.compile(r"ENS[A-Z]*[GTP]\d{11}(\.\d+)?|N[MRP]_\d+(\.\d+)?")


def plain(name: str) -> str:
    """Letters and digits of a column name, in lower case."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def refuse_other_tables(
    columns: Sequence[str],
    body: Sequence[Sequence[str]],
    *,
    numeric: Sequence[int],
    path: Path,
    samples: Collection[str] = (),
) -> None:
    """Refuse a table that is not a matrix.

    Parameters
    ----------
    columns
        Names of the columns; empty where the rows are of many lengths.
    body
        The first rows below the header.
    numeric
        Indices of the columns that hold numbers.
    path
        Where the table comes from, for messages.
    samples
        Ids of the sample table, where they are known.

    Raises
    ------
    InputError
        In one sentence, with the name of what the table is and what to do.
    """
    told = _told(columns, body, numeric, samples)
    if told:
        raise InputError(f"{path}: no matrix of samples and features but {told}")


def _told(
    columns: Sequence[str],
    body: Sequence[Sequence[str]],
    numeric: Sequence[int],
    samples: Collection[str],
) -> str | None:
    names = {plain(name) for name in columns}
    ids = all(row and any(GENE_ID.fullmatch(cell.strip()) for cell in row) for row in body[:5])
    pairs = len(columns) <= 6 and len(body) > 0
    if not columns:
        return _of_many_lengths(body)
    if _is_bed([columns, *body]):
        return (
            "intervals of a genome without a header (BED); give a table of values per interval or "
            "gene and sample"
        )
    if names & CHROMOSOME and _begins(names, "start") and _begins(names, "end") and names & SEGMENT:
        return (
            "copy-number segments (chromosome, start, end, mean); give a table of genes and samples"
        )
    if any(re.search(r'(gene|transcript)_id[ =]"?', row[-1]) for row in body[:5]):
        return "a genome annotation (GTF); give a table of values per gene and sample"
    if {"idref", "value"} <= names:
        return (
            "the data table of a single GEO sample (ID_REF, VALUE); give its SOFT file, or a table "
            "with one column per sample"
        )
    if len(names & TESTED) >= 2:
        return "results of a test (fold changes, p-values); give the values per sample"
    long = _long(columns, body, numeric, samples)
    if long:
        return long
    if names & SAMPLE and _describes(columns, names, numeric):
        return "a sample table; name it in the column samples"
    if (ids and not set(numeric) - {0}) or _maps(columns, numeric):
        return "a table of identifiers; one of probes and genes belongs in the column annotation"
    if (
        pairs
        and "." in columns[-1]
        and _is_number(columns[-1])
        and set(range(1, len(columns))) - set(numeric)
    ):
        return "a list of scores of pairs without a header; give a table of features and samples"
    if pairs and _is_long(columns, body, numeric):
        text = [place for place in range(len(columns)) if place not in numeric]
        by_sample = _holds(samples, [row[text[0]] for row in body])
        feature, sample = text[1::-1] if by_sample else text[:2]
        return _widen(columns, columns[feature], columns[sample], [columns[i] for i in numeric])
    return None


def _widen(columns: Sequence[str], feature: str, sample: str, values: Sequence[str]) -> str:
    value = values[0] if len(values) == 1 else "..."
    return (
        f"a long table with one value per row ({', '.join(columns[:4])}); turn it into one column "
        f"per sample (in pandas: table.pivot(index={feature!r}, columns={sample!r}, "
        f"values={value!r}))"
    )


def _long(
    columns: Sequence[str],
    body: Sequence[Sequence[str]],
    numeric: Sequence[int],
    samples: Collection[str],
) -> str | None:
    """What a long table is: a column of samples beside one of features, either with repeats."""
    names = [plain(name) for name in columns]
    of_samples = [
        i
        for i in range(len(columns))
        if names[i] in SAMPLE | RUN or (samples and _holds(samples, [row[i] for row in body]))
    ]
    of_features = [
        i for i in range(len(columns)) if names[i] in FEATURE | IDENTIFIER and i not in of_samples
    ]
    if not of_samples:
        return None
    for name, told in PEPTIDES.items():
        if name in names:
            return told
    values = [columns[i] for i in numeric if i not in of_samples + of_features]
    if not of_features or not values or not body:
        return None
    sample, feature = of_samples[-1], of_features[0]
    cells = [row[sample] for row in body]
    # sorted by feature, the first rows name each sample once and the same feature again and again
    beside = [row[feature] for row in body]
    runs = 1 + sum(beside[i] != beside[i - 1] for i in range(1, len(beside)))
    by_feature = len(set(beside)) == runs < len(beside) and not set(names) & CLINICAL
    if len(set(cells)) < len(cells) or by_feature:
        return _widen(columns, columns[feature], columns[sample], values)
    return None


def _holds(samples: Collection[str], cells: Sequence[str]) -> bool:
    return sum(cell in samples for cell in cells) > len(cells) / 2 and not all(
        map(_is_number, cells)
    )


def _is_bed(rows: Sequence[Sequence[str]]) -> bool:
    """Whether each row, the first too, begins with a chromosome, a start and an end."""
    return all(
        len(row) > 2
        and re.fullmatch(r"chr\w+", row[0]) is not None
        and row[1].isdigit()
        and row[2].isdigit()
        for row in rows[:10]
    )


def _of_many_lengths(rows: Sequence[Sequence[str]]) -> str | None:
    if all(len(row) > 2 and not any(map(_is_number, row[2:])) for row in rows):
        return "gene sets (GMT); give a table of genes and samples"
    return None


def _begins(names: set[str], word: str) -> bool:
    return any(name.removeprefix("loc").startswith(word) for name in names)


def _describes(columns: Sequence[str], names: set[str], numeric: Sequence[int]) -> bool:
    """Whether columns beside the sample ids tell of patients and not of features."""
    text = len(columns) - len(numeric)
    features = sum(not is_of_patients(columns[place]) for place in numeric)
    if features >= PANEL and features >= PANEL_SHARE * len(columns):
        return False
    return len(columns) <= 60 and (text > 1 or len(names & CLINICAL) > 1)


def _maps(columns: Sequence[str], numeric: Sequence[int]) -> bool:
    """Whether identifiers of two kinds stand beside each other and nothing else is a value."""
    ids = [place for place, name in enumerate(columns) if plain(name) in IDENTIFIER]
    other = {place for place in numeric if place not in ids}
    told = {"length", "start", "end", "chr", "chrom", "chromosome", "strand", "gc", "ensgv"}
    return len(ids) > 1 and all(plain(columns[place]) in told for place in other)


def _is_long(columns: Sequence[str], body: Sequence[Sequence[str]], numeric: Sequence[int]) -> bool:
    text = [place for place in range(len(columns)) if place not in numeric]
    if len(text) < 2 or len(numeric) != 1:
        return False
    repeated = [len({row[place] for row in body}) < len(body) for place in text[:2]]
    return any(repeated)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
