# Two commands do everything: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
PAGE := dashboards/operator
PAGE_BUILT := $(PAGE)/dist/index.html
PAGE_PARTS := $(PAGE)/node_modules/.package-lock.json
PAGE_SOURCES := $(shell find $(PAGE) \( -name node_modules -o -name dist \) -prune -o -type f -print)
NPM := cd $(PAGE) && PATH="$(CURDIR)/$(BIN):$$PATH" npm --loglevel=error
# Programs start by the hundred: what was compiled for one is there for the next.
unexport PYTHONDONTWRITEBYTECODE
# Most tests wait for real processes: four files at a time keep two cores busy.
PYTEST := $(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder
ARGS ?=

.PHONY: demo test test-long check bench deploy-check lock page wheel clean

demo: $(VENV)/.demo $(PAGE_BUILT)
	@exec $(BIN)/hinoban demo $(ARGS)

test: $(VENV)/.dev $(PAGE_BUILT)
	@$(BIN)/python tests/debian_packages.py
	$(PYTEST) $(ARGS)

test-long: $(VENV)/.dev $(PAGE_BUILT)
	@$(BIN)/python tests/debian_packages.py
	$(PYTEST) --full $(ARGS)

bench: $(VENV)/.dev
	@for bench in tests/benchmarks/[a-z]*.py; do echo "== $$bench"; $(BIN)/python $$bench --quick || exit 1; done

# Everything that needs no program to run: style, types (of the firmware once for each chip, with
# its maker's stubs), the rooms' borders.
check: $(VENV)/.dev .typings/.esp32 .typings/.rp2 $(PAGE_PARTS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(call FIRMWARE_TYPES,esp32)
	$(call FIRMWARE_TYPES,rp2)
	$(BIN)/lint-imports
	@$(NPM) run --silent check

FIRMWARE_TYPES = MYPYPATH=.typings/$(1) $(BIN)/mypy --config-file firmware/mypy.ini \
	--custom-typeshed-dir .typings/$(1) --cache-dir .mypy_cache/$(1) firmware/*.py

deploy-check: $(VENV)/.dev
	$(BIN)/python -m gateway.deploy.check

page: $(PAGE_BUILT)

# What an installation without a checkout gets: program, tables, firmware and the built page.
wheel: $(VENV)/.demo $(PAGE_BUILT)
	$(BIN)/python -m hatchling build -t wheel -d .build/wheel

# An environment is made with what git, make, python3 and python3-venv give, from hashed locks.
# One that was interrupted half made is made again.
$(VENV)/.demo: requirements-demo.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else \
	"Python 3.11, 3.12 or 3.13 is needed, and $(PYTHON) is " + sys.version.split()[0] + ": name one with make PYTHON=python3.11")'
	@echo "preparing the Python environment in $(VENV) (a minute or two when it is new)"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --quiet --require-hashes -r requirements-demo.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.demo requirements-dev.lock
	@echo "adding what the tests and checks need"
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

$(PAGE_PARTS): $(PAGE)/package.json $(PAGE)/package-lock.json | $(VENV)/.demo
	@echo "fetching what builds the page"
	@$(NPM) ci --no-progress
	@touch $@

$(PAGE_BUILT): $(PAGE_SOURCES) $(PAGE_PARTS)
	@$(NPM) run --silent build -- --logLevel warn
	@touch $@

.typings/.%: requirements-stubs-%.lock | $(VENV)/.dev
	@rm -rf .typings/$*
	@$(PIP) install --quiet --no-deps --require-hashes --target .typings/$* -r $<
	@touch $@

# The locks hold for Python 3.11 to 3.13 on x86-64 and aarch64 and name no host.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
lock: $(VENV)/.demo
	$(PIP) install --quiet uv
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --extra demo -c requirements.lock -o requirements-demo.lock
	$(LOCK) pyproject.toml --extra demo --extra boards --extra postgresql --extra dev -c requirements-demo.lock -o requirements-dev.lock
	echo micropython-esp32-stubs | $(LOCK) - -o requirements-stubs-esp32.lock
	echo micropython-rp2-stubs | $(LOCK) - -o requirements-stubs-rp2.lock

clean:
	rm -rf $(VENV) .typings .demo $(PAGE)/node_modules $(PAGE)/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
