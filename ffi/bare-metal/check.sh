#!/usr/bin/env bash
# The library for C without std: it is built without a warning as a static library for a Cortex-M3 and for x86-64, a
# program in C links with it and nothing else, no C library and no allocator, and runs. Ends with 75 if a tool is missing.
set -euo pipefail
source "$(dirname "$0")/../../tools/bare-metal"
for tool in clang qemu-system-arm; do
    "$root/tools/require" "$tool" "run: make tools (Debian: clang qemu-system-arm)" || exit
done
here="$root/ffi/bare-metal"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
strict=(-std=c11 -O2 -g -ffreestanding -fno-stack-protector -Wall -Wextra -Wpedantic -Werror "-I$root/include")

# Gives the path of the static library for a target.
library() {
    # compiler-builtins-mem: memcpy, memmove, memset and memcmp are in it.
    (cd "$root" && cargo rustc -q --release --locked -p fencepost-ffi --lib --crate-type staticlib \
        --no-default-features --features panic-handler --target "$1" \
        -Zbuild-std=core,compiler_builtins -Zbuild-std-features=compiler-builtins-mem -- -D warnings) >"$work/said" 2>&1 ||
        { cat "$work/said" >&2; exit 1; }
    if grep -q '^warning' "$work/said"; then
        cat "$work/said" >&2
        exit 1
    fi
    echo "$CARGO_TARGET_DIR/$1/release/libfencepost.a"
}

archive=$(library "$target")
arm=(clang "--target=$target" -mcpu=cortex-m3 "${strict[@]}" -c)
"${arm[@]}" "$here/program.c" -o "$work/program.o"
"${arm[@]}" "$here/cortex-m3.c" -o "$work/board.o"
ld.lld -T "$here/cortex-m3.ld" --gc-sections "$work/program.o" "$work/board.o" "$archive" -o "$work/image"
code=0
timeout 60 qemu-system-arm -machine lm3s6965evb -cpu cortex-m3 -nographic -monitor none -serial none \
    -semihosting-config enable=on,target=native -kernel "$work/image" || code=$?
[ $code = 0 ] || { echo "the program on a Cortex-M3 ended with $code" >&2; exit 1; }
echo "a program in C for a Cortex-M3, without a C library, links and runs"

archive=$(library x86_64-unknown-none)
pc=(clang --target=x86_64-unknown-linux-gnu -fno-pic "${strict[@]}" -c)
"${pc[@]}" "$here/program.c" -o "$work/program.o"
"${pc[@]}" "$here/x86-64.c" -o "$work/start.o"
ld.lld -static --gc-sections "$work/program.o" "$work/start.o" "$archive" -o "$work/process"
code=0
timeout 60 "$work/process" || code=$?
[ $code = 0 ] || { echo "the program on x86-64 ended with $code" >&2; exit 1; }
echo "the same for x86-64"

# It can fail: without the features that it needs it does not link.
if ld.lld -static "$work/program.o" "$work/start.o" -o "$work/nothing" 2>/dev/null; then
    echo "the program links without the library: this check can't fail" >&2
    exit 1
fi
