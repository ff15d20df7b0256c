# The whole set-up. `make app` starts the page, `make test` runs the tests; both install what they need into .venv.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 7860
DATA   ?= ../shared/data

.PHONY: help app index test test-slow lint types pytest browser eval bench bench-large models-check screenshots clean

help:  ## what there is to make
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 16

app: $(VENV)/.installed  ## install, index seeds/ when there is no index, and serve the page
	@test -e index/current || $(BIN)/raadwijzer index seeds
	@$(BIN)/raadwijzer app --port $(PORT)

index: $(VENV)/.installed  ## bring the index of seeds/ up to date
	$(BIN)/raadwijzer index seeds

test: lint types pytest  ## install and run every check

lint: $(VENV)/.test-installed
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .

types: $(VENV)/.test-installed
	$(BIN)/mypy

pytest: $(VENV)/.test-installed browser
	@sh tools/run_tests.sh $(BIN)/python

test-slow: $(VENV)/.test-installed  ## a build killed at a hundred moments, instead of twenty
	RAADWIJZER_KILLS=100 $(BIN)/python -m pytest tests/test_killed.py

browser:
	@command -v chromium >/dev/null || sh tools/install_browser.sh

eval: $(VENV)/.test-installed  ## the grounding evaluation on the test questions, with a report in eval/runs/
	@rm -rf eval/runs/index
	$(BIN)/raadwijzer index seeds --index eval/runs/index
	$(BIN)/raadwijzer eval run --split test --ablation all --shuffle seeds --index eval/runs/index

bench: $(VENV)/.test-installed  ## speed and memory; uses $(DATA) when it is there
	$(BIN)/python -m eval.bench --data $(DATA)

bench-large: $(VENV)/.test-installed  ## the same for 1,000 to 1,000,000 passages of law texts in $(DATA); takes half an hour
	$(BIN)/python -m eval.bench_large --data $(DATA) --json eval/large.json --docs docs

models-check: $(VENV)/.test-installed  ## recompute every figure that a model card claims
	$(BIN)/python -m training.check --data $(DATA)

screenshots: $(VENV)/.test-installed browser  ## the pictures in the README, made with the real program
	$(BIN)/python tools/screenshots.py

clean:  ## remove what was built; documents, settings and the list of what must not come back stay
	rm -rf $(VENV) .cache eval/runs training/runs
	@test ! -d index || find index -mindepth 1 -maxdepth 1 ! -name removed.json -exec rm -rf {} +
	@rmdir index 2>/dev/null || true

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Raadwijzer heeft Python 3.11 of nieuwer nodig; kies er een met: make PYTHON=python3.12 app"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python kan geen virtuele omgeving maken. Op Debian en Ubuntu: apt install python3-venv"; exit 1; }

# The native kernel is compiled by the installation (hatch_build.py), so a change in its source installs again.
# The language model library is built from source; when that fails the program works without it and says so.
$(VENV)/.installed: pyproject.toml hatch_build.py rag/native/build.py $(wildcard rag/native/*.[ch]) | $(VENV)/bin/python
	$(BIN)/pip install --quiet --editable .
	@$(BIN)/python tools/install_llm.py
	@touch $@

$(VENV)/.test-installed: $(VENV)/.installed
	$(BIN)/pip install --quiet --editable '.[test,eval]'
	@touch $@
