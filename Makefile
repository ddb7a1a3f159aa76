# The two commands: `make demo` and `make test`. Both install what they need first.
PYTHON := .venv/bin/python
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test lint types contracts pytest format lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## Set everything up, build the corpus, run the whole story, stay up (ARGS=--exit ends)
	@scripts/setup.sh demo
	@$(PYTHON) -m scripts.demo $(ARGS)

test: ## Set everything up and run every check and test
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory lint types contracts pytest

lint: ## Style
	@$(PYTHON) -m ruff format --check --quiet .
	@$(PYTHON) -m ruff check --quiet .

types: ## Strict types
	@$(PYTHON) -m mypy

contracts: ## Floors and purity
	@.venv/bin/lint-imports

pytest: ## Tests only, on both cores (ARGS are handed to pytest)
	@$(PYTHON) -m pytest -n 2 --dist loadgroup $(ARGS)

format: ## Rewrite the code in the agreed style
	@$(PYTHON) -m ruff check --fix --quiet .
	@$(PYTHON) -m ruff format --quiet .

lock: ## Renew requirements.lock from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml --group dev --universal --generate-hashes --quiet \
	  --no-emit-index-url --no-emit-find-links --no-header -o requirements.lock

clean: ## Remove what the commands made here
	@rm -rf .venv node_modules app/console/static/vendor var .cache
