# Everything a person or a machine runs. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := env -u PYTHONDONTWRITEBYTECODE $(BIN)
# Where real input from elsewhere lies; absent, the demo uses its own samples.
ARNA_SHARED_DATA ?= $(abspath ../shared/data)
export ARNA_SHARED_DATA
export ARNA_HOME ?= $(CURDIR)/.arna
PYTEST_ARGS ?=
# Two test processes, each with servers of its own; a file's tests stay together, so they share theirs.
PYTEST_WORKERS ?= 2

.PHONY: help demo test check bench up down docs lock clean install install-dev

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

install: $(VENV)/.installed ## virtual environment with what Arna needs to run

install-dev: $(VENV)/.installed-dev ## the same and what its tests need

$(VENV)/bin/python:
	@echo "==> virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Arna needs Python 3.11 or newer; set PYTHON=python3.12, say."; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.uv: requirements-uv.txt | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@touch $@

# The package itself is installed in place, so an edited file is what runs.
$(VENV)/.installed: requirements.txt pyproject.toml $(VENV)/.uv
	@echo "==> installing Arna (a minute or two the first time)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "==> installing what the tests need"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements-dev.txt
	@touch $@

demo: install ## real input through Kafka, Airflow and PostgreSQL; leaves the stack up
	@$(RUN)/arna demo

test: install-dev ## all tests; PYTEST_ARGS='-m unit' narrows
	@echo "==> tests"
	@$(RUN)/python -m pytest --numprocesses $(PYTEST_WORKERS) --dist loadfile $(PYTEST_ARGS)

check: install-dev ## format, lint, types, import rules, SQL, generated files, readers' contracts
	@echo "==> ruff format";      $(BIN)/ruff format --check --quiet .
	@echo "==> ruff lint";        $(BIN)/ruff check --quiet .
	@echo "==> mypy";             $(BIN)/mypy
	@echo "==> import rules";     $(BIN)/lint-imports --no-cache | tail -n 3
	@echo "==> sqlfluff";         $(BIN)/sqlfluff lint --disable-progress-bar --processes 2 sql | tail -n 20
	@echo "==> generated files";  $(RUN)/python -m arna.contracts.schemas --check; $(RUN)/python -m arna.contracts.reference docs/reference/contracts.md --check
	@echo "==> readers";          $(RUN)/python -m arna.reading --check
	@echo "==> lock";             $(BIN)/python scripts/check_lock.py

bench: install-dev ## speed beside a floor, in one run; writes benchmarks/results/latest.json
	@$(RUN)/python -m benchmarks

up: install ## start the embedded stack
	@$(RUN)/arna up

down: ## stop it; data stays
	@if [ -x $(BIN)/arna ]; then $(RUN)/arna down; else echo "nothing is installed, so nothing runs"; fi

docs: install-dev ## generate the reference pages
	@$(RUN)/python -m arna.contracts.schemas
	@$(RUN)/python -m arna.contracts.reference docs/reference/contracts.md
	@$(RUN)/python -m arna.reading

lock: $(VENV)/.uv ## resolve the dependencies anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --all-extras --group build pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --all-extras --group build --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	@echo uv | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header - -o requirements-uv.txt

clean: ## remove caches, not data
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
