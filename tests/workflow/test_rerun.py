"""The contract of reruns: after a change exactly the rules that it can affect run again.

The contract itself is the table reruns.yaml, in which every module of the library and every key
of the configuration stands.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parents[2]
SMALL = ("--configfile", "tests/small/config.yaml")
EDITED = ("--configfile", "tests/small/edited.yaml")
WORKSTATION = ("--workflow-profile", "workflow/profiles/workstation")

CONTRACT = yaml.safe_load(Path(__file__).with_name("reruns.yaml").read_text())

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def finished(finished_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study at another place; whoever changes it puts everything back."""
    return Path(shutil.copytree(finished_study, tmp_path_factory.mktemp("rerun") / "copy"))


@contextmanager
def changed(file: Path, content: str) -> Iterator[None]:
    before = file.read_bytes() if file.exists() else None
    file.write_text(content)
    yield
    if before is None:
        file.unlink()
    else:
        file.write_bytes(before)


def rules_of(name: str | list[str]) -> set[str]:
    """Rules behind a name of the contract: a set of it, a rule, or several of these."""
    if isinstance(name, list):
        return set().union(*map(rules_of, name))
    sets = CONTRACT["sets"]
    return set().union(*map(rules_of, sets[name])) if name in sets else {name}


def source(folder: Path, module: str) -> Path:
    return folder.joinpath("workflow", "lib", *module.split(".")).with_suffix(".py")


def modules(folder: Path) -> set[str]:
    """All modules of the library but the files of its packages, which are empty."""
    library = folder / "workflow" / "lib"
    files = [file for file in library.rglob("*.py") if file.name != "__init__.py"]
    return {".".join(file.relative_to(library).with_suffix("").parts) for file in files}


def keys(schema: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Dotted names of all keys that hold a value."""
    for name, sub in schema["properties"].items():
        if "properties" in sub:
            yield from keys(sub, f"{above}{name}.")
        else:
            yield above + name


@pytest.fixture(scope="module")
def recorded(finished: Path) -> dict[str, frozenset[str]]:
    """Jobs whose parameters, as Snakemake recorded them, hold the hash of a module."""
    found: dict[str, set[str]] = {}
    for file in (finished / ".snakemake/metadata").iterdir():
        params = " ".join(map(str, json.loads(file.read_text())["params"]))
        for module in re.findall(r"'(dxtransfer[\w.]+)': '[0-9a-f]{12}'", params):
            found.setdefault(module, set()).add(file.name)
    return {module: frozenset(found.get(module, ())) for module in modules(finished)}


@pytest.fixture(scope="module")
def edit(finished: Path, plan: Ask, recorded: Mapping[str, frozenset[str]]) -> Ask:
    """The plan after new code in one module of the library: `edit(module)`.

    Modules that the same jobs recorded are planned once.
    """

    @cache
    def planned(jobs: frozenset[str]) -> Any:
        file = source(finished, min(name for name, own in recorded.items() if own == jobs))
        with changed(file, file.read_text() + "\n_EDITED = 1\n"):
            return plan(finished, *SMALL)

    return lambda module: planned(recorded[module])


def configured(changes: Mapping[str, Any]) -> str:
    """The small study's configuration with other values of some dotted keys."""
    settings = yaml.safe_load((ROOT / "tests/small/config.yaml").read_text())
    for key, value in changes.items():
        *blocks, last = key.split(".")
        block = settings
        for name in blocks:
            block = block.setdefault(name, {})
        block[last] = value
    return yaml.safe_dump(settings, sort_keys=False)


@pytest.fixture(scope="module")
def configure(finished: Path, plan: Ask) -> Ask:
    """The plan after another value of a key, as the contract has it: `configure(key)`."""

    @cache
    def planned(key: str) -> Any:
        value = CONTRACT["keys"][key][0]
        changes = value if isinstance(value, dict) and key in value else {key: value}
        sheet = (finished / "tests/small/cohorts.tsv").read_text()
        with (
            changed(finished / "tests/small/edited.yaml", configured(changes)),
            changed(finished / "tests/small/moved.tsv", sheet),
        ):
            return plan(finished, *EDITED)

    return planned


def test_a_finished_study_has_nothing_to_do_wherever_it_was_moved(
    finished: Path, plan: Ask
) -> None:
    planned = plan(finished, *SMALL)
    assert planned.status == 0
    assert "Nothing to be done" in planned.text


def test_files_with_a_new_date_and_the_same_content_rerun_nothing(
    finished_copy: Path, plan: Ask
) -> None:
    touched = [
        file
        for name in ("workflow/lib", "config", "tests/small", "envs", "resources")
        for file in (finished_copy / name).rglob("*")
        if file.is_file() and file.stat().st_size < 1e6
    ]
    assert any(file.name == "source_a.counts.tsv.gz" for file in touched)
    for file in touched:
        os.utime(file)
    assert "Nothing to be done" in plan(finished_copy, *SMALL).text


def test_the_table_of_modules_holds_the_whole_library() -> None:
    assert modules(ROOT) == set(CONTRACT["modules"])


@pytest.mark.parametrize("module", CONTRACT["modules"])
def test_new_code_reruns_exactly_the_rules_that_it_can_affect(module: str, edit: Ask) -> None:
    assert edit(module).rules == rules_of(CONTRACT["modules"][module])


@pytest.mark.parametrize("module", CONTRACT["finetune"])
def test_new_code_reruns_exactly_the_strategies_that_use_it(module: str, edit: Ask) -> None:
    jobs = edit(module).of("finetune", "objective", "strategy")
    assert jobs == set(CONTRACT["finetune"][module])


@pytest.mark.parametrize("module", CONTRACT["baseline"])
def test_new_code_reruns_exactly_the_baselines_that_use_it(module: str, edit: Ask) -> None:
    assert edit(module).of("baseline", "strategy") == set(CONTRACT["baseline"][module])


def test_comments_docstrings_and_layout_rerun_nothing(finished_copy: Path, plan: Ask) -> None:
    for module in modules(finished_copy):
        file = source(finished_copy, module)
        first, rest = file.read_text().split('"""', 2)[1:]
        file.write_text(f'"""{first} Said otherwise."""\n\n# A comment.\n{rest}\n\n')
    assert "Nothing to be done" in plan(finished_copy, *SMALL).text


def test_the_table_of_keys_holds_the_whole_configuration() -> None:
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    assert set(keys(schema)) == set(CONTRACT["keys"])


@pytest.mark.parametrize("key", CONTRACT["keys"])
def test_a_setting_reruns_exactly_the_rules_that_read_it(key: str, configure: Ask) -> None:
    planned = configure(key)
    assert planned.status == 0, planned.text
    assert planned.rules == rules_of(CONTRACT["keys"][key][1])


@pytest.mark.parametrize("key", CONTRACT["finetune_after_key"])
def test_a_setting_reruns_exactly_the_strategies_that_read_it(key: str, configure: Ask) -> None:
    jobs = configure(key).of("finetune", "objective", "strategy")
    assert jobs == set(CONTRACT["finetune_after_key"][key])


def test_settings_of_networks_leave_principal_components_alone(configure: Ask) -> None:
    planned = configure("pretrain.network.dropout")
    assert planned.of("pretrain", "objective") == {"supervised"}


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("page.html.j2", {"page"}),
        ("sections/verdict.html.j2", {"page"}),
        ("qc_page.html.j2", {"qc_page"}),
        ("parts.html.j2", {"page", "qc_page"}),
        ("overview.html.j2", {"overview"}),
        ("predictions.js", {"page"}),
        ("page.css", {"page", "qc_page", "overview"}),
    ],
)
def test_the_pages_alone_are_made_again_for_a_new_look(
    name: str, rules: set[str], finished: Path, plan: Ask
) -> None:
    file = finished / "workflow/lib/dxtransfer/report" / name
    with changed(file, file.read_text() + "\n"):
        assert plan(finished, *SMALL).rules == rules


@pytest.mark.parametrize(("role", "like"), [("new", "new"), ("external", "target")])
def test_a_cohort_that_is_only_predicted_reruns_its_own_jobs_and_the_report(
    role: str, like: str, finished: Path, plan: Ask
) -> None:
    sheet = finished / "tests/small/cohorts.tsv"
    files = f"../../resources/demo/{like}.counts.tsv.gz\t../../resources/demo/{like}.samples.tsv"
    with changed(sheet, f"{sheet.read_text()}late\t{role}\trnaseq\t{files}\n"):
        planned = plan(finished, *SMALL)
    scored = rules_of("SCORED") if role == "external" else set()
    assert planned.rules == rules_of("NEW_COHORT") | scored
    for rule in ("ingest", "qc", "features", "predict"):
        assert planned.of(rule, "cohort") == {"late"}


def test_new_values_of_a_predicted_cohort_rerun_its_own_jobs_and_the_report(
    finished_copy: Path, plan: Ask
) -> None:
    file = finished_copy / "resources/demo/new.samples.tsv"
    file.write_text(file.read_text().replace("male", "unknown"))
    planned = plan(finished_copy, *SMALL)
    assert planned.rules == rules_of("NEW_COHORT")
    for rule in ("ingest", "qc", "features", "predict"):
        assert planned.of(rule, "cohort") == {"new"}


def test_a_role_changes_only_what_the_audit_of_a_predicted_cohort_stops(
    finished: Path, plan: Ask
) -> None:
    sheet = finished / "tests/small/cohorts.tsv"
    with changed(sheet, sheet.read_text().replace("\tnew\t", "\texternal\t")):
        expected = rules_of("FIGURES") | rules_of("SCORED")
        expected |= {"audit_predicted", "predict", "qc_page"}
        assert plan(finished, *SMALL).rules == expected


def test_the_workstation_profile_compares_large_files_by_content(
    checkout: Path, finished_study: Path, snakemake: Ask, plan: Ask
) -> None:
    data = Path(shutil.copytree(finished_study / "resources" / "demo", checkout / "data"))
    values = pd.read_csv(data / "source_a.counts.tsv.gz", sep="\t", index_col=0)
    large = data / "large.tsv"
    values.astype(float).to_csv(large, sep="\t", float_format="%.6f")
    assert large.stat().st_size > 1e6
    sheet = checkout / "tests/small/cohorts.tsv"
    own = sheet.read_text().replace("../../resources/demo", "../../data")
    sheet.write_text(own.replace("source_a.counts.tsv.gz", "large.tsv"))
    wanted = ("results/small/ingest/source_a.h5ad", *SMALL)
    ran = snakemake(checkout, *WORKSTATION, *wanted)
    assert ran.returncode == 0, ran.stdout + ran.stderr

    os.utime(large)
    assert plan(checkout, *WORKSTATION, *wanted).rules == set()
    assert plan(checkout, *wanted).rules == {"ingest"}, "the profile makes no difference"
    large.write_text(large.read_text().replace("GENE0001\t", "GENE0001B\t"))
    assert plan(checkout, *WORKSTATION, *wanted).rules == {"ingest"}


def test_a_setting_behind_an_audit_that_runs_again_is_seen_in_the_same_call(
    finished_copy: Path, plan: Ask, snakemake: Ask
) -> None:
    audit = source(finished_copy, "dxtransfer.cohorts.audit.confounding")
    audit.write_text(audit.read_text() + "\n_EDITED = 1\n")
    edited = finished_copy / "tests/small/edited.yaml"
    edited.write_text(configured({"model.min_coverage": 0.4}))
    ran = snakemake(finished_copy, *EDITED)
    assert ran.returncode == 0, ran.stderr
    model = finished_copy / "results/small/model/target/model.json"
    assert json.loads(model.read_text())["min_coverage"] == 0.4
    assert "Nothing to be done" in plan(finished_copy, *EDITED).text
