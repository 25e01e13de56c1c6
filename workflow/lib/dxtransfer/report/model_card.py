"""A model card (Mitchell et al. 2019, FAT* 220-229) with what the run knows."""

from dxtransfer.report.facts import FILL_IN, Facts

Item = tuple[str, str, str]


def model_card(told: Facts) -> list[Item]:
    """Topic, no number, and answer."""
    answers = {
        "Model": f"{told.model}; {told.choice}",
        "Who made it, contact, licence": FILL_IN,
        "Meant for": "Research on the question whether transfer helps. Clinical use: none.",
        "Not meant for": "Care of patients; other tissues, assays or populations than those of "
        f"{told.target}.",
        "Factors": f"Groups looked at: {told.subgroups}."
        if told.subgroups
        else "None was named in the configuration.",
        "Measures": f"{told.performance}. {told.verdict}.",
        "Evaluation data": f"{told.flow}; {told.patients}.",
        "Training data": f"Other cohorts: {told.cohorts}. Target: as above.",
        "Ethics": FILL_IN,
        "Caveats": "Learnt and tested in one cohort. "
        f"{told.refused[:1].upper()}{told.refused[1:]}.",
        "Predicted so far": told.predicted or "No new cohort.",
    }
    return [("", topic, answer) for topic, answer in answers.items()]
