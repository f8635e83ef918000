#!/usr/bin/env bash
# The device of this folder loses its power 200 times and its log is whole; without a journal it is not. Ends with 75
# if a tool is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
examples/firmware/run.sh --cuts "${1:-200}"
if output=$(examples/firmware/run.sh --cuts 20 --forget 2>&1); then
    echo "a device that forgets passes too: this check can't fail" >&2
    exit 1
fi
case $output in
*"ANOTHER IDENTITY"* | *DUPLICATE*) echo "without its journal the device is found out: ${output##*: }" ;;
*)
    printf '%s\na device that forgets failed for another reason\n' "$output" >&2
    exit 1
    ;;
esac
