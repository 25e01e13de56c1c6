"""What this run says to the questions of PROBAST (Wolff et al. 2019, Ann Intern Med 170:51-58).

Topics are paraphrased; the numbers are those of the tool. The judgement of bias is a person's.
"""

from dxtransfer.report.facts import FILL_IN, Facts

Item = tuple[str, str, str]


def probast(told: Facts) -> list[Item]:
    """Number, topic and answer of every question."""
    return [
        ("1.1", "Suitable source of data", FILL_IN),
        (
            "1.2",
            "Suitable inclusion and exclusion",
            "Technical exclusions are listed with their reason. Clinical ones: fill in.",
        ),
        (
            "2.1",
            "Predictors measured alike in all",
            f"One assay in the cohort ({told.flow}). "
            "The audit looks for batches that go with the outcome.",
        ),
        (
            "2.2",
            "Measured without knowing the outcome",
            "Fill in. The audit looks for features and columns that tell the label.",
        ),
        ("2.3", "Known when the model is to be used", FILL_IN),
        ("3.1", "Outcome determined suitably", FILL_IN),
        (
            "3.2",
            "Standard definition, set beforehand",
            f"Set in the configuration: {told.outcome}. Whether it is standard: fill in.",
        ),
        ("3.3", "No predictor is part of the outcome", FILL_IN),
        ("3.4", "Determined alike in all", FILL_IN),
        ("3.5", "Determined without knowing the predictors", FILL_IN),
        ("3.6", "Suitable time between both", FILL_IN),
        (
            "4.1",
            "Enough patients with the outcome",
            f"{told.patients}"
            + (f", {told.events}" if told.events else "")
            + ". With fewer than 100 of the rarer class, read every interval.",
        ),
        ("4.2", "Continuous predictors kept so", "No feature is cut into categories."),
        (
            "4.3",
            "All enrolled are analysed",
            f"{told.flow}. Samples without a label take no part; they are listed.",
        ),
        ("4.4", "Missing data", f"{told.missing[:1].upper()}{told.missing[1:]}."),
        (
            "4.5",
            "No selection of predictors one by one",
            "Features are not chosen by their "
            "relation to the target's outcome, unless a strategy does so inside the training part.",
        ),
        (
            "4.6",
            "Censoring, sampling",
            "Censoring is part of the survival measures. "
            + (
                f"Probabilities are made for a stated share of {told.prevalence}."
                if told.prevalence
                else "No prevalence was stated; for a case-control cohort, "
                "state it (evaluation.prevalence)."
            ),
        ),
        ("4.7", "Suitable measures", "Discrimination and calibration, with intervals."),
        ("4.8", "Overfitting accounted for", f"{told.design}. Nothing is fitted on a test fold."),
        (
            "4.9",
            "Shipped weights fit the analysis",
            "The shipped model is fitted by the procedure "
            "that was tested, on all labelled patients.",
        ),
    ]
