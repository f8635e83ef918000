#!/usr/bin/env bash
# The library for Windows: the headers compile there without a warning, the static library is built, and programs in C and
# C++ link with it and run under Wine; the guide's keep a journal in a file. Ends with 75 if a tool is missing.
set -euo pipefail
source "$(dirname "$0")/../../tools/bare-metal"
how="run: make tools (Debian: gcc-mingw-w64-x86-64-win32 g++-mingw-w64-x86-64-win32 wine64)"
cc=x86_64-w64-mingw32-gcc
cxx=x86_64-w64-mingw32-g++
# Debian's packages for one architecture put them where no command is looked for.
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
server=$(command -v wineserver || echo /usr/lib/wine/wineserver64)
for tool in "$cc" "$cxx" "$wine" "$server"; do
    "$root/tools/require" "$tool" "$how" || exit
done
windows=x86_64-pc-windows-gnu
work=$(mktemp -d)
export WINEPREFIX="$work/wine" WINEDEBUG=-all WINEDLLOVERRIDES="mscoree=;mshtml=;winemenubuilder.exe="
# The server of this folder alone.
trap '"$server" -k 2>/dev/null || true; "$server" -w 2>/dev/null || true; rm -rf "$work"' EXIT
strict=(-O1 -Wall -Wextra -Wpedantic -Werror -D__USE_MINGW_ANSI_STDIO=1 "-I$root/include")
system=(-lws2_32 -lntdll -luserenv -ldbghelp)

printf '#include <fencepost.h>\nint main(void) { return (int)fencepost_version_abi(); }\n' >"$work/alone.c"
printf '#include <fencepost.hpp>\nint main() { return (int)fencepost::version_abi(); }\n' >"$work/alone.cpp"
for standard in c99 c11 c17 c2x; do
    "$cc" "${strict[@]}" -std=$standard -fsyntax-only "$work/alone.c"
done
for standard in c++17 c++20; do
    "$cxx" "${strict[@]}" -std=$standard -fno-exceptions -fno-rtti -fsyntax-only "$work/alone.cpp"
done
"$cc" "${strict[@]}" -std=c11 -fsyntax-only "$root/ffi/tests/c/abi.c"
echo "the headers compile for Windows, and the structs lie as on Linux"

(cd "$root" && cargo rustc -q --release --locked -p fencepost-ffi --lib --crate-type staticlib --target $windows \
    -Zbuild-std=std,panic_unwind -- -D warnings)
archive="$CARGO_TARGET_DIR/$windows/release/libfencepost.a"

# Runs a program in a folder of its own, for at most a minute.
run() {
    local name=$1
    mkdir "$work/$name"
    (cd "$work/$name" && timeout 60 "$wine" "$work/$name.exe" "${@:2}") >"$work/said" 2>&1 || {
        cat "$work/said" >&2
        echo "$name.exe failed" >&2
        exit 1
    }
}

# Those of the tests that need nothing of Unix.
programs=(admit append audit broker config coordinator files growth journal_reader offsets pipeline producer transactions)
for name in "${programs[@]}"; do
    "$cc" "${strict[@]}" -std=c11 "-DRECORDS=\"$root/core/tests/journal_support/records.txt\"" \
        "$root/ffi/tests/c/$name.c" "$archive" "${system[@]}" -o "$work/$name.exe"
    run "$name" 1
done
for name in values broker; do
    "$cxx" "${strict[@]}" -std=c++17 -fno-exceptions -fno-rtti -static \
        "$root/ffi/tests/cpp/$name.cpp" "$archive" "${system[@]}" -o "$work/$name-cpp.exe"
    run "$name-cpp"
done
echo "${#programs[@]} programs in C and 2 in C++ run"

# The guide's: each prints what stands behind it.
awk -v work="$work" '/^```c$/ { n++; inside = 1; next } /^```$/ { inside = 0 } inside { print > (work "/guide" n ".c") }
    /^It prints `/ { sub(/^It prints `/, ""); sub(/`.*/, ""); print > (work "/guide" n ".wanted") }' "$root/docs/c.md"
for n in 1 2; do
    "$cc" "${strict[@]}" -std=c99 "$work/guide$n.c" "$archive" "${system[@]}" -o "$work/guide$n.exe"
    run guide$n
    tr -d '\r' <"$work/said" | diff "$work/guide$n.wanted" - || { echo "the guide's example $n says something else" >&2; exit 1; }
done
echo "so do the guide's, with a journal in a file"

# It can fail: a program that says that something is wrong is heard.
printf 'int main(void) { return 1; }\n' >"$work/wrong.c"
"$cc" "$work/wrong.c" -o "$work/wrong.exe"
if (run wrong) 2>/dev/null; then
    echo "a program that fails is taken for one that passes: this check can't fail" >&2
    exit 1
fi
