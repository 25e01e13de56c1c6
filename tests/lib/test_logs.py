"""A rule's log: everything in its file, one line of a failure on the console, nothing left over."""

import logging
import warnings

import pytest

from dxtransfer.errors import InputError
from dxtransfer.logs import logged


def test_lines_go_to_file_and_console_and_warnings_of_libraries_to_the_file_alone(tmp_path, capsys):
    with logged(tmp_path / "logs/rule.log") as logger:
        logger.info("fold 1 of 5")
        warnings.warn("deprecated", UserWarning, stacklevel=1)
    assert capsys.readouterr().err.endswith("INFO fold 1 of 5\n")
    lines = (tmp_path / "logs/rule.log").read_text()
    assert "INFO fold 1 of 5\n" in lines
    assert "UserWarning: deprecated" in lines


def test_a_failure_is_one_line_and_its_traceback_is_in_the_file(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended, logged(tmp_path / "rule.log"):
        raise InputError("no such\ncolumn")
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.endswith(f"ERROR no such column (log: {tmp_path}/rule.log)\n")
    assert said.count("\n") == 1
    assert "Traceback" in (tmp_path / "rule.log").read_text()


def test_after_the_block_messages_and_warnings_go_where_they_went_before(tmp_path):
    shown = warnings.showwarning
    with logged(tmp_path / "rule.log"):
        assert warnings.showwarning is not shown
    for name in ("dxtransfer", "py.warnings"):
        logger = logging.getLogger(name)
        assert logger.propagate
        assert not [h for h in logger.handlers if isinstance(h, logging.FileHandler)]
    assert warnings.showwarning is shown
