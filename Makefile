# Two commands matter: `make demo` and `make test`. Each prepares all it needs by itself.
PY := .venv/bin/python
PYTEST := $(PY) -m pytest
JOBS ?= 2

unexport PYTHONDONTWRITEBYTECODE   # what is started a thousand times is compiled once

.PHONY: demo test test-fast test-systems test-exhaustive lint docs docs-images bench clean

demo:            ## a small real project goes from check to re-run
	@tools/setup.sh demo
	@.venv/bin/artifactpack demo demo

test:            ## everything but the heavy outside systems
	@tools/setup.sh test
	@$(PYTEST) -q -n $(JOBS) --dist loadfile

test-fast:       ## under a minute on two cores
	@$(PYTEST) -q -n $(JOBS) --dist loadfile -m "not slow and not systems and not exhaustive"

test-systems:    ## installs and drives the heavy outside systems
	@tools/setup.sh test
	@$(PYTEST) -q -m systems --timeout 1800

test-exhaustive: ## the full versions of what `make test` samples
	@tools/setup.sh test
	@$(PYTEST) -q -m exhaustive --timeout 7200

lint:            ## ruff and mypy, strict
	@$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy

docs:            ## regenerate what is generated
	@$(PY) -m tools.docs

docs-images:     ## the picture of the report in the README
	@$(PY) -m tools.docs_images

bench:           ## every performance claim, as ratios measured in one run
	@for file in benchmarks/*.py; do $(PY) $$file || exit 1; done

clean:
	rm -rf .venv demo dist build .pytest_cache .mypy_cache .ruff_cache
