# Everything from nothing: Python, git and make are enough.
#     make PYTHON=python3.13 test     with another Python; after `make clean`, if one was used before
#     make VENV=/tmp/elsewhere test   with the environment in another folder
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_ARGS ?=
BENCH_ARGS ?=
# Only some of the tests: make TESTS=tests/unit test
TESTS ?=
MUTATION_ARGS ?=

# The demo needs a part of what the tests need: it has an environment of its own, unless the large
# one is there already.
LIGHT := $(VENV)-demo
DEMO_VENV := $(if $(wildcard $(VENV)/.installed),$(VENV),$(LIGHT))

# The tests start dozens of Pythons: none compiles what another has compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: audit demo wheel test test-browser test-faults mutation test-office test-wheel test-lowest check format notebooks docs bench clean
.DEFAULT_GOAL := test

# Made anew when what they are made of changes. Nothing is made by a Python that cannot do it all.
$(VENV)/.installed: EXTRA := dev
$(LIGHT)/.installed: EXTRA := demo
$(VENV)/.installed $(LIGHT)/.installed: pyproject.toml constraints.txt
	@command -v "$(PYTHON)" >/dev/null || { echo "There is no $(PYTHON) here. Name a Python: make PYTHON=python3.13 ..." >&2; exit 1; }
	@"$(PYTHON)" tools/check_python.py
	@echo "== Making $(@D) with $$("$(PYTHON)" --version)"
	@"$(PYTHON)" -m venv --clear $(@D)
	@echo "== Installing vfy-notebook[$(EXTRA)] into $(@D)"
	@$(@D)/bin/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[$(EXTRA)]'
	@touch $@

demo: $(DEMO_VENV)/.installed
	@echo "== Starting the demo"
	@$(DEMO_VENV)/bin/vfy-notebook demo $(DEMO_ARGS)

# The package as one file, to be installed elsewhere with pip; the environment is for building only.
wheel:
	@"$(PYTHON)" tools/check_python.py
	@"$(PYTHON)" -m venv --clear build/wheel-venv
	@build/wheel-venv/bin/python -m pip wheel --disable-pip-version-check --no-deps --wheel-dir dist .
	@rm -rf build/wheel-venv
	@echo "Install it with: pip install $$(ls dist/*.whl | tail -1)"

# Files in the order of their folders: the long ones come early, the small ones fill the end.
test: $(VENV)/.installed
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m 'not browser and not office' $(TESTS)

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

# Each operation under each fault on the wire; writes its table into docs/reliability.md. Ten
# minutes; a sample of it runs with `make test`.
test-faults: $(VENV)/.installed
	$(BIN)/python -m tools.reliability

# An hour: changes one thing at a time and looks whether the tests notice.
mutation: $(VENV)/.installed
	$(BIN)/python -m tools.mutation $(MUTATION_ARGS)

check: $(VENV)/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Whether a hole is known in the versions that the checks or users run with.
audit: $(VENV)/.installed
	$(BIN)/python -m tools.audit

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
	rm -rf $(VENV) $(LIGHT) dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
