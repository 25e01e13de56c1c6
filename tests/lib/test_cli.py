"""The command line reads a matrix as the cohort sheet would."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from predicted import ANY_STUDY

from dxtransfer.cli import main
from dxtransfer.learn.transfer.registry import make
from dxtransfer.predict.bundle import fit_bundle, save_bundle

NAMES = [f"G{j}" for j in range(30)]
PATIENTS = ["s1", "s2", "s3"]
LIMITS = {**ANY_STUDY["qc"], "min_library_size": 0, "min_features_detected": 5}


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """A folder with a model, and with the same counts as a table, as salmon's and as GEO's."""
    rng = np.random.default_rng(1)
    bundle = fit_bundle(
        make("logistic_l2", encoder=None, settings={}, seed=1),
        rng.normal(size=(12, 30)).astype(np.float32),
        labels=["ill", "well"] * 6,
        patients=[f"p{i}" for i in range(12)],
        vocabulary=NAMES,
        settings={
            "classes": ["well", "ill"],
            "positive": "ill",
            "normalisation": "rank_normal",
            **ANY_STUDY,
            "qc": LIMITS,
        },
    )
    save_bundle(bundle, tmp_path / "bundle")
    counts = pd.DataFrame(rng.integers(0, 900, (30, 3)), index=NAMES, columns=PATIENTS)
    counts.to_csv(tmp_path / "counts.tsv", sep="\t")
    for sample in PATIENTS:
        (tmp_path / "runs" / sample).mkdir(parents=True)
        table = pd.DataFrame({"Name": NAMES, "EffectiveLength": 9.5, "NumReads": counts[sample]})
        table.to_csv(tmp_path / "runs" / sample / "quant.sf", sep="\t", index=False)
    (tmp_path / "runs/rsem").mkdir()
    (tmp_path / "runs/rsem/old.genes.results").write_text(
        "gene_id\texpected_count\tTPM\nG1\t5\t1\n"
    )
    (tmp_path / "two.soft.gz").write_bytes(gzip.compress(soft(counts).encode(), mtime=0))
    (tmp_path / "samples.tsv").write_text("sample\tage\n" + "".join(f"{s}\t4\n" for s in PATIENTS))
    return tmp_path


def soft(counts: pd.DataFrame) -> str:
    """A family of two platforms; the samples of the second have features of their own."""
    blocks = []
    for number, sample in enumerate([*PATIENTS, "x1"]):
        platform, prefix = ("GPL2", "X") if sample == "x1" else ("GPL1", "")
        values = counts.iloc[:, min(number, 2)]
        rows = "".join(f"{prefix}{gene}\t{value}\n" for gene, value in values.items())
        blocks.append(
            f"^SAMPLE = {sample}\n!Sample_geo_accession = {sample}\n"
            f"!Sample_platform_id = {platform}\n#ID_REF =\n#VALUE =\n!sample_table_begin\n"
            f"ID_REF\tVALUE\n{rows}!sample_table_end\n"
        )
    return "".join(blocks)


def predicted(clinic: Path, matrix: str, *more: str) -> pd.DataFrame:
    main(
        [
            *("predict", "--bundle", str(clinic / "bundle"), "--matrix", str(clinic / matrix)),
            *("--samples", str(clinic / "samples.tsv"), "--assay", "rnaseq"),
            *("--output", str(clinic / "predicted.tsv"), *more),
        ]
    )
    return pd.read_csv(clinic / "predicted.tsv", sep="\t", keep_default_na=False)


def refused(clinic: Path, matrix: str, *more: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        predicted(clinic, matrix, *more)
    assert not (clinic / "predicted.tsv").exists()
    return str(stopped.value)


def test_a_folder_of_two_formats_needs_the_format_and_gives_the_same(clinic: Path) -> None:
    folder = clinic / "runs"
    assert refused(clinic, "runs") == (
        f"dxtransfer: {folder}: the folder holds files of several formats (rsem, salmon); name one "
        "in the column format"
    )
    expected = predicted(clinic, "counts.tsv")
    assert (expected["status"] == "predicted").all()
    told = predicted(clinic, "runs", "--format", "salmon")
    pd.testing.assert_frame_equal(told, expected)


def test_a_series_on_two_platforms_needs_the_platform_and_gives_the_same(clinic: Path) -> None:
    assert "samples on several platforms (GPL1, GPL2)" in refused(clinic, "two.soft.gz")
    expected = predicted(clinic, "counts.tsv")
    told = predicted(clinic, "two.soft.gz", "--platform", "GPL1")
    pd.testing.assert_frame_equal(told, expected)


def test_a_platform_that_is_none_is_told(clinic: Path) -> None:
    told = refused(clinic, "two.soft.gz", "--platform", "HG-U133A")
    assert told == "dxtransfer: --platform: 'HG-U133A' is no platform of GEO; write it as GPL570"


def test_a_format_that_does_not_exist_is_told(clinic: Path) -> None:
    assert refused(clinic, "counts.tsv", "--format", "csv") == "2"
