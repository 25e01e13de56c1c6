"""Matrices of one table that cannot be read: text, Excel, parquet."""

import gzip
import io
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from bad_inputs.study import COUNTS, Bad, matrix, text


def archive(text: bytes) -> bytes:
    """What begins like a workbook and is none."""
    return b"PK\3\4" + b"\0" * 26 + text


def parquet_of(columns: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


SPOILT_TABLES: Mapping[str, Bad] = {
    "cut-gz": Bad(
        {"counts.tsv.gz": gzip.compress(COUNTS.encode(), mtime=0)[:-20]},
        "{}/counts.tsv.gz: the gzip file is truncated or damaged (Compressed file ended before the "
        "end-of-stream marker was reached); fetch it again",
        {"matrix": "counts.tsv.gz"},
    ),
    "text-in-a-cell": Bad(
        {"counts.tsv": COUNTS.replace("GENE3\t3", "GENE3\thigh")},
        "{}/counts.tsv, row 5 (GENE3), column s1: 'high' is not a number; missing values are empty "
        "cells or NA",
    ),
    # delimited text
    "text-empty": Bad(
        {"counts.tsv": ""}, "{}/counts.tsv: the file is empty or has no rows below its header"
    ),
    "text-header-alone": Bad(
        {"counts.tsv": COUNTS.splitlines()[0] + "\n"},
        "{}/counts.tsv: the file is empty or has no rows below its header",
    ),
    "text-doubled-header": Bad(
        {"counts.tsv": COUNTS.splitlines()[0] + "\n" + COUNTS},
        "{}/counts.tsv: the header stands twice; remove the second one",
    ),
    "text-header-in-the-middle": Bad(
        {"counts.tsv": text(matrix(80)) + COUNTS},
        "{}/counts.tsv, row 82: the header stands twice; remove the second one",
    ),
    "text-wrong-delimiter": Bad(
        {"counts.tsv": text(matrix(), "|")},
        "{}/counts.tsv: the rows have a single cell; separate the columns by tab, comma or "
        "semicolon",
    ),
    "text-latin-1": Bad(
        {"counts.tsv": COUNTS.replace("GENE7", "G\xe9NE7").encode("latin-1")},
        "{}/counts.tsv, row 9: not UTF-8 text; save the matrix as UTF-8",
    ),
    "text-utf-16": Bad(
        {"counts.tsv": COUNTS.encode("utf-16")},
        "{}/counts.tsv: UTF-16 text; save the table as UTF-8",
    ),
    "text-zero-bytes": Bad(
        {"counts.tsv": COUNTS.replace("GENE7", "GE\0NE7")},
        "{}/counts.tsv, row 9: a zero byte, so the file is damaged or not text; fetch it "
        "again or save the matrix as tab-separated text",
    ),
    "text-mixed-lengths": Bad(
        {"counts.tsv": COUNTS + "GENE99\t1\t2\n"},
        "{}/counts.tsv, row 32: 3 cells where 5 are expected",
    ),
    "text-decimal-comma-or-thousands": Bad(
        {"counts.tsv": COUNTS.replace("GENE3\t3", "GENE3\t3,000")},
        "{}/counts.tsv: the comma of 3,000 may mark decimals or thousands; write decimals "
        "with a point and thousands without a mark",
    ),
    "text-spreadsheet-error": Bad(
        {"counts.tsv": COUNTS.replace("GENE3\t3", "GENE3\t#DIV/0!")},
        "{}/counts.tsv, row 5 (GENE3), column s1: '#DIV/0!' is not a number; missing "
        "values are empty cells or NA",
    ),
    "text-infinite": Bad(
        {"counts.tsv": COUNTS.replace("GENE3\t3", "GENE3\t-inf")},
        "{}/counts.tsv: the value of 'GENE3' in sample 's1' is infinite (often the "
        "logarithm of 0); leave the cell empty",
    ),
    "text-sample-twice": Bad(
        {"counts.tsv": COUNTS.replace("s2", "s1", 1)},
        "{}/counts.tsv: the sample 's1' stands twice; give each sample its own id",
    ),
    "text-other-samples": Bad(
        {"counts.tsv": COUNTS.replace("s", "t")},
        "{}/counts.tsv: no sample of the sample table (first: s1, s2, s3) is a column "
        "(first: t1, t2, t3) or a row (first: GENE0, GENE1, GENE2) of the matrix; make the "
        "ids agree",
    ),
    "text-open-quote": Bad(
        {"counts.tsv": COUNTS.replace("GENE7", '"GENE7')},
        "{}/counts.tsv, row 31: a quote that opened before 'GENE7\\t67\\t61\\t68\\t62' is "
        "not closed",
    ),
    "text-no-header": Bad(
        {"counts.tsv": "GENE1\t1.5\t2.5\nGENE2\t3.5\t4.5\n"},
        "{}/counts.tsv: no header: the first row holds values (1.5) where the names of the "
        "columns are expected",
    ),
    "text-one-gene": Bad(
        {"counts.tsv": text(matrix(1))},
        "cohort text-one-gene: the matrix holds a single feature (GENE0); a diagnosis from "
        "omics needs many",
    ),
    "text-segments": Bad(
        {"counts.tsv": "sample\tchrom\tstart\tend\tseg_mean\ns1\t1\t5\t9\t0.1\n"},
        "{}/counts.tsv: no matrix of samples and features but copy-number segments "
        "(chromosome, start, end, mean); give a table of genes and samples",
    ),
    "text-web-page": Bad(
        {"counts.tsv": "<!DOCTYPE html>\n<html>\n"},
        "{}/counts.tsv: no matrix but a web page or XML document, perhaps of a failed "
        "download; fetch the table itself",
    ),
    # Excel
    "excel-damaged": Bad(
        {"counts.xlsx": archive(b"xl/workbook.xml")},
        "{}/counts.xlsx: the Excel file is damaged (invalid Zip archive: Could not find "
        "EOCD); save it again",
        {"matrix": "counts.xlsx"},
    ),
    "excel-zip": Bad(
        {"counts.xlsx": archive(b"notes.txt")},
        "{}/counts.xlsx: a zip archive; unpack it and name the matrix in it",
        {"matrix": "counts.xlsx"},
    ),
    "excel-old-damaged": Bad(
        {"counts.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut"},
        "{}/counts.xls: the Excel file is damaged (Cfb error: Invalid OLE (12 bytes is too "
        "small)); save it again",
        {"matrix": "counts.xls"},
    ),
    # parquet
    "parquet-cut": Bad(
        {"counts.tsv": parquet_of({"gene": ["G1"], "s1": [1.0]})[:-20]},
        "{}/counts.tsv: not a whole parquet file (Could not open Parquet input source "
        "'{}/counts.tsv': Parquet magic bytes not found in footer. Either the file is "
        "corrupted or this is not a parquet file.)",
    ),
    "parquet-text": Bad(
        {"counts.tsv": parquet_of({"gene": ["G1"], "s1": ["low"]})},
        "{}/counts.tsv, column s1: holds text, not numbers",
    ),
}
