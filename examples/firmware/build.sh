#!/usr/bin/env bash
# Builds the device's image, and says where it is. Ends with 75 if a tool is missing.
set -euo pipefail
source "$(dirname "$0")/../../tools/bare-metal"
cd "$root/examples/firmware/device"
cargo build -q --release --locked
echo "$CARGO_TARGET_DIR/$target/release/device"
