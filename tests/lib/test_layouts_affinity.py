"""Proteins measured by affinity: Olink's NPX files and SomaLogic's ADAT."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dxtransfer.cohorts.readers.formats import format_of
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError

# Layout: OlinkAnalyze's read_NPX and its vignette, Explore's long file:
# https://github.com/Olink-Proteomics/OlinkRPackage/tree/main/OlinkAnalyze/inst/extdata
LONG = [
    "SampleID;Sample_Type;Index;OlinkID;UniProt;Assay;MissingFreq;Panel;PlateID;QC_Warning;LOD;NPX",
    "A;SAMPLE;1;OID1;P05231;IL6;0.1;Cardio;p;PASS;-0.5;1.5",
    "A;SAMPLE;1;OID2;P05231;IL6;0.1;Onco;p;PASS;-0.5;2.5",
    "A;SAMPLE;1;OID3;P10145;CXCL8;0.1;Onco;p;WARN;-0.5;-0.75",
    "A;SAMPLE;1;OID9;;Incubation control 1;0.1;Onco;p;PASS;;9",
    "B;SAMPLE;2;OID2;P05231;IL6;0.1;Onco;p;PASS;-0.5;NA",
    "B;SAMPLE;2;OID1;P05231;IL6;0.1;Cardio;p;PASS;-0.5;0.5",
    "CONTROL_1;CONTROL;3;OID1;P05231;IL6;0.1;Cardio;p;PASS;-0.5;7",
]
FEATURES = ["IL6_OID1", "IL6_OID2", "CXCL8"]
VALUES = [[1.5, 2.5, -0.75], [0.5, np.nan, np.nan]]

# Layout: NPX Manager's wide export, ibid. (npx_data_ext.xlsx, saved as text)
WIDE = [
    "Project x;NPX Manager 2.0;;;;",
    "NPX;;;;;",
    "Panel;Olink INFLAMMATION;Olink INFLAMMATION;Olink ONCOLOGY;Olink INFLAMMATION;"
    "Olink INFLAMMATION",
    "Assay;IL6;CXCL8;IL6;Plate ID;QC Warning",
    "Uniprot ID;P05231;P10145;P05231;;",
    "OlinkID;OID1;OID2;OID3;;",
    ";;;;;",
    "A;1,5;2,5;3,5;Plate1;Pass",
    "B;NaN;-2,5;4,5;Plate1;Warning",
    "LOD;0,1;0,1;0,1;;",
    "Missing Data freq.;0,5;0;0;;",
    "Normalization;Plate control;Plate control;Plate control;;",
]

# Layout: https://github.com/SomaLogic/SomaDataIO/blob/main/inst/extdata/example_data10.adat
ADAT = [
    "^HEADER",
    "!AdatId\tGID-1",
    "!Version\t1.2",
    "^COL_DATA",
    "!Name\tSeqId\tUniProt\tOrganism\tType\tColCheck",
    "^ROW_DATA",
    "!Name\tPlateId\tSampleId\tSampleType\tRowCheck\tSex",
    "^TABLE_BEGIN",
    "\t\t\t\t\tSeqId\t10-1\t10-2\t11-1\t12-1\t13-1\t14-1",
    "\t\t\t\t\tUniProt\tP05231\tP05231\tP29460 Q9NPF7\tQ99LC4\t\tP00533",
    "\t\t\t\t\tOrganism\tHuman\tHuman\tHuman\tMouse\tHuman\tHuman",
    "\t\t\t\t\tType\tProtein\tProtein\tProtein\tProtein\tHybridization Control Elution\tProtein",
    "\t\t\t\t\tColCheck\tPASS\tFLAG\tPASS\tPASS\tPASS\tPASS",
    "PlateId\tSampleId\tSampleType\tRowCheck\tSex\t\t\t\t\t\t\t",
    "P1\ts1\tSample\tPASS\tF\t\t100.5\t200\t300\t1\t1\t7",
    "P1\tc1\tCalibrator\tPASS\t\t\t1\t2\t3\t1\t1\t7",
    "P1\ts2\tSample\tFLAG\tM\t\t400\t500\t600\t1\t1\t8",
    "P1\t\tBuffer\tPASS\t\t\t1\t2\t3\t1\t1\t7",
]  # fmt: skip


def written(folder: Path, lines: list[str], name: str = "m.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_matrix(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_long_file_is_read_by_panel_without_controls(tmp_path: Path, separator: str) -> None:
    path = written(tmp_path, [line.replace(";", separator) for line in LONG])
    assert format_of(path) == "olink"
    adata = read_matrix(path)
    assert list(adata.obs_names) == ["A", "B"]
    assert list(adata.var_names) == FEATURES
    np.testing.assert_array_equal(adata.X, np.array(VALUES, dtype=np.float32))
    assert adata.uns["features_left_out"] == [
        ("Incubation control 1", "a control of the assay and not a protein")
    ]


def test_a_long_file_of_explore_ht_is_parquet(tmp_path: Path) -> None:
    # Explore HT: SampleType and AssayType, numbers as numbers
    cells = [line.split(";") for line in LONG]
    frame = pd.DataFrame(cells[1:], columns=cells[0]).rename(columns={"Sample_Type": "SampleType"})
    frame["AssayType"] = ["assay"] * 3 + ["inc_ctrl"] + ["assay"] * 3
    frame["NPX"] = pd.to_numeric(frame["NPX"], errors="coerce")
    path = tmp_path / "m.parquet"
    frame.to_parquet(path)
    assert format_of(path) == "olink"
    adata = read_matrix(path)
    assert list(adata.var_names) == FEATURES
    np.testing.assert_array_equal(adata.X, np.array(VALUES, dtype=np.float32))
    del frame["LOD"]
    frame.to_parquet(path)
    np.testing.assert_array_equal(read_matrix(path).X, adata.X)


def test_limits_and_warnings_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        read_matrix(written(tmp_path, LONG))
    assert "1 of 5 values are below LOD" in caplog.text
    assert "1 samples have a warning in QC_Warning" in caplog.text


def test_two_values_of_one_sample_are_refused(tmp_path: Path) -> None:
    assert "the sample 'A' has two values of OID1" in refused(written(tmp_path, [*LONG, LONG[1]]))


def test_a_wide_file_is_read_without_its_limits(tmp_path: Path) -> None:
    path = written(tmp_path, WIDE)
    assert format_of(path) == "olink"
    adata = read_matrix(path, sample_names=["A", "B"])
    assert list(adata.obs_names) == ["A", "B"]
    assert list(adata.var_names) == ["IL6_OID1", "CXCL8", "IL6_OID3"]
    np.testing.assert_array_equal(
        adata.X, np.array([[1.5, 2.5, 3.5], [np.nan, -2.5, 4.5]], dtype=np.float32)
    )


def test_an_adat_gives_samples_and_their_table(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = written(tmp_path, ADAT, "m.adat")
    assert format_of(path) == "adat"
    with caplog.at_level(logging.INFO):
        adata = read_matrix(path)
    assert list(adata.obs_names) == ["s1", "s2"]
    assert list(adata.var_names) == ["P05231", "P05231", "P29460;Q9NPF7", "P00533"]
    np.testing.assert_array_equal(adata.X, [[100.5, 200, 300, 7], [400, 500, 600, 8]])
    assert adata.uns["own_table"]
    assert list(adata.obs["Sex"]) == ["F", "M"]
    assert "rows left out: 1 Buffer, 1 Calibrator" in caplog.text
    assert "RowCheck flags 1 of 2 samples, ColCheck 1 aptamers" in caplog.text
    assert dict(adata.uns["features_left_out"]).keys() == {"12-1", "13-1"}


def test_an_adat_without_rows_of_samples_is_refused_as_one(tmp_path: Path) -> None:
    assert "ADAT file that ends before its samples" in refused(written(tmp_path, ADAT[:12]))
    assert "no row of the SampleType Sample; it has: Calibrator" in refused(
        written(tmp_path, [*ADAT[:14], ADAT[15]])
    )
    short = [*ADAT[:14], ADAT[14] + "\t5"]
    assert "row 15: 13 cells where 12 are expected" in refused(written(tmp_path, short))
