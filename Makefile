# The two commands a newcomer needs are `make run` and `make test`; each does its own set-up.
PYTHON ?= python3
VENV := .venv/bin
EXAMPLE := resources/examples/accelerometer

.PHONY: run test check bench soak lock format screenshots clean setup setup-dev

run: setup
	@$(VENV)/python main.py --example accelerometer

setup:
	@$(PYTHON) packaging/setup_env.py

setup-dev:
	@$(PYTHON) packaging/setup_env.py --dev

test: setup-dev
	$(VENV)/python -m pytest -m "not soak" -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

soak: setup-dev
	$(VENV)/python -m pytest -m soak

check: setup-dev
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	$(VENV)/lint-imports

bench: setup-dev
	$(VENV)/python -m tests.bench

format: setup-dev
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .

screenshots: setup-dev
	$(VENV)/python packaging/screenshots.py

# Hash-locked and universal; the files name no host.
lock: setup-dev
	cd packaging && for name in requirements requirements-dev; do \
	  uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
	    --no-annotate --no-header $$name.in -o $$name.lock; done

clean:
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis
