# What can be run here; "make" lists it.

GO       ?= go
PKG      ?= ./...
BENCH    ?= .
COUNT    ?= 10
FUZZTIME ?= 30s

# A server that is missing fails the tests that need it, rather than skip them.
export GOJOHNNY_REQUIRE_SERVERS = 1
export GO PKG FUZZTIME VERSIONS

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

# Nothing is answered from the test cache: it does not know the servers.
.PHONY: test
test: setup ## run the tests of PKG on real servers, with the race detector
	$(GO) test -race -count=1 -timeout=20m $(PKG)

.PHONY: lint
lint: ## check the form of PKG: gofumpt, go vet, staticcheck, errcheck
	@bash .ci/lint.sh

.PHONY: bench
bench: setup ## run the benchmarks BENCH of PKG COUNT times, for benchstat
	@$(GO) test -run='^$$' -bench='$(BENCH)' -benchmem -count=$(COUNT) -timeout=0 $(PKG)

.PHONY: fuzz
fuzz: setup ## run every fuzz target of PKG for FUZZTIME
	@bash .ci/fuzz.sh

.PHONY: model
model: setup ## check the model of the protocol with spin, all of it: minutes of the processor, and gigabytes
	$(GO) test -count=1 -v -timeout=0 ./invalidation/model -all

.PHONY: versions
versions: PKG = ./invalidation/catalog ./sqlparse/pgquery ./internal/behind ./internal/parity ./cache/... ./internal/processes
versions: setup ## run the tests of PKG on PostgreSQL 13 to 18, which npm fetches (Linux, x86-64); VERSIONS="17 18" narrows
	@bash .ci/versions.sh

.PHONY: setup
setup: ## look for a C compiler, the servers and spin; install what is missing as root on Debian
	@bash .ci/setup.sh
