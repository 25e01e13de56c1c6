"""Wrong tasks with numbers and times, found before the first job."""

from collections.abc import Mapping

from bad_inputs.study import CONFIG, FILES, Wrong

YOUNG = "study/young.samples.tsv"
_TASK = CONFIG[CONFIG.index("task:") : CONFIG.index("splits:")]
_ROWS = [
    ("y1", "p1", "30.5", "0", "0"),
    ("y2", "p2", "31", "1.5", "0.0"),
    ("y3", "p3", "NA", "NA", "NA"),
    ("y4", "p4", "-4", "7", "1.0"),
    ("y5", "p5", "40", "8", "1"),
    ("y6", "p6", "50", "12", "1"),
]
_TABLE = "sample\tperson\tage\tmonths\tcensored\tvisit\n" + "".join(
    "\t".join([*row, "first"]) + "\n" for row in _ROWS
)
_OLD = "sample\tage\tmonths\tcensored\no1\t20\t3\t0\no2\t25\t4\t1\n"
_TABLES = {**FILES, "young.samples.tsv": _TABLE, "old.samples.tsv": _OLD}

NUMBERS: Mapping[str, str] = {
    **_TABLES,
    "config.yaml": CONFIG.replace(
        _TASK, "task: {kind: regression, label: age}\nverdict: {delta: 1}\n"
    ),
}
TIMES: Mapping[str, str] = {
    **_TABLES,
    "config.yaml": CONFIG.replace(
        _TASK, "task: {kind: survival, time: months, event: censored, event_values: [0]}\n"
    ),
}
CLASSES: Mapping[str, str] = {
    **FILES,
    "config.yaml": CONFIG.replace("task:", "task:\n  kind: multiclass").replace(
        "  positive: ill\n", ""
    ),
}

WRONG_CLASSES: Mapping[str, Wrong] = {
    "a positive class of several": (
        ("config.yaml", "splits:", "  positive: ill\nsplits:"),
        "config: task.positive: not for tasks of the kind multiclass; remove it",
    ),
    "several classes that are one": (
        ("config.yaml", "    well: [well]\n", ""),
        "config: task.classes: 1 entries, where 2 are the least",
    ),
}

WRONG_NUMBERS: Mapping[str, Wrong] = {
    "an ensemble of numbers without the models that it starts from": (
        ("config.yaml", "splits:", "pretrain:\n  objectives: [supervised]\nsplits:"),
        "config: transfer.strategies names 'ensemble', which starts from the objective linear: add "
        "it to pretrain.objectives",
    ),
    "prevalence of a number": (
        ("config.yaml", "splits:", "evaluation:\n  prevalence: 0.1\nsplits:"),
        "config: evaluation.prevalence: a task of the kind regression has none; remove it",
    ),
    "balanced classes of a number": (
        ("config.yaml", "splits:", "transfer:\n  balanced: true\nsplits:"),
        "config: transfer.balanced: a task of the kind regression has no classes",
    ),
    "classes of a number": (
        ("config.yaml", "label: age", "label: age, classes: {old: [80]}"),
        "config: task.classes: not for tasks of the kind regression; remove it",
    ),
    "a number without its column": (
        ("config.yaml", "kind: regression, label: age", "kind: regression"),
        "config: task: no label",
    ),
    "column of numbers that is not there": (
        ("config.yaml", "label: age", "label: height"),
        f"{YOUNG}: no column 'height' (config: task.label); there are: person, age, months, "
        "censored, visit",
    ),
    "a number that is none": (
        ("young.samples.tsv", "31", "about 31"),
        f"{YOUNG}, row 3, column age: 'about 31' is no number; correct it, empty it, or list it in "
        "task.exclude",
    ),
    "an endless number of a source": (
        ("old.samples.tsv", "25", "inf"),
        "study/old.samples.tsv, row 3, column age: 'inf' is no number; correct it, empty it, or "
        "list it in task.exclude",
    ),
    "target with few numbers": (
        ("young.samples.tsv", "p5\t40\t8\t1\tfirst\ny6\tp6", "p2\t40\t8\t1\tfirst\ny6\tp2"),
        f"{YOUNG}, column age: the target 'young' has 3 patients with a number; cross-validation "
        "needs 4",
    ),
}

WRONG_TIMES: Mapping[str, Wrong] = {
    "an ensemble of survival from networks": (
        ("config.yaml", "splits:", "model:\n  objective: supervised\nsplits:"),
        "config: model.strategy 'ensemble' does not go with model.objective 'supervised'; "
        "source_prior, ensemble start from linear, of the others source_only, l2_sp can",
    ),
    "survival without event values": (
        ("config.yaml", ", event_values: [0]", ""),
        "config: task: no event_values",
    ),
    "time and event in one column": (
        ("config.yaml", "time: months", "time: censored"),
        "config: task: time and event are one column, 'censored'",
    ),
    "column of times that is not there": (
        ("config.yaml", "time: months", "time: years"),
        "study/old.samples.tsv: no column 'years' (config: task.time); there are: age, months, "
        f"censored\n{YOUNG}: no column 'years' (config: task.time); there are: person, age, "
        "months, censored, visit",
    ),
    "several codes without a list of the censored": (
        ("young.samples.tsv", "8\t1\t", "8\t2\t"),
        f"{YOUNG}, column censored: 1 and 2 are not in task.event_values, and one of them may be "
        "another kind of event; list those without an event in task.censored_values, and the "
        "others in task.exclude or task.event_values",
    ),
    "negative time": (
        ("young.samples.tsv", "\t7\t", "\t-7\t"),
        f"{YOUNG}, row 5, column months: the time '-7' is negative; correct it, or empty both "
        "columns",
    ),
    "negative time of a source": (
        ("old.samples.tsv", "\t4\t1", "\t-0.5\t1"),
        "study/old.samples.tsv, row 3, column months: the time '-0.5' is negative; correct it, or "
        "empty both columns",
    ),
    "missing time": (
        ("young.samples.tsv", "\t7\t", "\tNA\t"),
        f"{YOUNG}, row 5, column months: no time; give the time to the event or to the last sight, "
        "or empty both columns",
    ),
    "time that is no number": (
        ("young.samples.tsv", "\t7\t", "\t7 months\t"),
        f"{YOUNG}, row 5, column months: the time '7 months' is no number; correct it, or empty "
        "both columns",
    ),
    "time without an event": (
        ("young.samples.tsv", "7\t1.0", "7\tNA"),
        f"{YOUNG}, row 5, column censored: empty, but there is a time; say whether the event "
        "happened, or empty both",
    ),
    "cohort without events": (
        ("old.samples.tsv", "3\t0", "3\t1.0"),
        "study/old.samples.tsv, column censored: no sample has an event (task.event_values: 0); "
        "found: 1 (1), 1.0 (1)",
    ),
    "target with one event": (
        ("young.samples.tsv", "1.5\t0.0", "1.5\t1"),
        f"{YOUNG}, column censored: the target 'young' has 1 patients with an event; "
        "cross-validation needs 2",
    ),
}
