"""What holds for every rule, however the workflow is started."""

import ast
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from snakemake.api import SnakemakeApi
from snakemake.iocontainers import Wildcards
from snakemake.rules import Rule
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings
from snakemake.workflow import Workflow

from dxtransfer.config import go_together
from dxtransfer.learn.baselines.registry import BASELINES
from dxtransfer.learn.pretrain.registry import OBJECTIVES
from dxtransfer.learn.transfer.registry import STRATEGIES

ROOT = Path(__file__).parents[2]
SMALL = ("--configfile", "tests/small/config.yaml")

# What decides how something is told or how fast it is computed, never what comes out.
CHANGES_NO_RESULT = {"dxtransfer.logs", "dxtransfer.learn.training.use_threads"}

# Another Snakefile that takes this workflow as a module.
MODULE = """\
configfile: "tests/small/config.yaml"

module diagnosis:
    snakefile: "{snakefile}"
    config: config

use rule * from diagnosis
"""


@contextmanager
def workflow(
    config: Mapping[str, Any] | None = None, resources: Mapping[str, int] | None = None
) -> Iterator[Workflow]:
    """The workflow as Snakemake sees it after reading the Snakefile."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        yield api.workflow(
            resource_settings=ResourceSettings(cores=1, resources=resources or {}),
            config_settings=ConfigSettings(config=config or {}),
            snakefile=ROOT / "workflow" / "Snakefile",
            workdir=ROOT,
        )._workflow


@pytest.fixture(scope="module")
def rules() -> Iterator[list[Rule]]:
    """Rules that do something themselves, `use rule` resolved."""
    with workflow() as whole:
        yield [rule for rule in whole.rules if rule.script or rule.shellcmd]


def named(text: str) -> set[str]:
    """Full names of what a script imports from the library."""
    return {
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("dxtransfer")
        for alias in node.names
    }


def uncovered(rule: Rule, covered: Mapping[str, str]) -> set[str]:
    """Names that a rule's script imports from modules outside `covered`.

    A registry imports every member, of which a job uses one.
    """
    script = Path(rule.snakefile).parent / rule.script
    return {
        name
        for name in named(script.read_text()) - CHANGES_NO_RESULT
        if not {name, name.rpartition(".")[0]} & covered.keys()
        and name.rpartition(".")[0] not in CHANGES_NO_RESULT
        and not name.rpartition(".")[0].endswith(".registry")
    }


def code_of(rule: Rule, **wildcards: str) -> Mapping[str, str]:
    """The param `code` of a job of a rule."""
    code = rule.params.get("code")
    found: Mapping[str, str] = code(Wildcards(fromdict=wildcards)) if callable(code) else code
    return found


def test_every_rule_has_a_log_of_its_own(rules: list[Rule]) -> None:
    assert [rule.name for rule in rules if len(rule.log) != 1] == []
    logs = [str(rule.log[0]) for rule in rules]
    assert len(set(logs)) == len(logs)


def test_every_rule_names_its_environment(rules: list[Rule]) -> None:
    assert [rule.name for rule in rules if not rule.conda_env] == []


def test_every_rule_runs_a_script_and_knows_its_code(rules: list[Rule]) -> None:
    assert [rule.name for rule in rules if not rule.script or not rule.params.get("code")] == []


def test_only_rules_that_train_ask_for_one_accelerator(rules: list[Rule]) -> None:
    asked = {rule.name: rule.resources["gpu"] for rule in rules if "gpu" in rule.resources}
    asked = {name: getattr(value, "raw", value) for name, value in asked.items()}
    assert asked == {"pretrain": 1, "finetune": 1}


@pytest.mark.parametrize("tool", ["nvidia-smi", "rocm-smi"])
def test_a_machine_with_a_gpu_trains_one_thing_at_a_time(
    tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / tool).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with workflow() as whole:
        assert whole.global_resources["gpu"] == 1
        assert whole.resource_scopes.is_local("gpu")
    with workflow(resources={"gpu": 2}) as whole:
        assert whole.global_resources["gpu"] == 2


def test_without_a_gpu_the_cores_are_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with workflow() as whole:
        assert "gpu" not in whole.global_resources


def test_no_script_uses_code_that_its_rule_does_not_know(rules: list[Rule]) -> None:
    lacking = {
        rule.name: uncovered(rule, code_of(rule))
        for rule in rules
        if not callable(rule.params.get("code"))
    }
    assert len(lacking) > 10
    assert {name: names for name, names in lacking.items() if names} == {}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_pretraining_knows_the_code_of_its_objective(objective: str, rules: list[Rule]) -> None:
    rule = next(rule for rule in rules if rule.name == "pretrain")
    code = code_of(rule, objective=objective)
    assert OBJECTIVES[objective].__module__ in code
    assert uncovered(rule, code) == set()


@pytest.mark.parametrize("strategy", [*STRATEGIES, "l2_sp_network"])
def test_finetuning_knows_the_code_of_its_strategy(strategy: str, rules: list[Rule]) -> None:
    rule = next(rule for rule in rules if rule.name == "finetune")
    name, objective = strategy.removesuffix("_network"), "linear"
    if name != strategy or not go_together("linear", name):
        objective = "supervised"
    code = code_of(rule, strategy=name, objective=objective)
    assert f"dxtransfer.learn.transfer.{strategy}" in code
    assert uncovered(rule, code) == set()


@pytest.mark.parametrize("strategy", [*STRATEGIES, "logistic_l2"])
def test_the_model_knows_the_code_of_its_strategy(strategy: str) -> None:
    objective = next(o for o in ("linear", "supervised") if go_together(o, strategy))
    config = {
        "model": {"strategy": strategy, "objective": objective},
        "transfer": {"strategies": list(STRATEGIES)},
    }
    with workflow(config=config) as whole:
        rule = next(rule for rule in whole.rules if rule.name == "model")
        code = code_of(rule)
        assert {**STRATEGIES, **BASELINES}[strategy].__module__ in code
        assert uncovered(rule, code) == set()


@pytest.fixture
def jobs(checkout: Path, plan: Callable[..., Any]) -> list[str]:
    """Jobs of the small study as planned from the root of the checkout."""
    planned = plan(checkout, *SMALL)
    assert planned.status == 0, planned.text
    assert planned.rules >= {"demo_data", "pretrain", "page"}
    return sorted(map(str, planned.jobs))


def test_the_workflow_folder_alone_plans_the_same_jobs(
    checkout: Path, plan: Callable[..., Any], jobs: list[str]
) -> None:
    planned = plan(checkout, "-s", "workflow/Snakefile", *SMALL)
    assert sorted(map(str, planned.jobs)) == jobs


def test_another_workflow_that_takes_it_as_a_module_plans_the_same_jobs(
    checkout: Path, tmp_path: Path, plan: Callable[..., Any], jobs: list[str]
) -> None:
    other = tmp_path / "other"
    for name in ("config", "tests"):
        shutil.copytree(checkout / name, other / name)
    (other / "Snakefile").write_text(MODULE.format(snakefile="../checkout/workflow/Snakefile"))
    planned = plan(other, "all")
    assert planned.status == 0, planned.text
    assert sorted(map(str, planned.jobs)) == jobs
