"""A MAF file becomes a matrix of mutated genes by samples."""

from pathlib import Path

import numpy as np
import pytest
from anndata import AnnData

from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError

HEADER = "Hugo_Symbol\tVariant_Classification\tTumor_Sample_Barcode\n"
MAF = (
    f"#version 2.4\n{HEADER}TP53\tMissense_Mutation\tTCGA-A1-0001-01A\n"
    "TP53\tNonsense_Mutation\tTCGA-A1-0001-01A\nTTN\tSilent\tTCGA-A1-0001-01A\n"
    "KRAS\tIntron\ts2\nUnknown\tIGR\ts2\nTTN\tIn_Frame_Del\ts3\n"
)


def read(tmp_path: Path, text: str, name: str = "m.maf") -> AnnData:
    (tmp_path / name).write_text(text)
    return read_matrix(tmp_path / name)


def test_only_variants_that_are_not_silent_count_and_once(tmp_path: Path) -> None:
    adata = read(tmp_path, MAF, "m.txt")
    assert list(adata.obs_names) == ["TCGA-A1-0001-01A", "s2", "s3"]
    assert list(adata.var_names) == ["KRAS", "TP53", "TTN"]
    np.testing.assert_array_equal(adata.X, [[0, 1, 0], [0, 0, 0], [0, 0, 1]])


def test_a_barcode_of_tcga_tells_its_patient(tmp_path: Path) -> None:
    assert list(read(tmp_path, MAF).obs["patient"]) == ["TCGA-A1-0001", "s2", "s3"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Tumor_Sample_Barcode", "Barcode", "no column 'Tumor_Sample_Barcode'"),
        ("KRAS\tIntron", "KRAS\tOdd", "row 6, column Variant_Classification: 'Odd'"),
        ("\tIntron\ts2", "\tIntron", "row 6: 2 cells where the header has 3"),
        ("KRAS\t", "\t", "row 6, column Hugo_Symbol: empty"),
        (MAF[len("#version 2.4\n") + len(HEADER) :], "", "no rows below its header"),
    ],
)
def test_a_damaged_file_is_told_by_row_and_column(
    old: str, new: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, MAF.replace(old, new))
    assert told in str(caught.value)
