# make run   start the app          make test   run every test
# make lint  check style            make bench  print the benchmarks' tables
PYTHON ?= python3
PORT ?= 8501
# Files of tests that run at a time; each takes about 2 GB. In their own order, the files that take longest come first.
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint bench clean

run: $(VENV)/installed
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: $(VENV)/installed-dev
	@sh tests/install_browser.sh $(BIN)/python
	@sh tests/install_servers.sh
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(VENV)/installed-dev
	@sh tests/install_browser.sh $(BIN)/python
	$(BIN)/python -m benchmarks.recognition
	$(BIN)/python -m benchmarks.pen_up
	$(BIN)/python -m benchmarks.cold_start
	$(BIN)/python -m benchmarks.explained
	$(BIN)/python -m benchmarks.layers_page

clean:
	rm -rf $(VENV)

# Stamps, so that nothing is installed twice and an edited requirements file is.
$(VENV)/installed: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt requirements-cluster.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-cluster.txt 2>/dev/null \
	    || echo "Ray cannot be installed here: its tests are skipped."
	@touch $@
