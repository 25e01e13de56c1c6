"""Files that are not tables of values, by their first bytes, and what makes a table of them."""

import re

R_WRITE = "write the matrix in R with write.table(x, sep = '\\t')"
PANDAS_WRITE = "write the table in Python with table.to_csv('matrix.tsv', sep='\\t')"
PER_GENE = "a matrix of counts per gene is needed (featureCounts, STAR or salmon make one)"
WRITETABLE = "write the values with their names in MATLAB with writetable"
RMA = "make one table of all arrays in R with affy::rma or oligo::rma and write.table(exprs(x))"
CYTOMETRY = (
    "cells of a flow cytometer (FCS); a table of one value per marker or population and sample is "
    "needed"
)
PROTEINS = "a matrix of values per protein is needed (MaxQuant, DIA-NN or FragPipe make one)"
IDAT = (
    "make one table of all arrays in R with minfi or sesame (methylation) or limma::read.idat "
    "(expression)"
)
NUMPY = (
    "which have no names; write the values with their names in Python with "
    "pandas.DataFrame(x, rows, columns).to_csv('matrix.tsv', sep='\\t')"
)
LIMMA = "make one table of all arrays in R with limma (read.maimages, neqc or normalize)"
# first bytes to what has them
BINARY: dict[bytes, str] = {
    b"BZh": "packed with bzip2; pack it with gzip instead",
    b"\xfd7zXZ": "packed with xz; pack it with gzip instead",
    b"(\xb5/\xfd": "packed with zstandard; pack it with gzip instead",
    b"7z\xbc\xaf": "a 7z archive; unpack it and name the matrix in it",
    b"Rar!": "a rar archive; unpack it and name the matrix in it",
    b"\x1f\x8b": "packed with gzip twice; unpack it once with gunzip",
    b"\x89HDF": "an HDF5 file (h5ad, 10x) packed with gzip; unpack it with gunzip",
    b"PAR1": "a parquet file packed with gzip; unpack it with gunzip",
    b"PK\3\4": "an Excel workbook or zip archive packed with gzip; unpack it with gunzip",
    b"\xd0\xcf\x11\xe0": "an Excel workbook (xls) packed with gzip; unpack it with gunzip",
    b"%PDF": "a PDF page; the matrix is needed as a table",
    b"{\\rtf": "a text document (RTF); the matrix is needed as a table",
    b"BAM\1": f"aligned reads (BAM); {PER_GENE}",
    b"CRAM\3": f"aligned reads (CRAM); {PER_GENE}",
    b"@HD\t": f"aligned reads (SAM); {PER_GENE}",
    b"@SQ\t": f"aligned reads (SAM); {PER_GENE}",
    b"BAI\1": "the index of aligned reads (BAI); a matrix of counts per gene is needed",
    b"BCF\2": "genetic variants (BCF); turn them into a MAF file or a matrix first",
    b"\x26\xfc\x8f\x88": f"coverage along a genome (bigWig); {PER_GENE}",
    b"\x88\x8f\xfc\x26": f"coverage along a genome (bigWig); {PER_GENE}",
    b"\xeb\xf2\x89\x87": f"intervals of a genome (bigBed); {PER_GENE}",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"II*\0": "a picture",
    b"MM\0*": "a picture",
    b"X\n\0\0": f"an R data file (RDS); {R_WRITE}",
    b"A\n2\n": f"an R data file (RDS); {R_WRITE}",
    b"A\n3\n": f"an R data file (RDS); {R_WRITE}",
    b"RDX2\n": f"an R data file (RData); {R_WRITE}",
    b"RDX3\n": f"an R data file (RData); {R_WRITE}",
    b"IDAT\3\0": f"Illumina IDAT, the raw intensities of one array; {IDAT}",
    b"\x40\0\0\0": f"Affymetrix CEL, the raw intensities of one array; {RMA}",
    b";\1": f"Affymetrix CEL, the raw intensities of one array; {RMA}",
    b"[CEL]": f"Affymetrix CEL, the raw intensities of one array; {RMA}",
    b"[CDF]": f"Affymetrix CDF, the layout of an array; name the intensities instead; {RMA}",
    b"ATF\t": f"GenePix results (ATF) of one array; {LIMMA}",
    b"FCS2.": CYTOMETRY,
    b"FCS3.": CYTOMETRY,
    b"\x01\xa1F\0i\0n\0n\0i\0g\0a\0n\0": f"raw spectra of a Thermo instrument; {PROTEINS}",
    b"BEGIN IONS": f"spectra (MGF); {PROTEINS}",
    b"\x93NUMPY": f"arrays of numpy, {NUMPY}",
    b"MATLAB 5.0 MAT": f"a MATLAB file; {WRITETABLE}",
    b"MATLAB 7.3 MAT": f"a MATLAB file; {WRITETABLE}",
    b"SQLite format 3\0": "an SQLite database; write the table of it as tab-separated text",
    b"FEA1\0": f"a feather file; {PANDAS_WRITE} or as parquet",
    b"ARROW1": f"an arrow (feather) file; {PANDAS_WRITE} or as parquet",
    b"$FL2": f"an SPSS file; {PANDAS_WRITE}",
    b"$FL3": f"an SPSS file; {PANDAS_WRITE}",
    b"HEADER RECORD*******": f"a SAS transport file; {PANDAS_WRITE}",
    b"\0" * 12 + b"\xc2\xea\x81\x60": f"a SAS file; {PANDAS_WRITE}",
    b"<stata_dta>": f"a Stata file; {PANDAS_WRITE}",
    b"\x7fELF": "a program",
    b"##fileformat=VCF": "genetic variants (VCF); turn them into a MAF file or a matrix first",
    b"{": "a JSON document; the matrix is needed as a table",
    b">": "sequences (FASTA); a matrix of values per gene is needed",
    b"##gff": "a genome annotation (GFF); a matrix of values per gene is needed",
    b"%%MatrixMarket": "the values of a 10x matrix alone; name the folder that also holds its "
    "barcodes and features",
    b"version https://git-lfs": "a pointer of Git LFS to the file; fetch the file itself with "
    "git lfs pull",
}
# patterns of the first bytes, tried before the above
FORMS: dict[str, re.Pattern[bytes]] = {
    f"spectra (mzML); {PROTEINS}": re.compile(rb"(<\?xml[^>]*>)?\s*<(indexedm|m)zML", re.I),
    f"spectra (mzXML); {PROTEINS}": re.compile(rb"(<\?xml[^>]*>)?\s*<mzXML", re.I),
    f"identified spectra (mzIdentML); {PROTEINS}": re.compile(
        rb"(<\?xml[^>]*>)?\s*<(\w+:)?mzIdentML", re.I
    ),
    f"identified spectra (pepXML, protXML); {PROTEINS}": re.compile(
        rb"(<\?xml[^>]*>)?.{0,200}<(msms_pipeline|protein_summary)", re.I | re.S
    ),
    "a family file of GEO in XML (MINiML); give the series matrix or the SOFT file": re.compile(
        rb"(<\?xml[^>]*>)?\s*<MINiML", re.I
    ),
    "a web page or XML document, perhaps of a failed download; fetch the table itself": re.compile(
        rb"\s*<(?!stata_dta)|40[0-9]: Not Found|Not Found\s*\Z"
    ),
    f"Agilent Feature Extraction results of one array; {LIMMA}": re.compile(
        rb"TYPE\t.*\n(FEPARAMS|\*)", re.I
    ),
    f"GenePix or similar results of one array; {LIMMA}": re.compile(
        rb"\"?Block\"?\t\"?Column\"?\t\"?Row\"?\t"
    ),
    f"a pickle of Python; {PANDAS_WRITE}": re.compile(rb"\x80[\x02-\x05]"),
    f"a Stata file; {PANDAS_WRITE}": re.compile(rb"[\x69-\x73][\x01\x02]\x01\x00"),
    "a JSON document; the matrix is needed as a table": re.compile(rb"\[\s*[\[{]"),
    f"aligned reads (SAM); {PER_GENE}": re.compile(
        rb"\S+\t\d+\tchr\w+\t\d+\t\d+\t(\d+[MIDNSHP=X])+\t", re.I
    ),
    "a pointer of git-annex to the file; fetch the file itself with git annex get": re.compile(
        rb"\S*/annex/objects/"
    ),
}


def known_content(start: bytes) -> str:
    """What a file that begins so is, and what to do; empty where it may be a table."""
    for meaning, form in FORMS.items():
        if form.match(start):
            return meaning
    return next((meaning for magic, meaning in BINARY.items() if start.startswith(magic)), "")
