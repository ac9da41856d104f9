# Everything from nothing: Python, git and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_ARGS ?=
BENCH_ARGS ?=

# The tests start dozens of Pythons: none compiles what another has compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-browser test-office test-wheel test-lowest check format notebooks docs bench clean
.DEFAULT_GOAL := test

# One environment for all targets; made anew when what it is made of changes.
$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c "import sys; sys.exit('This takes Python 3.11 or newer: make PYTHON=python3.12 ...' if sys.version_info < (3, 11) else 0)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/vfy-notebook demo $(DEMO_ARGS)

# Files in the order of their folders: the long ones come early, the small ones fill the end.
test: $(VENV)/.installed
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m 'not browser and not office'

test-browser: $(VENV)/.installed
	$(BIN)/python -m pytest -m browser tests/browser

# Edits made in LibreOffice (libreoffice-calc and python3-uno, where they are installed).
test-office: $(VENV)/.installed
	$(BIN)/python -m pytest -m office tests/office

# The tests on the built wheel in an environment of its own, outside the checkout.
test-wheel: $(VENV)/.installed
	$(BIN)/python -m tools.elsewhere wheel constraints.txt

# The same with the lowest versions that pyproject.toml allows.
test-lowest: $(VENV)/.installed
	$(BIN)/python -m tools.elsewhere lowest constraints-lowest.txt

check: $(VENV)/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Runs the notebooks where they lie, and saves them with what they show.
notebooks: $(VENV)/.installed
	$(BIN)/python -m tools.notebooks

# The reference, from the docstrings: open docs/_site/index.html.
docs: $(VENV)/.installed
	$(BIN)/python -m tools.reference

# Measures beside the peers, and writes benchmarks/RESULTS.md; about a quarter of an hour, on a
# machine that does nothing else.
bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

clean:
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
