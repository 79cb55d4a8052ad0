# make run: the flow over raw/. make test: the whole suite. Both set up .venv when it is missing or out of date.
.PHONY: run test lint bench lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

run: $(VENV)/.run
	@$(BIN)/scutch run

test: $(VENV)/.test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pytest --numprocesses auto --dist loadfile

# The stamps say which lock was installed. The lock names everything, and older pips lose their way in it if they resolve it
# again, hence --no-deps. Compiled bytecode makes the first start quick.
$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing Scutch into $(VENV) (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements-dev.lock $(VENV)/.run
	@echo "Installing the test tools into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "Scutch needs Python 3.11, 3.12 or 3.13; name one: make PYTHON=python3.12 run"; exit 2; }
	@$(PYTHON) -m venv $(VENV)

bench: $(VENV)/.test
	@$(BIN)/python -m tests.bench

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group build pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements.lock --group build --extra dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) output/* output/.rounds output/.runs output/.work output/.lock .mypy_cache .pytest_cache .ruff_cache
