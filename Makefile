# make run    everything, with demo data, at http://localhost:8000 (PORT=…)
# make test   every test;  make check  linters, types, import contracts, migrations, deployment check
# make bench  ours against the limit (QUICK=1 in three minutes; PART="ledger lists")
# make chaos  faults at random, for minutes: settlement (SEEDS=1-20), ledger;  make shots  screenshots of every page into var/shots
# make manage ARGS="verify"   a Django command on the data of make run
# make backup [TO=file]   make restore FROM=file
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
STACK = $(BIN)/python -m backoffice.stack

.PHONY: run test check bench chaos shots manage backup restore format
run:
	@$(PYTHON) backoffice/stack/bootstrap.py $(VENV) requirements.txt
	@exec $(STACK) run

$(VENV)/installed-dev: requirements.txt requirements-dev.txt
	@$(PYTHON) backoffice/stack/bootstrap.py $(VENV) requirements.txt requirements-dev.txt
	@touch $@

test: $(VENV)/installed-dev
	@$(STACK) test -n 2 --dist loadfile $(ARGS)

check: $(VENV)/installed-dev
	@$(STACK) check

bench: $(VENV)/installed-dev
	@$(BIN)/python -m bench $(PART)

SEEDS ?= 1-5
chaos: $(VENV)/installed-dev
	@CHAOS_SEEDS=$(SEEDS) STORM_SECONDS=60 $(STACK) test -m chaos -n 0 $(ARGS)

shots: $(VENV)/installed-dev
	@$(STACK) shots

manage:
	@$(STACK) manage $(ARGS)

backup:
	@$(STACK) backup $(TO)

restore:
	@$(STACK) restore $(FROM)

format: $(VENV)/installed-dev
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .
