# Two commands for users, `make demo` and `make test`; the rest is for developers.
PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# -qq also hides warnings about the machine's own pip settings; errors are shown
PIP := pip install -qq --disable-pip-version-check
SNAKEFILES := Snakefile workflow

.PHONY: demo test accuracy bench fuzz power simulate lint format lock clean

demo: .venv/installed
	snakemake --cores all
	@echo "The report: results/demo/report/target.html"

# The tests of a file stay together, for the studies that they share.
test: .venv/installed
	OMP_NUM_THREADS=1 pytest -n auto --dist loadfile --no-loadscope-reorder

# SHEETS="a.tsv b.tsv", SPLIT=development, confirmation or all, REPEATS=1, CORES=4
accuracy: .venv/installed
	@PYTHONPATH=workflow/lib python tests/cohorts/accuracy/run.py $(SHEETS) $(if $(SPLIT),--split $(SPLIT)) \
	  $(if $(REPEATS),--repeats $(REPEATS)) $(if $(CORES),--cores $(CORES))

# COUNT=300 mutations of each reader's file, ONLY="h5ad zarr"
fuzz: .venv/installed
	PYTHONPATH=workflow/lib:tests/support python tests/fuzz/fuzzing.py $(if $(COUNT),--count $(COUNT)) $(foreach name,$(ONLY),--only $(name))

# PLANTINGS=200 of each number of copies, HALVES=14 of each cohort, CORES=4
power: .venv/installed
	OMP_NUM_THREADS=1 PYTHONPATH=workflow/lib:tests/support python tests/cohorts/audit_power.py \
	  $(if $(PLANTINGS),--plantings $(PLANTINGS)) $(if $(HALVES),--halves $(HALVES)) \
	  $(if $(CORES),--cores $(CORES))

bench: .venv/installed
	PYTHONPATH=workflow/lib python tests/benchmarks/run.py

# STUDIES=2000 in each cell, CORES=4
simulate: .venv/installed
	PYTHONPATH=workflow/lib python tests/simulations/run.py $(if $(STUDIES),--studies $(STUDIES)) \
	  $(if $(CORES),--cores $(CORES))

lint: .venv/installed
	ruff check .
	ruff format --check .
	snakefmt --check $(SNAKEFILES)
	mypy
	PYTHONPATH=workflow/lib lint-imports
	snakemake --lint

format: .venv/installed
	ruff check --fix .
	ruff format .
	snakefmt $(SNAKEFILES)

# The stamp is younger than the pins exactly when the venv holds them.
# torch goes first: its build must not depend on what else is being resolved.
.venv/installed: envs/lock.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv --clear .venv
	.venv/bin/$(PIP) "$$(grep '^torch==' envs/lock.txt)"
	.venv/bin/$(PIP) -r envs/lock.txt
	@touch $@

# The newest versions within the ranges of pyproject.toml, torch kept where it is.
# Suffixes of local builds (+cpu, +cu130) and torch's CUDA wheels belong to this machine alone.
lock:
	$(PYTHON) -m venv --clear .lock
	.lock/bin/$(PIP) "$$(grep '^torch==' envs/lock.txt)"
	.lock/bin/$(PIP) '.[test,dev]'
	{ grep '^#' envs/lock.txt; .lock/bin/pip freeze --exclude dxtransfer \
	  | grep -vE '^(nvidia-|cuda-|triton==)' | sed -E 's/\+[a-z0-9.]+$$//'; } > .lock/lock.txt
	mv .lock/lock.txt envs/lock.txt
	rm -rf .lock build workflow/lib/*.egg-info

clean:
	rm -rf .venv .lock .snakemake build workflow/lib/*.egg-info .*_cache
