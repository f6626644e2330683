# Every task of this repository; `make help` lists them. Nothing is installed outside .venv and
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
# Every documented task; none of them is a file.
.PHONY: $(shell sed -n 's/^\([a-z0-9-]*\):.*\#\# .*/\1/p' Makefile)

help: ## this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(READY) ## the locked dependencies, in .venv

# The bootstrap says in one sentence what is missing, before pip or venv say it in thirty lines.
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

demo: $(READY) ## the whole story on a real kube-apiserver, half a minute; KEEP=1 leaves it running to play with
	@$(BIN)/python -m demo $(if $(KEEP),--keep)

controlplane: $(READY) ## a real control plane to play with; prints its KUBECONFIG, Ctrl-C ends it
	@$(BIN)/python -m controlplane

soak-history: $(READY) ## 10,000 runs kept by replicas that are killed again and again, some minutes
	@$(BIN)/python -m soak_history

test: $(READY) ## every test but those on real pods (make e2e); the real API server included
	@$(BIN)/pytest -m "not node"

# One worker more than there are processors, since some tests only wait.
test-fast: $(READY) ## what needs no cluster
	@$(BIN)/pytest -m "not cluster and not packaging and not node" -q -n $$(($$(nproc) + 1)) --dist worksteal

node: $(READY) ## two real nodes to play with, as root; prints a KUBECONFIG, Ctrl-C ends it
	@$(BIN)/python -m node

# A KUBECONFIG of the environment is not meant: the tests install and uninstall, so a cluster must be named here.
ON_NODE = $(if $(filter command,$(firstword $(origin KUBECONFIG))),,$(BIN)/python -m node)

e2e: $(READY) ## the chart on real pods, as root; or on your cluster: KUBECONFIG=… IMAGE=repository:tag
	@$(if $(ON_NODE),$(BIN)/pytest tests/node -m node)
	@$(ON_NODE) $(BIN)/pytest tests/e2e -m node -rs

rounds: ROUNDS ?= 20
rounds: $(READY) ## install, use, upgrade, roll back, uninstall: ROUNDS times, on the node or your cluster
	@$(ON_NODE) $(BIN)/python -m e2e --rounds $(ROUNDS)

# COUNT=100000 takes about a quarter of an hour on two idle cores.
attack: COUNT ?= 5000
attack: SEED ?= 1
attack: $(READY) ## try COUNT changes of stored runs: webhook on, off, restarting, alone (SEED)
	@$(BIN)/python -m attack --count $(COUNT) --seed $(SEED)

soak-webhook: MINUTES ?= 1
soak-webhook: $(READY) ## 50 runs a second for MINUTES of a team that is edited all the time
	@$(BIN)/python -m soak_webhook --minutes $(MINUTES)

soak-memory: REQUESTS ?= 100000
soak-memory: $(READY) ## memory of one webhook process over REQUESTS calls of every kind
	@$(BIN)/python -m soak_webhook.memory --requests $(REQUESTS)

lint: $(READY) ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(READY) ## format and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

generate: $(READY) ## write every generated file
	$(BIN)/crd-gen write
	@$(BIN)/python -m docs

verify: generate ## generated files are up to date: regenerate, then demand a clean tree
	@git diff --exit-code || { echo "generated files are stale: commit what 'make generate' wrote" >&2; exit 1; }
	@test -z "$$(git ls-files --others --exclude-standard)" || { git ls-files --others --exclude-standard; echo "'make generate' wrote files that are not committed" >&2; exit 1; }

lock: ## resolve the dependencies anew (needs uv); the lock files name no registry
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-package crd-gen pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-package crd-gen --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-package crd-gen --group go -o requirements-go.lock

soak-certs: $(READY) ## ROLLS=100 CA rolls in a row under a load of creates; a quarter of an hour at most
	@$(BIN)/python -m soak --rolls $(or $(ROLLS),100)

bench: $(READY) ## what admission costs on a real API server, six minutes; writes tests/bench/results
	@$(BIN)/python -m bench
	@$(BIN)/python -m docs

bench-short: $(READY) ## ours beside two webhooks that allow everything, a minute: the ratios that CI shows
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
# The control plane's helm, whose version is tested; or your own: make chart-package HELM=helm
HELM ?= $(BIN)/python -m controlplane.helm

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

version-check: ## the release TAG=v… is the version of pyproject.toml and of the chart
	@test "$(TAG)" = "v$(VERSION)" || { echo "version-check: TAG is '$(TAG)', expected v$(VERSION), the version of pyproject.toml" >&2; exit 1; }
	@grep -qx 'version = "$(VERSION)"' crd-gen/pyproject.toml || \
	  { echo "version-check: version in crd-gen/pyproject.toml must be $(VERSION), as in pyproject.toml" >&2; exit 1; }
	@grep -qx 'version: $(VERSION)' charts/arkrun/Chart.yaml && grep -qx 'appVersion: "$(VERSION)"' charts/arkrun/Chart.yaml || \
	  { echo "version-check: version and appVersion in charts/arkrun/Chart.yaml must be $(VERSION), as in pyproject.toml" >&2; exit 1; }

clean: ## remove what make made here (not the control plane's cache)
	rm -rf $(VENV) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
