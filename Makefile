# `make demo` and `make test` need nothing before them: each sets up what it lacks.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
CODE := attribution indexer
LINTED := $(CODE) demo tests benchmarks

.PHONY: help setup demo test lint types check bench clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 10

setup: $(STAMP)  ## .venv with all that development needs, and the kernels compiled

$(STAMP): pyproject.toml constraints.txt
	@echo 'Setting up $(VENV): packages (about half a minute, from the package index) ...'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@echo 'Compiling (about half a minute, once) ...'
	@$(BIN)/python -m attribution.warmup
	@touch $(STAMP)

demo: $(STAMP)  ## index the code on this machine and trace one function back to its source
	@$(BIN)/python -m demo

test: $(STAMP)  ## the tests
	$(BIN)/python -m pytest

lint: $(STAMP)  ## format and lint, changing nothing
	$(BIN)/ruff format --check $(LINTED)
	$(BIN)/ruff check $(LINTED)

types: $(STAMP)  ## mypy, strict
	$(BIN)/mypy $(CODE) demo

check: lint types test  ## all that CI runs

bench: $(STAMP)  ## the figures of benchmarks/RESULTS.md
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	$(BIN)/python -m benchmarks

clean:  ## remove .venv, the demo's index and all caches
	rm -rf $(VENV) .whence .mypy_cache .ruff_cache .pytest_cache .hypothesis
