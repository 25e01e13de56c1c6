"""No value moves to a neighbour: the header names each column, or the file is refused."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from anndata import AnnData

from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError

SAMPLES = ["S01", "S02", "S03"]
ROWS = [["TP53", "1", "2", "3"], ["ACTB", "4", "5", "6"], ["MYC", "7", "8", "9"]]
VALUES = [[1, 4, 7], [2, 5, 8], [3, 6, 9]]


def table(header: Sequence[str], rows: Sequence[Sequence[str]] = ROWS, mark: str = "\t") -> str:
    return "".join(mark.join(row) + "\n" for row in [header, *rows])


def read(folder: Path, text: str, samples: Sequence[str] | None = SAMPLES) -> AnnData:
    (folder / "matrix.txt").write_text(text)
    return read_matrix(folder / "matrix.txt", sample_names=samples)


NAMED = ["gene", *SAMPLES]
ENDED = [[*row, ""] for row in ROWS]
RIGHT = {
    "a separator at the end of rows": table(NAMED, ENDED),
    "commas at the end of rows": table(NAMED, ENDED, ","),
    "two separators at the end of rows": table(NAMED, [[*row, "", ""] for row in ROWS]),
    "a separator at the end of some rows": table(NAMED, [ENDED[0], *ROWS[1:]]),
    "a separator at the end of the header": table([*NAMED, ""]),
    "a separator at the end of all": table([*NAMED, ""], ENDED),
    "R's short header": table(SAMPLES),
    "R's short header and a separator at its end": table([*SAMPLES, ""]),
    "R's short header and separators at the end of rows": table(SAMPLES, ENDED),
}
# a file whose header may or may not lack the first name, and words of the refusal
WRONG = {
    "the last name is missing": (table(NAMED[:-1]), "the first, 'gene', is not a sample"),
    "the first sample's name is missing": (table(["id", "S02", "S03"]), "is not a sample"),
    "a name of no known meaning stands first": (table(["RefSeq", "S01", "S02"]), "not a sample"),
    "a name is missing before a separator": (table(["gene", "S01", "S03", ""]), "not a sample"),
    "a description's name is missing": (
        table(["gene", *SAMPLES], [[row[0], "text", *row[1:]] for row in ROWS]),
        "4 names for 5 columns",
    ),
    "two names are missing": (table(["gene", "S01"]), "2 names for 4 columns"),
    "there is a name too many": (table(["gene", "symbol", *SAMPLES]), "5 names, but no row below"),
    "R's header above a last column without values": (
        table(SAMPLES, [[*row[:-1], ""] for row in ROWS]),
        "each row ends with an empty cell",
    ),
    "a value far below has no name": (
        table(NAMED, [*(ENDED * 30), ["KRAS", "1", "2", "3", "4"]]),
        "row 92 (KRAS), column 5: '4' in a column without a name",
    ),
    "samples in rows, a gene's name is missing": (
        table(["sample", "TP53", "ACTB"], [[s, "1", "2", "3"] for s in SAMPLES]),
        "the first, 'sample', is not a sample",
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_surplus_separators_and_short_headers_move_no_value(case: str, tmp_path: Path) -> None:
    adata = read(tmp_path, RIGHT[case])
    assert list(adata.obs_names) == SAMPLES
    assert list(adata.var_names) == ["TP53", "ACTB", "MYC"]
    np.testing.assert_array_equal(adata.X, VALUES)


@pytest.mark.parametrize("case", WRONG)
def test_a_header_that_lacks_a_name_is_refused_with_its_row(case: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, WRONG[case][0])
    assert WRONG[case][1] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_a_sample_table_the_word_above_the_names_tells(tmp_path: Path) -> None:
    assert list(read(tmp_path, table(SAMPLES), None).obs_names) == SAMPLES
    with pytest.raises(InputError, match="is not a sample"):
        read(tmp_path, table(["Geneid", "S01", "S02"]), None)


def test_a_first_sample_that_the_sample_table_lacks_is_known_by_its_form(tmp_path: Path) -> None:
    adata = read(tmp_path, table(["S00", "S02", "S03"]), ["S02", "S03"])
    assert list(adata.obs_names) == ["S00", "S02", "S03"]


def test_samples_in_rows_may_have_a_short_header_of_genes(tmp_path: Path) -> None:
    text = table(["TP53", "ACTB", "MYC"], [[s, "1", "2", "3"] for s in SAMPLES])
    adata = read(tmp_path, text)
    assert list(adata.var_names) == ["TP53", "ACTB", "MYC"]
    assert list(adata.obs_names) == SAMPLES
