# `make demo` and `make test` need nothing before them: each sets up what it lacks.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
CODE := attribution audit evaluation indexer inference webapp
LINTED := $(CODE) demo tests benchmarks

.PHONY: help setup page demo test lint types check bench clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 10

setup: $(STAMP) page  ## .venv with all that development needs, the kernels compiled, the page built

$(STAMP): pyproject.toml constraints.txt
	@echo 'Setting up $(VENV): packages (two or three minutes, from the package index; torch is large) ...'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@echo 'Compiling (about half a minute, once) ...'
	@$(BIN)/python -m attribution.warmup
	@touch $(STAMP)

page: $(STAMP)  ## the page, built from webapp/page (quick when nothing changed)
	@$(BIN)/python -m webapp.page_build

demo: $(STAMP) page  ## index the code on this machine, train a small model on it, and open the playground
	@$(BIN)/python -m demo

test: $(STAMP) page  ## the tests
	$(BIN)/python -m pytest

lint: $(STAMP)  ## format and lint, changing nothing
	$(BIN)/ruff format --check $(LINTED)
	$(BIN)/ruff check $(LINTED)
	$(BIN)/python scripts/lint_javascript.py

types: $(STAMP)  ## mypy, strict
	$(BIN)/mypy $(CODE) demo

check: lint types test  ## all that CI runs

bench: $(STAMP)  ## the figures of benchmarks/RESULTS.md
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	$(BIN)/python -m benchmarks

clean:  ## remove .venv, the demo's index and all caches
	rm -rf $(VENV) .whence .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		webapp/page/node_modules webapp/static/dist
