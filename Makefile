# The commands of the project; `make help` lists them. Nothing but Python 3.11, Node and (for tests) apt is expected.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
export NO_MKDOCS_2_WARNING := 1

.PHONY: help run demo drill first-admin test test-running test-others test-site test-portal contract fuzz soak faults drill-fixity mutants check bench big setup site chromium format clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

run: setup site  ## start the whole service on this machine and say where it is
	@$(BIN)/python -m local.run

demo: setup site  ## deposit, damage, find, repair: the promise in under a minute; STOPPED=second: one store is down at first
	@STOPPED=$(STOPPED) $(BIN)/python -m local.demo

drill: setup site  ## take each store away for good, one after the other: what goes on, and that an empty one is filled
	@$(BIN)/python -m local.drill

test: setup site chromium  ## all tests
	npm test --silent --prefix site/portal
	$(MAKE) --output-sync=target --jobs=2 test-running test-others

test-running: setup site chromium
	$(BIN)/python -m pytest -m "running and not thorough"

test-others: setup site chromium
	$(BIN)/python -m pytest -m "not running and not thorough"

contract: setup site  ## the wire contract on the running product: which test holds which rule, and which rule lacks one
	$(BIN)/python -m pytest -p tests.contract.rules tests/contract

fuzz: setup site  ## many requests that nobody would send, others every time; FUZZ=20000 says how many for each test
	FUZZ=$(or $(FUZZ),20000) $(BIN)/python -m pytest --timeout 0 tests/contract/test_fuzz.py

soak: setup  ## stories of everything that can go wrong, others every time, and how much of each happened; SOAK=2000 says how many
	SOAK=$(or $(SOAK),2000) $(BIN)/python -m pytest --timeout 0 tests/services/everything

faults: setup  ## a network before the second store that does all that networks do, with large items; FAULTS=3 rounds at random
	FAULTS=$(or $(FAULTS),3) $(BIN)/python -m pytest -s --timeout 900 tests/flows/test_faulty_network.py

drill-fixity: setup site  ## damage 500 copies at random (N=, SEED=), two of three at once, too: all found and repaired? BIG=10: an item of 10 GiB
	$(BIN)/python -m local.drill_fixity

mutants: setup  ## turn every decision of the judge around, one at a time: some test must notice each; MUTANTS=20 says how many
	$(BIN)/python -m tests.mutants $(MUTANTS)

first-admin: setup  ## a code that makes its owner a root user of the instance in the environment: EMAIL=...
	@EMAIL="$(EMAIL)" $(BIN)/python -m local.first_admin

test-site: setup site chromium site/checks/node_modules/.package-lock.json  ## every page of the site in a browser; pictures into build/screenshots
	$(BIN)/python -m pytest -m "thorough or not thorough" tests/site

test-portal: setup site chromium  ## every story of the portal in a browser; pictures into build/screenshots/portal
	npm test --silent --prefix site/portal
	PICTURES=yes $(BIN)/python -m pytest -m "thorough or not thorough" tests/portal

test-days: setup site  ## the long stories of bad days, with stores that stay away and copies that are damaged
	$(BIN)/python -m pytest --timeout 600 -m "thorough or not thorough" tests/flows

check: setup  ## formatter, linter, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup site chromium site/checks/lighthouse/node_modules/.package-lock.json  ## measure; every figure beside a peer or a limit of the same run
	$(BIN)/python -m benchmarks

big: setup  ## pass 5 GB through the gateway and see how much memory it takes; not part of the tests
	$(BIN)/python -m benchmarks.big

format: setup  ## let the formatter and the linter repair what they can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

setup: .venv/ready .venv-ministack/ready .venv-swift/ready  ## environments with all pinned dependencies

site: build/site/portal/index.html  ## the site and the portal, into build/site

clean:  ## remove everything that was built or installed; the data folder stays
	rm -rf build .venv .venv-ministack .venv-swift site/portal/node_modules site/checks/node_modules site/checks/lighthouse/node_modules .chalice/deployments

.venv/ready: requirements.txt requirements-dev.txt pyproject.toml
	$(call environment,.venv)
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv-%/ready: local/requirements-%.txt
	$(call environment,.venv-$*)
	.venv-$*/bin/python -m pip install --quiet -r $<
	@touch $@

# Debian ships Python without the module that makes environments complete.
define environment
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@test -x $(1)/bin/pip || $(PYTHON) -m venv $(1) || { rm -rf $(1); $(call apt,python3-venv) && $(PYTHON) -m venv $(1); }
endef

define apt
{ [ "$$(id -u)" = 0 ] && as_root= || as_root=sudo; $$as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$as_root apt-get install -y -qq $(1) >/dev/null; }
endef

chromium:
	@command -v chromium >/dev/null || $(call apt,chromium)

# MkDocs empties build/site, so the portal is built after it. With --quiet a strict build lets every warning pass.
# The gateway sends the compressed file that stands beside a file.
SITE_SOURCES := mkdocs.yml $(shell find site/content site/theme site/hooks site/data -type f 2>/dev/null)
PORTAL_SOURCES := $(shell find site/portal -path site/portal/node_modules -prune -o -type f -print 2>/dev/null)

build/site/portal/index.html: .venv/ready $(SITE_SOURCES) $(PORTAL_SOURCES) site/portal/node_modules/.package-lock.json
	$(BIN)/mkdocs build --strict
	npm run build --silent --prefix site/portal
	$(BIN)/python -m whitenoise.compress --quiet --no-brotli build/site
	@touch $@

site/checks/node_modules/.package-lock.json: site/checks/package.json site/checks/package-lock.json
	npm ci --silent --no-audit --no-fund --prefix site/checks
	@touch $@

site/checks/lighthouse/node_modules/.package-lock.json: site/checks/lighthouse/package.json site/checks/lighthouse/package-lock.json
	npm ci --silent --no-audit --no-fund --ignore-scripts --prefix site/checks/lighthouse
	@touch $@

site/portal/node_modules/.package-lock.json: site/portal/package.json site/portal/package-lock.json
	npm ci --silent --no-audit --no-fund --prefix site/portal
	@touch $@
