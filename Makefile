# `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
BIN := $(CURDIR)/.venv/bin
STEP := tools/step.sh
ARGS ?=

# Of two processes of pytest one takes the scenarios, one after the other, and one all other tests, file by file.
# What stands third (tests/repository/test_documentation.py) is handed out with the scenarios: it has to be short.
ALL_TESTS := tests/molecule tests/repository tests/playbooks tests/mutants tests/faults tests/matrix tests/contract tests/unit
SIDE_BY_SIDE := --numprocesses=2 --dist=loadfile --no-loadscope-reorder

# The tools' own settings, and nothing of the user's packages or Ansible configuration.
$(foreach name,$(filter ANSIBLE_% ENCVOY_% MOLECULE_%,$(.VARIABLES)),$(eval unexport $(name)))
export PYTHONNOUSERSITE := 1
export ANSIBLE_CONFIG := $(CURDIR)/sandbox/ansible.cfg
export ANSIBLE_HOME := $(CURDIR)/.ansible
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.ansible/collections
export PATH := $(BIN):$(PATH)
# Byte code is kept, for every short-lived process of Ansible needs it, and out of sight.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.cache/bytecode
unexport PYTHONPATH VIRTUAL_ENV PYTHONHOME PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: environment
environment:
	@$(STEP) "Python environment" tools/environment.sh

.PHONY: docker
docker:
	@$(STEP) "Docker Engine" tools/docker_engine.sh

.PHONY: demo
demo: environment docker ## bring up the sandbox and run encvoy.sentry.site against it: make demo SENTRY_IMAGE=... LAYOUT=26.8.0
	@$(STEP) "Sandbox images" python -m sandbox.images.build $(SENTRY_IMAGE)
	@$(STEP) "Sandbox: Encvoy ID and a Sentry with password login" ansible-playbook sandbox/up.yml -e sandbox_name=demo \
	  $(if $(SENTRY_IMAGE),-e sandbox_sentry_image=$(SENTRY_IMAGE)) $(if $(LAYOUT),-e sandbox_layout=$(LAYOUT))
	@$(STEP) "encvoy.sentry.site" ansible-playbook -i sandbox/inventory/demo.yml encvoy.sentry.site
	@python tools/demo_accounts.py

.PHONY: demo-down
demo-down: environment ## remove the demo's containers, networks, volumes and files
	@$(STEP) "Removing the demo" ansible-playbook sandbox/down.yml -e sandbox_name=demo

.PHONY: play
play: environment ## run a playbook against the demo: make play PLAYBOOK=verify ARGS="--check --diff"
	@ansible-playbook -i sandbox/inventory/demo.yml encvoy.sentry.$(or $(PLAYBOOK),$(error name a playbook, for example PLAYBOOK=site)) $(ARGS)

.PHONY: test
test: environment docker ## run every test: lint, pytest, molecule on the real Sentry
	@$(STEP) "Sandbox images" python -m sandbox.images.build
	@$(STEP) "Images of the oldest and the newest controller" python -m sandbox.images.matrix oldest newest
	@pytest $(ALL_TESTS) $(SIDE_BY_SIDE)

.PHONY: lint
lint: environment ## run the linters and the tests of the repository itself
	@pytest tests/repository --numprocesses=2 $(ARGS)

.PHONY: unit
unit: environment ## run the tests that need no Docker
	@pytest tests/contract tests/unit $(ARGS)

.PHONY: molecule
molecule: environment docker ## run the molecule scenarios on the real Sentry, one after the other
	@$(STEP) "Sandbox images" python -m sandbox.images.build
	@$(STEP) "Images of the oldest and the newest controller" python -m sandbox.images.matrix oldest newest
	@pytest tests/molecule --capture=no $(ARGS)

.PHONY: matrix
matrix: demo ## unit tests and site on the demo, on each supported Python, ansible-core and httpx: make matrix ARGS="-k 2.16"
	@$(STEP) "Images of the controllers" python -m sandbox.images.matrix
	@MATRIX=all SANDBOX_NAME=demo pytest tests/matrix tests/system/controllers $(ARGS)

.PHONY: mutants
mutants: environment ## break the code line by line and see that tests fail
	@python -m tools.mutants $(ARGS)

.PHONY: bench
bench: demo ## measure the modules, and whole playbooks on the demo
	@python -m tests.bench
	@python -m tests.bench.playbooks
	@python -m tests.bench.downtime

.PHONY: build
build: environment ## build the collection artifact into dist/, the same from every clone of a commit
	@python -m tools.artifact dist

.PHONY: clean-images
clean-images: ## remove the cached sandbox images
	@docker image ls --quiet --filter 'label=encvoy.sentry.sandbox.image' | sort -u | xargs -r docker image rm --force
