"""A small valid file of each reader, from which the mutations start.

Each value appears once, and names and values differ in more than one letter, so that a value under
another name than its own has been moved by the reader.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
import yaml
from scipy import sparse
from workbook_files import workbook

from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.config import checked, read_schema
from dxtransfer.config_text import check_texts
from dxtransfer.errors import InputError
from dxtransfer.sample_tables import read_samples
from dxtransfer.sheets import read_cohorts
from dxtransfer.tables import read_table

ROOT = Path(__file__).parents[2]
SAMPLES = ["ALPHA7", "BRAVO3", "DELTA9", "GOLF52"]
GENES = ["TP53", "BRCA1", "MYCN", "EGFR", "KRAS2L", "ACTB", "GAPDH", "NOTCH4"]
PROTEINS = ["P04637", "P38398", "Q9Y6K9", "O15530", "P42345", "Q13131", "A0JNW5", "P60709"]
SPECIES = [
    *("Escherichia coli", "Bacteroides fragilis", "Prevotella copri", "Dialister invisus"),
    *("Roseburia hominis", "Blautia obeum", "Akkermansia muciniphila", "Collinsella aerofaciens"),
]
DIGITS = random.Random(1)


def _unlike(count: int) -> list[int]:
    """Numbers of five digits of which no two differ in less than two places."""
    found: list[int] = []
    while len(found) < count:
        new = DIGITS.randrange(10_000, 100_000)
        if all(sum(a != b for a, b in zip(str(new), str(o), strict=True)) > 2 for o in found):
            found.append(new)
    return found


NUMBERS = np.array(_unlike(32)).reshape(8, 4)
OTHERS = np.array(_unlike(32)).reshape(8, 4)


@dataclass(frozen=True)
class Target:
    """What is mutated and read.

    Attributes
    ----------
    name
        Of the reader.
    write
        Writes the valid file or folder.
    family
        Which mutations fit: text, binary, hdf5, excel, parquet, yaml.
    read
        Reads it; gives an AnnData, or anything else.
    table
        Whether each row has a name and all its values, so that moved values can be seen.
    lines
        Whether the message may have a line for each error.
    """

    name: str
    write: Callable[[Path], Path]
    family: str
    read: Callable[[Path], Any]
    table: bool = False
    lines: bool = False


def _text(name: str, rows: Sequence[Sequence[object]], separator: str = "\t") -> Any:
    text = "".join(separator.join(map(str, row)) + "\n" for row in rows)

    def write(folder: Path) -> Path:
        (folder / name).write_text(text)
        return folder / name

    return write


def _beside(names: Sequence[str], *describing: Sequence[object], head: Sequence[str]) -> Any:
    """Rows of a name, what describes it, and its values."""
    rows = zip(names, *describing, NUMBERS.tolist(), strict=True)
    return [head, *([*row[:-1], *row[-1]] for row in rows)]


def _each(part: str, *, first: Sequence[object] = ()) -> list[str]:
    return [*map(str, first), *(part.format(sample) for sample in SAMPLES)]


def _paired(names: Sequence[str], head: Sequence[str], more: Sequence[object] = ()) -> Any:
    """Rows with a second number, such as a p-value, beside each value."""
    rows = [
        [name, *more, *(n for pair in zip(a, np.arange(4) / 8, strict=True) for n in pair)]
        for name, a in zip(names, NUMBERS.tolist(), strict=True)
    ]
    return [head, *rows]


BLANK = [""] * 8
TEXTS: dict[str, tuple[str, Sequence[Sequence[object]]]] = {
    "delimited": ("m.tsv", _beside(GENES, head=["gene", *SAMPLES])),
    "maxquant": ("proteinGroups.txt", _beside(
        PROTEINS, PROTEINS, [1] * 8, BLANK, BLANK, BLANK,
        head=_each("LFQ intensity {}", first=["Protein IDs", "Majority protein IDs", "Peptides",
             "Only identified by site", "Reverse", "Potential contaminant"]))),
    "diann": ("pg.tsv", _beside(
        PROTEINS, PROTEINS, PROTEINS, GENES, ["text"] * 8,
        head=_each("/runs/{}.raw", first=["Protein.Group", "Protein.Ids", "Protein.Names", "Genes",
             "First.Protein.Description"]))),
    "spectronaut": ("report.tsv", _beside(
        PROTEINS, GENES, head=_each("[1] {}.raw.PG.Quantity", first=["PG.ProteinGroups",
        "PG.Genes"]))),
    "fragpipe": ("combined_protein.tsv", _beside(
        PROTEINS, PROTEINS, PROTEINS, GENES, [9] * 8,
        head=_each("{} MaxLFQ Intensity", first=["Protein", "Protein ID", "Entry Name", "Gene",
             "Combined Total Peptides"]))),
    "metaphlan": ("merged.tsv", _beside(
        [f"k__Bacteria|p__P|s__{name.replace(' ', '_')}" for name in SPECIES],
        head=_each("{}", first=["clade_name"]))),
    "bracken": ("bracken.tsv", _paired(
        SPECIES, ["name", "taxonomy_id", "taxonomy_lvl", *(f"{s}.bracken_{k}" for s in SAMPLES
        for k in ("num", "frac"))], more=["562", "S"])),
    "kraken": ("kraken.txt", [["10.5", n[0], n[1], "S", n[2], f"  {name}"] for name, n in
        zip(SPECIES, NUMBERS.tolist(), strict=True)]),
    "dada2": ("seqtab.tsv", [["", *("ACGT" * 25 + g * 9 for g in ("A", "C", "G"))],
        *([s, *n[:3]] for s, n in zip(SAMPLES, NUMBERS.tolist(), strict=False))]),
    "humann": ("genefamilies.tsv", _beside(
        [f"UniRef90_{name}" for name in PROTEINS],
        head=_each("{}_Abundance-RPKs", first=["# Gene Family"]))),
    "featurecounts": ("counts.txt", _beside(
        [f"ENSG0000{n}" for n in OTHERS[:, 0]], ["1"] * 8, [1] * 8, [9] * 8, ["+"] * 8, [9] * 8,
        head=_each("/data/{}.bam", first=["Geneid", "Chr", "Start", "End", "Strand", "Length"]))),
    "star": ("ALPHA7ReadsPerGene.out.tab", [
        *([f"N_{k}", 9, 9, 9] for k in ("unmapped", "multimapping", "noFeature", "ambiguous")),
        *([f"ENSG0000{o}", a, b, a - b] for o, (a, b) in
          zip(OTHERS[:, 0], np.sort(NUMBERS)[:, [3, 0]].tolist(), strict=True))]),
    "htseq": ("ALPHA7.htseq.txt", [
        *([f"ENSG0000{o}", n] for o, n in zip(OTHERS[:, 0], NUMBERS[:, 0], strict=True)),
        ["__no_feature", 9], ["__ambiguous", 9]]),
    "deseq2": ("deseq2.tsv", _beside(
        GENES, OTHERS[:, 0], [0.5] * 8, [0.1] * 8, [2.5] * 8, [0.01] * 8, [0.02] * 8,
        head=["gene", "baseMean", "log2FoldChange", "lfcSE", "stat", "pvalue", "padj", *SAMPLES])),
    "genomestudio": ("signal.txt", _paired(
        [f"ILMN_{n}" for n in OTHERS[:, 0]],
        ["ID_REF", *(f"{s}.{k}" for s in SAMPLES for k in ("AVG_Signal", "Detection Pval"))])),
    "recount3": ("gene_sums.tsv", [["##annotation=G026"], ["##date.generated=1"],
        *_beside([f"ENSG0000{n}.5" for n in OTHERS[:, 0]], head=["gene_id", *SAMPLES])]),
    "gtex_bed": ("expression.bed", _beside(
        ["chr1"] * 8, [1] * 8, [2] * 8, [f"ENSG0000{n}.5" for n in OTHERS[:, 0]],
        head=["#chr", "start", "end", "gene_id", *SAMPLES])),
    "maf": ("m.maf", [["Hugo_Symbol", "Variant_Classification", "Tumor_Sample_Barcode"],
        *([gene, "Missense_Mutation", s] for gene in GENES for s in SAMPLES)]),
    "adat": ("m.adat", [["^HEADER"], ["!AdatId", "GID-1"], ["^COL_DATA"],
        ["!Name", "SeqId", "UniProt", "Organism", "Type"], ["^ROW_DATA"],
        ["!Name", "SampleId", "SampleType"], ["^TABLE_BEGIN"],
        ["", "", "SeqId", *(f"{n}-1" for n in OTHERS[:, 0])],
        ["", "", "UniProt", *PROTEINS], ["", "", "Organism", *["Human"] * 8],
        ["", "", "Type", *["Protein"] * 8], ["SampleId", "SampleType", "", *BLANK],
        *([s, "Sample", "", *n] for s, n in zip(SAMPLES, NUMBERS.T.tolist(), strict=True))]),
}  # fmt: skip
# rows of which each is one value, or one of several of a name
NOT_TABLES = {"kraken", "star", "htseq", "maf"}


def _olink(folder: Path) -> Path:
    rows = ["SampleID;Sample_Type;OlinkID;UniProt;Assay;Panel;QC_Warning;LOD;NPX"]
    rows += [
        f"{s};SAMPLE;OID{o};{p};{g};Onco;PASS;-1;{n}"
        for p, g, o, row in zip(PROTEINS, GENES, OTHERS[:, 0], NUMBERS, strict=True)
        for s, n in zip(SAMPLES, row, strict=True)
    ]
    (folder / "npx.csv").write_text("\n".join(rows) + "\n")
    return folder / "npx.csv"


def _annotated(kind: str) -> anndata.AnnData:
    values = NUMBERS.T.astype(np.float32) * (OTHERS.T % 3 > 0)
    made = {"csr": sparse.csr_matrix, "csc": sparse.csc_matrix, "dense": np.array}[kind](values)
    obs = pd.DataFrame(
        {"disease": pd.Categorical(["a", "b", "a", "b"]), "age": [4.5, 5, 6, 7]}, index=SAMPLES
    )
    return anndata.AnnData(made, obs=obs, var=pd.DataFrame(index=GENES))


def _h5ad(kind: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        _annotated(kind).write_h5ad(folder / "m.h5ad")
        return folder / "m.h5ad"

    return write


def _zarr(folder: Path) -> Path:
    _annotated("csr").write_zarr(folder / "m.zarr")
    return folder / "m.zarr"


def _tenx_h5(folder: Path) -> Path:
    counts = sparse.csc_matrix(NUMBERS * (OTHERS % 3 > 0))
    with h5py.File(folder / "m.h5", "w") as file:
        for name in ("data", "indices", "indptr", "shape"):
            file[f"matrix/{name}"] = getattr(counts, name)
        file["matrix/barcodes"] = np.array(SAMPLES, dtype="S")
        for name, texts in {"id": PROTEINS, "name": GENES}.items():
            file[f"matrix/features/{name}"] = np.array(texts, dtype="S")
        file["matrix/features/feature_type"] = np.array(["Gene Expression"] * 8, dtype="S")
    return folder / "m.h5"


def _tenx_folder(folder: Path) -> Path:
    path = folder / "cells"
    path.mkdir()
    (path / "barcodes.tsv").write_text("\n".join(SAMPLES) + "\n")
    rows = [f"{p}\t{g}\tGene Expression\n" for p, g in zip(PROTEINS, GENES, strict=True)]
    (path / "features.tsv").write_text("".join(rows))
    entries = [f"{i + 1} {j + 1} {n}\n" for (i, j), n in np.ndenumerate(NUMBERS)]
    header = "%%MatrixMarket matrix coordinate integer general\n%\n8 4 32\n"
    (path / "matrix.mtx").write_text(header + "".join(entries))
    return path


def _loom(folder: Path) -> Path:
    with h5py.File(folder / "m.loom", "w") as file:
        file["matrix"] = NUMBERS.astype("f4")
        file.create_dataset("row_attrs/Gene", data=GENES, dtype=h5py.string_dtype())
        file.create_dataset("col_attrs/CellID", data=SAMPLES, dtype=h5py.string_dtype())
        file["col_attrs/age"] = np.arange(4)
    return folder / "m.loom"


def _biom(folder: Path) -> Path:
    counts = sparse.csr_matrix(NUMBERS)
    with h5py.File(folder / "m.biom", "w") as file:
        text = h5py.string_dtype()
        file.create_dataset("observation/ids", data=SPECIES, dtype=text)
        file.create_dataset("sample/ids", data=SAMPLES, dtype=text)
        for name in ("data", "indices", "indptr"):
            file[f"observation/matrix/{name}"] = getattr(counts, name)
    return folder / "m.biom"


def _biom_json(folder: Path) -> Path:
    table = {
        "id": None, "format": "http://biom-format.org", "matrix_type": "sparse", "shape": [8, 4],
        "rows": [{"id": name, "metadata": None} for name in SPECIES],
        "columns": [{"id": name, "metadata": None} for name in SAMPLES],
        "data": [[*place, int(n)] for place, n in np.ndenumerate(NUMBERS)],
    }  # fmt: skip
    (folder / "m.biom").write_text(json.dumps(table))
    return folder / "m.biom"


def _excel(folder: Path) -> Path:
    rows = [["gene", *SAMPLES], *([g, *n] for g, n in zip(GENES, NUMBERS.tolist(), strict=True))]
    return workbook(folder / "m.xlsx", data=rows, notes=[["made in 2020"]])


def _parquet(folder: Path) -> Path:
    frame = pd.DataFrame(NUMBERS, index=pd.Index(GENES, name="gene"), columns=SAMPLES)
    frame.astype(float).to_parquet(folder / "m.parquet")
    return folder / "m.parquet"


def _series_matrix(folder: Path) -> Path:
    names = "\t".join(f'"GSM{n}"' for n in OTHERS[0])
    ages = "\t".join(f'"age: {n}"' for n in (41, 52, 63, 74))
    rows = [f'"{g}"\t' + "\t".join(map(str, n)) for g, n in zip(GENES, NUMBERS, strict=True)]
    lines = [
        '!Series_title\t"A series"', '!Series_geo_accession\t"GSE1"', "",
        f"!Sample_title\t{names}", f"!Sample_geo_accession\t{names}",
        f"!Sample_characteristics_ch1\t{ages}", "!series_matrix_table_begin",
        f'"ID_REF"\t{names}', *rows, "!series_matrix_table_end",
    ]  # fmt: skip
    (folder / "GSE1_series_matrix.txt").write_text("\n".join(lines) + "\n")
    return folder / "GSE1_series_matrix.txt"


def _geo(folder: Path) -> Path:
    path = folder / "GSE1"
    path.mkdir()
    _series_matrix(path)
    head = "\t".join(f"GSM{n}" for n in OTHERS[0])
    rows = [f"{o}\t" + "\t".join(map(str, n)) for o, n in zip(OTHERS[:, 1], NUMBERS, strict=True)]
    text = "\n".join([f"GeneID\t{head}", *rows]) + "\n"
    (path / "GSE1_raw_counts_GRCh38.p13_NCBI.tsv").write_text(text)
    return path


def _soft(folder: Path) -> Path:
    lines = ["^DATABASE = GeoMiame", "^SERIES = GSE1", "!Series_geo_accession = GSE1"]
    for sample, values in zip(OTHERS[0], NUMBERS.T, strict=True):
        lines += [f"^SAMPLE = GSM{sample}", "!Sample_characteristics_ch1 = age: 41"]
        lines += ["!Sample_platform_id = GPL1", "#ID_REF =", "#VALUE = x"]
        lines += ["!sample_table_begin", "ID_REF\tVALUE"]
        lines += [f"{g}\t{n}" for g, n in zip(GENES, values, strict=True)]
        lines += ["!sample_table_end"]
    (folder / "GSE1_family.soft").write_text("\n".join(lines) + "\n")
    return folder / "GSE1_family.soft"


def _per_sample(pattern: str, head: str, row: str) -> Callable[[Path], Path]:
    """A folder with a file of each sample."""

    def write(folder: Path) -> Path:
        path = folder / "files"
        for sample, values in zip(SAMPLES, NUMBERS.T, strict=True):
            file = path / pattern.format(sample)
            file.parent.mkdir(parents=True, exist_ok=True)
            rows = [
                row.format(f"ENSG0000{o}", n) for o, n in zip(OTHERS[:, 0], values, strict=True)
            ]
            file.write_text("\n".join([head, *rows]) + "\n")
        return path

    return write


GDC_HEAD = "gene_id\tgene_name\tgene_type\tunstranded\tstranded_first\tstranded_second"
FOLDERS: dict[str, Callable[[Path], Path]] = {
    "gdc": _per_sample(
        "{}.rna_seq.augmented_star_gene_counts.tsv",
        f"# gene-model: GENCODE v36\n{GDC_HEAD}\nN_unmapped\t\t\t9\t9\t9",
        "{}\tA\tprotein_coding\t{}\t9\t9",
    ),
    "rsem": _per_sample(
        "{}.genes.results", "gene_id\ttranscript_id(s)\texpected_count\tTPM", "{}\tT\t{}\t5"
    ),
    "salmon": _per_sample(
        "{}/quant.sf", "Name\tLength\tEffectiveLength\tTPM\tNumReads", "{}\t9\t9\t1\t{}"
    ),
    "kallisto": _per_sample(
        "{}/abundance.tsv", "target_id\tlength\teff_length\test_counts\ttpm", "{}\t9\t9\t{}\t5"
    ),
}  # fmt: skip
BINARY: dict[str, tuple[Callable[[Path], Path], str]] = {
    "excel": (_excel, "excel"),
    "parquet": (_parquet, "parquet"),
    "h5ad": (_h5ad("csr"), "hdf5"),
    "h5ad by columns": (_h5ad("csc"), "hdf5"),
    "h5ad dense": (_h5ad("dense"), "hdf5"),
    "zarr": (_zarr, "zarr"),
    "tenx_h5": (_tenx_h5, "hdf5"),
    "loom": (_loom, "hdf5"),
    "biom": (_biom, "hdf5"),
}
OTHER_TEXT: dict[str, tuple[Callable[[Path], Path], bool]] = {
    "tenx_mtx": (_tenx_folder, False),
    "geo": (_geo, False),
    "series_matrix": (_series_matrix, False),
    "soft": (_soft, False),
    "olink": (_olink, False),
    "biom json": (_biom_json, False),
}


# --- tables of people and configurations ---------------------------------------------------------

PATIENTS = [
    ["sample", "patient", "diagnosis", "age", "site"],
    *([s, f"P{s}", "ab"[i % 2], 40 + i, "north"] for i, s in enumerate(SAMPLES)),
]


def _sheet(folder: Path) -> Path:
    (folder / "cohorts.tsv").write_bytes((ROOT / "tests/small/cohorts.tsv").read_bytes())
    return folder / "cohorts.tsv"


def _config(folder: Path) -> Path:
    (folder / "config.yaml").write_bytes((ROOT / "tests/small/config.yaml").read_bytes())
    return folder / "config.yaml"


def _read_config(path: Path) -> object:
    check_texts([path])
    try:
        config = yaml.load(path.read_text(), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        # Snakemake, which reads the file first, refuses it
        raise InputError(type(error).__name__) from None
    if not isinstance(config, dict):
        raise InputError("Snakemake takes a mapping alone")
    return checked(config, schema=read_schema(ROOT / "workflow/schemas/config.schema.yaml"))


def _read_sheet(path: Path) -> object:
    return read_cohorts(path, schema=read_schema(ROOT / "workflow/schemas/cohorts.schema.yaml"))


def _of_format(name: str) -> Callable[[Path], Any]:
    """Half of the readings name the format, as a sheet can, half leave it to the content."""

    def read(path: Path) -> Any:
        named = len(path.parent.name) % 2
        ids = SAMPLES if name in ("delimited", "excel", "parquet", "adat", "olink") else None
        return read_matrix(path, format=name if named else None, sample_names=ids)

    return read


def _people(folder: Path) -> Path:
    return workbook(folder / "samples.xlsx", data=PATIENTS)


def targets() -> list[Target]:
    """Everything that is mutated."""
    made = [
        Target(name, _text(file, rows), "text", _of_format(name), table=name not in NOT_TABLES)
        for name, (file, rows) in TEXTS.items()
    ]
    turned = [list(row) for row in zip(*TEXTS["delimited"][1], strict=True)]
    made += [
        Target(
            "delimited turned", _text("m.csv", turned, ","), "text", _of_format("delimited"), True
        )
    ]
    for name, (write, table) in OTHER_TEXT.items():
        made.append(Target(name, write, "text", _of_format(name.partition(" ")[0]), table))
    made += [Target(n, write, "text", _of_format(n)) for n, write in FOLDERS.items()]
    for name, (write, family) in BINARY.items():
        made.append(Target(name, write, family, _of_format(name.partition(" ")[0])))
    people = {"table of people": read_table, "samples": lambda p: read_samples({"samples": str(p)})}
    for name, read in people.items():
        made.append(Target(name, _text("samples.tsv", PATIENTS), "text", read))
        made.append(Target(f"{name} in a workbook", _people, "excel", read))
    made.append(Target("cohort sheet", _sheet, "text", _read_sheet, lines=True))
    made.append(Target("configuration", _config, "yaml", _read_config, lines=True))
    return made
