"""Files and folders of the archives and programs that cannot be read."""

import gzip
import io
from collections.abc import Mapping
from typing import Any

import h5py

from bad_inputs.study import COUNTS, Bad


def hdf5_of(**datasets: Any) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, values in datasets.items():
            file.create_dataset(name.replace("__", "/"), data=values)
    return buffer.getvalue()


STAR = "rna_seq.augmented_star_gene_counts.tsv"

SERIES = (
    '!Sample_geo_accession\t"s1"\t"s2"\n!Sample_characteristics_ch1\t"age: 4"\t"age: 5"\n'
    '!series_matrix_table_begin\n"ID_REF"\t"s1"\t"s2"\n"G1"\t5\t6\n!series_matrix_table_end\n'
)

SOFT = (
    "^SAMPLE = s1\n#ID_REF =\n#VALUE =\n!sample_table_begin\nID_REF\tVALUE\nG1\t5\n"
    "!sample_table_end\n"
)

MAF = "Hugo_Symbol\tVariant_Classification\tTumor_Sample_Barcode\nTP53\tSilent\ts1\n"

RSEM = "gene_id\texpected_count\tTPM\nG1\t5\t1\n"

SALMON = "Name\tEffectiveLength\tNumReads\nT1\t5\t1\n"

KALLISTO = "target_id\test_counts\ttpm\nT1\t5\t1\n"

GDC = "gene_id\tunstranded\tstranded_first\nN_unmapped\t9\t9\nENSG1.1\t5\t1\n"

IN_FOLDER = {"matrix": "counts"}


SPOILT_FORMATS: Mapping[str, Bad] = {
    # h5ad
    "h5ad-cut": Bad(
        {"counts.h5ad": b"\x89HDF\r\n\x1a\n"},
        "{}/counts.h5ad: not a whole h5ad file (Unable to synchronously open file (bad "
        "byte number in an address))",
        {"matrix": "counts.h5ad"},
    ),
    "h5ad-no-x": Bad(
        {"counts.h5ad": hdf5_of(obs=[1], var=[1])},
        "{}/counts.h5ad: the file has no X; put the values to use there",
        {"matrix": "counts.h5ad"},
    ),
    # zarr
    "zarr-damaged": Bad(
        {"counts/zarr.json": "{"},
        "{}/counts: not a whole zarr store of an AnnData (Expecting property name enclosed "
        "in double quotes: line 1 column 2 (char 1))",
        IN_FOLDER,
    ),
    "zarr-no-anndata": Bad(
        {"counts/zarr.json": '{"zarr_format": 3, "node_type": "group"}'},
        "{}/counts: not a whole zarr store of an AnnData (no 'obs')",
        IN_FOLDER,
    ),
    "zarr-is-a-file": Bad(
        {"counts.tsv": COUNTS},
        "{}/counts.tsv: a file, where the format zarr is a folder",
        {"format": "zarr"},
    ),
    # 10x
    "tenx-mtx-incomplete": Bad(
        {"counts/barcodes.tsv": "s1\n"},
        "{}/counts: not a whole 10x folder (no file features or genes); fetch it again",
        IN_FOLDER,
    ),
    "tenx-mtx-alone": Bad(
        {"counts.tsv": "%%MatrixMarket matrix coordinate\n1 1 1\n"},
        "{}/counts.tsv: no matrix but the values of a 10x matrix alone; name the folder "
        "that also holds its barcodes and features",
    ),
    "tenx-mtx-two": Bad(
        {"counts/a_matrix.mtx": "", "counts/b_matrix.mtx": ""},
        "{}/counts: several 10x matrices in the folder (a_, b_); give each a folder of its own",
        IN_FOLDER,
    ),
    "tenx-h5-cut": Bad(
        {"counts.h5": b"\x89HDF\r\n\x1a\n"},
        "{}/counts.h5: not a whole 10x HDF5 file (Unable to synchronously open file (bad "
        "byte number in an address))",
        {"matrix": "counts.h5"},
    ),
    "tenx-h5-other": Bad(
        {"counts.h5": hdf5_of(values=[1])},
        "{}/counts.h5: an HDF5 file that is neither an h5ad nor of 10x Genomics; it holds: values",
        {"matrix": "counts.h5"},
    ),
    "tenx-h5-loom": Bad(
        {"counts.h5": hdf5_of(matrix=[[1]], row_attrs=[1], col_attrs=[1])},
        "{}/counts.h5: not a whole loom file (no attribute that names the genes (Gene, var_names, "
        "gene_names))",
        {"matrix": "counts.h5"},
    ),
    # GEO
    "series-matrix-cut": Bad(
        {"counts.tsv": SERIES.replace("!series_matrix_table_end", "")},
        "{}/counts.tsv: the table of the series matrix lacks its end; fetch it again",
    ),
    "series-matrix-without-values": Bad(
        {"counts.tsv": SERIES.replace('"G1"\t5\t6\n', "")},
        "{}/counts.tsv: the series matrix holds no values (series of sequencing keep them "
        "in supplementary files); name a matrix of these files, and this file is not needed",
    ),
    "soft-platform": Bad(
        {"counts.tsv": "^PLATFORM = GPL1\n!platform_table_begin\nID\n1\n"},
        "{}/counts.tsv: no samples, only the description of a platform or series; a "
        "platform's table is an annotation: name it, as a table, in the column annotation",
    ),
    "soft-text": Bad(
        {"counts.tsv": SOFT.replace("\t5", "\thigh")},
        "{}/counts.tsv: the sample 's1' has 'high' as VALUE of 'G1', which is not a number",
    ),
    "geo-two-platforms": Bad(
        {
            "counts/GSE1-GPL1_series_matrix.txt": SERIES,
            "counts/GSE1-GPL2_series_matrix.txt": SERIES.replace("G1", "G2"),
        },
        "{}/counts/GSE1-GPL2_series_matrix.txt: other features than "
        "GSE1-GPL1_series_matrix.txt; choose one of the platforms (GPL1, GPL2) in the "
        "column platform",
        IN_FOLDER,
    ),
    "geo-no-such-platform": Bad(
        {"counts/GSE1_family.soft": SOFT},
        "{}/counts/GSE1_family.soft: no sample on the platform 'GPL9'",
        {**IN_FOLDER, "platform": "GPL9"},
    ),
    "platform-of-a-text-table": Bad(
        {"counts.tsv": COUNTS},
        "{}/counts.tsv: the format delimited has no platforms; leave the column empty",
        {"platform": "GPL570"},
    ),
    # the GDC and quantifiers
    "gdc-other-genes": Bad(
        {f"counts/s1.{STAR}": GDC, f"counts/s2.{STAR}": GDC.replace("ENSG1", "ENSG2")},
        "{}/counts/s2.rna_seq.augmented_star_gene_counts.tsv: lists other features than "
        "s1.rna_seq.augmented_star_gene_counts.tsv (1 and 1; for example ENSG2.1); take "
        "files of one reference",
        IN_FOLDER,
    ),
    "gdc-no-counts": Bad(
        {f"counts/s1.{STAR}": GDC.replace("unstranded", "counts")},
        "{}/counts/s1.rna_seq.augmented_star_gene_counts.tsv: no column 'unstranded', "
        "which the GDC's STAR workflow writes; there are: gene_id, counts, stranded_first",
        IN_FOLDER,
    ),
    "gdc-file-not-in-its-table": Bad(
        {f"counts/s1.{STAR}": GDC, "counts/samples.tsv": "file_name\tsample\nother.tsv\ts1\n"},
        "{}/counts/samples.tsv, column file_name: "
        "'s1.rna_seq.augmented_star_gene_counts.tsv' of the folder is not in it; fetch the "
        "folder again",
        IN_FOLDER,
    ),
    "rsem-text": Bad(
        {"counts/s1.genes.results": RSEM.replace("\t5", "\tfive")},
        "{}/counts/s1.genes.results, row 2, column expected_count: 'five' is not a number",
        IN_FOLDER,
    ),
    "rsem-cut-gz": Bad(
        {"counts/s1.genes.results.gz": gzip.compress(RSEM.encode(), mtime=0)[:-8]},
        "{}/counts/s1.genes.results.gz: the gzip file is truncated or damaged (Compressed "
        "file ended before the end-of-stream marker was reached); fetch it again",
        IN_FOLDER,
    ),
    "salmon-sample-twice": Bad(
        {"counts/x/a/quant.sf": SALMON, "counts/y/a/quant.sf": SALMON},
        "{}/counts/y/a/quant.sf: the sample 'a' stands twice (also "
        "{}/counts/x/a/quant.sf); give each sample one file",
        IN_FOLDER,
    ),
    "salmon-other-columns": Bad(
        {"counts/s1/quant.sf": SALMON.replace("NumReads", "Reads")},
        "{}/counts/s1/quant.sf: no column 'NumReads', which salmon writes; there are: "
        "Name, EffectiveLength, Reads",
        IN_FOLDER,
    ),
    "kallisto-empty": Bad(
        {"counts/s1/abundance.tsv": KALLISTO[:27]},
        "{}/counts/s1/abundance.tsv, row 2: 1 cells where 3 are expected",
        IN_FOLDER,
    ),
    "kallisto-other-transcripts": Bad(
        {
            "counts/s1/abundance.tsv": KALLISTO,
            "counts/s2/abundance.tsv": KALLISTO + "T2\t1\t1\n",
        },
        "{}/counts/s2/abundance.tsv: lists other features than abundance.tsv (2 and 1; for "
        "example T2); take files of one reference",
        IN_FOLDER,
    ),
    # MAF
    "maf-no-barcode": Bad(
        {"counts.tsv": MAF.replace("Tumor_Sample_Barcode", "Barcode")},
        "{}/counts.tsv: no column 'Tumor_Sample_Barcode', which a MAF file has; there are: "
        "Hugo_Symbol, Variant_Classification, Barcode",
    ),
    "maf-unknown-class": Bad(
        {"counts.tsv": MAF.replace("Silent", "Loud")},
        "{}/counts.tsv, row 2, column Variant_Classification: 'Loud' is no class of the MAF format",
    ),
    "maf-cut-row": Bad(
        {"counts.tsv": MAF + "KRAS\tSilent\n"},
        "{}/counts.tsv, row 3: 2 cells where the header has 3",
    ),
    # folders
    "folder-of-nothing-known": Bad(
        {"counts/notes.txt": "nothing"},
        "{}/counts: the folder holds nothing known; expected are the files of a 10x "
        "matrix, a zarr store, GEO (series matrix, SOFT), the GDC (STAR counts), RSEM, "
        "salmon, kallisto, STAR, htseq-count or Kraken",
        IN_FOLDER,
    ),
    "folder-of-two-formats": Bad(
        {"counts/s1.genes.results": RSEM, "counts/quant.sf": SALMON},
        "{}/counts: the folder holds files of several formats (rsem, salmon); name one in "
        "the column format",
        IN_FOLDER,
    ),
    "folder-as-a-text-table": Bad(
        {"counts/quant.sf": SALMON},
        "{}/counts: a folder, where the format delimited is a file",
        {**IN_FOLDER, "format": "delimited"},
    ),
    "folder-without-samples": Bad(
        {"counts/s1/quant.sf": SALMON},
        "{}/counts: brings no sample table of its own; name one in the column samples of "
        "the cohort sheet (cohort folder-without-samples)",
        {**IN_FOLDER, "samples": ""},
    ),
}
