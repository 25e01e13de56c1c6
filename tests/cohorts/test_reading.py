"""Real cohorts read with nothing but a row of a cohort sheet, or refused by what they are.

The figures were found with zcat, awk and h5py.
"""

from pathlib import Path

import numpy as np
import pytest
from anndata import AnnData
from known_cohorts import KNOWN, matrix_of

from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.readers.formats import format_of
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.cohorts.samples import own_table, sample_frame
from dxtransfer.config import read_schema
from dxtransfer.errors import InputError
from dxtransfer.sample_tables import read_samples
from dxtransfer.sheets import read_cohorts

pytestmark = [
    pytest.mark.filterwarnings("ignore::anndata.OldFormatWarning"),
    pytest.mark.cohorts,
]
SCHEMA = read_schema(Path(__file__).parents[2] / "workflow/schemas/cohorts.schema.yaml")

# folder: format of the matrix, the sample table, column of its sample ids where not `sample`
FOLDERS = {
    "tb_blood": ("delimited", "{}.samples.tsv", ""),
    "alzheimer_csf": ("delimited", "{}.samples.tsv", ""),
    "crc_metagenome": ("delimited", "{}.samples.tsv", ""),
    "breast_er": ("delimited", "{}.meta.tsv", ""),
    "covid_olink": ("delimited", "serum_meta.tsv", "SampleID"),
    "tcga_survival": ("delimited", "{}.meta.tsv", "case_id"),
    "tcga_tumor_normal": ("delimited", "samples.tsv", ""),
    "pbmc_3protocols": ("h5ad", "", ""),
    "pbmc_citeseq": ("h5ad", "", ""),
}
# cohort: missing cells, sum of the first sample
VALUES = {
    "tb_blood/GSE107731": (0, 1.0465e05),
    "tb_blood/GSE107992": (0, 54418),
    "tb_blood/GSE107993": (0, 1.8845e07),
    "tb_blood/GSE19435": (0, 1.3556e05),
    "tb_blood/GSE19443": (0, 1.3782e05),
    "tb_blood/GSE29536": (0, 1.369e05),
    "tb_blood/GSE34608": (0, 2.331e05),
    "tb_blood/GSE36238": (0, 1.6396e05),
    "tb_blood/GSE41055": (0, 1.2457e05),
    "tb_blood/GSE42825": (0, 1.6787e05),
    "tb_blood/GSE42827": (0, 1.7093e05),
    "tb_blood/GSE42831": (0, 1.6481e05),
    "tb_blood/GSE56153": (0, 1.2867e05),
    "tb_blood/GSE6112": (0, 5.3994e07),
    "tb_blood/GSE62147": (0, 9.6294e07),
    "tb_blood/GSE69581": (0, 1.1481e07),
    "tb_blood/GSE74092": (0, 8238.4),
    "tb_blood/GSE81746": (0, 1.926e05),
    "tb_blood/GSE84076": (0, 5.3063e05),
    "tb_blood/GSE94438": (0, 1.3168e05),
    "alzheimer_csf/Berlin": (25693, 2.7488e09),
    "alzheimer_csf/Kiel": (5240, 3.3233e09),
    "alzheimer_csf/Sweden": (24300, 3.1559e09),
    "crc_metagenome/FengQ_2015": (0, 0.97744),
    "crc_metagenome/YuJ_2015": (0, 0.99399),
    "crc_metagenome/ZellerG_2014": (0, 1),
    "breast_er/expos": (0, 7184.7),
    "breast_er/vdxs": (0, 8571.6),
    "covid_olink/serum_npx": (97, 2361.4),
    "tcga_survival/blca": (0, 210.33),
    "tcga_survival/brca": (0, 1113.7),
    "tcga_survival/hnsc": (0, 21.258),
    "tcga_survival/kirp": (0, 561.88),
    "tcga_survival/lihc": (0, 87.079),
    "tcga_survival/luad": (0, 70.891),
    "tcga_survival/lusc": (0, -64.142),
    "tcga_survival/stad": (0, -163.55),
    "tcga_tumor_normal/BRCA": (0, 30973),
    "tcga_tumor_normal/COAD": (1078, 31153),
    "tcga_tumor_normal/HNSC": (0, 31484),
    "tcga_tumor_normal/KIRC": (0, 31763),
    "tcga_tumor_normal/KIRP": (0, 29801),
    "tcga_tumor_normal/LIHC": (0, 29422),
    "tcga_tumor_normal/LUAD": (0, 30866),
    "tcga_tumor_normal/LUSC": (0, 31987),
    "pbmc_3protocols/pbmc": (0, 483.66),
    "pbmc_citeseq/pbmc_5k_protein_v3": (0, 7359),
}
# samples, features and sum of the same values, once with and once without their accessions
PIVOTED = (3, 20, -18.4813)
# awkward file: format, samples, features, sum of all values
AWKWARD = {
    "geoparse/GSM32878.txt": ("soft", 1, 2, 0.473765),
    "geoparse/soft_ex_family.txt": ("soft", *PIVOTED),
    "geoparse/test_sample_pivoted_by_value.tab": ("delimited", *PIVOTED),
    "geoparse/test_merged_by_id_and_averaged_by_gb_acc.tab": ("delimited", 3, 19, -18.8711),
    "geoparse/test_sample_pivoted_by_value_and_annotated_by_gbacc.tab": ("delimited", *PIVOTED),
    "maftools/brca.maf.gz": ("maf", 1, 1062, 30),
    "maftools/tcga_laml.maf.gz": ("maf", 193, 1611, 1695),
}
REFUSED = {
    "awkward_inputs/geoparse/GPL20814_family.soft": "a platform's table is an annotation",
    "awkward_inputs/geoparse/GPL4133.txt": "a platform's table is an annotation",
    "awkward_inputs/geoparse/GPL4134.txt": "a platform's table is an annotation",
    "awkward_inputs/geoparse/GSE105845_family.soft": "no samples",
    "awkward_inputs/geoparse/GSM2795971.txt": "the samples have no tables",
    "awkward_inputs/geoparse/GSE6207_experiments.tab": "a sample table",
    "awkward_inputs/geoparse/seed-mirza-g_all_mirnas_per_gene_scores_miR_124a.tab": (
        "a list of scores"
    ),
    "awkward_inputs/geoparse/test_gsm_annotated.tab": "data table of a single GEO sample",
    "awkward_inputs/maftools/LAML_CBS_segments.tsv.gz": "copy-number segments",
    "awkward_inputs/maftools/tcga_cohort.txt.gz": "a sample table",
    "awkward_inputs/maftools/tcga_laml_annot.tsv": "a sample table",
    "awkward_inputs/versioned_ids/transcripts_to_genes_mouse.txt": "a table of identifiers",
    "idmap_human/entrez_symbol_ensembl.tsv.gz": "a table of identifiers",
    "tb_blood/GSE34608.annotation.tsv.gz": "a table of names",
    "tb_blood/GSE107992.samples.tsv": "a sample table",
    "breast_er/expos.annot.tsv": "a table of identifiers",
    "fastq/bulk_chr21/dummy.gmt": "gene sets",
    "fastq/bulk_chr21/a.chr21.1.fq": "reads (FASTQ)",
    "fastq/bulk_chr21/transcriptome.chr21.fa": "sequences (FASTA)",
    "fastq/bulk_small/transcripts.gtf.gz": "a genome annotation (GTF)",
}


def read(folder: Path, **row: str) -> AnnData:
    """What the ingest script does with a sheet of one row."""
    cells = {"cohort": "c", "role": "new", "assay": "generic", **row}
    sheet = folder / "cohorts.tsv"
    sheet.write_text("\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n")
    found = read_cohorts(sheet, schema=SCHEMA)["c"]
    table = read_samples(found) if "samples" in found else None
    names = None if table is None else list(table.rows)
    matrix = read_matrix(Path(found["matrix"]), sample_names=names)
    samples = sample_frame(table or own_table(matrix, row=found))
    return ingest(matrix, samples, cohort=found, checksum="")


@pytest.mark.parametrize("name", KNOWN)
def test_each_cohort_is_read_with_a_row_of_the_sheet(
    name: str, real_cohorts: Path, tmp_path: Path
) -> None:
    folder, _, cohort = name.partition("/")
    kind, table, column = FOLDERS[folder]
    missing, total = VALUES[name]
    path = matrix_of(name, real_cohorts)
    row = {
        "matrix": f"$DXTRANSFER_COHORTS/{path.relative_to(real_cohorts)}",
        "sample_column": column,
    }
    if table:
        row["samples"] = f"$DXTRANSFER_COHORTS/{folder}/{table.format(cohort)}"
    assert format_of(path) == kind
    first = read_matrix(path).obs_names[0]
    adata = read(tmp_path, **row)
    assert adata.shape == (KNOWN[name].samples, KNOWN[name].features)
    values = adata.X if isinstance(adata.X, np.ndarray) else adata.X.toarray()
    assert np.isnan(values).sum() == missing
    place = adata.obs_names.get_loc(first)
    assert np.nansum(values[place], dtype=float) == pytest.approx(total, rel=1e-4)


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_files_of_samples_by_features_are_read(
    name: str, real_cohorts: Path, tmp_path: Path
) -> None:
    kind, samples, features, total = AWKWARD[name]
    path = real_cohorts / "awkward_inputs" / name
    assert format_of(path) == kind
    adata = read_matrix(path)
    assert adata.shape == (samples, features)
    assert np.nansum(adata.X, dtype=float) == pytest.approx(total, rel=1e-4)
    if adata.uns["own_table"]:
        row = {"matrix": f"$DXTRANSFER_COHORTS/awkward_inputs/{name}", "format": kind}
        assert read(tmp_path, **row).n_obs == samples


def test_characteristics_of_a_real_family_become_columns(real_cohorts: Path) -> None:
    path = real_cohorts / "awkward_inputs/geoparse/soft_ex_family.txt"
    obs = read_matrix(path).obs
    assert list(obs["Passages"]) == ["4", "4", "4"]
    assert list(obs["Strain"]) == ["129Sv", "129Sv", "129Sv"]
    assert list(obs["Age_ch2"]) == ["E17.5 d"] * 3


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_matrix_is_refused_by_the_name_of_what_it_is(
    name: str, real_cohorts: Path
) -> None:
    with pytest.raises(InputError) as caught:
        read_matrix(real_cohorts / name)
    assert REFUSED[name] in str(caught.value)
    assert "\n" not in str(caught.value)
