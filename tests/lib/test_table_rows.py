"""Totals and notes are not features; rows whose empty ends were cut keep each value in place."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from anndata import AnnData

from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError

SAMPLES = ["S01", "S02", "S03"]
HEADER = "gene\tS01\tS02\tS03\n"
BODY = "TP53\t1\t2\t30\nACTB\t4\t5\t6\nMYC\t7\t11\t9\n"


def read(folder: Path, text: str, samples: Sequence[str] = SAMPLES) -> AnnData:
    (folder / "matrix.txt").write_text(text)
    return read_matrix(folder / "matrix.txt", sample_names=samples)


@pytest.mark.parametrize(
    "row",
    [
        "Sum\t12\t18\t45\n",
        "Grand total\t99\t99\t99\n",
        "Average\t4\t6\t15\n",
        "median\t4\t5\t9\n",
        "Max\t7\t11\t30\n",
        "Min\t1\t2\t6\n",
        "SD\t3\t4.58\t13.08\n",
    ],
)
def test_a_last_row_that_sums_up_the_others_is_not_a_feature(row: str, tmp_path: Path) -> None:
    adata = read(tmp_path, HEADER + BODY + row)
    assert list(adata.var_names) == ["TP53", "ACTB", "MYC"]
    ((feature, reason),) = adata.uns["features_left_out"]
    assert feature == row.partition("\t")[0]
    assert "of the other features" in reason or "at the end" in reason


def test_several_statistics_and_a_total_at_the_top_are_left_out(tmp_path: Path) -> None:
    text = HEADER + "Total\t12\t18\t45\n" + BODY + "Mean\t4\t6\t15\nMax\t7\t11\t30\n"
    assert list(read(tmp_path, text).var_names) == ["TP53", "ACTB", "MYC"]


def test_a_gene_called_max_and_a_feature_called_total_stay(tmp_path: Path) -> None:
    text = HEADER + "MAX\t3\t1\t2\n" + "Total\t3\t1\t2\n" + BODY
    assert list(read(tmp_path, text).var_names) == ["MAX", "Total", "TP53", "ACTB", "MYC"]
    assert list(read(tmp_path, HEADER + BODY + "MAX\t3\t1\t2\n").var_names)[-1] == "MAX"


def test_a_column_of_totals_beside_samples_in_rows_is_not_a_feature(tmp_path: Path) -> None:
    text = "sample\tTP53\tMYC\tTotal\nS01\t1\t2\t3\nS02\t4\t5\t9\nS03\t7\t9\t16\n"
    adata = read(tmp_path, text)
    assert list(adata.var_names) == ["TP53", "MYC"]
    np.testing.assert_array_equal(adata.X, [[1, 2], [4, 5], [7, 9]])


@pytest.mark.parametrize(
    "note",
    [
        "\nNote: values are TPM.\n",
        "* raw counts\t\t\t\n",
        "Source of the data: this paper\nAbbreviations: TPM\n",
    ],
)
def test_notes_below_a_table_are_not_features(note: str, tmp_path: Path) -> None:
    adata = read(tmp_path, HEADER + BODY + note)
    assert list(adata.var_names) == ["TP53", "ACTB", "MYC"]
    assert {reason for _, reason in adata.uns["features_left_out"]} == {"a note below the table"}


def test_a_last_feature_without_values_is_no_note(tmp_path: Path) -> None:
    assert list(read(tmp_path, HEADER + BODY + "KRAS\t\t\t\n").var_names)[-1] == "KRAS"


def test_missing_codes_may_have_blanks_around_them(tmp_path: Path) -> None:
    adata = read(tmp_path, HEADER + "TP53\t NA \t1 \t- \nMYC\t \t 2\t3\n")
    np.testing.assert_array_equal(adata.X, [[np.nan, np.nan], [1, 2], [np.nan, 3]])


def test_the_row_of_a_wrong_cell_is_named_beside_blank_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 3 \(MYC\), column S02: 'low' is not a number"):
        read(tmp_path, HEADER + "TP53\t NA \t1\t2\nMYC\t1\tlow\t3\n")


def cut_rows(n: int, *, hole: str = "") -> list[list[str]]:
    """Rows of seven values: each second row lacks its last two, each fourth one inside."""
    rows = []
    for i in range(n):
        row = [f"G{i}", *(str(10 * i + j) for j in range(7))]
        row = row[:-2] if i % 2 else row
        if i % 4 == 0:
            row[2] = hole
        rows.append(row)
    return rows


IDS = [f"S{j}" for j in range(7)]


def text_of(rows: Sequence[Sequence[str]]) -> str:
    return "".join("\t".join(row) + "\n" for row in [["gene", *IDS], *rows])


@pytest.mark.parametrize("n", [8, 300])
def test_rows_whose_last_empty_cells_were_cut_are_filled_up(n: int, tmp_path: Path) -> None:
    adata = read(tmp_path, text_of(cut_rows(n)), IDS)
    expected = np.arange(7)[:, None] + 10 * np.arange(n)[None, :].astype(float)
    expected[5:, 1::2] = np.nan
    expected[1, ::4] = np.nan
    np.testing.assert_array_equal(adata.X, expected)


def test_a_row_that_lost_a_cell_is_not_filled_up(tmp_path: Path) -> None:
    rows = [[f"G{i}", *"1234567"] for i in range(100)]
    del rows[50][3]
    with pytest.raises(InputError, match="row 52: 7 cells where 8 are expected"):
        read(tmp_path, text_of(rows), IDS)


def test_short_rows_are_refused_where_others_keep_their_empty_ends(tmp_path: Path) -> None:
    rows = cut_rows(40)
    rows[20][-1] = ""
    with pytest.raises(InputError, match=r"row 3: 6 cells .* \(19 other rows are short too;"):
        read(tmp_path, text_of(rows), IDS)


def test_a_row_longer_than_the_header_is_refused_with_its_row(tmp_path: Path) -> None:
    rows = [*cut_rows(40), ["X", *"12345678"]]
    with pytest.raises(InputError, match="row 42: 9 cells where 8 are expected"):
        read(tmp_path, text_of(rows), IDS)


def test_rows_that_are_all_one_cell_short_but_for_one_are_not_filled_up(tmp_path: Path) -> None:
    rows = [[f"G{i}", *"123456"] for i in range(50)]
    rows[7].insert(3, "")
    with pytest.raises(InputError, match=r"row 2: 7 cells .* \(48 other rows"):
        read(tmp_path, text_of(rows), IDS)


def test_an_empty_end_beside_surplus_separators_may_be_a_lost_cell(tmp_path: Path) -> None:
    rows = [[f"G{i}", *"1234567", ""] for i in range(50)]
    del rows[9][3]
    with pytest.raises(InputError, match="row 11: ends with an empty cell"):
        read(tmp_path, text_of(rows), IDS)


def test_a_last_sample_without_any_value_may_be_a_surplus_separator(tmp_path: Path) -> None:
    text = HEADER + "TP53\t1\t2\t\nMYC\t3\t4\t\n"
    with pytest.raises(InputError, match="empty cell below 'S03'"):
        read(tmp_path, text)
    assert read(tmp_path, text.replace("\t\n", "\tNA\n")).shape == (3, 2)


def test_cell_by_cell_the_decimal_mark_is_the_files(tmp_path: Path) -> None:
    text = HEADER.replace("\t", ";") + "TP53; NA ;1,5;2,25\nMYC;1,5;2;3\n"
    np.testing.assert_array_equal(read(tmp_path, text).X, [[np.nan, 1.5], [1.5, 2], [2.25, 3]])
    with pytest.raises(InputError, match="column S02: '1_000' is not a number"):
        read(tmp_path, HEADER + "TP53\t NA \t1_000\t2\nMYC\t1\t2\t3\n")
