# Everything a developer or CI calls. `make setup` needs git, a C compiler and a python3 with pip; the rest needs `make setup`.
.DEFAULT_GOAL := help
.PHONY: help setup report test test-all check format validate bench peers-setup peers docs wheel lock clean docs-examples docs-images

# uv trusts the certificates of the system, as git and pip do: some networks have their own.
export UV_SYSTEM_CERTS ?= 1

bin := .venv/bin
figures := emergence_stats/datasets/data/chain_of_thought.csv

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/made ## .venv with the project and all that its tests need

.venv/made: requirements/dev.txt requirements/uv.txt pyproject.toml api/pyproject.toml .python-version scripts/setup.sh
	@echo 'setting up .venv (once)'
	@scripts/setup.sh
	@touch $@

report: setup ## the published chain-of-thought figures, analysed into report/
	$(bin)/emergence-stats report $(figures) --out report

test: check ## what CI runs: the checks, then all tests but the slow ones
	$(bin)/python -m pytest -m 'not slow'

test-all: check ## the slow tests too
	$(bin)/python -m pytest

check: setup ## style, types, layers
	$(bin)/ruff check .
	$(bin)/ruff format --check .
	$(bin)/mypy
	$(bin)/lint-imports

format: setup ## mend what can be mended by itself
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

validate: peers-setup ## every measurement, written into docs/validation.md with machine and commit (up to an hour and a half)
	$(bin)/python -m benchmarks --write-docs --workers 2
	$(bin)/python -m benchmarks.peers --write-docs --workers 2

bench: setup ## accuracy, evidence and speed, printed as tables (a quarter of an hour); python -m benchmarks alone measures all
	$(bin)/python -m benchmarks accuracy evidence speed --workers 2

peers-setup: .venv/peers ## the packages that `make peers` compares with, on top of .venv

.venv/peers: .venv/made requirements/peers.txt
	"$$(scripts/uv.sh)" pip install --quiet --python $(bin)/python --require-hashes -r requirements/peers.txt
	@touch $@

peers: peers-setup ## other programs beside ours on the same series (about 20 minutes), into docs/validation.md
	$(bin)/python -m benchmarks.peers --workers 2 --write-docs

docs: setup ## the documentation as a site, into site/, notebooks run
	NO_MKDOCS_2_WARNING=1 DOCS_RUN_NOTEBOOKS=1 $(bin)/python -m mkdocs build --quiet --strict

docs-examples: setup ## what the examples of the documentation print today, written into its pages
	$(bin)/python -m tests.docs.examples

docs-images: report ## the pictures in docs/images, by the commands that the pages show; needs Chromium
	$(bin)/python scripts/docs_images.py

wheel: setup ## the package as it would be published, into dist/
	"$$(scripts/uv.sh)" build --quiet --wheel --no-build-isolation --python $(bin)/python

lock: ## newest versions that pyproject.toml allows, with hashes, into requirements/
	scripts/lock.sh

clean: ## remove what make made
	rm -rf .venv .tools .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis report site dist
