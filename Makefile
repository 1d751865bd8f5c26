# `make help` lists what can be done. Needs Debian (or the like) with Python 3.11+, make and a package index; the rest is set up here.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
SCALE ?= 1
ROWS ?= 100000
PERSONS ?= 10000000
DENSITY ?= 1
export PYTHON

.PHONY: help demo up down status test quick machines again lint bench truth readers lock image clean setup setup-dev

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## Run three provinces' deliveries through everything and show what comes out
	@$(BIN)/province-data demo

up: setup ## Start the warehouse and Airflow on this machine, and leave them running
	@$(BIN)/province-data up

down: ## Stop what `make up` started
	@[ ! -x $(BIN)/province-data ] || $(BIN)/province-data down

status: setup ## Say what runs, what is due and what was published
	@$(BIN)/province-data status

test: setup-dev ## Lint, types, and every test
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check . && echo "ruff: clean"
	@$(BIN)/mypy --no-error-summary && $(BIN)/mypy --no-error-summary dags && echo "mypy: clean"
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

quick: setup-dev ## The tests without the slow ones
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not e2e"

machines: setup-dev ## Play two machines on a queue and kill one while it judges (needs redis-server; five minutes)
	@$(BIN)/pytest -q -s -m machines

again: ## Run the tests that failed last time once more, one after the other
	@$(BIN)/pytest -q --last-failed --last-failed-no-failures none

lint: setup-dev ## Lint and types only
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/mypy dags

bench: setup-dev ## Measure a whole province against the limit of this machine (SCALE=0.1 for a quick look)
	@$(BIN)/python -m benchmarks.run --scale $(SCALE)

truth: setup-dev ## Plant every kind of error at three rates and see which are found, and what else is (ROWS=100000)
	@$(BIN)/python -m benchmarks.truth --rows $(ROWS)

readers: setup-dev ## Measure readers, publications and quality pages at the size of a country (PERSONS=10000000 DENSITY=1; about 40 GB of disk)
	@$(BIN)/python -m benchmarks.readers --persons $(PERSONS) --density $(DENSITY) --keep
	@$(BIN)/python -m benchmarks.publishing --bases $$(( $(PERSONS) / 10 )),$(PERSONS) --rows $$(( $(PERSONS) / 100 )) --density $(DENSITY)
	@$(BIN)/python -m benchmarks.pages --findings $(PERSONS)

lock: setup-dev ## Resolve the versions anew and write the lock files
	@deploy/lock.sh $(VENV)

image: ## Build the container image of a server
	@docker build -f deploy/Dockerfile -t province-data:local .

clean: down ## Remove the environment, caches and everything the demo made
	@rm -rf $(VENV) .province-data .pytest_cache .mypy_cache .ruff_cache build dbt_project/target dbt_project/logs
	@find . -name __pycache__ -type d -prune -exec rm -rf {} + ; find . -name '*.egg-info' -type d -prune -exec rm -rf {} +

setup:
	@deploy/venv.sh $(VENV) requirements.lock requirements-dev.lock

setup-dev:
	@deploy/venv.sh $(VENV) requirements-dev.lock
