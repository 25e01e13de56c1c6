"""The configuration: defaults filled in, every key explained, its choices what the library has."""

import copy
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dxtransfer.cohorts.assays import ASSAYS, SCALES
from dxtransfer.cohorts.normalise import METHODS, PSEUDOCOUNT
from dxtransfer.config import checked, read_schema
from dxtransfer.errors import InputError
from dxtransfer.learn.baselines.registry import BASELINES
from dxtransfer.learn.pretrain.registry import OBJECTIVES
from dxtransfer.learn.transfer.registry import STRATEGIES
from dxtransfer.sheets import read_cohorts
from dxtransfer.study import Study

ROOT = Path(__file__).parents[2]
SCHEMA = read_schema(ROOT / "workflow/schemas/config.schema.yaml")
COHORTS = read_schema(ROOT / "workflow/schemas/cohorts.schema.yaml")
DEFAULT = ROOT / "config/config.yaml"
SHIPPED = [DEFAULT, *sorted((ROOT / "config/examples").glob("*.yaml"))]
LEAST = {
    "study": "s",
    "cohorts": "c.tsv",
    "task": {"label": "l", "classes": {"a": ["a"], "b": ["b"]}, "positive": "a"},
}


def keys(schema: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Dotted name and schema of every key, blocks included."""
    for name, sub in schema["properties"].items():
        yield above + name, sub
        if "properties" in sub:
            yield from keys(sub, f"{above}{name}.")


KEYS = dict(keys(SCHEMA))
README = (ROOT / "config/README.md").read_text() if (ROOT / "config/README.md").exists() else ""


def value(settings: Mapping[str, Any], key: str) -> Any:
    for name in key.split("."):
        settings = settings[name]
    return settings


def test_every_key_has_a_value_after_checking() -> None:
    filled = checked(LEAST, schema=SCHEMA)
    for key, sub in KEYS.items():
        given = key.removeprefix("task.") in LEAST["task"]
        if "properties" not in sub and "default" in sub and not given:
            assert value(filled, key) == sub["default"], key
        value(filled, key)


def test_what_is_given_is_kept_and_the_given_object_left_alone() -> None:
    given = {**LEAST, "splits": {"folds": 7}, "pretrain": {"training": {"epochs": 3}}}
    before = copy.deepcopy(given)
    filled = checked(given, schema=SCHEMA)
    assert given == before
    assert (filled["splits"]["folds"], filled["splits"]["repeats"]) == (7, 10)
    assert filled["pretrain"]["training"]["epochs"] == 3
    filled["splits"]["budgets"].append(4)
    assert checked(given, schema=SCHEMA)["splits"]["budgets"][-1] == "all"


def test_every_default_is_valid_itself() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator.check_schema(COHORTS)
    filled = checked(LEAST, schema=SCHEMA)
    assert checked(filled, schema=SCHEMA) == filled


@pytest.mark.parametrize("key", [k for k, sub in KEYS.items() if "properties" in sub])
def test_a_misspelt_key_is_an_error_in_every_block(key: str) -> None:
    given = copy.deepcopy(LEAST)
    block: dict[str, Any] = given
    for name in key.split("."):
        block = block.setdefault(name, {})
    known = next(iter(KEYS[key]["properties"]))
    block[known + "s"] = 1
    told = rf"^config: {key}: unknown key '{known}s'; did you mean '{known}'\?"
    with pytest.raises(InputError, match=told):
        checked(given, schema=SCHEMA)


@pytest.mark.parametrize("name", ["accuracy", "accuracy/", "other/tb", "accuracy/../tb"])
def test_a_study_is_one_folder_or_one_of_the_accuracy_protocol(name: str) -> None:
    assert checked({**LEAST, "study": "accuracy/tb"}, schema=SCHEMA)["study"] == "accuracy/tb"
    with pytest.raises(InputError, match=r"^config: study: "):
        checked({**LEAST, "study": name}, schema=SCHEMA)


@pytest.mark.parametrize("value", [True, None, [1]])
def test_a_class_takes_text_and_numbers_alone(value: object) -> None:
    task: dict[str, Any] = {**LEAST["task"], "classes": {"a": [value], "b": ["b"]}}
    with pytest.raises(InputError, match=r"^config: task\.classes\.a\.0: "):
        checked({**LEAST, "task": task}, schema=SCHEMA)


def test_every_key_and_column_is_described() -> None:
    columns = dict(keys(COHORTS))
    assert [k for k, sub in {**KEYS, **columns}.items() if not sub.get("description")] == []


def test_no_block_takes_unknown_keys() -> None:
    blocks = [SCHEMA, COHORTS, *(sub for sub in KEYS.values() if "properties" in sub)]
    assert all(block["additionalProperties"] is False for block in blocks)


@pytest.mark.parametrize("key", [k for k, sub in KEYS.items() if "properties" not in sub])
def test_the_readme_of_the_configuration_has_the_key(key: str) -> None:
    assert re.search(rf"`{re.escape(key)}`", README), "config/README.md does not name it"


@pytest.mark.parametrize("column", COHORTS["properties"])
def test_the_readme_of_the_configuration_has_the_column(column: str) -> None:
    assert re.search(rf"`{column}`", README), "config/README.md does not name it"


def test_the_choices_are_what_the_library_has() -> None:
    def choices(key: str) -> set[str]:
        sub = KEYS[key]
        items = sub.get("items", {})
        # a name with a dot is an import path
        return set(sub.get("enum") or items.get("enum") or items["else"]["enum"])

    assert choices("pretrain.objectives") == set(OBJECTIVES) == choices("model.objective")
    assert choices("transfer.strategies") == set(STRATEGIES)
    assert choices("baselines") == set(BASELINES)
    assert set(STRATEGIES) < choices("model.strategy") < {*STRATEGIES, *BASELINES}


def test_assays_scales_and_normalisations_are_those_of_the_library() -> None:
    columns = COHORTS["properties"]
    assert columns["assay"]["enum"] == list(ASSAYS)
    assert columns["scale"]["enum"] == list(SCALES)
    assert KEYS["features.normalisation"]["enum"] == ["auto", *METHODS]
    assert KEYS["features.pseudocount"]["default"] == PSEUDOCOUNT
    of_assay = {
        rule["if"]["properties"]["assay"]["const"]: rule["then"]["properties"]["scale"]["enum"]
        for rule in COHORTS["allOf"]
    }
    assert of_assay == {name: list(assay.scales) for name, assay in ASSAYS.items()}


@pytest.mark.parametrize("name", [*ASSAYS, *SCALES, *METHODS])
def test_the_readme_of_the_configuration_has_each_assay_scale_and_normalisation(name: str) -> None:
    assert re.search(rf"`{name}`", README), "config/README.md does not name it"


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_a_shipped_configuration_is_valid_with_its_sheet(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DXTRANSFER_COHORTS", "/data")
    settings = checked(yaml.safe_load(file.read_text()), schema=SCHEMA)
    study = Study(read_cohorts(ROOT / settings["cohorts"], schema=COHORTS))
    assert study.targets()
    assert all(study.sources_by_target().values())


def test_the_shipped_configuration_says_what_the_demo_does() -> None:
    settings = yaml.safe_load(DEFAULT.read_text())
    assert set(settings) <= set(SCHEMA["properties"])
    assert settings["study"] == "demo"
