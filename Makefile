# One environment of hybrid-mesh on this machine, and its tests. Needs Python 3.11 or newer and the package registries.

VENV := .venv
MESH := $(VENV)/bin/python -m mesh

.DEFAULT_GOAL := help
.PHONY: help up down status test test-faults test-drift test-previews fuzz checkov check-access mutations bench bench-access bench-learn \
	bench-review ci-preview ci-drift pictures clean packages packages-dev

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: packages ## install what is missing and bring the environment of stack lab up
	@$(MESH) lab up

down: packages ## take the environment down; what is installed stays
	@$(MESH) lab down

status: packages ## what is installed, running and deployed
	@$(MESH) lab status

test: packages-dev ## everything that CI checks
	@$(MESH) lab parts
	@$(MESH) lab test-parts
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/python -m pytest -n 4 --dist worksteal

test-faults: packages-dev ## kill the engine, break answers at every request of a small stack, and count what recovers (SHARE=0.1 TROUBLES=1 SEED=1)
	@$(MESH) lab parts
	folder=$$(mktemp -d) && PYTHONPATH=tests $(VENV)/bin/python tests/engine/fault_trials.py --folder $$folder \
		--share $(or $(SHARE),1) --troubles $(or $(TROUBLES),10) --seed $(or $(SEED),0) && rm -rf $$folder

fuzz: packages-dev ## change stack files at random, and count what is refused, accepted and really made (FILES=20000 SEED=1)
	@$(MESH) lab parts
	PYTHONPATH=tests:tests/lab/arm $(VENV)/bin/python tests/fuzz/fuzz.py --files $(or $(FILES),20000) --seed $(or $(SEED),0)

test-previews: packages-dev ## pairs of random environments: does up do what its preview shows, and is then done (PAIRS=200 SEED=0)
	@$(MESH) lab parts
	PYTHONPATH=tests:tests/fuzz:tests/lab/arm $(VENV)/bin/python tests/engine/preview_truth.py \
		--pairs $(or $(PAIRS),200) --seed $(or $(SEED),0)

checkov: packages-dev ## let Checkov look at what stacks lab, dev and prod become; every failed check needs a written reason
	@$(MESH) lab test-parts
	PYTHONPATH=tests $(VENV)/bin/python tests/checkov/checkov_table.py

test-drift: packages-dev ## change a lab in 60 ways behind the program's back, and repair it
	@$(MESH) lab parts
	$(VENV)/bin/python -m pytest tests/live --junitxml=.lab/drift.xml && grep -o 'value="[^"]*told[^"]*"' .lab/drift.xml

check-access: packages-dev ## judge a million drawn flows and requests by both readings of the rules, and 20,000 drawn objects
	SECOND_OPINIONS=1000000 EVERY_OBJECT=20000 $(VENV)/bin/python -m pytest tests/access/test_second_opinions.py tests/access/test_every_object.py

mutations: packages-dev ## change plans in all the ways that widen or break access, and count what is told (ALL=1: every instance)
	PYTHONPATH=tests $(VENV)/bin/python tests/access/mutation_score.py $(if $(ALL),--all)

bench: packages-dev ## measure the program and the engine by size, and write docs/benchmarks.md (SIZES="30 100" chooses)
	@$(MESH) lab parts
	PYTHONPATH=tests:tests/access $(VENV)/bin/python tests/bench/by_size.py $(SIZES)

bench-access: packages-dev ## processor time and memory of judging everybody, by size; ends with 1 where time is worse than linear
	PYTHONPATH=tests $(VENV)/bin/python tests/access/bench.py

bench-learn: packages-dev ## time and memory of mesh learn on a million lines with 1 % noise (LINES=100000)
	PYTHONPATH=tests/learn $(VENV)/bin/python tests/learn/bench.py --lines $(or $(LINES),1000000)

ci-preview: packages ## what a pull request would say: STACK=prod BASE=origin/main
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" .ci/preview $(or $(STACK),lab) --base $(or $(BASE),origin/main)

ci-drift: packages ## what the drift job would say: STACK=prod
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" .ci/drift $(or $(STACK),lab)

bench-review: packages-dev ## time of mesh preview and mesh drift of stack prod, against the engine's own preview and refresh
	@$(MESH) lab parts
	PYTHONPATH=tests $(VENV)/bin/python tests/review/bench.py

pictures: packages ## draw the pictures of the README again
	@$(MESH) graph stacks/Pulumi.lab.yaml --out docs/images/lab.svg
	@$(MESH) graph stacks/Pulumi.prod.yaml --out docs/images/prod.svg

clean: ## take the environment down and delete all that was made
	@if [ -e $(VENV)/installed ]; then $(MESH) lab down; fi
	rm -rf $(VENV) .lab .pytest_cache .mypy_cache .ruff_cache .hypothesis

packages:
	@$(call install,requirements.txt,$(VENV)/installed)

packages-dev: packages
	@$(call install,requirements-dev.txt,$(VENV)/installed-dev)

# $(1) the lock, $(2) its stamp: the checksum of what is installed. Dates are not asked: git sets them as it likes.
# pip takes a package that it was interrupted in for installed; a virtual environment so left is made anew, and so is
# one whose Python is gone.
define install
	set -e; \
	lock=$$(cksum < $(1)); \
	if [ -e $(VENV)/unfinished ] || ! $(VENV)/bin/python -c "" 2>/dev/null || \
		{ [ ! -e $(VENV)/installed ] && ! $(VENV)/bin/python -m pip --version >/dev/null 2>&1; }; then \
		$(find-python); \
		echo "… virtual environment with $$($$python --version)"; \
		rm -rf $(VENV); $$python -m venv $(VENV); \
	fi; \
	if [ "$$(cat $(2) 2>/dev/null)" != "$$lock" ]; then \
		echo "… Python packages of $(1) (about a minute the first time)"; \
		touch $(VENV)/unfinished; \
		$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1); \
		packages=$$($(VENV)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'); \
		echo "$(CURDIR)" > "$$packages/hybrid-mesh.pth"; \
		printf '#!/bin/sh\nexec "%s" -P -m mesh "$$@"\n' "$(CURDIR)/$(VENV)/bin/python" > $(VENV)/bin/mesh; \
		chmod +x $(VENV)/bin/mesh; \
		echo "$$lock" > $(2); \
		rm $(VENV)/unfinished; \
		echo "✓ Python packages of $(1)"; \
	fi
endef

define find-python
	python=; \
	for name in python3.11 python3.12 python3.13 python3.14 python3 python; do \
		if $$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
			python=$$name; break; \
		fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Python 3.11 or newer with its venv module is needed, and none is on PATH (on Debian: python3-venv)." >&2; \
		exit 1; \
	fi
endef
