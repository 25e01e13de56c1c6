"""The pages as files, rendered from made-up inputs."""

import runpy
from pathlib import Path

import pytest
from report_tables import example

from dxtransfer.report.page import page
from dxtransfer.report.qc_page import qc_page


@pytest.fixture(scope="session", params=["target", "qc"])
def rendered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page made from the examples, as a file: the report of a target, or quality control."""
    path = tmp_path_factory.mktemp("report") / f"{request.param}.html"
    if request.param == "qc":
        made = runpy.run_path(str(Path(__file__).with_name("qc_example.py")))["example"]()
        path.write_text(qc_page(**vars(made)), encoding="utf-8")
    else:
        path.write_text(page(**vars(example())), encoding="utf-8")
    return path
