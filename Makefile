# `make` prints what can be made. ARGS goes to the command behind a target:
#   make site ARGS="-e terraglue_target=aws"

BIN := .venv/bin
PLAYBOOK := $(BIN)/ansible-playbook
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup setup-test site teardown status job query check-data ddl local-start local-stop local-wipe \
	test units integration molecule lint sanity bench docs build clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: ## what running needs: .venv and .collections (site and the others see to it themselves)
	@tools/setup.sh

setup-test: ## what the checks need
	@tools/setup.sh test

site: setup ## deploy the whole environment (ARGS="-e terraglue_target=aws" for a real account)
	@$(PLAYBOOK) playbooks/site.yml $(ARGS)

teardown: setup ## remove the whole environment
	@$(PLAYBOOK) playbooks/teardown.yml $(ARGS)

status: setup ## what exists
	@$(PLAYBOOK) playbooks/status.yml $(ARGS)

job: setup ## run the deployed job and show the table that it makes
	@$(PLAYBOOK) playbooks/run_job.yml $(ARGS)

# The text as it was typed: make would take a $ in it for its own, a shell its quotes.
query: export TERRAGLUE_SQL := $(value SQL)
query: setup ## ask Athena: make query SQL='SELECT 1' (ARGS="-e database=NAME -e csv=FILE")
	@$(PLAYBOOK) playbooks/query.yml $(ARGS)

check-data: setup ## hold every value of the data folder against its column; changes nothing
	@$(PLAYBOOK) playbooks/check_data.yml $(ARGS)

ddl: setup ## the databases and tables as the statements that make them
	@$(PLAYBOOK) playbooks/ddl.yml $(ARGS)

local-start: setup ## start the local AWS (site does, when it is not up)
	@$(PLAYBOOK) playbooks/local_aws.yml -e local_aws_state=started $(ARGS)

local-stop: setup ## stop the local AWS; what was deployed there is kept
	@$(PLAYBOOK) playbooks/local_aws.yml -e local_aws_state=stopped $(ARGS)

local-wipe: setup ## stop the local AWS and forget everything in it
	@$(PLAYBOOK) playbooks/local_aws.yml -e local_aws_state=wiped $(ARGS)

test: setup-test ## everything that proves the collection
	@tools/test.sh

units: setup-test ## unit tests
	@$(BIN)/pytest tests/unit $(ARGS)

integration: setup-test ## ansible-test integration, on a local AWS of its own (ARGS: targets)
	@tools/integration.sh $(ARGS)

molecule: setup-test ## the roles in plays of their own, on a local AWS of their own (ARGS: scenarios)
	@tools/molecule.sh $(ARGS)

lint: setup-test ## every check that runs nothing, sanity too (ARGS: names of checks)
	@tools/lint.sh $(ARGS)

sanity: setup-test ## ansible-test sanity, complete (ARGS: its options)
	@tools/ansible_test.sh sanity $(ARGS)

bench: setup-test ## uploads, catalogs and the job at size, as ratios to the fewest calls and to doing it by hand (ARGS: cases, --smoke, --repeat 5)
	@$(BIN)/python benchmarks/bench.py $(ARGS)

docs: setup-test ## the documentation of all plugins and roles as text in build/docs
	@tools/docs.sh

build: setup ## the collection as an archive in build
	@tools/build.sh

clean: ## remove what make has made here, the virtual environments too
	rm -rf .venv .venv-clients .collections .cache .ansible .pytest_cache build tests/output
