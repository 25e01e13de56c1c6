"""What this run answers of TRIPOD+AI (Collins et al. 2024, BMJ 385:e078378), item by item.

Topics are paraphrased; the numbers are those of the statement.
"""

from dxtransfer.report.facts import FILL_IN, Facts

Item = tuple[str, str, str]


def tripod(told: Facts) -> list[Item]:
    """Number, topic and answer of every item."""
    return [*_before(told), *_methods(told), *_openness(), *_results(told), *_discussion(told)]


def _before(told: Facts) -> list[Item]:
    return [
        ("1", "Title", f"Development of a model for {told.outcome} in {told.target}."),
        ("2", "Abstract", "The top of this page may serve as a first draft."),
        ("3a", "Clinical setting and earlier models", FILL_IN),
        ("3b", "Whom the model is for, and who uses it", FILL_IN),
        ("3c", "Known inequalities in health care", FILL_IN),
        (
            "4",
            "Aim",
            "To find out whether transfer from other cohorts helps, and to make a model; "
            "there is no independent validation unless a cohort of role external was scored.",
        ),
    ]


def _methods(told: Facts) -> list[Item]:
    return [
        (
            "5a",
            "Where the data come from",
            f"Learnt from first: {told.cohorts}. Then: {told.flow}. "
            "How the cohorts were recruited: fill in.",
        ),
        ("5b", "Dates", FILL_IN),
        ("6a", "Setting and places", FILL_IN),
        (
            "6b",
            "Who could take part",
            "Limits of quality control are under Settings (qc). Clinical criteria: fill in.",
        ),
        ("6c", "Treatments", FILL_IN),
        (
            "7",
            "Preparation of the data",
            f"Quality control per sample, canonical feature names, "
            f"normalisation {told.normalisation} of each sample by itself.",
        ),
        (
            "8a",
            "Outcome",
            f"{told.outcome[:1].upper()}{told.outcome[1:]}. Why this one and how it "
            "was assessed: fill in.",
        ),
        ("8b", "Who judged the outcome", FILL_IN),
        ("8c", "Whether they were blinded", FILL_IN),
        (
            "9a",
            "Choice of predictors",
            "The vocabulary is chosen from the source cohorts, without the target's outcomes.",
        ),
        (
            "9b",
            "Predictors and how they were measured",
            f"{told.features}. Laboratory methods: fill in.",
        ),
        (
            "9c",
            "Who judged subjective predictors",
            "No predictor is a person's judgement, unless covariates of that kind were named.",
        ),
        (
            "10",
            "Sample size",
            f"{told.patients}; all that were available. The label-efficiency "
            "curve tells what fewer would give.",
        ),
        ("11", "Missing data", f"{told.missing[:1].upper()}{told.missing[1:]}."),
        ("12a", "Use of the data, partitions", f"{told.design}."),
        ("12b", "How predictors enter the model", "Centred and scaled by the training part."),
        (
            "12c",
            "Kind of model and how it was built",
            f"{told.model}; compared with every strategy "
            "in the tables of this page. Settings are listed at the end.",
        ),
        ("12d", "Differences between sites", "Only where evaluation names sites or subgroups."),
        (
            "12e",
            "Measures",
            "Discrimination, calibration, net benefit and thresholds as far as "
            "the kind of task has them.",
        ),
        (
            "12f",
            "Updating of the model",
            "The shipped model is fitted once more on all labelled "
            "patients with the same procedure.",
        ),
        (
            "12g",
            "How predictions are computed",
            "By the bundle in model/, and by the command dxtransfer predict.",
        ),
        ("13", "Class imbalance", f"{told.balanced[:1].upper()}{told.balanced[1:]}."),
        (
            "14",
            "Fairness",
            f"Groups looked at: {told.subgroups}."
            if told.subgroups
            else "No groups were asked for (evaluation.subgroups).",
        ),
        (
            "15",
            "What the model gives",
            "A probability per class, a number, or a risk; see "
            "Predictions. Thresholds are proposals.",
        ),
        (
            "16",
            "Training against test data",
            "Test patients are of the same cohort as those learnt from.",
        ),
        ("17", "Ethical approval", FILL_IN),
    ]


def _openness() -> list[Item]:
    return [
        ("18a", "Funding", FILL_IN),
        ("18b", "Conflicts of interest", FILL_IN),
        (
            "18c",
            "Protocol",
            "The configuration fixes contrasts, smallest difference and shipping "
            "rule before any fold is scored. A protocol elsewhere: fill in.",
        ),
        ("18d", "Registration", FILL_IN),
        (
            "18e",
            "Where the data can be had",
            "Files and checksums stand under Provenance; access: fill in.",
        ),
        ("18f", "Where the code can be had", "Versions stand under Provenance."),
        ("19", "Part that patients and the public had", FILL_IN),
    ]


def _results(told: Facts) -> list[Item]:
    events = f", {told.events}" if told.events else ""
    return [
        ("20a", "Flow of participants", f"{told.flow}. Reasons stand under Cohorts."),
        ("20b", "Characteristics", FILL_IN),
        ("20c", "Development against evaluation data", "One cohort, split by patient."),
        ("21", "Participants and events", f"{told.patients}{events}."),
        ("22", "The whole model", "Weights and preprocessing are in the folder model/."),
        (
            "23a",
            "Performance",
            f"{told.performance}."
            + (f" Calibration: {told.calibration}." if told.calibration else ""),
        ),
        ("23b", "Differences between sites", "See For whom not, where sites were named."),
        (
            "24",
            "Result of updating",
            "The refitted model is not tested again; its performance is that of the procedure.",
        ),
    ]


def _discussion(told: Facts) -> list[Item]:
    return [
        ("25", "Interpretation", f"{told.verdict}. What it means for care: fill in."),
        ("26", "Limitations", "See Intended use and limits; those of the cohorts: fill in."),
        ("27a", "Poor or missing input", f"{told.refused[:1].upper()}{told.refused[1:]}."),
        ("27b", "What users must know and do", FILL_IN),
        ("27c", "Next steps", "A test on patients of another place, before any use."),
    ]
