"""Mutation annotation files (MAF): which gene is mutated in which sample."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd

from dxtransfer.cohorts.readers.content import content_of
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError
from dxtransfer.memory import check_memory

GENE, CLASS, SAMPLE = "Hugo_Symbol", "Variant_Classification", "Tumor_Sample_Barcode"
# Classes of the format that change the protein or its splicing.
# Format: https://docs.gdc.cancer.gov/Data/File_Formats/MAF_Format/
NON_SILENT = {
    *("Frame_Shift_Del", "Frame_Shift_Ins", "In_Frame_Del", "In_Frame_Ins", "Missense_Mutation"),
    *("Nonsense_Mutation", "Nonstop_Mutation", "Splice_Site", "Translation_Start_Site"),
    *("De_novo_Start_InFrame", "De_novo_Start_OutOfFrame", "Start_Codon_SNP", "Start_Codon_Del"),
    *("Start_Codon_Ins", "Stop_Codon_Del", "Stop_Codon_Ins"),
}
SILENT = {
    *("Silent", "Intron", "RNA", "IGR", "lincRNA", "3'UTR", "5'UTR", "3'Flank", "5'Flank"),
    *("Splice_Region", "Targeted_Region", "Unknown"),
}
TCGA = re.compile(r"TCGA-[A-Z0-9]{2}-[A-Z0-9]{4}")


def read_maf(path: Path) -> Table:
    """Read a MAF file as a matrix of samples x genes: 1 where a variant is not silent, else 0.

    Every sample (`Tumor_Sample_Barcode`) and every gene (`Hugo_Symbol`, `Unknown` excepted) that
    the file names is in the matrix, so one with silent variants alone has zeros.

    Raises
    ------
    InputError
        Naming the column that lacks, the row with another number of cells or without gene or
        sample, or a variant class that the format does not know.
    """
    rows = _rows(path)
    frame = pd.DataFrame(rows, columns=[GENE, CLASS, SAMPLE, "row"])
    unknown = frame[~frame[CLASS].isin(NON_SILENT | SILENT)]
    if len(unknown):
        first = unknown.iloc[0]
        raise InputError(
            f"{path}, row {first['row']}, column {CLASS}: {first[CLASS]!r} is no class of the MAF "
            "format"
        )
    frame = frame[frame[GENE] != "Unknown"]
    samples, genes = sorted(frame[SAMPLE].unique()), sorted(frame[GENE].unique())
    if not genes:
        raise InputError(f"{path}: no variant in a gene with a name")
    counted = frame[frame[CLASS].isin(NON_SILENT)]
    check_memory(4 * len(samples) * len(genes), what="a matrix of all its names", path=path)
    values = np.zeros((len(samples), len(genes)), dtype=np.float32)
    at = pd.Index(samples).get_indexer(counted[SAMPLE]), pd.Index(genes).get_indexer(counted[GENE])
    values[at] = 1
    # A barcode of TCGA begins with its patient.
    patients = [found[0] if (found := TCGA.match(sample)) else sample for sample in samples]
    obs = pd.DataFrame({"patient": patients}, index=samples)
    return Table(values, samples, genes, natural="genes_in_columns", obs=obs)


def _rows(path: Path) -> list[tuple[str, str, str, int]]:
    """Gene, class, sample and line number of each variant."""
    try:
        text = content_of(path).decode("utf-8")
    except UnicodeDecodeError:
        # Some files have names of proteins in Latin-1; what is used is ASCII.
        text = content_of(path).decode("latin-1")
    lines = csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
    header: list[str] = []
    places: list[int] = []
    rows = []
    for cells in lines:
        if not header:
            header = [] if not cells or cells[0].startswith("#") else cells
            for name in (GENE, CLASS, SAMPLE) if header else ():
                if name not in header:
                    raise InputError(
                        f"{path}: no column {name!r}, which a MAF file has; there are: "
                        f"{', '.join(header[:8])}"
                    )
            places = [header.index(name) for name in (GENE, CLASS, SAMPLE) if header]
            continue
        where = f"{path}, row {lines.line_num}"
        if not any(cells):
            continue
        if len(cells) != len(header):
            raise InputError(f"{where}: {len(cells)} cells where the header has {len(header)}")
        gene, kind, sample = (cells[place].strip() for place in places)
        for name, cell in ((GENE, gene), (SAMPLE, sample)):
            if not cell:
                raise InputError(f"{where}, column {name}: empty")
        rows.append((gene, kind, sample, lines.line_num))
    if not rows:
        raise InputError(f"{path}: the file is empty or has no rows below its header")
    return rows
