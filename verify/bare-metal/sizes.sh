#!/usr/bin/env bash
# Code size and stack depth of the window, the producer and the whole, as the table of docs/performance.md has them.
# With --check, demands that the table is right, within a tenth. Ends with 75 if a tool is missing.
set -euo pipefail
source "$(dirname "$0")/image.sh"

rows=$out/sizes.md
# row NAME WHAT …: the functions under those paths, optimized for speed and for size.
row() {
    table "$root" room.rs "${@:2}" >/dev/null
    for level in 3 s; do
        # Rust's own writing of 64-bit numbers keeps an assertion when it is optimized for size.
        local flags=()
        [ "$1/$level" != "the whole/s" ] || flags=(-Clink-arg=--defsym=a_panic_path_is_left=0)
        CARGO_PROFILE_RELEASE_OPT_LEVEL=$level link "$root" room.rs room "${flags[@]}"
        python3 "$bare/sizes.py" "$1, \`opt-level\` $level" "$out/room" "$out/room.rs" | tee -a "$rows"
    done
}

list "$root"
: >"$rows"
row "the window" broker::Partition::{new,admit,record,expire}
row "the producer" producer::Producer
row "a device's producer" producer::Producer wire::{BatchBuilder,stamp} journal::{Journal,Journaled,Recovery}
row "the whole"

if [ "${1:-}" = --check ]; then
    python3 "$bare/sizes.py" --compare "$rows" "$root/docs/performance.md"
fi
