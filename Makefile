# Two commands do everything: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PAGE := dashboards/operator
PAGE_BUILT := $(PAGE)/dist/index.html
PAGE_SOURCES := $(shell find $(PAGE) -path '*/node_modules' -prune -o -path '*/dist' -prune -o -type f -print 2>/dev/null)
PIP := $(BIN)/python -m pip --disable-pip-version-check
MYPY := $(BIN)/python -m mypy
ARGS ?=

.PHONY: demo test test-long check bench deploy-check lock page clean

demo: $(VENV)/.demo $(PAGE_BUILT)
	@exec $(BIN)/hinoban demo $(ARGS)

test: $(VENV)/.dev $(PAGE_BUILT)
	@$(BIN)/python tests/debian_packages.py
	$(BIN)/python -m pytest $(ARGS)

test-long: $(VENV)/.dev $(PAGE_BUILT)
	@$(BIN)/python tests/debian_packages.py
	$(BIN)/python -m pytest --full $(ARGS)

bench: $(VENV)/.dev
	@for bench in tests/benchmarks/[a-z]*.py; do echo "== $$bench"; $(BIN)/python $$bench --quick || exit 1; done

# Everything that needs no program to run: style, types, the rooms' borders.
check: $(VENV)/.dev .typings/.esp32 .typings/.rp2
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MYPY)
	$(BIN)/lint-imports

deploy-check: $(VENV)/.dev
	$(BIN)/python -m gateway.deploy.check

page: $(PAGE_BUILT)

# An environment is made with what git, make, python3 and python3-venv give, from hashed locks.
$(VENV)/.demo: requirements-demo.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --require-hashes -r requirements-demo.lock
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.demo requirements-dev.lock
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

$(PAGE_BUILT): $(VENV)/.demo $(PAGE_SOURCES)
	cd $(PAGE) && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent && PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent build
	@touch $@

.typings/.%: requirements-stubs-%.lock $(VENV)/.dev
	@rm -rf .typings/$*
	$(PIP) install --quiet --no-deps --require-hashes --target .typings/$* -r $<
	@touch $@

# The locks hold for Python 3.11 to 3.13 on x86-64 and aarch64 and name no host.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
lock:
	$(PIP) install --quiet uv
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --extra demo -c requirements.lock -o requirements-demo.lock
	$(LOCK) pyproject.toml --extra demo --extra dev -c requirements-demo.lock -o requirements-dev.lock
	echo micropython-esp32-stubs | $(LOCK) - -o requirements-stubs-esp32.lock
	echo micropython-rp2-stubs | $(LOCK) - -o requirements-stubs-rp2.lock

clean:
	rm -rf $(VENV) .typings .demo $(PAGE)/node_modules $(PAGE)/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
