# Everything runs in .venv, made here from the hashed requirements.
# Needed beforehand: make, and Python 3.11 or newer with venv.

PORT ?= 50051
DATA ?= ./var
ARGS ?=
export SHORT
# Tests start hundreds of interpreters: each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
# Stamps: what is installed in .venv.
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
BENCH := $(VENV)/.bench
TYPESCRIPT := $(VENV)/.typescript
PIP = $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check
CHECKED := registry cli tools tests $(wildcard benchmarks)
IMAGE := build/protos.binpb
RELEASED := protos/released.binpb

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo serve secrets test test-both-times test-faults test-fuzz test-hostile test-image test-mutants \
	test-long test-typescript bench bench-scale docs lint lint-python lint-protos lint-containers format proto proto-bundle \
	release-protos requirements clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 17

# --- run -------------------------------------------------------------------------------------

demo: $(RUNTIME) ## Import the example data into a fresh store and ask it questions
	@$(BIN)/python tools/demo.py $(ARGS)

serve: $(RUNTIME) ## Serve DATA (./var; made where there is none) on 127.0.0.1:PORT (50051)
	@mkdir -p "$(DATA)"
	@create=; [ -e "$(DATA)/events.db" ] || create=--create; \
		exec $(BIN)/registry serve --data "$(DATA)" $$create --address 127.0.0.1:$(PORT)

secrets: | $(BIN)/python ## Make the passwords of docker/compose.yaml where there are none
	@$(BIN)/python tools/make_secrets.py docker/secrets

# --- test ------------------------------------------------------------------------------------

test: $(DEV) ## Run the tests, on SQLite and a real PostgreSQL (ARGS="-k word")
	@$(BIN)/pytest -n 2 $(ARGS)

test-faults: $(DEV) ## Kill, cut and fill disks while it writes (SHORT=1: fewer rounds)
	@$(BIN)/pytest -m faults $(ARGS)

test-image: $(DEV) ## Build the image and run it as compose says (SHORT=1: where that can be)
	@$(BIN)/pytest -m image $(ARGS) tests/docker

test-both-times: $(DEV) ## Ask 2,000 histories as of both times (SHORT=1: 100; BOTH_TIMES_SEED repeats)
	@$(BIN)/pytest -n 2 -m both_times $(ARGS) tests/interpreter

test-fuzz: $(DEV) ## Make a million hostile calls (SHORT=1: 20,000; FUZZ_SEED repeats)
	@$(BIN)/pytest -m fuzz $(ARGS) tests/fuzz

test-hostile: $(DEV) ## Change every byte of a history; each must be found (SHORT=1: some)
	@$(BIN)/pytest -n 2 -m hostile $(ARGS) tests/ledger

test-mutants: $(DEV) ## Break promises one by one; each must make its test fail (SHORT=1: every fourth)
	@$(BIN)/python -m tests.mutants $(ARGS)

test-long: $(DEV) ## Run the tests that take minutes
	@if grep -rqs --include='*.py' 'mark\.long' tests; then $(BIN)/pytest -m long $(ARGS); \
	else echo "no long tests yet"; fi

test-typescript: $(DEV) $(TYPESCRIPT) ## Follow the integrator's walk-through, with the example in TypeScript
	@$(BIN)/pytest -m typescript $(ARGS) tests/docs

bench: $(DEV) $(BENCH) ## Measure beside an empty RPC and beside peers (SHORT=1: fewer runs)
	@if [ -d benchmarks ]; then $(BIN)/python -m benchmarks $(ARGS); \
	else echo "no benchmarks yet"; fi

bench-scale: $(DEV) ## Measure a generated registry of 100,000 clusters (SHORT=1: 3,000)
	@$(BIN)/python -m benchmarks.scale $(ARGS)

# --- check -----------------------------------------------------------------------------------

lint: lint-python lint-protos lint-containers ## Check style, types, imports, protos, compose file

lint-python: $(DEV)
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --no-error-summary $(CHECKED)
	@$(BIN)/lint-imports --no-logo

lint-protos: $(DEV) $(IMAGE)
	@$(BIN)/python tools/build_protos.py check
	@$(BIN)/buf format --diff --exit-code protos
	@$(BIN)/buf lint $(IMAGE) --path registry
	@if [ -e $(RELEASED) ]; then $(BIN)/buf breaking $(IMAGE) --against $(RELEASED) --path registry; \
	else echo "no protos released yet: nothing to break"; fi

lint-containers: $(DEV)
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker/compose.yaml

format: $(DEV) ## Format Python and protos, and fix what can be fixed
	@$(BIN)/ruff check --quiet --fix || true
	@$(BIN)/ruff format --quiet
	@$(BIN)/buf format --write protos

# --- generate --------------------------------------------------------------------------------

proto: $(DEV) ## Generate Python from protos/ into registry/
	@$(BIN)/python tools/build_protos.py generate

docs: $(DEV) ## Write docs/reference/ from protos/ and the help of registryctl
	@$(BIN)/python tools/build_docs.py generate

$(IMAGE): $(DEV) $(wildcard protos/registry/*/*.proto protos/registry/*/*/*.proto)
	@mkdir -p $(@D)
	@$(BIN)/python tools/build_protos.py image $@

proto-bundle: $(DEV) ## Pack the protos into dist/ for those who generate a client
	@$(BIN)/python tools/bundle_protos.py

release-protos: lint-protos ## Make the protos as they are what later changes must not break
	@$(BIN)/python tools/build_protos.py image --bare $(RELEASED)

requirements: $(DEV) ## Pin the requirements anew (ARGS="--upgrade")
	@for set in build runtime dev bench typescript; do $(BIN)/uv pip compile --quiet --universal \
		--python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
		--no-header $(ARGS) --output-file requirements/$$set.txt requirements/$$set.in || exit 1; done

# --- set up ----------------------------------------------------------------------------------

# Only a name that runs counts: a version manager's shim may exist and refuse.
$(BIN)/python:
	@for python in python3.11 python3 python3.12 python3.13; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			$$python -m venv $(VENV) >/dev/null && exit 0; \
			rm -rf $(VENV); echo "missing: the venv module of $$python (Debian: python3-venv)" >&2; exit 1; \
		fi; done; echo "missing: Python 3.11 or newer" >&2; exit 1

$(RUNTIME): requirements/build.txt requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "installing what it needs into $(VENV) ..." >&2
	@$(PIP) --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements/dev.txt $(RUNTIME)
	@echo "installing the development tools ..." >&2
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

$(BENCH): requirements/bench.txt $(RUNTIME)
	@$(PIP) --require-hashes -r requirements/bench.txt
	@touch $@

$(TYPESCRIPT): requirements/typescript.txt $(RUNTIME)
	@$(PIP) --require-hashes -r requirements/typescript.txt
	@touch $@

clean: ## Remove what was built and installed (never a store)
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
