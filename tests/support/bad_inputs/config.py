"""Wrong keys and values of the configuration, found before the first job."""

from collections.abc import Mapping

from bad_inputs.study import A_NAME_FOR_FILES, CONFIG, Wrong

WRONG_CONFIG: Mapping[str, Wrong] = {
    "misspelt key": (
        ("config.yaml", "splits:", "split:"),
        "config: top level: unknown key 'split'; did you mean 'splits'?",
    ),
    "misspelt key of a block": (
        ("config.yaml", "budgets:", "budget:"),
        "config: splits: unknown key 'budget'; did you mean 'budgets'?",
    ),
    "missing key": (("config.yaml", "  positive: ill\n", ""), "config: task: no positive"),
    "wrong type": (
        ("config.yaml", "[4, all]", "[4.5, all]"),
        "config: splits.budgets.0: 4.5 is not of type 'integer', and 'all' was expected",
    ),
    "budgets without all": (
        ("config.yaml", "[4, all]", "[4, 8]"),
        "config: splits.budgets: [4, 8] lacks 'all'",
    ),
    "a smallest difference of 0": (
        ("config.yaml", "splits:", "verdict:\n  delta: 0\nsplits:"),
        "config: verdict.delta: 0 is less than or equal to the minimum of 0",
    ),
    "a verdict on what is not compared": (
        (
            "config.yaml",
            "splits:",
            "transfer:\n  strategies: [source_only]\nmodel:\n  strategy: source_only\nsplits:",
        ),
        "config: verdict.transfer is 'ensemble', which is not compared: add it to "
        "transfer.strategies or baselines (source_only, majority, logistic_l2, elastic_net, "
        "random_forest, gradient_boosting)",
    ),
    "a task of numbers without a smallest difference": (
        (
            "config.yaml",
            CONFIG[CONFIG.index("task:") : CONFIG.index("splits:")],
            "task: {kind: regression, label: diagnosis}\n",
        ),
        "config: verdict.delta: no smallest difference that matters; a task of numbers has to name "
        "its own, in the unit of the label",
    ),
    "a control that sees the source": (
        ("config.yaml", "splits:", "verdict:\n  control: source_only\nsplits:"),
        "config: verdict.control is 'source_only', which sees the source: name one of "
        "from_scratch, ensemble_target or a baseline",
    ),
    "study named accuracy": (
        ("config.yaml", "study: wrong", "study: accuracy"),
        "config: study: 'accuracy' is a reserved name",
    ),
    "study with a blank": (
        ("config.yaml", "study: wrong", "study: my study"),
        f"config: study: 'my study' is no name for files; {A_NAME_FOR_FILES}",
    ),
    "positive is no class": (
        ("config.yaml", "positive: ill", "positive: sick"),
        "config: task.positive is 'sick', which is none of task.classes (ill, well)",
    ),
    "gene sets that are not there": (
        ("config.yaml", "splits:", "explanation: {gene_sets: study/none.gmt}\nsplits:"),
        "config: explanation.gene_sets: no file study/none.gmt",
    ),
    "gene sets that are no GMT": (
        ("config.yaml", "splits:", "explanation: {gene_sets: study/late.samples.tsv}\nsplits:"),
        "study/late.samples.tsv, row 1: no gene set; a GMT file has a name, a description and "
        "genes in each row, separated by tabs",
    ),
    "three classes": (
        ("config.yaml", "    well: [well]", "    well: [well]\n    odd: [odd]"),
        "config: task.classes: 3 entries, where 2 are expected",
    ),
    "a value in two classes": (
        ("config.yaml", "well: [well]", "well: [well, sick]"),
        "config: task: the value 'sick' stands in classes.ill and in classes.well",
    ),
    "a number in two classes": (
        ("config.yaml", "[ill, sick]\n    well: [well]", "[1]\n    well: [1.0]"),
        "config: task: the value 1.0 stands in classes.ill and in classes.well",
    ),
    "unknown choice": (
        ("config.yaml", "splits:", "model:\n  strategy: best\nsplits:"),
        "config: model.strategy: 'best' is not one of ['ensemble', 'ensemble_target', "
        "'source_only', 'source_prior', 'l2_sp', 'from_scratch', 'linear_probe', "
        "'full_finetune', 'gradual_unfreeze', 'scalar_mix', 'logistic_l2', 'elastic_net']",
    ),
    "prevalence of one": (
        ("config.yaml", "splits:", "evaluation:\n  prevalence: 1\nsplits:"),
        "config: evaluation.prevalence: 1 is no prevalence; give a share of patients between 0 and "
        "1",
    ),
    "negative prevalence": (
        ("config.yaml", "splits:", "evaluation:\n  prevalence: -0.2\nsplits:"),
        "config: evaluation.prevalence: -0.2 is no prevalence; give a share of patients between 0 "
        "and 1",
    ),
    "bands that fall": (
        (
            "config.yaml",
            "splits:",
            "evaluation:\n  subgroups: {age: {column: age, bands: [60, 40]}}\nsplits:",
        ),
        "config: evaluation.subgroups.age.bands: [60, 40] does not rise; write each limit once, "
        "the lowest first",
    ),
    "subgroup without its column": (
        ("config.yaml", "splits:", "evaluation:\n  subgroups: {sex: {column: sex}}\nsplits:"),
        "study/young.samples.tsv: no column 'sex' (config: evaluation.subgroups.sex); there are: "
        "patient, site, diagnosis, visit",
    ),
    "bands of what is no number": (
        (
            "config.yaml",
            "splits:",
            "evaluation:\n  subgroups: {visit: {column: visit, bands: [2]}}\nsplits:",
        ),
        "study/young.samples.tsv, row 2, column visit: 'first' is no number; correct it, or leave "
        "out evaluation.subgroups.visit.bands",
    ),
    "strategy that does not exist": (
        ("config.yaml", "splits:", "transfer:\n  strategies: [linear_prob]\nsplits:"),
        "config: transfer.strategies.0: 'linear_prob' is not one of ['ensemble', "
        "'ensemble_target', 'source_only', 'source_prior', 'l2_sp', 'from_scratch', "
        "'linear_probe', 'full_finetune', 'gradual_unfreeze', 'scalar_mix']",
    ),
    "baseline that does not exist": (
        ("config.yaml", "splits:", "baselines: [logistic_l2, boosting]\nsplits:"),
        "config: baselines.1: 'boosting' is not one of ['majority', 'logistic_l2', "
        "'elastic_net', 'random_forest', 'gradient_boosting']",
    ),
    "estimator with a path that is none": (
        ("config.yaml", "splits:", "baselines: [logistic_l2, sklearn.]\nsplits:"),
        "config: baselines.1: 'sklearn.' is no import path; write it as "
        "sklearn.naive_bayes.GaussianNB",
    ),
    "estimator of a package that is not there": (
        ("config.yaml", "splits:", "baselines: [logistic_l2, no_such.Model]\nsplits:"),
        "config: baselines: 'no_such.Model' cannot be imported (ModuleNotFoundError: No module "
        "named 'no_such'); install its package beside Snakemake, or name its folder in PYTHONPATH",
    ),
    "estimator without probabilities": (
        ("config.yaml", "splits:", "baselines: [logistic_l2, sklearn.svm.LinearSVC]\nsplits:"),
        "config: baselines: 'sklearn.svm.LinearSVC' has no predict_proba, which an estimator for "
        "a binary task needs",
    ),
    "estimator that needs arguments": (
        (
            "config.yaml",
            "splits:",
            "baselines: [logistic_l2, sklearn.ensemble.VotingClassifier]\nsplits:",
        ),
        "config: baselines: 'sklearn.ensemble.VotingClassifier' cannot be called without arguments "
        "(TypeError: VotingClassifier.__init__() missing 1 required positional argument: "
        "'estimators'); name a function of your own that makes the estimator",
    ),
    "estimator that is a number": (
        ("config.yaml", "splits:", "baselines: [logistic_l2, math.pi]\nsplits:"),
        "config: baselines: 'math.pi' is no class or function",
    ),
    "own estimator as the shipped model": (
        (
            "config.yaml",
            "splits:",
            "baselines: [logistic_l2, sklearn.naive_bayes.GaussianNB]\n"
            "model: {strategy: sklearn.naive_bayes.GaussianNB}\nsplits:",
        ),
        "config: model.strategy: 'sklearn.naive_bayes.GaussianNB' is an estimator of your own, "
        "which is compared but cannot be shipped",
    ),
    "an ensemble without source models": (
        ("config.yaml", "splits:", "pretrain:\n  objectives: [pca]\nsplits:"),
        "config: transfer.strategies names 'ensemble', which starts from the objective linear: "
        "add it to pretrain.objectives",
    ),
    "an ensemble of a masked network": (
        ("config.yaml", "splits:", "model:\n  objective: masked\nsplits:"),
        "config: model.strategy 'ensemble' does not go with model.objective 'masked'; "
        "source_prior, ensemble start from linear, of the others source_only, l2_sp can",
    ),
    "pseudocount of 0": (
        ("config.yaml", "splits:", "features:\n  pseudocount: 0\nsplits:"),
        "config: features.pseudocount: 0 is less than or equal to the minimum of 0",
    ),
    "pseudocount above every abundance": (
        ("config.yaml", "splits:", "features:\n  pseudocount: 1\nsplits:"),
        "config: features.pseudocount: 1 is greater than the maximum of 0.01",
    ),
    "normalisation that does not exist": (
        ("config.yaml", "splits:", "features:\n  normalisation: quantile\nsplits:"),
        "config: features.normalisation: 'quantile' is not one of ['auto', 'log_cpm', "
        "'log_cp10k', 'rank_normal', 'clr', 'm_values', 'log2', 'log2_median', 'binary', 'none']",
    ),
    "leaks neither stopped nor dropped": (
        ("config.yaml", "splits:", "audit:\n  on_leak: ignore\nsplits:"),
        "config: audit.on_leak: 'ignore' is not one of ['stop', 'drop_from_source']",
    ),
    "misspelt key of the audit": (
        ("config.yaml", "splits:", "audit:\n  on_leaks: stop\nsplits:"),
        "config: audit: unknown key 'on_leaks'; did you mean 'on_leak'?",
    ),
    "no sheet": (
        ("config.yaml", "study/cohorts.tsv", "study/cohort.tsv"),
        "study/cohort.tsv: no such file",
    ),
    "a folder as sheet": (
        ("config.yaml", "study/cohorts.tsv", "study"),
        "study: a folder, where a table is expected",
    ),
    "mapping table that is not there": (
        ("config.yaml", "splits:", "identifiers:\n  mapping: genes.tsv\nsplits:"),
        "config: identifiers.mapping: no file genes.tsv",
    ),
    "unset environment variable of the mapping": (
        ("config.yaml", "splits:", "identifiers:\n  mapping: $NOT_SET_HERE/genes.tsv\nsplits:"),
        "config: identifiers.mapping: the environment variable NOT_SET_HERE is not set",
    ),
    "unknown species": (
        ("config.yaml", "splits:", "identifiers:\n  species: martian\nsplits:"),
        "config: identifiers.species: 'martian' is not one of ['human', 'mouse', 'rat', 'other']",
    ),
    "mirror that is not there": (
        ("config.yaml", "splits:", "accessions:\n  mirror: study/mirror\nsplits:"),
        "config: accessions.mirror: no folder study/mirror; make it, or remove the key to fetch "
        "accessions from GEO and the GDC",
    ),
    "mirror of an unset variable": (
        ("config.yaml", "splits:", "accessions:\n  mirror: $NOT_SET_HERE/mirror\nsplits:"),
        "config: accessions.mirror: the environment variable NOT_SET_HERE is not set",
    ),
    "archive without an address": (
        ("config.yaml", "splits:", "accessions:\n  geo: ftp.ncbi.nlm.nih.gov/geo\nsplits:"),
        "config: accessions.geo: 'ftp.ncbi.nlm.nih.gov/geo' is no address; write one that begins "
        "with https:// or http://",
    ),
    "Ensembl without an address": (
        ("config.yaml", "splits:", "accessions:\n  ensembl: /pub\nsplits:"),
        "config: accessions.ensembl: '/pub' is no address; write one that begins with https:// or "
        "http://",
    ),
    "no attempt to fetch": (
        ("config.yaml", "splits:", "accessions:\n  attempts: 0\nsplits:"),
        "config: accessions.attempts: 0 is less than the minimum of 1",
    ),
    "share of missing values in percent": (
        ("config.yaml", "splits:", "qc:\n  max_missing_share: 50\nsplits:"),
        "config: qc.max_missing_share: 50 is greater than the maximum of 1",
    ),
    "negative share of missing values": (
        ("config.yaml", "splits:", "qc:\n  max_missing_share: -0.5\nsplits:"),
        "config: qc.max_missing_share: -0.5 is less than the minimum of 0",
    ),
    "mitochondrial share in percent": (
        ("config.yaml", "splits:", "qc:\n  max_mitochondrial_share: 20\nsplits:"),
        "config: qc.max_mitochondrial_share: 20 is greater than the maximum of 1",
    ),
    "mitochondrial share as text": (
        ("config.yaml", "splits:", "qc:\n  max_mitochondrial_share: 20%\nsplits:"),
        "config: qc.max_mitochondrial_share: '20%' is not of type 'number'",
    ),
    "misspelt limit": (
        ("config.yaml", "splits:", "qc:\n  max_mitochondrial: 0.2\nsplits:"),
        "config: qc: unknown key 'max_mitochondrial'; did you mean 'max_mitochondrial_share'?",
    ),
    "no features at all as a limit": (
        ("config.yaml", "splits:", "qc:\n  min_features_detected: 0\nsplits:"),
        "config: qc.min_features_detected: 0 is less than the minimum of 1",
    ),
    "outliers from no distance on": (
        ("config.yaml", "splits:", "qc:\n  mad_threshold: 0\nsplits:"),
        "config: qc.mad_threshold: 0 is less than or equal to the minimum of 0",
    ),
    "outliers of correlation from a negative distance on": (
        ("config.yaml", "splits:", "qc:\n  min_correlation_mad: -3\nsplits:"),
        "config: qc.min_correlation_mad: -3 is less than or equal to the minimum of 0",
    ),
    "negative library size": (
        ("config.yaml", "splits:", "qc:\n  min_library_size: -1\nsplits:"),
        "config: qc.min_library_size: -1 is less than the minimum of 0",
    ),
}
