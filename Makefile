# What can be done with fencepost. `make` alone lists it.

FILE ?=
LOG ?=
SEED ?=
STEPS ?=
cargo_how := Rust from https://rustup.rs, or Debian's rustc-web and cargo-web
need_cargo := tools/require cargo "$(cargo_how)"

.PHONY: help test verify demo lint vectors digest oracle sabotage sim bench bench-producer bench-python criterion bare-metal sizes firmware fixtures header tools python python-stubs ingestion install

help: ## list what can be made
	@echo "fencepost: make TARGET"
	@sed -n 's/^\([a-z-]*\):.*## /  \1|/p' Makefile | awk -F'|' '{ printf "%-12s %s\n", $$1, $$2 }'

test: ## set up, then run every test (CI=true: install what is missing, skip nothing)
	@tools/test

verify: ## the longer checks that continuous integration runs after the tests; at most 40 minutes
	@tools/verify

install: ## install the C library: PREFIX=/usr/local, LIBDIR, DESTDIR
	@$(need_cargo)
	@PREFIX="$(or $(PREFIX),/usr/local)" LIBDIR="$(LIBDIR)" DESTDIR="$(DESTDIR)" ffi/packaging/install

demo: ## replay logs that Kafka wrote, then show retries, a crash and a restart; LOG=dir for a folder of yours
	@$(need_cargo)
	@cargo run --release -q --locked -p fencepost-demo -- $(if $(LOG),"$(LOG)")

lint: ## formatting, clippy, documentation
	@tools/lint

vectors: PROFILE ?= 4.2
vectors: ## run a file of vectors: FILE=path, PROFILE=3.9, 3.9.2, 4.0, 4.1 or 4.2 (the default)
	@test -n "$(FILE)" || { echo 'vectors: FILE is missing; make -s vectors FILE=path PROFILE=3.9' >&2; exit 2; }
	@$(need_cargo)
	@cargo run --release -q --locked -p fencepost-vectors --bin vectors -- --file "$(FILE)" --profile "$(PROFILE)"

digest: PROFILE ?= 3.9
digest: ## the digest of a long random run: SEED=n STEPS=n, PROFILE (3.9 if not said)
	@test -n "$(SEED)" -a -n "$(STEPS)" || { echo 'digest: SEED or STEPS is missing; make -s digest SEED=1 STEPS=100000' >&2; exit 2; }
	@$(need_cargo)
	@cargo run --release -q --locked -p fencepost-vectors --bin digest -- --seed "$(SEED)" --steps "$(STEPS)" --profile "$(PROFILE)"

OPS ?= 100000
oracle: PROFILE ?= 4.2
oracle: SEED := $(or $(SEED),1)
oracle: ## random operations on the core and on Kafka's own classes: OPS=n PROFILE=4.2 SEED=n (JDK 17, Maven)
	@$(need_cargo)
	@cargo run --release -q --locked -p fencepost-oracle --bin oracle -- --ops "$(OPS)" --profile "$(PROFILE)" --seed "$(SEED)"

sabotage: ## put bugs into a copy of the core, and demand that vectors, oracle or random worlds see each
	@tools/require python3 "Python 3.11"
	@$(need_cargo)
	@python3 verify/sabotage/sabotage.py $(PLACE)

sim: ## producers and brokers in virtual time: WORLDS=n SEED=n CLIENT=reference, or WORLD=name
	@$(need_cargo)
	@cargo run --release -q --locked -p fencepost-sim --bin sim -- $(if $(WORLDS),--worlds "$(WORLDS)") \
		$(if $(SEED),--seed "$(SEED)") $(if $(CLIENT),--client "$(CLIENT)") $(if $(WORLD),--world "$(WORLD)")

bench: ## times beside Kafka 4.4.0's own classes and the floor, interleaved (JDK 17, Maven); about three minutes
	@$(need_cargo)
	@cargo run --release -q --locked -p fencepost-benches --bin beside

bench-producer: ## times of numbering and acknowledging beside Kafka 4.4.0's TransactionManager (JDK 17, Maven)
	@$(need_cargo)
	@cargo run --release -q --locked -p fencepost-benches --bin numbers

bench-python: python ## times from Python beside pure Python, kafka-python and aiokafka; about a minute
	@.venv/bin/pip install -q -r ingestion/requirements.txt
	@.venv/bin/python python/benches/speed.py

criterion: ## criterion benches
	@$(need_cargo)
	@cargo bench --locked -p fencepost-benches

CUTS ?= 20
firmware: SEED := $(or $(SEED),1)
firmware: ## a device without an allocator in qemu, whose power is cut at random: CUTS=n SEED=n (Debian's packages: make tools)
	@examples/firmware/run.sh --cuts "$(CUTS)" --seed "$(SEED)" --verbose

bare-metal: ## link every public function for a Cortex-M3, without an allocator and a panic path
	@verify/bare-metal/check.sh

sizes: ## code size and stack depth on a Cortex-M3
	@verify/bare-metal/sizes.sh

fixtures: ## write the log fixtures anew with a real Kafka (JDK 17, Maven, Python 3.11)
	@tools/require java "a JDK 17"
	@tools/require mvn "Maven 3.8"
	@python3 verify/fixtures/make.py

header: ## make include/fencepost.h and ffi/symbols.txt from the source of ffi
	@$(need_cargo)
	@FENCEPOST_BLESS=1 cargo test -q --locked -p fencepost-ffi --test header --test layout

tools: ## install what the bare-metal check needs (Debian, as root)
	@tools/install

ingestion: python ## test the ingestion against a real Kafka, killed at random points (JDK 17, Maven)
	@ingestion/check.sh

python: ## build the Python package into .venv; .venv/bin/fencepost is the command
	@tools/python

python-stubs: ## write the native module's stubs anew from the Rust sources
	@tools/python
	@.venv/bin/python python/tools/stubs.py
