"""What is not a matrix is refused by the name of what it is, with what makes a matrix of it."""

import gzip
import io
import pickle
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from dxtransfer.cohorts.readers import content
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError

XML = b"<?xml version='1.0' encoding='utf-8'?>\n"
# what is told of it, what to do, and how the file begins
FILES = [
    ("Affymetrix CEL", "rma", b"\x40\0\0\0\4\0\0\0Cols=732\nRows=732\n"),
    ("Affymetrix CEL", "rma", b";\1\0\0\0\1affymetrix-calvin-intensity"),
    ("Affymetrix CEL", "rma", b"[CEL]\nVersion=3\n\n[HEADER]\nCols=640\n"),
    ("Illumina IDAT", "minfi", b"IDAT\3\0\0\0\0\0\0\0\x13\0\0\0"),
    ("spectra (mzML)", "MaxQuant", XML + b"<mzML xmlns='http://psi.hupo.org/ms/mzml'>"),
    ("spectra (mzML)", "MaxQuant", XML + b"<indexedmzML>"),
    ("spectra (mzXML)", "MaxQuant", XML + b"<mzXML>"),
    ("mzIdentML", "MaxQuant", XML + b"<MzIdentML id='x'>"),
    ("a Thermo instrument", "MaxQuant", b"\x01\xa1F\0i\0n\0n\0i\0g\0a\0n\0"),
    ("spectra (MGF)", "MaxQuant", b"BEGIN IONS\nTITLE=1\n"),
    ("a web page", "fetch the table", b"\n <!DOCTYPE html>\n<html><body>404"),
    ("a web page", "fetch the table", b"404: Not Found"),
    ("Agilent Feature Extraction", "limma", b"TYPE\ttext\tinteger\nFEPARAMS\tName\tScan\n"),
    ("GenePix", "limma", b'ATF\t1.0\n29\t56\n"Type=GenePix Results 3"\n'),
    ("flow cytometer", "marker", b"FCS3.1         58"),
    ("aligned reads (BAM)", "featureCounts", gzip.compress(b"BAM\1\0\0\0\0", mtime=0)),
    ("aligned reads (CRAM)", "featureCounts", b"CRAM\3\0"),
    ("aligned reads (SAM)", "featureCounts", b"@HD\tVN:1.6\n@SQ\tSN:chr1\tLN:5\n"),
    ("genetic variants (BCF)", "MAF", gzip.compress(b"BCF\2\2", mtime=0)),
    ("genetic variants (VCF)", "MAF", gzip.compress(b"##fileformat=VCFv4.2\n", mtime=0)),
    ("bigWig", "featureCounts", b"\x26\xfc\x8f\x88\4\0"),
    ("RDS", "write.table", gzip.compress(b"X\n\0\0\0\3\0\4", mtime=0)),
    ("RData", "write.table", gzip.compress(b"RDX3\nX\n\0\0", mtime=0)),
    (
        "packed with gzip twice",
        "unpack",
        gzip.compress(gzip.compress(b"gene\ta\n", mtime=0), mtime=0),
    ),
    ("Excel workbook", "gunzip", gzip.compress(b"PK\3\4 rest", mtime=0)),
    ("HDF5", "gunzip", gzip.compress(b"\x89HDF\r\n\x1a\n rest", mtime=0)),
    ("feather", "to_csv", b"ARROW1\0\0"),
    ("SPSS", "to_csv", b"$FL2@(#) SPSS"),
    ("SAS", "to_csv", b"\0" * 12 + b"\xc2\xea\x81\x60\xb3\x14"),
    ("Stata", "to_csv", b"<stata_dta><header>"),
    ("PDF", "table", b"%PDF-1.4"),
    ("JSON", "table", b'[{"gene": 1}]'),
    ("Git LFS", "git lfs pull", b"version https://git-lfs.github.com/spec/v1\n"),
]


def refused(path: Path, samples: list[str] | None = None) -> str:
    with pytest.raises(InputError) as caught:
        read_matrix(path, sample_names=samples)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("told", "remedy", "start"), FILES)
def test_a_file_of_another_kind_is_named(
    told: str, remedy: str, start: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "matrix.tsv"
    path.write_bytes(start)
    assert told in refused(path)
    assert remedy in refused(path)


def test_files_that_programs_wrote_are_named(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0]}, index=["G", "H"])
    frame.to_pickle(tmp_path / "a.pkl")
    (tmp_path / "b.pkl").write_bytes(pickle.dumps({"a": 1}, protocol=2))
    np.save(tmp_path / "c.npy", frame.to_numpy())
    np.savez(tmp_path / "d.npz", a=frame.to_numpy())
    savemat(tmp_path / "e.mat", {"a": frame.to_numpy()})
    with sqlite3.connect(tmp_path / "f.db") as base:
        base.execute("create table a (b)")
    frame.to_stata(tmp_path / "g.dta")
    with zipfile.ZipFile(tmp_path / "h.docx", "w") as file:
        file.writestr("word/document.xml", "")
    told = [refused(path) for path in sorted(tmp_path.iterdir())]
    words = ["pickle", "pickle", "numpy", "numpy", "MATLAB", "SQLite", "Stata", "text document"]
    assert [word in line for word, line in zip(words, told, strict=True)] == [True] * 8


def test_folders_of_raw_data_are_named(tmp_path: Path) -> None:
    files = {"run.d/analysis.tdf": "Bruker", "b.d/AcqData": "Agilent", "cel/a.CEL.gz": "CEL"}
    for name, word in files.items():
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text("")
        assert word in refused(path.parent)


def text(header: str, *rows: str) -> str:
    return "".join(row.replace(" ", "\t") + "\n" for row in [header, *rows])


SAMPLES = ["S01", "S02", "S03"]
PAIRS = [(s, g) for s in SAMPLES for g in ("TP53", "MYC", "KRAS")]
TURNED = [(s, g) for g in ("TP53", "MYC", "KRAS") for s in SAMPLES]
LONG = {
    "DIA-NN": text(
        "Run Protein.Group Genes PG.Quantity Precursor.Id Q.Value Precursor.Charge",
        *(f"{s} {g} {g} {i} PEP{i} 0.01 2" for i, (s, g) in enumerate(PAIRS)),
    ),
    "proteinGroups.txt": text(
        "Sequence Modified_sequence Proteins Raw_file Intensity".replace("_", " ", 0),
        *(f"PEP{i} _PEP{i}_ {g} {s} {i}" for i, (s, g) in enumerate(PAIRS)),
    )
    .replace("Modified_sequence", "Modified sequence")
    .replace("Raw_file", "Raw file"),
    "columns='SampleID'": text(
        "SampleID Assay UniProt Panel NPX LOD QC Plate",
        *(f"{s} {g} P1 x {i} 0.5 PASS 1" for i, (s, g) in enumerate(PAIRS)),
    ),
    "columns='Sample_Id'": text(
        "Hugo_Symbol Entrez_Gene_Id Sample_Id Value",
        *(f"{g} 7 {s} {i}" for i, (s, g) in enumerate(PAIRS)),
    ),
    "columns='who'": text("gene who value", *(f"{g} {s} {i}" for i, (s, g) in enumerate(TURNED))),
    "columns='sample'": text(
        "taxon sample abundance", *(f"{g} S{i % 70} {i}" for g in "ab" for i in range(70))
    ),
}


@pytest.mark.parametrize("told", LONG)
def test_a_long_table_is_called_one_and_never_a_sample_table(told: str, tmp_path: Path) -> None:
    path = tmp_path / "m.tsv"
    path.write_text(LONG[told])
    for samples in (SAMPLES, None) if "who" not in told else (SAMPLES,):
        line = refused(path, samples)
        assert told in line
        assert "sample table" not in line


TABLES = {
    "a sample table": text("sample sex age gene", "S01 f 50 TP53", "S02 m 60 MYC", "S03 f 7 TP53"),
    "results of a test": text("gene logfoldchanges pvals scores", "TP53 1 0.1 2", "MYC 2 0.2 1"),
    "(BED)": text("chr1 5 10 peak1 7", "chr1 20 30 peak2 8", "chr2 5 9 peak3 1"),
}


@pytest.mark.parametrize("told", TABLES)
def test_other_tables_are_named(told: str, tmp_path: Path) -> None:
    (tmp_path / "m.tsv").write_text(TABLES[told])
    assert told in refused(tmp_path / "m.tsv", SAMPLES)


def test_a_gzip_file_that_unpacks_to_far_more_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "SMALL", 1 << 20)
    monkeypatch.setattr(content, "PIECE", 1 << 16)
    packed = gzip.compress(b"0" * (1 << 25), mtime=0)
    (tmp_path / "m.tsv").write_bytes(packed)
    read: list[int] = []
    original = gzip.GzipFile.read

    def counted(self: gzip.GzipFile, size: int | None = -1) -> bytes:
        piece = original(self, size)
        read.append(len(piece))
        return piece

    monkeypatch.setattr(gzip.GzipFile, "read", counted)
    assert "as no table does" in refused(tmp_path / "m.tsv")
    assert sum(read) < 1 << 23


def test_no_file_unpacks_to_more_than_the_largest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"G{i}\t{i * 7919 % 104729}\n" for i in range(20000))
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb") as file:
        file.write(("gene\tS01\n" + rows).encode())
    (tmp_path / "m.tsv").write_bytes(buffer.getvalue())
    assert read_matrix(tmp_path / "m.tsv").n_vars == 20000
    monkeypatch.setattr(content, "LARGEST", 100_000)
    assert "the gzip file unpacks to more than" in refused(tmp_path / "m.tsv")
