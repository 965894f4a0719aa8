# Everything is built once, in release: the tests run the binaries that people run.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PACKAGES := libcurl4-openssl-dev libssl-dev libzstd-dev libyaml-dev zlib1g-dev pkg-config python3-venv
MODULES := libcurl libcrypto libzstd yaml-0.1 zlib
BIN := .build/release
ARCHIVES := .build/archives
FEED ?=
ROWS ?= 1000000
BENCH ?=
NTLM ?=
SEEDS ?= 100000
FIRST ?= 0
JOBS ?= $(shell nproc)
PLANT ?=
FLIPS ?= 10000
KILLS ?= 500
TARGET ?=
SECONDS ?= 60
FUZZER = $(firstword $(wildcard $(shell dirname "$$(readlink -f "$$(command -v swift)")")/../lib/clang/*/lib/*/libclang_rt.fuzzer_no_main*.a))

.PHONY: help setup build run test test-ceph test-faults test-peace torture simulate flips fuzz fuzz-build fuzz-merge lint \
	bundle bench bench-redis bench-short measure-ntlm clean

help: ## Show what there is.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 13

setup: ## Install the system libraries that are missing.
	@command -v swift >/dev/null || { echo "Install a Swift 6.2 toolchain or later first: https://www.swift.org/install"; exit 1; }
	@pkg-config --exists $(MODULES) 2>/dev/null && python3 -c 'import ensurepip' 2>/dev/null || { \
	  as_root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$as_root apt-get install -y -qq --no-install-recommends $(PACKAGES); }

build: setup ## Build the functions and the local runner.
	@swift build -c release

run: build ## Run the example, or a feed of yours: make run FEED=feeds/cases.yaml
	@if [ -n "$(FEED)" ]; then \
	  local-runner/run --once "$(FEED)" && $(BIN)/query --feed "$(FEED)" --runs --limit 5 --format table; \
	else examples/tides/run; fi

test: setup .venv/ready ## Run all tests.
	swift test -c release --disable-xctest --disable-testable-imports

test-ceph: setup .venv/ready ## Run the tests of S3 against Ceph's radosgw too (Debian packages: see Tests/Support/ceph_server.sh).
	STRANDLINE_TEST_CEPH=1 swift test -c release --disable-xctest --disable-testable-imports \
	  --filter ObjectStoreS3Tests --filter 'CloudTests.(Counter|Runners|Life|Source)Tests'

test-faults: setup .venv/ready ## Run 200 runs on each cloud with faults in between, and send 10 GiB: some 20 minutes.
	STRANDLINE_TEST_FAULTS=all swift test -c release --disable-xctest --disable-testable-imports --filter CloudTests.SizeTests
	@children=(); for first in 0 40 80 120 160; do \
	  STRANDLINE_TEST_FAULTS=$$first-$$((first + 39)) $(BIN)/strandlinePackageTests.xctest \
	    --testing-library swift-testing --filter CloudTests.LifeTests & children+=($$!); done; \
	failed=0; for child in "$${children[@]}"; do wait $$child || failed=1; done; exit $$failed

test-peace: setup .venv/ready ## Start a hundred processes of one feed every second for a minute against a server that counts.
	STRANDLINE_TEST_PEACE=1 swift test -c release --disable-xctest --disable-testable-imports --filter EndToEndTests.PeaceTests

torture: setup .venv/ready ## Kill 500 runs of a real feed at random moments, on a directory and on S3: some 20 minutes. KILLS=100 for fewer.
	STRANDLINE_TEST_TORTURE=$(KILLS) swift test -c release --disable-xctest --disable-testable-imports --filter TortureTests

simulate: setup ## Search for counterexamples: every crash point, then make simulate SEEDS=100000; STRANDLINE_SEED=… prints one.
	@swift build -c release --product Simulate
	@if [ -n "$(STRANDLINE_SEED)" ]; then $(BIN)/Simulate --seed $(STRANDLINE_SEED) $(if $(PLANT),--plant $(PLANT)); \
	else $(BIN)/Simulate --exhaustive --jobs $(JOBS) && \
	  $(BIN)/Simulate --seeds $(SEEDS) --first $(FIRST) --jobs $(JOBS); fi

flips: setup ## Damage a store in 10,000 places, one by one: each is noticed and named. make flips FLIPS=300 FIRST=10000
	@swift build -c release --product Flips
	@$(BIN)/Flips --trials $(FLIPS) --first $(FIRST) --jobs $(JOBS)

fuzz-build: setup
	@[ -n "$(FUZZER)" ] || { echo "This toolchain has no libFuzzer: install one from https://www.swift.org/install"; exit 1; }
	@STRANDLINE_FUZZER=$(FUZZER) swift build -c release --product Fuzz --sanitize address --scratch-path .build/fuzz

fuzz: fuzz-build ## Search inputs at which parsers fail: make fuzz TARGET=csv SECONDS=1200; all of them, one minute each, without.
	@Fuzzing/fuzz "$(TARGET)" $(SECONDS)

fuzz-merge: fuzz-build ## Keep of what was found in .build/fuzz/corpus the least that reaches as much: make fuzz-merge TARGET=csv.
	@Fuzzing/merge "$(TARGET)"

lint: ## Check the layout of the code.
	swift format lint --strict --recursive Package.swift Sources Tests Fuzzing functions local-runner Benchmarks

# The archives of the C libraries, where a linker and SwiftPM look before they look at the system's shared ones: a
# function that has them inside starts in half the time, and needs nothing installed but glibc (and libcurl for HTTP).
$(ARCHIVES)/ready: | setup
	@mkdir -p $(ARCHIVES)
	@for pair in libcrypto:crypto libzstd:zstd yaml-0.1:yaml zlib:z; do \
	  module=$${pair%:*}; name=$${pair#*:}; \
	  ln -sf "$$(cc -print-file-name=lib$$name.a)" $(ARCHIVES)/; \
	  printf 'Name: %s\nDescription: linked into the bundle\nVersion: %s\nLibs: -L%s -l%s\nCflags: %s\n' \
	    $$module "$$(pkg-config --modversion $$module)" "$(CURDIR)/$(ARCHIVES)" $$name \
	    "$$(pkg-config --cflags $$module)" >$(ARCHIVES)/$$module.pc; done
	@ln -sf "$$(cc -print-file-name=libstdc++.a)" $(ARCHIVES)/
	@ln -sf "$$(cc -print-file-name=libgcc_eh.a)" $(ARCHIVES)/libgcc_s.a
	@touch $@

# Addresses are settled when it is linked: 60,000 of them would be when it starts, which is a fifth of a start.
bundle: $(ARCHIVES)/ready ## Make stripped binaries that have all libraries inside but libc, in .build/bundle.
	PKG_CONFIG_PATH=$(CURDIR)/$(ARCHIVES) swift build -c release --static-swift-stdlib --scratch-path .build/static \
	  -Xlinker -L$(CURDIR)/$(ARCHIVES) -Xlinker --no-pie
	mkdir -p .build/bundle
	for name in fetch dedupe snapshot publish query rewind replay audit feed local-runner; do \
	  strip -o .build/bundle/$$name .build/static/release/$$name; done
	strip -o .build/bundle/ToJSONLines .build/static/release/ToJSONLines
	cp local-runner/run .build/bundle/run
	ls -l .build/bundle

bench: bundle ## Measure against others, with results in Markdown; make bench ROWS=10000000 for more.
	@Benchmarks/venv.sh
	@python3 Benchmarks/run.py --bin .build/bundle --rows $(ROWS) $(BENCH)

bench-redis: bundle ## Measure a read of a million keys of Redis against redis-cli (needs redis-server).
	@Benchmarks/redis.py

bench-short: build .venv/ready ## Check that all of the benchmarks give right answers, on fewer rows.
	@Benchmarks/venv.sh
	@python3 Benchmarks/run.py --rows 100000 --fewer-rows 10000 --repetitions 1 --check
	@python3 Benchmarks/ntlm.py --rows 10000 --repetitions 1 --think 0 --no-box --check

measure-ntlm: bundle .venv/ready ## Measure a report of 1M rows behind NTLM in half a processor and 1 GB (root); NTLM=--write, --no-box.
	@python3 Benchmarks/ntlm.py --bin .build/bundle --rows $(ROWS) $(NTLM)

# What the tests compare with.
.venv/ready: Tests/Support/venv.sh
	Tests/Support/venv.sh

clean: ## Remove everything that was built or run.
	rm -rf .build .venv run Benchmarks/.venv Benchmarks/.data
