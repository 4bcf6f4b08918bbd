# Brokerwire: every task of the project. `make` or `make help` lists them.
# Nothing needs to be set up first: the tasks make .venv and keep it current by themselves.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest

# How many test processes share the machine; tests marked `serial` always run alone.
TEST_WORKERS ?= 2

# Under another HOME (sudo, a clean room) rustup's cargo does not find its toolchains, which lie beside its own folder.
TOOLCHAINS := $(wildcard $(dir $(shell command -v cargo))../../.rustup)
ifneq ($(TOOLCHAINS),)
export RUSTUP_HOME ?= $(abspath $(TOOLCHAINS))
endif

.DEFAULT_GOAL := help
.PHONY: help demo serve test check ibkr conformance lint style fmt bench gen clients clients-table audit sbom requirements clean

help: ## list these tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The stamp is inside the environment, so removing .venv is all it takes to start over.
$(BIN)/.installed: pyproject.toml requirements/dev.txt scripts/setup-venv
	@scripts/setup-venv
	@touch $@

# The second environment of the Interactive Brokers suite, with ib_insync in place of ib_async.
.venv-ib_insync/bin/.installed: pyproject.toml requirements/ib_insync.txt scripts/setup-venv
	@scripts/setup-venv ib_insync
	@touch $@

demo: $(BIN)/.installed ## start a paper gateway, trade on it, watch the orders stream
	@$(BIN)/brokerwire demo

serve: $(BIN)/.installed ## run the server on paper; ARGS="..." is passed on
	@$(BIN)/brokerwire serve $(ARGS)

test: lint clients ## everything CI runs: lint and all tests
	@$(PYTEST) --numprocesses $(TEST_WORKERS) -m "not serial"
	@$(PYTEST) -m serial || [ $$? -eq 5 ] # 5: no test carries the mark
	@$(MAKE) ibkr

check: style ## the quick part of lint, and the unit tests, in under two minutes
	@$(PYTEST) --numprocesses $(TEST_WORKERS) tests/unit

# Whole folders, for what is beside them may need packages that this environment does not have.
IBKR_SUITES := $(wildcard tests/sandbox/tws tests/unit/brokers/ibkr)

IB_INSYNC := CONFORMANCE_BROKER=ibkr CONFORMANCE_AS="ibkr on ib_insync" .venv-ib_insync/bin/python -m pytest --numprocesses $(TEST_WORKERS)

ibkr: .venv-ib_insync/bin/.installed ## the tests of Interactive Brokers on the other library, ib_insync
	@$(IB_INSYNC) -m ibkr_libraries $(IBKR_SUITES) tests/conformance/test_conformance.py $(ARGS)

conformance: $(BIN)/.installed .venv-ib_insync/bin/.installed ## every case against every broker, as a table; ARGS="-k SUB" picks some
	@$(IB_INSYNC) -p tests.conformance.plugin tests/conformance/test_conformance.py $(ARGS)
	@$(PYTEST) --numprocesses $(TEST_WORKERS) -p tests.conformance.plugin tests/conformance/test_conformance.py $(ARGS)

lint: style ## all that can be checked without running it: `style`, and the clients by their languages' own tools
	@$(BIN)/python -m tests.clients lint

style: $(BIN)/.installed ## style, types, layers, seams, contract, generated code
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check-seams
	$(BIN)/python scripts/adapter-docs
	$(BIN)/python scripts/dependencies check
	$(BIN)/buf lint
	$(BIN)/buf format --diff --exit-code proto
	scripts/check-breaking
	scripts/gen --check

fmt: $(BIN)/.installed ## format the code and the contract, mend what lint can mend
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format
	@$(BIN)/buf format --write proto

bench: $(BIN)/.installed ## measure the gateway against its floors; ARGS="..." is passed on
	@$(BIN)/python -m bench $(ARGS)

gen: $(BIN)/.installed ## generate code from proto/
	@scripts/gen

clients: $(BIN)/.installed ## build the clients whose toolchain is here; ARGS="go" builds one
	@$(BIN)/python -m tests.clients build $(ARGS)

clients-table: clients ## run the scenarios with every client and write the result into docs/clients.md
	@$(PYTEST) --numprocesses $(TEST_WORKERS) --clients-table tests/clients/test_scenarios.py

audit: $(BIN)/.installed ## look the pins up in the advisory database, for the nightly run: needs the network
	@$(BIN)/python scripts/dependencies audit

sbom: $(BIN)/.installed ## write the bill of materials of a release, dist/brokerwire.cdx.json
	@mkdir -p dist
	@$(BIN)/python scripts/dependencies sbom dist/brokerwire.cdx.json

requirements: $(BIN)/.installed ## compile requirements/*.txt; ARGS=--upgrade takes newer releases
	@scripts/compile-requirements $(ARGS)

clean: ## remove what the other tasks made, the environment included
	@rm -rf .venv .venv-ib_insync .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis bench/out build dist clients/typescript/node_modules clients/typescript/dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
