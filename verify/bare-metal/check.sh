#!/usr/bin/env bash
# Law 4, by linking: the crate builds for a bare-metal target, an image of it with no allocator and no panic path
# links, and one with a panic put in does not. Ends with 75 if a tool is missing.
set -euo pipefail
source "$(dirname "$0")/../../tools/bare-metal"
cd "$root/verify/bare-metal"
image="$CARGO_TARGET_DIR/$target/release/image"

cargo build -q --release --locked --manifest-path "$root/Cargo.toml" -p fencepost --no-default-features
echo "package fencepost builds for $target, without std and without an allocator"

if ! cargo build -q --release --locked; then
    echo "the image does not link: see above; a_panic_path_is_left means that a panic could not be ruled out" >&2
    exit 1
fi
for probe in read_segment validate_request write_batches one_batch several_batches life grow \
    read_transaction_index choose_files audit_a_log around_the_log rebuild_a_log send_and_be_answered find_out_and_come_back \
    pipelined send_what_is_kept write_the_journal_anew read_a_journal; do
    grep -q "$probe" "$image" || { echo "the image has lost its probe $probe" >&2; exit 1; }
done
echo "an image of its rooms links without a panic path ($(wc -c <"$image") bytes with symbols)"

if output=$(cargo build -q --release --locked --features planted-panic 2>&1); then
    echo "the image links although a panic was put in: this check can't fail" >&2
    exit 1
fi
case $output in
*"undefined symbol: a_panic_path_is_left"*) echo "with a panic put in it does not link" ;;
*)
    printf '%s\nthe image with a panic put in failed for another reason\n' "$output" >&2
    exit 1
    ;;
esac
