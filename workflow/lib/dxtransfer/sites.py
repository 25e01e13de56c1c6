"""Sites of a target: which of them can be tested by a model of the others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from dxtransfer.labels import EVENT

# Fewest patients of a site whose numbers are to be ranked.
LEAST_NUMBERS = 4
FEWEST_SITES = 2


@dataclass(frozen=True)
class Site:
    """A site of a target.

    Attributes
    ----------
    site
        Its name.
    fold
        Number of the fold that tests it, from 1; 0 for a site that is learnt from only.
    patients, samples
        With an outcome.
    labels
        Patients of each class, or with an event and censored, in words; empty for numbers.
    reason
        Why it is learnt from only.
    """

    site: str
    fold: int
    patients: int
    samples: int
    labels: str
    reason: str


def judged_sites(
    sites: Sequence[str],
    patients: Sequence[str],
    labels: Sequence[str],
    *,
    kind: str,
    classes: Collection[str],
) -> list[Site]:
    """Tell sites that can be tested from those that are learnt from only.

    A site is tested if it has a patient of each class and the patients of all other sites hold two
    of each; for survival, if it has an event and two patients and the others two events; for
    numbers, if it and the others have four patients each.

    Parameters
    ----------
    sites, patients, labels
        One entry per sample that has a site and an outcome, see `dxtransfer.labels.Outcome`.
    kind
        Kind of the task.
    classes
        Names of the classes, for a task that has them.

    Returns
    -------
    list of Site
        In the order of their names.
    """
    held = list(zip(sites, patients, labels, strict=True))
    found: list[Site] = []
    tested = 0
    for name in sorted(set(sites)):
        own = [(patient, label) for site, patient, label in held if site == name]
        here = {patient for patient, _ in own}
        others = [(patient, label) for _, patient, label in held if patient not in here]
        lack = _lack(own, kind=kind, classes=classes, each=1)
        lack_of_others = _lack(others, kind=kind, classes=classes, each=2)
        reason = lack or (f"the other sites have {lack_of_others}" if lack_of_others else "")
        tested += not reason
        fold = 0 if reason else tested
        found.append(Site(name, fold, len(here), len(own), _told(own, kind), reason))
    return found


def too_few_sites(found: Sequence[Site]) -> str:
    """What is wrong with the sites of a target, in words; empty where two can be tested."""
    tested = [site for site in found if site.fold]
    if len(tested) >= FEWEST_SITES:
        return ""
    gone = "; ".join(f"{site.site}: {site.reason}" for site in found if site.reason)
    return (
        f"{len(tested)} of its {len(found)} sites can be tested by a model of the others, "
        f"leave_one_site_out needs {FEWEST_SITES}" + (f" ({gone})" if gone else "")
    )


def _lack(own: Sequence[tuple[str, str]], *, kind: str, classes: Collection[str], each: int) -> str:
    """What some samples lack, in words."""
    counts = _counts(own)
    patients = len({patient for patient, _ in own})
    if kind == "regression":
        return f"{patients} patients with a number" if patients < LEAST_NUMBERS else ""
    if kind == "survival":
        events = counts.get(EVENT, 0)
        if events < each:
            return f"{events} patients with an event"
        return f"{patients} patient" if patients < 2 else ""
    few = [name for name in classes if counts.get(name, 0) < each]
    return f"{counts.get(few[0], 0)} patients of class {few[0]!r}" if few else ""


def _told(own: Sequence[tuple[str, str]], kind: str) -> str:
    if kind == "regression":
        return ""
    return ", ".join(f"{label} {count}" for label, count in sorted(_counts(own).items()))


def _counts(own: Sequence[tuple[str, str]]) -> Mapping[str, int]:
    """Patients of each label."""
    labels = {label for _, label in own}
    return {name: len({p for p, label in own if label == name}) for name in labels}
