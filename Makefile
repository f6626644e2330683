# All tasks of this repository; `make help` lists them. Nothing is installed outside .venv and
# the cache of the control plane ($XDG_CACHE_HOME/arkrun, else ~/.cache/arkrun).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
export PYTHONPATH := tests
# Tests start hundreds of processes, and pytest rewrites its plugins and tests: each is compiled once.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
# All documented targets; none of them is a file.
.PHONY: $(shell sed -n 's/^\([a-z0-9-]*\):.*\#\# .*/\1/p' Makefile)

help: ## list the targets
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(READY) ## install the locked dependencies into .venv

# Checked first, for one clear sentence instead of a traceback of venv or pip.
$(READY): requirements-dev.lock pyproject.toml crd-gen/pyproject.toml
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "arkrun needs Python 3.11 or later with its venv module; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Install it (Debian: apt-get install python3-venv) or name another: make PYTHON=python3.12 …" >&2; exit 1; }
	@echo "venv: installing the locked dependencies into $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable crd-gen
	@$(BIN)/python -m compileall -q crd-gen kube certs webhook cli history
	@touch $@

jaeger: $(READY) ## build the Jaeger that tests/cli/traces/test_trace_on_jaeger.py needs, some minutes, once
	@$(BIN)/python -m controlplane.programs.jaeger

demo: $(READY) ## run the demo on a real kube-apiserver, half a minute; KEEP=1 leaves the cluster running
	@$(BIN)/python -m demo $(if $(KEEP),--keep)

controlplane: $(READY) ## start a real control plane and print its KUBECONFIG; Ctrl-C stops it
	@$(BIN)/python -m controlplane

soak-history: $(READY) ## test retention of 10,000 runs while replicas are killed repeatedly, some minutes
	@$(BIN)/python -m soak.history

# Examples of a property test: fast (20), thorough (50) or ci (100). Each of the two workers has a control plane.
EXAMPLES ?= fast
PYTEST    = $(BIN)/pytest --hypothesis-profile=$(EXAMPLES) -q -n 2 --dist loadscope

test: $(READY) ## run the tests, on a real control plane; without make test-slow and make e2e
	@$(PYTEST) -m "not slow and not node"

test-slow: $(READY) ## test outages, crashes, lifecycles of releases, soaks and packages: a quarter of an hour
	@$(PYTEST) -m "slow and not node"

# One process: every further worker would import all tests, which takes longer than it saves.
test-fast: $(READY) ## run the tests that need no cluster and start no programs
	@$(BIN)/pytest -m "not cluster and not process and not slow and not node" -q

node: $(READY) ## start two real nodes, as root, and print a KUBECONFIG; Ctrl-C stops them
	@$(BIN)/python -m node

# KUBECONFIG counts only on the command line, not in the environment: the tests install and uninstall the chart.
ON_NODE = $(if $(filter command,$(firstword $(origin KUBECONFIG))),,$(BIN)/python -m node)

e2e: $(READY) ## test the chart on real pods, as root, or on your cluster: KUBECONFIG=… IMAGE=repository:tag
	@$(if $(ON_NODE),$(BIN)/pytest tests/node -m node)
	@$(ON_NODE) $(BIN)/pytest tests/e2e -m node -rs

rounds: ROUNDS ?= 20
rounds: $(READY) ## install, use, upgrade, roll back, uninstall: ROUNDS times, on the node or your cluster
	@$(ON_NODE) $(BIN)/python -m e2e --rounds $(ROUNDS)

# COUNT=100000 takes about a quarter of an hour on two idle cores.
attack: COUNT ?= 5000
attack: SEED ?= 1
attack: $(READY) ## try COUNT random changes of stored runs: webhook on, off, restarting, alone (SEED)
	@$(BIN)/python -m attack --count $(COUNT) --seed $(SEED)

attack-seal: COUNT ?= 2000
attack-seal: SEED ?= 1
attack-seal: CRDS ?= ours
attack-seal: $(READY) ## COUNT edits of sealed runs in etcd, and legitimate lifecycles (SEED, CRDS=foreign)
	@$(BIN)/python -m attack_seal --count $(COUNT) --lives $$(($(COUNT) / 5)) --seed $(SEED) --crds $(CRDS)

soak-webhook: MINUTES ?= 1
soak-webhook: $(READY) ## create 50 runs a second for MINUTES of a team that is edited constantly
	@$(BIN)/python -m soak.webhook --minutes $(MINUTES)

soak-memory: REQUESTS ?= 100000
soak-memory: $(READY) ## measure the memory of one webhook process over REQUESTS requests of every kind
	@$(BIN)/python -m soak.webhook.memory --requests $(REQUESTS)

lint: $(READY) ## check format, lint rules, types and import layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(READY) ## format, and fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

generate: $(READY) ## write all generated files
	$(BIN)/crd-gen write
	@$(BIN)/python -m docs
	@$(BIN)/python -m seal.format.vectors

verify: generate ## check that the generated files are up to date
	@git diff --exit-code || { echo "generated files are stale: commit what 'make generate' wrote" >&2; exit 1; }
	@test -z "$$(git ls-files --others --exclude-standard)" || { git ls-files --others --exclude-standard; echo "'make generate' wrote files that are not committed" >&2; exit 1; }

lock: ## update the lock files (needs uv); they name no registry
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-package crd-gen pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-package crd-gen --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-package crd-gen --group go -o requirements-go.lock

soak-certs: $(READY) ## rotate the CA ROLLS=100 times under a load of creates; a quarter of an hour at most
	@$(BIN)/python -m soak.certs --rolls $(or $(ROLLS),100)

bench: $(READY) ## measure the cost of admission on a real API server, six minutes; writes tests/bench/results
	@$(BIN)/python -m bench
	@$(BIN)/python -m docs

bench-short: $(READY) ## compare with two webhooks that allow everything, a minute
	@$(BIN)/python -m bench --short

wheel: $(READY) ## build the wheels of arkrun and crd-gen into dist/
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist ./crd-gen .

# The release's version; `make version-check` compares the chart's.
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null)
# Where releases go, such as registry.example/owner: the image to REGISTRY/arkrun, the chart to REGISTRY/charts.
REGISTRY ?=
IMAGE ?= $(if $(REGISTRY),$(REGISTRY)/)arkrun:$(VERSION)
CONTAINER ?= $(firstword $(notdir $(shell command -v docker buildah podman)))
# The helm of the test control plane, or another one: make chart-package HELM=helm
HELM ?= $(BIN)/python -m controlplane.programs.helm

image: ## build the container image; CONTAINER=buildah, REGISTRY=registry/path or IMAGE=repository:tag
	@$(if $(CONTAINER),,echo "image: install docker, buildah or podman" >&2; exit 1)
	$(CONTAINER) build --tag $(IMAGE) --file Dockerfile --build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) $(BUILD_ARGS) .

publish-image: ## push what `make image` built with the same REGISTRY or IMAGE; log in first
	@$(if $(findstring /,$(IMAGE)),,echo "publish-image: IMAGE is '$(IMAGE)', which names no registry: add REGISTRY=registry/path" >&2; exit 1)
	$(CONTAINER) push $(IMAGE)

chart-package: $(READY) ## package the chart into dist/
	@mkdir -p dist
	$(HELM) package charts/arkrun --destination dist

publish-chart: chart-package ## push the chart to REGISTRY=registry/path as an OCI artifact; log in first
	@$(if $(REGISTRY),,echo "publish-chart: no REGISTRY: add REGISTRY=registry/path" >&2; exit 1)
	$(HELM) push dist/arkrun-$(VERSION).tgz oci://$(REGISTRY)/charts

version-check: ## check that TAG=v… matches the version in pyproject.toml and the chart
	@test "$(TAG)" = "v$(VERSION)" || { echo "version-check: TAG is '$(TAG)', expected v$(VERSION), the version of pyproject.toml" >&2; exit 1; }
	@grep -qx 'version = "$(VERSION)"' crd-gen/pyproject.toml || \
	  { echo "version-check: version in crd-gen/pyproject.toml must be $(VERSION), as in pyproject.toml" >&2; exit 1; }
	@grep -qx 'version: $(VERSION)' charts/arkrun/Chart.yaml && grep -qx 'appVersion: "$(VERSION)"' charts/arkrun/Chart.yaml || \
	  { echo "version-check: version and appVersion in charts/arkrun/Chart.yaml must be $(VERSION), as in pyproject.toml" >&2; exit 1; }

clean: ## remove the files made by make, except the control plane's cache
	rm -rf $(VENV) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
