"""Words of the field that the page uses, each in one sentence, and links to them."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

CLASSES = ("binary", "multiclass")
NUMBERS = ("regression",)
TIMES = ("survival",)
ALL = CLASSES + NUMBERS + TIMES


@dataclass(frozen=True)
class Entry:
    """A word, what it means, and the kinds of task that use it."""

    word: str
    meaning: str
    kinds: tuple[str, ...] = ALL

    @property
    def anchor(self) -> str:
        """Id of the entry on the page."""
        return "word-" + re.sub(r"[^a-z0-9]+", "-", self.word.lower()).strip("-")


GLOSSARY = (
    Entry(
        "AUROC",
        "How well a score ranks: the chance that a patient with the outcome gets a higher score "
        "than one without it. 0.5 is a coin toss, 1 is perfect.",
        CLASSES,
    ),
    Entry(
        "Average precision",
        "The area under the curve of precision against recall; what guessing gives is the share "
        "of the class in the cohort.",
        CLASSES,
    ),
    Entry(
        "Bootstrap",
        "Drawing the patients again, with replacement, many times, to see how much a figure "
        "depends on who happened to be in the cohort.",
    ),
    Entry(
        "Brier score",
        "Mean squared distance between the probability that was told and what happened; lower is "
        "better.",
        CLASSES + TIMES,
    ),
    Entry(
        "C-index",
        "How well a risk ranks: of two patients, how often the one with the higher risk had the "
        "event first. 0.5 is a coin toss, 1 is perfect.",
        TIMES,
    ),
    Entry(
        "Calibration in the large",
        "Whether probabilities are too high or too low on the whole; 0 is right.",
        CLASSES,
    ),
    Entry(
        "Calibration slope",
        "Whether predictions are spread as they should be: 1 is right, below 1 they are too "
        "extreme, above 1 too timid.",
    ),
    Entry(
        "Cross-validation",
        "The patients are dealt into folds; each fold is tested once by models that learnt from "
        "the others. A repeat deals them anew.",
    ),
    Entry(
        "Decision curve",
        "Net benefit of acting on the model at each threshold, beside acting on everybody and on "
        "nobody.",
        CLASSES,
    ),
    Entry("Encoder", "The part of a network that turns a sample's features into a few numbers."),
    Entry(
        "Ensemble",
        "Several models whose scores are added with weights that are learnt, too.",
    ),
    Entry(
        "False discovery rate",
        "Among findings called real at this level, the share that is expected not to be.",
    ),
    Entry(
        "Holm's correction",
        "Raises p values where several questions are asked at once, so that the chance of even "
        "one false answer stays small (Holm, 1979).",
    ),
    Entry(
        "Interval",
        "A range made so that, of many such studies, the stated share would have the true value "
        "inside.",
    ),
    Entry(
        "Labelled patients",
        "Patients whose outcome is known and may be learnt from. A label budget is a number of "
        "them that training is held to.",
    ),
    Entry(
        "Log loss",
        "A penalty for probabilities that grows steeply where the model was sure and wrong; lower "
        "is better.",
        CLASSES,
    ),
    Entry("MCC", "Correlation of the actual and the predicted class (Matthews, 1975).", CLASSES),
    Entry(
        "Mean absolute error",
        "The mean distance between the number predicted and the number measured.",
        NUMBERS,
    ),
    Entry(
        "Net benefit",
        "Patients with the outcome who are treated, less those without it who are treated, too, "
        "weighed by the threshold; per patient.",
        CLASSES,
    ),
    Entry(
        "Objective",
        "What pretraining asks a model to learn from the other cohorts.",
    ),
    Entry(
        "p value",
        "How often chance alone would give a result at least as extreme if there were no "
        "difference.",
    ),
    Entry(
        "Penalty",
        "What keeps a model from following the few patients it learns from too closely: it "
        "shrinks its weights towards 0 (L2), or many of them to 0 (L1).",
    ),
    Entry("Precision", "Share of the positive calls that are right.", CLASSES),
    Entry(
        "Prevalence",
        "Share of patients with the outcome.",
        CLASSES,
    ),
    Entry("Principal components", "A few directions along which the samples differ most."),
    Entry(
        "Sensitivity", "Share of patients with the outcome that are found; also recall.", CLASSES
    ),
    Entry("Source", "The other cohorts that a transfer model learns from before the target."),
    Entry(
        "Specificity",
        "Share of patients without the outcome that are told to be without it.",
        CLASSES,
    ),
    Entry("Strategy", "One way to build a model; every strategy is tested on the same folds."),
    Entry(
        "Threshold",
        "The probability from which on a patient is called positive.",
        CLASSES,
    ),
    Entry("Vocabulary", "The features (such as genes) that the models know."),
)
ANCHORS = {entry.word.lower(): entry for entry in GLOSSARY}
WORDS = re.compile(
    r"(?<!\w)(" + "|".join(sorted(map(re.escape, ANCHORS), key=len, reverse=True)) + r")(s?)(?!\w)",
    flags=re.IGNORECASE,
)


def entries(kind: str) -> list[Entry]:
    """What is explained on the page of a task of some kind, in the order of the alphabet."""
    return [entry for entry in GLOSSARY if kind in entry.kinds]


def linker() -> Callable[[Context, str], Markup]:
    """Make a filter that escapes a text and links the first use of each word of the glossary.

    It remembers the words that it has linked, so each page needs its own. It takes the context so
    that a template's constants pass through it in their order, too.
    """
    seen: set[str] = set()

    def link(found: re.Match[str]) -> str:
        entry = ANCHORS[found[1].lower()]
        if entry.word in seen:
            return found[0]
        seen.add(entry.word)
        return f'<a class="term" href="#{entry.anchor}">{found[0]}</a>'

    @pass_context
    def linked(context: Context, text: str) -> Markup:
        return Markup(WORDS.sub(link, str(escape(text)).replace("&#39;", "'")))

    return linked
