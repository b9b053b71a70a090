# Every target sets up what it needs; there is nothing to install first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
CODE := attribution audit evaluation indexer inference webapp
LINTED := $(CODE) demo tests benchmarks scripts

.PHONY: help setup page demo test lint types check bench clean

help:  ## print this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 10

setup: $(STAMP) page  ## create .venv with all that development needs, compile the kernels, build the page

$(STAMP): pyproject.toml constraints.txt
	@echo 'Setting up $(VENV): packages (two or three minutes, from the package index; torch is large) ...'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@echo 'Compiling (about half a minute, once) ...'
	@$(BIN)/python -m attribution.warmup
	@touch $(STAMP)

page: $(STAMP)  ## build the page from webapp/page (quick when nothing changed)
	@$(BIN)/python -m webapp.page_build

demo: $(STAMP) page  ## index the code on this machine, train a small model on it, and open the playground
	@$(BIN)/python -m demo

test: $(STAMP) page  ## run the tests
	$(BIN)/python -m pytest

lint: $(STAMP)  ## check format, code, words and imports, changing nothing
	$(BIN)/ruff format --check $(LINTED)
	$(BIN)/ruff check $(LINTED)
	$(BIN)/python scripts/lint_javascript.py
	$(BIN)/python scripts/check_words.py
	$(BIN)/python -m pytest -q tests/test_imports.py -k 'not light'

types: $(STAMP)  ## check types with mypy, strict
	$(BIN)/mypy $(CODE) demo

check: lint types test  ## lint, types and tests, as CI runs them

bench: $(STAMP)  ## measure the figures of benchmarks/RESULTS.md
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	$(BIN)/python -m benchmarks

clean:  ## remove .venv, the demo's index and all caches
	rm -rf $(VENV) .whence .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		webapp/page/node_modules webapp/static/dist
