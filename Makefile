# Python 3.11 and make are all that this needs; the rest is installed into var/.
.DEFAULT_GOAL := help
.PHONY: help run test packages check format screens lighthouse bench torture requirements messages clean

PYTHON ?= $(or $(shell command -v python3.11),$(shell command -v python3))
TOOLS := var/venv-test/bin
# Compiled Python belongs to the state folder as well, and makes the second time quick.
export PYTHONPYCACHEPREFIX := $(CURDIR)/var/pycache
unexport PYTHONDONTWRITEBYTECODE
# Both cores; other options for one run: make test PYTEST_ARGS="-k naming -x"
PYTEST_ARGS ?= -n 2

PIP_COMPILE := $(TOOLS)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-find-links \
	--no-emit-trusted-host --no-emit-options --no-header

help:
	@echo "make run           start everything on this machine and show where to sign in (Ctrl-C stops it)"
	@echo "make test          all tests, browser included (PYTEST_ARGS=\"-k words\" for some)"
	@echo "make check         format, lint, types, import rules, migrations, deployment settings"
	@echo "make packages      install what tests and checks need; they do so themselves"
	@echo "make format        let ruff and djade rewrite what they can"
	@echo "make screens       pictures of every screen into var/screens/ (ONLY=\"exports wizard\", STATES=much, IN=hi, DOCS=1)"
	@echo "make lighthouse    score the main pages with Lighthouse (needs node)"
	@echo "make bench         measure exports, 20 minutes (EVENTS=200000 ROUNDS=1 FAST=1: two)"
	@echo "make torture       kill exports and imports in every way and count rows (RUNS=80, SEED=…, ONLY=imports)"
	@echo "make requirements  pin the packages again after a change of requirements*.in"
	@echo "make messages      collect texts for translation into clevertap_partners/locale/, and compile them"
	@echo "make clean         remove var/: packages, database, lake, demo data"

run: python
	@exec $(PYTHON) -m clevertap_partners.run

test: python
	@$(PYTHON) -m clevertap_partners.run testing browser
	@$(TOOLS)/python -m pytest -p tests.postgres $(PYTEST_ARGS) || test $$? = 5  # 5: none touches it
	@$(TOOLS)/python -m pytest $(PYTEST_ARGS)

packages: python
	@$(PYTHON) -m clevertap_partners.run testing

check: python
	@$(PYTHON) -m clevertap_partners.run tools
	@.ci/checks $(TOOLS)

format: python
	@$(PYTHON) -m clevertap_partners.run tools
	@$(TOOLS)/ruff check --fix --quiet .; $(TOOLS)/ruff format --quiet .
	@find . -name '*.html' -not -path './var/*' -not -path './.git/*' \
		-exec $(TOOLS)/djade --target-version 5.2 {} +

screens: python
	@$(PYTHON) -m clevertap_partners.run testing browser
	@SCREENS_DIR=var/screens ONLY="$(ONLY)" STATES="$(STATES)" SCREENS_LANGUAGE="$(IN)" $(TOOLS)/python -m pytest -n 2 -q \
		tests/browser/screens/photographs.py
	@$(TOOLS)/python -m tests.browser.screens.contact_sheet var/screens $(if $(DOCS),--docs)

lighthouse: python
	@command -v npm >/dev/null || { echo "Lighthouse needs Node.js 18.16 or newer with npm: apt-get install nodejs npm" >&2; exit 1; }
	@$(PYTHON) -m clevertap_partners.run testing browser
	@npm install --prefix var/lighthouse --no-audit --no-fund --silent lighthouse@12.8.2  # the last for Node.js 18
	@mkdir -p var/lighthouse/reports
	@DOCS="$(DOCS)" LIGHTHOUSE=var/lighthouse/node_modules/.bin/lighthouse LIGHTHOUSE_REPORTS=var/lighthouse/reports \
		$(TOOLS)/python -m pytest -q tests/browser/screens/lighthouse.py

bench: python
	@$(PYTHON) -m clevertap_partners.run testing bench
	@$(TOOLS)/python -m bench $(if $(EVENTS),--events $(EVENTS)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
		$(if $(FAST),--fast) $(if $(DOCS),--docs) $(if $(ONLY),--only $(ONLY))

torture: python
	@$(PYTHON) -m clevertap_partners.run testing
	@$(TOOLS)/python -m tests.torture $(if $(RUNS),--runs $(RUNS)) $(if $(SEED),--seed $(SEED)) \
		$(if $(ONLY),--only $(ONLY))

requirements: python
	@$(PYTHON) -m clevertap_partners.run tools
	@$(PIP_COMPILE) -o requirements.txt requirements.in
	@$(PIP_COMPILE) -o requirements-dev.txt requirements-dev.in
	@$(PIP_COMPILE) -o requirements-bench.txt requirements-bench.in
	@$(PIP_COMPILE) -o requirements-sandbox.txt requirements-sandbox.in

messages: python
	@$(PYTHON) -m clevertap_partners.run tools
	@$(TOOLS)/python -m clevertap_partners.messages

clean: python
	@$(PYTHON) -B -E -m clevertap_partners.run clean

.PHONY: python
python:
	@$(PYTHON) -E -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Python 3.11 or newer is needed. On Debian or Ubuntu: apt-get install python3 python3-venv" >&2; exit 1; }
