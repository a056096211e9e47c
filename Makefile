# The two commands that matter: `make run` and `make test`.
.DEFAULT_GOAL := help
.PHONY: run demo test lint deny bench audit-graphql test-providers test-books test-esdb require postgres help

LISTEN   ?= 127.0.0.1:8080
DATA_DIR ?= .cauri/data
NAME     ?= marketplace

run: require postgres ## build, and start a server with a small demo marketplace
	cargo build --release --bin cauri
	exec target/release/cauri serve --dev --demo --listen $(LISTEN) --data-dir $(DATA_DIR)

demo: require postgres ## play a marketplace's day, NAME=marketplace, on a server of its own if none runs
	cargo build --release --bin cauri
	target/release/cauri demo $(NAME) --data-dir $(DATA_DIR)

test: require postgres ## all tests; nothing needs to run beforehand
	cargo build --workspace --bins
	cargo test --workspace

lint: ## formatting, clippy and docs, warnings denied
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

deny: ## licences, advisories and sources of all dependencies
	@command -v cargo-deny >/dev/null 2>&1 || { echo "NOT RUN: cargo-deny is not installed (cargo install cargo-deny)"; exit 1; }
	cargo deny check

bench: require ## durable transfers on this machine
	cargo build --release --bin cauri
	target/release/cauri bench

audit-graphql: require postgres ## the graphql-http audit suite from npm against a server of its own
	scripts/audit-graphql.sh

test-providers: require postgres ## the providers' real SDKs from npm and PyPI against a server of its own
	scripts/test-providers.sh

test-books: require postgres ## our books against hledger, ledger and beancount, which are installed where they can be
	scripts/ensure-books.sh
	cargo build --workspace --bins
	CAURI_BOOKS=required cargo test -p cauri-tests --test books

test-esdb: require postgres ## a Python client from PyPI reads a ledger kept on EventStoreDB (ESDB_URL, or the tests' own)
	scripts/test-esdb.sh

require:
	@scripts/require.sh

postgres:
	@scripts/ensure-postgres.sh --always

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24
