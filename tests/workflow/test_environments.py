"""One set of versions everywhere, and every rule with an environment that holds what it imports."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from snakemake.api import SnakemakeApi
from snakemake.rules import Rule
from snakemake.settings.types import OutputSettings, Quietness, ResourceSettings

from dxtransfer.fingerprint import code

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "workflow" / "lib"
DISTRIBUTIONS = packages_distributions()
ENVIRONMENTS = {file.name: file for file in sorted((ROOT / "envs").glob("*.yaml"))}


@pytest.fixture(scope="module")
def rules() -> Iterator[list[Rule]]:
    """The rules as Snakemake itself sees them, `use rule` resolved."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            snakefile=ROOT / "workflow" / "Snakefile",
            workdir=ROOT,
        )
        yield list(workflow._workflow.rules)


def locked() -> dict[str, str]:
    """Package to version, as in the lock file."""
    lines = (ROOT / "envs" / "lock.txt").read_text().splitlines()
    pins = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pins}


def pinned(environment: Path) -> dict[str, str]:
    """Packages of a conda file and its pip part, python and pip itself left out."""
    dependencies = yaml.safe_load(environment.read_text())["dependencies"]
    from_conda = [entry.split("=") for entry in dependencies if isinstance(entry, str)]
    parts = [entry["pip"] for entry in dependencies if isinstance(entry, dict)]
    from_pip = [entry.split("==") for part in parts for entry in part]
    pins = {canonicalize_name(name): "".join(version) for name, *version in from_conda + from_pip}
    return {name: pins[name] for name in pins if name not in ("python", "pip")}


def imported(file: Path) -> set[str]:
    """Full names of everything that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def file_of(module: str) -> Path:
    path = LIBRARY.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def distributions_needed(script: Path) -> set[str]:
    """What a script imports from other projects, itself and through the library.

    The library is walked as for the decision about reruns.
    """
    own = {name for name in imported(script) if name.startswith("dxtransfer.")}
    entry = {name if file_of(name).exists() else name.rpartition(".")[0] for name in own}
    files = [script, *map(file_of, code(*entry))]
    foreign = {name.split(".")[0] for file in files for name in imported(file)}
    foreign -= {"dxtransfer", *sys.stdlib_module_names}
    return {canonicalize_name(DISTRIBUTIONS[name][0]) for name in foreign}


def test_the_lock_file_pins_every_package_exactly_and_for_any_machine() -> None:
    lines = (ROOT / "envs" / "lock.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==\d[\w.]*", line)] == []


def test_the_locked_versions_lie_within_the_ranges_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = map(Requirement, [*project["dependencies"], *extras["test"], *extras["dev"]])
    versions = locked()
    outside = [str(r) for r in wanted if versions[canonicalize_name(r.name)] not in r.specifier]
    assert outside == []


def test_the_project_depends_on_everything_that_it_imports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {canonicalize_name(Requirement(r).name) for r in project["dependencies"]}
    scripts = (ROOT / "workflow" / "scripts").glob("*.py")
    assert set().union(*map(distributions_needed, scripts)) <= declared


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_conda_environment_has_the_versions_of_the_lock_file(environment: str) -> None:
    pins, versions = pinned(ENVIRONMENTS[environment]), locked()
    assert pins == {name: versions.get(name) for name in pins}


def test_a_gpu_node_needs_no_bioinformatics_to_pretrain() -> None:
    needed = {"lightning-fabric", "numpy", "safetensors", "torch"}
    assert set(pinned(ENVIRONMENTS["pretrain.yaml"])) == needed


def test_every_rule_that_computes_names_an_environment_that_exists(rules: list[Rule]) -> None:
    named = {
        rule.name: (Path(rule.snakefile).parent / str(rule.conda_env)).resolve()
        for rule in rules
        if rule.script or rule.shellcmd
    }
    assert {name for name, file in named.items() if file not in ENVIRONMENTS.values()} == set()
    assert set(named.values()) == set(ENVIRONMENTS.values()), "an environment that no rule uses"


def test_the_environment_of_a_rule_holds_what_its_script_imports(rules: list[Rule]) -> None:
    missing = {}
    for rule in (rule for rule in rules if rule.script):
        folder = Path(rule.snakefile).parent
        needed = distributions_needed(folder / rule.script)
        missing[rule.name] = needed - set(pinned(folder / str(rule.conda_env)))
    assert missing and {name: lack for name, lack in missing.items() if lack} == {}


def test_the_slurm_profile_sends_exactly_the_gpu_rules_to_the_gpu_partition(
    rules: list[Rule],
) -> None:
    file = ROOT / "workflow" / "profiles" / "slurm" / "profile.v9+.yaml"
    own = yaml.safe_load(file.read_text())["set-resources"]
    sent = {name for name, resources in own.items() if resources == {"slurm_partition": "gpu"}}
    assert sent == {rule.name for rule in rules if "gpu" in rule.resources}
