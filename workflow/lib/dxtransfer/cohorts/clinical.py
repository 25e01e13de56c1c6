"""Names that columns of patients have, and no feature of an omics assay."""

import re

# why a reader leaves a column out of the features where samples are rows
OF_TEXT = "a column of text beside the features"
BY_WORD = "by its name it describes the patients"
# words that make a name one of patients, and words that stand beside them
CORE = {
    *("age", "sex", "gender", "patient", "patients", "subject", "donor", "diagnosis", "os", "pfs"),
    *("dfs", "rfs", "dss", "efs", "survival", "relapse", "recurrence", "followup", "vital", "bmi"),
    *("ethnicity", "race", "smoking", "smoker", "label", "labels", "outcome", "batch", "cohort"),
    *("stage", "grade", "treatment", "therapy", "died", "dead", "death", "deceased", "censored"),
    *("status", "event", "disease", "condition", "class", "group", "weight", "height", "response"),
    *("responder", "target", "phenotype", "histology", "subtype", "menopause", "pregnant"),
    *("menopausal", "chemotherapy", "radiotherapy", "chemo", "radio", "surgery", "laterality"),
    *("cellularity", "oncotree", "nottingham", "ecog", "comorbidity", "alcohol", "medication"),
    *("dx", "mrn", "rin", "futime", "fustat", "time", "timepoint", "visit", "site", "center"),
    *("centre", "hospital", "plate", "arm", "fold", "split", "train", "test", "run", "injection"),
    *("replicate", "dose", "control", "controls", "gleason", "mortality", "diagnose", "study"),
    *("alter", "geschlecht", "gruppe", "klasse", "sexe", "edad", "sexo", "grupo", "groupe"),
}
# words that make any name one of patients
ALWAYS = {"status", "diagnosis", "gender", "patient", "survival", "mortality", "followup"}
LONGEST = 5
BESIDE = {
    *("id", "ids", "no", "nr", "number", "code", "name", "years", "year", "yrs", "y", "months"),
    *("month", "mo", "days", "day", "weeks", "time", "at", "of", "in", "to", "up", "follow", "the"),
    *("overall", "free", "progression", "tumor", "tumour", "cancer", "clinical", "pathologic"),
    *("pathological", "figo", "kg", "cm", "last", "first", "is", "has", "self", "reported", "ajcc"),
    *("t", "n", "m", "history", "index", "category", "binary", "visit", "birth", "onset"),
    *("er", "pr", "her2", "ihc", "type", "measured", "by", "state", "prognostic", "detailed"),
    *("score", "performance", "inferred", "positive", "examined", "nodes", "node", "size"),
    *("neoplasm", "histologic", "histological", "from", "primary", "mutation", "cluster", "with"),
    *("case", "order", "pack", "m2", "d", "h", "hours", "hour", "min", "point", "set", "batch"),
}
TOGETHER = {
    *("follow up", "body mass index", "t stage", "n stage", "m stage", "tumor size"),
    *("tumour size", "lymph nodes", "lymph node"),
    *("mutation count", "integrative cluster"),
}


def is_of_patients(name: str) -> bool:
    """Whether each word of a name is one of columns of patients, as in `OS.time`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = [word for word in re.split(r"[^a-z0-9]+", apart.lower()) if word]
    whole = " ".join(words)
    if words == ["efs"]:
        return False  # a gene
    if not ALWAYS.isdisjoint(words) and len(words) <= LONGEST:
        return True
    if not words or not all(word in CORE | BESIDE for word in words):
        return any(whole.startswith(phrase) for phrase in TOGETHER)
    together = "case control" in whole or "follow up" in whole
    return together or any(word in CORE for word in words)
