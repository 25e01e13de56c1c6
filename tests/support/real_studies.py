"""Real cohorts as the audit sees them: read, checked, and cut down to what it compares."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from known_cohorts import matrix_of

from dxtransfer.cohorts.audit.cohort import AuditedCohort, audited
from dxtransfer.cohorts.audit.fingerprints import feature_profile, panels
from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.qc import qc
from dxtransfer.cohorts.readers.annotation import read_annotation
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.cohorts.samples import sample_frame
from dxtransfer.config import read_schema
from dxtransfer.labels import classes_of
from dxtransfer.sample_tables import read_samples
from dxtransfer.sheets import read_cohorts
from dxtransfer.study import Study

ROOT = Path(__file__).parents[2]
QC = {
    "min_library_size": 10_000,
    "min_features_detected": 100,
    "max_missing_share": 0.5,
    "max_mitochondrial_share": 1.0,
    "mad_threshold": 5,
    "min_correlation_mad": 5,
}


def checked(row: Mapping[str, str]) -> AnnData:
    """A cohort of a sheet after quality control."""
    table = read_samples(row)
    matrix = read_matrix(Path(row["matrix"]), orientation=None, sample_names=list(table.rows))
    adata = ingest(matrix, sample_frame(table), cohort=row, checksum="")
    annotation = read_annotation(row["annotation"]) if "annotation" in row else None
    role = "source" if row["role"] == "source" else "target"
    return qc(adata, settings=QC, role=role, annotation=annotation).adata


def tb_series(name: str, folder: Path) -> tuple[AnnData, pd.DataFrame]:
    """A series of tuberculosis as it is read, and its sample table."""
    path = folder / "tb_blood" / f"{name}.samples.tsv"
    table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False).set_index("sample")
    matrix = read_matrix(matrix_of(f"tb_blood/{name}", folder), sample_names=list(table.index))
    return matrix, table


def row(name: str, folder: Path, matrix: str, samples: str, **cells: str) -> dict[str, str]:
    return {
        "cohort": name,
        "role": "source,target",
        "assay": "generic",
        "matrix": str(folder / matrix),
        "samples": str(folder / samples),
        "study": name,
        **cells,
    }


def tb_blood(folder: Path) -> tuple[Study, dict[str, Any]]:
    schema = read_schema(ROOT / "workflow/schemas/cohorts.schema.yaml")
    task = {"label": "TBStatus", "classes": {"tb": ["PTB"], "other": ["LTBI", "Control", "OD"]}}
    return Study(read_cohorts(ROOT / "config/examples/tb.tsv", schema=schema)), task


def crc_metagenome(folder: Path) -> tuple[Study, dict[str, Any]]:
    own = folder / "crc_metagenome"
    names = ("FengQ_2015", "YuJ_2015", "ZellerG_2014")
    rows = [
        row(n, own, f"{n}.abundance.tsv.gz", f"{n}.samples.tsv", patient_column="subjectID")
        for n in names
    ]
    task = {"label": "study_condition", "classes": {"crc": ["CRC"], "control": ["control"]}}
    return Study({r["cohort"]: r for r in rows}), task


def alzheimer_csf(folder: Path) -> tuple[Study, dict[str, Any]]:
    own = folder / "alzheimer_csf"
    rows = [
        row(n, own, f"{n}.intensity.tsv.gz", f"{n}.samples.tsv", feature_id="other")
        for n in ("Berlin", "Kiel", "Sweden")
    ]
    label = "primary biochemical AD classification"
    task = {"label": label, "classes": {"ad": ["biochemical AD"], "no": ["biochemical control"]}}
    return Study({r["cohort"]: r for r in rows}), task


def tumor_normal_row(folder: Path, cancer: str) -> dict[str, str]:
    own = folder / "tcga_tumor_normal"
    return row(cancer, own, f"{cancer}.tsv.gz", "samples.tsv", keep=f"cancer={cancer}")


def tcga_tumor_normal(folder: Path) -> tuple[Study, dict[str, Any]]:
    names = [f.name.split(".")[0] for f in sorted((folder / "tcga_tumor_normal").glob("*.gz"))]
    rows = {name: tumor_normal_row(folder, name) for name in names}
    return Study(rows), {"label": "label", "classes": {"tumor": ["tumor"], "normal": ["normal"]}}


def breast_er(folder: Path) -> tuple[Study, dict[str, Any]]:
    own = folder / "breast_er"
    rows = {
        n: row(
            n,
            own,
            f"{n}.tsv.gz",
            f"{n}.meta.tsv",
            annotation=str(own / f"{n}.annot.tsv"),
            role=role,
        )
        for n, role in (("expos", "source"), ("vdxs", "target"))
    }
    return Study(rows), {"label": "er", "classes": {"positive": [1], "negative": [0]}}


def covid_olink(folder: Path) -> tuple[Study, dict[str, Any]]:
    own = folder / "covid_olink"
    cells = {"patient_column": "Individual_ID", "feature_id": "other", "role": "target"}
    only = row("olink", own, "serum_npx.tsv.gz", "serum_meta.tsv", **cells)
    classes = {"ill": ["POSITIVE"], "well": ["NEGATIVE"]}
    return Study({"olink": only}), {"label": "Case_Control", "classes": classes}


def survival(folder: Path, cancer: str) -> AnnData:
    """Expression z-scores of a cancer; its table has several slides per patient."""
    own = folder / "tcga_survival"
    table = pd.read_csv(own / f"{cancer}.meta.tsv", sep="\t", dtype=str, keep_default_na=False)
    table = table.drop_duplicates("case_id").set_index("case_id").rename_axis(None)
    values = pd.read_csv(own / f"{cancer}.rna_z.tsv.gz", sep="\t", index_col=0)
    values = values.loc[~values.index.duplicated(), [c for c in table.index if c in values]]
    adata = AnnData(
        X=values.T.to_numpy(np.float32),
        obs=table.loc[values.columns, ["site", "is_female", "oncotree_code"]].assign(
            patient=values.columns
        ),
        var=pd.DataFrame(index=values.index.astype(str)),
    )
    adata.uns["dxtransfer"] = {"cohort": f"survival_{cancer}", "study": f"survival_{cancer}"}
    return adata


STUDIES: Mapping[str, Callable[[Path], tuple[Study, dict[str, Any]]]] = {
    "tb_blood": tb_blood,
    "crc_metagenome": crc_metagenome,
    "alzheimer_csf": alzheimer_csf,
    "tcga_tumor_normal": tcga_tumor_normal,
    "breast_er": breast_er,
    "covid_olink": covid_olink,
}


def prepared(
    cohorts: Mapping[str, AnnData], *, task: Mapping[str, Any], targets: list[str]
) -> dict[str, AuditedCohort]:
    """What the audit keeps of cohorts."""
    chosen = panels({name: feature_profile(adata) for name, adata in cohorts.items()})
    kept = {}
    for name, adata in cohorts.items():
        cells = adata.obs.get(task["label"], pd.Series("", index=adata.obs_names))
        labels = classes_of(list(cells), task=task)
        kept[name] = audited(adata, labels=labels, panel=chosen[name], has_folds=name in targets)
    return kept
