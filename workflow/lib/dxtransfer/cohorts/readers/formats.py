"""Which format a file or folder has, told by its content."""

import zlib
from pathlib import Path

import h5py

from dxtransfer.cohorts.readers.content import GZIP_MAGIC
from dxtransfer.cohorts.readers.layouts import layout_of
from dxtransfer.cohorts.readers.magic import IDAT, NUMPY, PROTEINS, RMA
from dxtransfer.cohorts.readers.olink import is_olink_parquet
from dxtransfer.errors import InputError

# format to patterns of which a folder of it holds one
FOLDERS = {
    "zarr": (".zgroup", "zarr.json"),
    "gdc": ("**/*.augmented_star_gene_counts.tsv*",),
    "geo": ("*_series_matrix.txt*", "*.soft", "*.soft.gz", "*_raw_counts_*.tsv*"),
    "tenx_mtx": ("*matrix.mtx*", "barcodes.tsv*"),
    "rsem": ("**/*.genes.results*",),
    "salmon": ("**/*quant.sf*",),
    "kallisto": ("**/*abundance.tsv*",),
    "star": ("**/*ReadsPerGene.out.tab*",),
    "htseq": ("**/*htseq*",),
    "kraken": ("**/*kreport*", "**/*k2report*", "**/*kraken*report*"),
}
# folders of raw data, which no reader takes
RAW_FOLDERS = {
    f"raw spectra of a Bruker instrument; {PROTEINS}": ("analysis.tdf", "analysis.baf"),
    f"raw spectra of an Agilent instrument; {PROTEINS}": ("AcqData",),
    f"raw spectra of a Waters instrument; {PROTEINS}": ("_FUNC001.DAT",),
    f"Affymetrix CEL files, the raw intensities of one array each; {RMA}": ("*.[Cc][Ee][Ll]*",),
    f"Illumina IDAT files, the raw intensities of one array each; {IDAT}": ("*.idat*",),
}
OFFICE = b"\xd0\xcf\x11\xe0"
# columns of the header to the format of a single file
HEADERS = {
    "maf": ({"Hugo_Symbol", "Tumor_Sample_Barcode"}, {"Hugo_Symbol", "Variant_Classification"}),
    "gdc": ({"gene_id", "unstranded", "stranded_first"},),
    "rsem": ({"gene_id", "expected_count", "TPM"},),
    "salmon": ({"Name", "EffectiveLength", "NumReads"},),
    "kallisto": ({"target_id", "est_counts", "tpm"},),
}


def format_of(path: Path) -> str:
    """Name of a format, told by first bytes, header or a folder's files and not by an ending.

    Raises
    ------
    InputError
        For a folder, an HDF5 or a zip file of no known kind.
    """
    if path.is_dir():
        return _of_folder(path)
    with path.open("rb") as handle:
        start = handle.read(8)
    if start.startswith(b"PAR1"):
        return "olink" if is_olink_parquet(path) else "parquet"
    if start.startswith(b"\x89HDF"):
        return _of_hdf5(path)
    if start.startswith((b"PK\3\4", OFFICE)):
        return _of_archive(path)
    return _of_text(_start_of_text(path))


def _of_folder(path: Path) -> str:
    found = [
        name
        for name, patterns in FOLDERS.items()
        if any(next(path.glob(pattern), None) for pattern in patterns)
    ]
    if len(found) == 1:
        return found[0]
    if "zarr" in found:
        return "zarr"
    if found:
        raise InputError(
            f"{path}: the folder holds files of several formats ({', '.join(found)}); name one in "
            "the column format"
        )
    for meaning, patterns in RAW_FOLDERS.items():
        if any(next(path.glob(pattern), None) for pattern in patterns):
            raise InputError(f"{path}: no matrix but {meaning}")
    raise InputError(
        f"{path}: the folder holds nothing known; expected are the files of a 10x matrix, a zarr "
        "store, GEO (series matrix, SOFT), the GDC (STAR counts), RSEM, salmon, kallisto, STAR, "
        "htseq-count or Kraken"
    )


def _of_hdf5(path: Path) -> str:
    try:
        with h5py.File(path) as file:
            names = set(file)
            groups = [file[name] for name in names if file.get(name, getclass=True) is h5py.Group]
            cells = any("barcodes" in group for group in groups)
            dense = file.get("matrix", getclass=True) is h5py.Dataset
    except Exception:
        # The reader says what is damaged, of which h5py tells by many kinds of errors.
        return "h5ad" if path.suffix == ".h5ad" else "tenx_h5"
    if {"obs", "var"} <= names:
        return "h5ad"
    if {"observation", "sample"} <= names:
        return "biom"
    if dense and {"row_attrs", "col_attrs"} & names:
        return "loom"
    if "est_counts" in names:
        raise InputError(
            f"{path}: kallisto's binary result; give the abundance.tsv that stands beside it"
        )
    if not cells:
        raise InputError(
            f"{path}: an HDF5 file that is neither an h5ad nor of 10x Genomics; it holds: "
            f"{', '.join(sorted(names)[:5])}"
        )
    return "tenx_h5"


def _of_archive(path: Path) -> str:
    with path.open("rb") as handle:
        content = handle.read(4096)
        handle.seek(max(0, path.stat().st_size - 65536))
        content += handle.read()
    if content.startswith(OFFICE) or b"xl/" in content or b"opendocument.spreadsheet" in content:
        return "excel"
    if b".npy" in content:
        raise InputError(f"{path}: no matrix but arrays of numpy (npz), {NUMPY}")
    if b"word/" in content or b"ppt/" in content:
        raise InputError(f"{path}: no matrix but a text document; save its table as a text file")
    raise InputError(f"{path}: a zip archive; unpack it and name the matrix in it")


def _start_of_text(path: Path) -> bytes:
    """First bytes, unpacked; a damaged gzip file gives what there is."""
    with path.open("rb") as handle:
        start = handle.read(1 << 16)
    if start.startswith(GZIP_MAGIC):
        try:
            start = zlib.decompressobj(31).decompress(start, 1 << 16)
        except zlib.error:
            return b""
    return start.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")


def _of_text(start: bytes) -> str:
    if start.startswith((b"^SAMPLE", b"^SERIES", b"^PLATFORM", b"^DATABASE")):
        return "soft"
    if start.startswith((b"!Series_", b"!Sample_")) or b"\n!series_matrix_table_begin" in start:
        return "series_matrix"
    lines = start.decode("utf-8", errors="replace").splitlines()
    header = next((line for line in lines if line and not line.startswith("#")), "")
    names = {name.strip().strip('"') for name in header.split("\t")}
    for format_name, alternatives in HEADERS.items():
        if any(wanted <= names for wanted in alternatives):
            return format_name
    return layout_of(lines) or "delimited"
