#!/usr/bin/env bash
# Can a foreign project be built against what `make install` installs, and against our source folder? Ends with 75 if a
# tool is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
for tool in cc:gcc c++:g++ pkg-config:pkg-config cmake:cmake readelf:binutils; do
    tools/require "${tool%%:*}" "Debian's ${tool#*:}"
done
foreign=ffi/packaging/foreign
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0

# What the programs print is what both must say, however they were linked.
want=$(sed -n 's|^/\* prints: \(.*\) \*/$|\1|p' "$foreign/main.c")
[ -n "$want" ] || { echo "check: $foreign/main.c does not say what it prints" >&2; exit 1; }
runs() {
    local name=$1 said
    shift
    said=$("$@")
    [ "$said" = "$want" ] || { echo "check: $name printed: $said" >&2; exit 1; }
    passed=$((passed + 1))
    echo "ok: $name"
}

prefix=$work/usr
PREFIX=$prefix ffi/packaging/install >/dev/null
lib=$prefix/lib
abi=$(sed -n 's/^const ABI: u32 = \([0-9]*\);/\1/p' ffi/src/version.rs)
readelf -d "$lib/libfencepost.so" | grep -q "soname: \[libfencepost.so.$abi\]" ||
    { echo "check: the shared library does not call itself libfencepost.so.$abi" >&2; exit 1; }

export PKG_CONFIG_PATH=$lib/pkgconfig
read -ra flags <<<"$(pkg-config --cflags --libs fencepost)"
read -ra include <<<"$(pkg-config --cflags fencepost)"
private=$(pkg-config --static --libs-only-l fencepost)
read -ra native <<<"${private/-lfencepost/}"
warn=(-Wall -Wextra -Wpedantic -Werror)
cc -std=c11 "${warn[@]}" "$foreign/main.c" -o "$work/c" "${flags[@]}"
runs "C by pkg-config" env LD_LIBRARY_PATH="$lib" "$work/c"
c++ -std=c++17 "${warn[@]}" "$foreign/main.cpp" -o "$work/cpp" "${flags[@]}"
runs "C++ by pkg-config" env LD_LIBRARY_PATH="$lib" "$work/cpp"
cc -std=c11 "${warn[@]}" "${include[@]}" "$foreign/main.c" -o "$work/c-static" "$lib/libfencepost.a" \
    "${native[@]}"
runs "C by pkg-config, static" "$work/c-static"

# A package is built into a folder that is not where it will be, and moved.
DESTDIR=$work/stage PREFIX=/usr LIBDIR=/usr/lib/here ffi/packaging/install >/dev/null
! grep -rIl "$work" "$work/stage" || { echo "check: DESTDIR is written into these files" >&2; exit 1; }
cmake -S "$foreign" -B "$work/moved" -Dfencepost_DIR="$work/stage/usr/lib/here/cmake/fencepost" >"$work/log" ||
    { cat "$work/log"; exit 1; }
cmake --build "$work/moved" >"$work/log" || { cat "$work/log"; exit 1; }
runs "a moved tree by find_package" "$work/moved/c-fencepost"

for how in installed source; do
    cmake --no-warn-unused-cli -S "$foreign" -B "$work/$how" -DHOW=$how -DCMAKE_PREFIX_PATH="$prefix" -DFENCEPOST_SOURCE="$PWD" \
        >"$work/log" || { cat "$work/log"; exit 1; }
    cmake --build "$work/$how" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    for program in c-fencepost cpp-fencepost c-static cpp-static; do
        runs "$program, $how" "$work/$how/$program"
    done
done

# A version that this one can't stand for is not found.
sed 's/find_package(fencepost 0.1/find_package(fencepost 0.2/' "$foreign/CMakeLists.txt" >"$work/CMakeLists.txt"
mkdir "$work/newer"
cp "$foreign"/main.* "$work/newer"
mv "$work/CMakeLists.txt" "$work/newer"
if cmake -S "$work/newer" -B "$work/newer/build" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null 2>&1; then
    echo "check: version 0.2 was asked for, and 0.1 was taken" >&2
    exit 1
fi
echo "$passed foreign programs were built and run"
