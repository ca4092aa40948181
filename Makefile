# Everything a person or a CI machine does here. `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Tests wait for brokers and databases more than they compute: three at a time keep two cores busy.
PYTEST := $(BIN)/pytest -q -n 3
PACKAGES := shared ingress_service sender_service deploy tests
export KILLS SEED

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(STAMP) ## everything up and the main job done before your eyes; Ctrl-C ends it
	@$(BIN)/python -m deploy.local run

.PHONY: demo
demo: $(STAMP) ## the same, unattended: exits 0 only if every step was seen; last line one JSON object
	@$(BIN)/python -m deploy.local demo

.PHONY: up
up: $(STAMP) ## the stack in the background; writes .run/env
	@$(BIN)/python -m deploy.local up

.PHONY: down
down: $(STAMP) ## stop the stack, keep its data
	@$(BIN)/python -m deploy.local down

.PHONY: nuke
nuke: $(STAMP) ## stop the stack and delete its data
	@$(BIN)/python -m deploy.local nuke

.PHONY: status
status: $(STAMP) ## what of the stack is running, and where
	@$(BIN)/python -m deploy.local status

.PHONY: test
test: $(STAMP) ## all tests
	@$(PYTEST)

.PHONY: check
check: lint types imports ## lint + types + imports + all tests with coverage: what CI runs
	@$(PYTEST) --cov --cov-report=term --cov-report=json:build/coverage.json --cov-fail-under=95

.PHONY: matrix
matrix: $(STAMP) ## integration and acceptance tests against each of BROKERS="amqp://…" with each of DATABASES="postgresql://…"
	@test -n "$(BROKERS)" && test -n "$(DATABASES)" || { echo "make matrix BROKERS='amqp://…' DATABASES='postgresql://…'"; exit 2; }
	@for broker in $(BROKERS); do for database in $(DATABASES); do \
	  echo "== $$broker with $$database"; \
	  TEST_AMQP_URL=$$broker TEST_POSTGRES_DSN=$$database $(PYTEST) tests/integration tests/acceptance || exit 1; done; done

.PHONY: mutation
mutation: $(STAMP) ## change what decides, one bit at a time: the fast tests must notice (MODULES='sender_service.phone*')
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/mutation.txt
	@$(BIN)/mutmut run $(if $(MODULES),"$(MODULES)")
	@$(BIN)/mutmut export-cicd-stats
	@$(BIN)/python -c 'import json; s = json.load(open("mutants/mutmut-cicd-stats.json")); d = s["killed"] + s["timeout"]; \
	  print(d, "of", d + s["survived"], "changes were noticed")'

# Its tools want other versions of what the services run with: a virtual environment of their own.
SECURITY := build/security
SEMGREP := $(SECURITY)/bin/semgrep scan --quiet --error --metrics=off --disable-version-check --config deploy/security/semgrep.yml

.PHONY: security
security: $(SECURITY)/.installed ## bandit, the house's own semgrep rules (shown at work first), and build/sbom.json
	@$(SECURITY)/bin/bandit --quiet --configfile pyproject.toml --recursive shared ingress_service sender_service
	@$(SEMGREP) --test tests/data/security/semgrep.py >/dev/null
	@$(SEMGREP) shared ingress_service sender_service deploy
	@$(SECURITY)/bin/cyclonedx-py requirements requirements/run.txt --of JSON --output-reproducible --output-file build/sbom.json
	@echo "bandit and semgrep found nothing; what the services run with stands in build/sbom.json"

.PHONY: audit
audit: $(SECURITY)/.installed ## look up what the services run with among known vulnerabilities (asks pypi.org)
	@$(SECURITY)/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/run.txt \
	  || { echo "something is vulnerable, or pypi.org could not be asked about it: see above"; exit 1; }

$(SECURITY)/.installed: requirements/security.txt $(STAMP)
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(SECURITY)
	@$(BIN)/uv pip install --quiet --python $(SECURITY)/bin/python --require-hashes -r requirements/security.txt
	@touch $@

.PHONY: lint
lint: $(STAMP) ## ruff: rules and format
	@$(BIN)/ruff check --quiet $(PACKAGES)
	@$(BIN)/ruff format --check --quiet $(PACKAGES)

.PHONY: types
types: $(STAMP) ## mypy, strict
	@$(BIN)/mypy

.PHONY: imports
imports: $(STAMP) ## the walls between the packages
	@$(BIN)/lint-imports --no-cache

.PHONY: format
format: $(STAMP) ## let ruff arrange the code
	@$(BIN)/ruff check --quiet --fix-only $(PACKAGES)
	@$(BIN)/ruff format --quiet $(PACKAGES)

.PHONY: bench
bench: $(STAMP) ## measure against the ceiling of this machine; writes build/bench.json
	@$(BIN)/python -m deploy.bench

.PHONY: bench-quick
bench-quick: $(STAMP) ## the same in a minute, for a first look
	@$(BIN)/python -m deploy.bench --quick

.PHONY: chaos
chaos: $(STAMP) ## kill, freeze and cut everything under load (KILLS=n SEED=n); writes build/chaos.json
	@$(BIN)/python -m deploy.chaos

.PHONY: lock
lock: $(STAMP) ## resolve requirements/*.in anew into the hash-pinned locks
	@for name in uv run dev mutation security; do \
	  $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 \
	    --no-emit-index-url --no-header requirements/$$name.in --output-file requirements/$$name.txt || exit 1; done

.PHONY: venv
venv: $(STAMP) ## the virtual environment, from the locks

# uv installs ten times faster; where it cannot reach the index that pip is set up for, pip does the same work.
$(STAMP): requirements/uv.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Colomba needs Python 3.11 or newer (PYTHON=...)"; exit 1; }
	@echo "Installing the locked dependencies into $(VENV) ..." >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@
