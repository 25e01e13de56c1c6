"""The configuration: checked against its schema, defaults filled in, errors told in one line."""

import difflib
import itertools
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from dxtransfer.errors import InputError
from dxtransfer.labels import same_value
from dxtransfer.own_estimators import is_own

# keys of the block task that each kind of task needs; the others have to be empty
TASK_KEYS = {
    "binary": ("label", "classes", "positive"),
    "multiclass": ("label", "classes"),
    "regression": ("label",),
    "survival": ("time", "event", "event_values"),
}

# keys of the block task that a kind of task may leave empty
OPTIONAL_KEYS = {"survival": ("censored_values",)}

# what a key with a pattern of its own expects
EXPECTED = {
    "species": "no species as Ensembl names its folders; write it as homo_sapiens",
    "checksum": "no checksum; write sha256: and its 64 digits, in small letters",
    "adapter_1": "no sequence of bases; write it in the letters A, C, G, T and N",
    "adapter_2": "no sequence of bases; write it in the letters A, C, G, T and N",
}
# strategies that start from the linear models of the source's labels
NEEDS_LINEAR = ("source_prior", "ensemble")
# strategies that start from those as well as from other objectives
LINEAR_TOO = ("source_only", "l2_sp")
NEVER_SEE_THE_SOURCE = ("from_scratch", "ensemble_target")
# smallest difference that matters, of measures between 0.5 and 1
DELTA = 0.03


def read_schema(path: Path | str) -> dict[str, Any]:
    """Read a JSON schema written as YAML."""
    # libyaml's reader, where there is one: every job of Snakemake reads the schema anew
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    schema: dict[str, Any] = yaml.load(Path(path).read_text(), Loader=loader)
    return schema


def checked(config: Mapping[str, Any], *, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Check a configuration and fill in the defaults of its schema.

    Parameters
    ----------
    config
        As read from YAML.
    schema
        The schema of the configuration, see `read_schema`.

    Returns
    -------
    dict
        A copy of `config` in which every key of the schema has a value.

    Raises
    ------
    InputError
        Naming the key, what is wrong and, for a misspelt key, the nearest known one.
    """
    config = _with_named_classes(config)
    errors = sorted(
        jsonschema.Draft202012Validator(schema).iter_errors(config), key=lambda e: list(e.path)
    )
    if errors:
        raise InputError("\n".join(dict.fromkeys(f"config: {_told(error)}" for error in errors)))
    filled: dict[str, Any] = _filled(deepcopy(dict(config)), schema)
    _check_task(filled["task"])
    _can_be_balanced(filled)
    _can_be_evaluated(filled)
    _linear_is_there(filled)
    model = filled["model"]
    _is_compared(filled, "model.strategy", model["strategy"], "model", model["objective"])
    _check_verdict(filled)
    return filled


def go_together(objective: str, strategy: str) -> bool:
    """Whether a strategy that starts from the source can start from an objective."""
    if strategy in NEEDS_LINEAR:
        return objective == "linear"
    if strategy == "l2_sp":
        # principal components are no network, and no model of the outcome either
        return objective != "pca"
    return objective != "linear" or strategy in LINEAR_TOO


def _linear_is_there(filled: Mapping[str, Any]) -> None:
    """Linear models of the source are what some strategies start from."""
    needing = [s for s in filled["transfer"]["strategies"] if s in NEEDS_LINEAR]
    if needing and "linear" not in filled["pretrain"]["objectives"]:
        raise InputError(
            f"config: transfer.strategies names {needing[0]!r}, which starts from the objective "
            "linear: add it to pretrain.objectives"
        )


def _with_named_classes(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take names of classes that are plain numbers in YAML as text."""
    task = config.get("task")
    if not isinstance(task, dict):
        return config
    task = dict(task)
    if isinstance(task.get("classes"), dict):
        task["classes"] = {_named(name): values for name, values in task["classes"].items()}
    if "positive" in task:
        task["positive"] = _named(task["positive"])
    return {**config, "task": task}


def _named(name: object) -> object:
    return str(name) if isinstance(name, int) and not isinstance(name, bool) else name


def _can_be_balanced(filled: Mapping[str, Any]) -> None:
    kind = filled["task"]["kind"]
    if filled["transfer"]["balanced"] and "classes" not in TASK_KEYS[kind]:
        raise InputError(f"config: transfer.balanced: a task of the kind {kind} has no classes")


def _can_be_evaluated(filled: Mapping[str, Any]) -> None:
    kind, settings = filled["task"]["kind"], filled["evaluation"]
    if settings["prevalence"] is not None and kind != "binary":
        raise InputError(
            f"config: evaluation.prevalence: a task of the kind {kind} has none; remove it"
        )
    for name, group in settings["subgroups"].items():
        bands = group.get("bands", [])
        if any(low >= high for low, high in itertools.pairwise(bands)):
            raise InputError(
                f"config: evaluation.subgroups.{name}.bands: {bands} does not rise; write each "
                "limit once, the lowest first"
            )


def _check_task(task: Mapping[str, Any]) -> None:
    kind, classes = task["kind"], task["classes"]
    for key in TASK_KEYS[kind]:
        if not task[key]:
            raise InputError(f"config: task: no {key}")
    known = (*TASK_KEYS.values(), *OPTIONAL_KEYS.values())
    ours = {*TASK_KEYS[kind], *OPTIONAL_KEYS.get(kind, ())}
    for key in sorted({k for keys in known for k in keys} - ours):
        if task[key]:
            raise InputError(f"config: task.{key}: not for tasks of the kind {kind}; remove it")
    if kind == "binary" and len(classes) != 2:
        raise InputError(f"config: task.classes: {len(classes)} entries, where 2 are expected")
    if kind == "multiclass" and len(classes) < 2:
        raise InputError(f"config: task.classes: {len(classes)} entries, where 2 are the least")
    if kind == "binary" and task["positive"] not in classes:
        raise InputError(
            f"config: task.positive is {task['positive']!r}, which is none of task.classes "
            f"({', '.join(classes)})"
        )
    if kind == "survival" and task["time"] == task["event"]:
        raise InputError(f"config: task: time and event are one column, {task['time']!r}")
    _each_value_once(task)


def _is_compared(
    filled: Mapping[str, Any], key: str, strategy: str, block: str, objective: str
) -> None:
    """What is shipped or judged has figures from the comparison, so it has to take part."""
    compared = [*filled["transfer"]["strategies"], *filled["baselines"]]
    if strategy not in compared:
        raise InputError(
            f"config: {key} is {strategy!r}, which is not compared: add it to "
            f"transfer.strategies or baselines ({', '.join(compared)})"
        )
    if strategy in (*NEVER_SEE_THE_SOURCE, *filled["baselines"]):
        return
    objectives = filled["pretrain"]["objectives"]
    if not go_together(objective, strategy):
        raise InputError(
            f"config: {key} {strategy!r} does not go with {block}.objective {objective!r}; "
            f"{', '.join(NEEDS_LINEAR)} start from linear, of the others "
            f"{', '.join(LINEAR_TOO)} can"
        )
    if objective not in objectives:
        raise InputError(
            f"config: {block}.objective is {objective!r}, which is none of pretrain.objectives "
            f"({', '.join(objectives)})"
        )


def _check_verdict(filled: dict[str, Any]) -> None:
    verdict = filled["verdict"]
    control = verdict["control"]
    _is_compared(filled, "verdict.transfer", verdict["transfer"], "verdict", verdict["objective"])
    _is_compared(filled, "verdict.control", control, "verdict", verdict["objective"])
    if control not in (*NEVER_SEE_THE_SOURCE, *filled["baselines"]):
        raise InputError(
            f"config: verdict.control is {control!r}, which sees the source: name one of "
            f"{', '.join(NEVER_SEE_THE_SOURCE)} or a baseline"
        )
    if "delta" not in verdict:
        if filled["task"]["kind"] == "regression":
            raise InputError(
                "config: verdict.delta: no smallest difference that matters; a task of numbers has "
                "to name its own, in the unit of the label"
            )
        verdict["delta"] = DELTA


def _each_value_once(task: Mapping[str, Any]) -> None:
    seen: dict[object, str] = {}
    groups = {**{f"classes.{name}": v for name, v in task["classes"].items()}}
    groups |= {key: task[key] for key in ("event_values", "censored_values", "exclude")}
    for group, values in groups.items():
        for value in values:
            for other, place in seen.items():
                if same_value(value, other):
                    raise InputError(
                        f"config: task: the value {value!r} stands in {place} and in {group}"
                    )
            seen[value] = group


def _told(error: jsonschema.ValidationError) -> str:
    where = ".".join(map(str, error.path)) or "top level"
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        key = next(k for k in error.instance if k not in known)
        near = difflib.get_close_matches(str(key), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
        return f"{where}: unknown key {key!r}; {hint}"
    return f"{where}: {_wrong(error)}"


def _wrong(error: jsonschema.ValidationError) -> str:
    """What is wrong with a value, where the validator's own words speak of schemas."""
    value = repr(error.instance)
    match error.validator:
        case "required":
            return f"no {next(k for k in error.validator_value if k not in error.instance)}"
        case "pattern" if "http" in error.validator_value:
            return f"{value} is no address; write one that begins with https:// or http://"
        case "pattern" if error.path and error.path[-1] in EXPECTED:
            return f"{value} is {EXPECTED[str(error.path[-1])]}"
        case "pattern" if error.path and error.path[0] == "baselines":
            return f"{value} is no import path; write it as sklearn.naive_bayes.GaussianNB"
        case "pattern":
            return (
                f"{value} is no name for files; use letters, digits, '_', '.' and '-', a letter or "
                "digit first"
            )
        case "enum" if list(error.path) == ["model", "strategy"] and is_own(str(error.instance)):
            return f"{value} is an estimator of your own, which is compared but cannot be shipped"
        case "exclusiveMinimum" | "exclusiveMaximum" if list(error.path)[-1:] == ["prevalence"]:
            return f"{value} is no prevalence; give a share of patients between 0 and 1"
        case "not":
            return f"{value} is a reserved name"
        case "contains":
            return f"{value} lacks {error.validator_value['const']!r}"
        case "anyOf":
            return ", and ".join(part.message for part in error.context or [])
        case _:
            return str(error.message)


def _filled(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        for key, sub in schema.get("properties", {}).items():
            if key not in value and "default" in sub:
                value[key] = deepcopy(sub["default"])
            if key in value:
                value[key] = _filled(value[key], sub)
    return value
