"""What the report says for each kind of task: its main measure, and the names that go with it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """Words of a kind of task.

    Attributes
    ----------
    measure
        The measure that is told first.
    title, in_text, with_article
        Its name: alone, in a sentence, and with its article.
    gain
        What a better value is, up to the name of what it is held against.
    axis
        What stands below an axis of it.
    meaning
        One sentence on its scale, with {positive} where there is a positive class.
    chance
        What guessing gives, if that is one number for every cohort.
    reference
        What the simple model is, in a sentence.
    unit
        What follows a difference of the measure; {label} stands for the label.
    """

    measure: str
    title: str
    in_text: str
    with_article: str
    gain: str
    axis: str
    meaning: str
    chance: float | None
    reference: str
    unit: str = ""


KINDS = {
    "binary": Kind(
        "auroc",
        "AUROC",
        "AUROC",
        "an AUROC",
        "gain in AUROC over",
        "AUROC (0.5 = chance, 1 = perfect)",
        "An AUROC of 1 ranks every patient with {positive} above every other; 0.5 is a coin toss.",
        0.5,
        "L2 logistic regression",
    ),
    "multiclass": Kind(
        "auroc",
        "AUROC",
        "AUROC",
        "an AUROC",
        "gain in AUROC over",
        "Mean AUROC (0.5 = chance, 1 = perfect)",
        "The AUROC is the mean over the classes, each against all others: 1 ranks every patient of "
        "a class above every other; 0.5 is a coin toss.",
        0.5,
        "L2 logistic regression",
    ),
    "regression": Kind(
        "mae",
        "Mean absolute error",
        "mean absolute error",
        "a mean absolute error",
        "reduction of the mean absolute error against",
        "Mean absolute error (0 = perfect)",
        "The error is in the unit of the label; lower is better.",
        None,
        "ridge regression",
        " in the unit of {label}",
    ),
    "survival": Kind(
        "c_index",
        "C-index",
        "C-index",
        "a C-index",
        "gain in C-index over",
        "C-index (0.5 = chance, 1 = perfect)",
        "A C-index of 1 means that of two patients the one with the higher risk always had the "
        "event first; 0.5 is a coin toss.",
        0.5,
        "Cox regression with an L2 penalty",
    ),
}
