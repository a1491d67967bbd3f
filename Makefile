# Everything runs in .venv, built from requirements.lock (hashes, complete). Needs Python 3.11 or newer, with venv, and make.
PYTHON ?= python3
export OMP_NUM_THREADS ?= 1

.PHONY: help env loop test lint bench soak serve lab lock

help:  ## shows this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 8

env: .venv/current  ## builds .venv with everything in the lock; does nothing when it is current

.venv/current: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "planning needs Python 3.11 or newer; try make PYTHON=python3.11 …")'
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

loop: env  ## the main job: every company's figures → intake → budgets, reforecasts, control, churn, returns, scorecards; reports in outputs/
	.venv/bin/planning loop

WORKERS ?= 2
test: env  ## all tests, WORKERS at once; those that need PostgreSQL or Chromium say so and skip where PLANNING_TEST_POSTGRES isn't set or there is no chromium
	.venv/bin/python -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder

lint: env  ## the style check
	.venv/bin/ruff check src tests benchmarks

bench: env  ## the benchmarks, results in benchmarks/results/
	.venv/bin/python benchmarks/accuracy.py
	.venv/bin/python benchmarks/at_risk.py
	.venv/bin/python benchmarks/batch.py
	.venv/bin/python benchmarks/book.py
	.venv/bin/python benchmarks/buyers.py
	.venv/bin/python benchmarks/churn.py
	.venv/bin/planning intake philadelphia
	.venv/bin/python benchmarks/city.py
	.venv/bin/python benchmarks/coherence.py
	.venv/bin/python benchmarks/effects.py
	.venv/bin/python benchmarks/forks.py
	.venv/bin/python benchmarks/intake.py
	.venv/bin/python benchmarks/loop.py
	.venv/bin/python benchmarks/many.py
	.venv/bin/python benchmarks/millions.py
	.venv/bin/python benchmarks/pages.py
	.venv/bin/planning intake sample
	.venv/bin/python benchmarks/recalculation.py
	.venv/bin/python benchmarks/recipes.py
	.venv/bin/python benchmarks/register.py
	.venv/bin/python benchmarks/retention.py
	.venv/bin/python benchmarks/sample.py
	.venv/bin/python benchmarks/survival.py

KILLS ?= 100
soak: env  ## the long suites: KILLS kills at random moments in each kill test (the last result is kept); cells of 2 GB
	PLANNING_KILLS=$(KILLS) .venv/bin/python -m pytest -n $(WORKERS) --dist loadgroup tests/book tests/batch tests/run tests/inputs -k "kill" --timeout 3600 > benchmarks/results/soak.txt; \
	status=$$?; echo "$(KILLS) kills in each test, commit $$(git rev-parse HEAD)" >> benchmarks/results/soak.txt; tail -3 benchmarks/results/soak.txt; test $$status = 0
	PLANNING_TEST_GIANT=2000000000 .venv/bin/python -m pytest tests/inputs/test_mangled.py -k "giant and not ledger" --timeout 3600

serve: env  ## the cockpit on the newest runs, behind a password (asked for the first time)
	.venv/bin/planning serve --open

lab: env  ## JupyterLab on the notebooks
	.venv/bin/jupyter lab notebooks

lock: env  ## resolves pyproject.toml anew into requirements.lock (needs uv)
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock
