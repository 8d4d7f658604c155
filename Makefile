# make install | run | demo | test | test-benchmarks | test-clients | test-browser | test-whoosh3 | bench; everything lives in .venv and the folders
# config.yaml names.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
CLIENTS := .venv-clients
# Of tests; two more than there are cores, since many wait for a process or the clock. Files in their order: those with few
# tests have the longest, and would come last.
WORKERS = $$($(BIN)/python -c 'import os; print((os.cpu_count() or 1) + 2)')

unexport PYTHONDONTWRITEBYTECODE  # else each of hundreds of processes would compile everything anew

.PHONY: install run demo test test-benchmarks test-clients test-browser screenshots test-whoosh3 bench lint format clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 3; }
	@echo "Setting up .venv (some minutes the first time, mostly for torch) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --config-settings editable_mode=compat -e '.[dev]'
	@touch $(STAMP)
	@echo "Done: $(CURDIR)/$(BIN)/connector"

run: $(STAMP)
	@exec $(BIN)/connector --config config.yaml run

demo: $(STAMP)
	@exec $(BIN)/python -m connector.examples

test: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore tests/clients --ignore tests/browser --ignore tests/test_benchmarks.py

# Every benchmark, small: what nobody runs is broken when it is wanted.
test-benchmarks: $(STAMP)
	$(BIN)/pytest -n auto tests/test_benchmarks.py

# Glean's packages that cannot share an environment with ours, each in its own.
test-clients: $(STAMP) $(CLIENTS)/older/.installed $(CLIENTS)/sdk/.installed
	$(BIN)/pytest tests/clients

$(CLIENTS)/%/.installed: tests/clients/%.txt
	@echo "Setting up $(CLIENTS)/$* ..."
	@test -x $(CLIENTS)/$*/bin/python || $(PYTHON) -m venv $(CLIENTS)/$*
	@$(CLIENTS)/$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# The pages in a real browser: Debian's Chromium, installed where that can be done without asking anybody.
CHROMIUM := chromium chromium-browser google-chrome chrome
test-browser: $(STAMP)
	@for name in $(CHROMIUM); do command -v $$name >/dev/null && exit 0; done; \
	test "$$(id -u)" = 0 && command -v apt-get >/dev/null || { echo "Chromium is needed: sudo apt-get install chromium, or your system's"; exit 3; }; \
	echo "Installing Chromium ..."; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
	$(BIN)/pytest -n 2 --dist loadfile tests/browser

screenshots: $(STAMP)
	$(BIN)/python -m tests.browser.screenshots

# The tests of the index, and of the archive's view of it, on the Whoosh that is kept up, which lies before the other.
test-whoosh3: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target .venv/whoosh3 whoosh3==3.54.0
	PYTHONPATH=.venv/whoosh3 $(BIN)/python -m pytest -n auto --dist loadfile tests/indexer tests/properties/test_index.py tests/archive/test_view.py

bench: $(STAMP)
	$(BIN)/python -m tests.benchmarks

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv $(CLIENTS) .demo .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
