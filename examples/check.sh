#!/usr/bin/env bash
# Do the examples in C and C++ do what they say, without a finding of the sanitizers or of valgrind? Ends with 75 if a tool
# is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in cc:gcc c++:g++ valgrind:valgrind; do
    tools/require "${tool%%:*}" "Debian's ${tool#*:}"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "examples: $*" >&2; exit 1; }

cargo build -q --release --locked -p fencepost-ffi
read -ra native <<<"$(ffi/packaging/native-libs)"
library=("${CARGO_TARGET_DIR:-target}/release/libfencepost.a" "${native[@]}")
flags=(-g -Iinclude -Wall -Wextra -Wpedantic -Werror)
sanitized=(-fsanitize=address,undefined -fno-sanitize-recover=all)
for kind in plain sanitized; do
    extra=()
    [ $kind = plain ] || extra=("${sanitized[@]}")
    cc -std=c11 -D_POSIX_C_SOURCE=200809L "${flags[@]}" "${extra[@]}" examples/c/*.c -o "$work/server-$kind" \
        "${library[@]}"
    c++ -std=c++17 -fno-exceptions "${flags[@]}" "${extra[@]}" examples/cpp/main.cpp -o "$work/send-$kind" \
        "${library[@]}"
done
valgrind=(valgrind -q --leak-check=full --error-exitcode=99)

# The log server: a fresh folder, the same again, a torn tail, no snapshot, a damaged one. The log holds two records, always.
server() {
    local name=$1
    shift
    "$@" "$work/log" >"$work/out" 2>"$work/err" || { cat "$work/out" "$work/err"; fail "server, $name: exit $?"; }
    grep -q '^the log ends at 2$' "$work/out" || { cat "$work/out"; fail "server, $name: not two records"; }
    [ "$(grep -c 'where it is already' "$work/out")" -ge 2 ] || fail "server, $name: a retry was not known"
    grep -q 'OUT_OF_ORDER_SEQUENCE_NUMBER' "$work/out" || fail "server, $name: a gap was taken"
}
for run in "$work/server-sanitized" "${valgrind[*]} $work/server-plain"; do
    read -ra command <<<"$run"
    rm -rf "$work/log"
    mkdir "$work/log"
    server "a fresh folder" "${command[@]}"
    server "the same again" "${command[@]}"
    printf 'half a batch' >>"$work/log/batches.log"
    server "a torn tail" "${command[@]}"
    grep -q 'is cut off' "$work/err" || fail "server: nothing said of the torn tail"
    rm "$work/log/producers.snapshot"
    server "no snapshot" "${command[@]}"
    printf 'no snapshot at all' >"$work/log/producers.snapshot"
    server "a damaged snapshot" "${command[@]}"
    grep -q 'is passed over' "$work/err" || fail "server: nothing said of the damaged snapshot"
done
code=0
"$work/server-sanitized" "$work/nowhere" >/dev/null 2>&1 || code=$?
[ $code = 1 ] || fail "server: exit $code where the folder is missing"

# The send loop, whose client crashes: it says itself whether the log holds each line once, in order, under one id.
for seed in $(seq 1 40); do
    "$work/send-sanitized" "$seed" "$work/journal" >"$work/out" 2>&1 || { cat "$work/out"; fail "send $seed"; }
    lives=$(sed -n 's/.* \([0-9]*\) lives .*/\1/p' "$work/out")
    crashes=$((${crashes:-0} + lives - 1))
done
[ "$crashes" -gt 100 ] || fail "send: the client crashed $crashes times in all"
"${valgrind[@]}" "$work/send-plain" 41 "$work/journal" >"$work/out" 2>&1 || { cat "$work/out"; fail "send 41 under valgrind"; }
code=0
"$work/send-sanitized" no-number >/dev/null 2>&1 || code=$?
[ $code = 2 ] || fail "send: exit $code for a seed that is no number"
echo "the examples in C and C++ ran 53 times without a finding"
