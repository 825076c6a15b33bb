# `make demo`, `make test` and `make check` build .venv themselves from constraints.txt.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: demo test check unit neighbours bench clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --group dev -e '.[collect,content,evaluate,fast,ldap,look-up,ocr,postgres,scan,spark]'
	@touch $@

.venv/.demo: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

demo: .venv/.demo
	$(BIN)/missent demo

test: $(STAMP) neighbours lint
	$(BIN)/pytest -n 2 --dist loadfile

check: $(STAMP) lint
	$(BIN)/pytest -q -n 2 --dist loadfile -m "not real"

.PHONY: lint
lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

neighbours:
	sh tests/real/install.sh

bench: $(STAMP)
	$(BIN)/python -m bench.run

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
