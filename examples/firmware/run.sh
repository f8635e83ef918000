#!/usr/bin/env bash
# Builds the device, and cuts its power: examples/firmware/run.sh --cuts 20 --seed 7; --help tells the rest.
# Ends with 75 if a tool is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools/require cargo "Rust from https://rustup.rs"
tools/require qemu-system-arm "run: make tools (Debian: qemu-system-arm)"
image=$(examples/firmware/build.sh)
exec cargo run --release -q --locked -p fencepost-firmware -- --image "$image" "$@"
