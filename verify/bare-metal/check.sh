#!/usr/bin/env bash
# Law 4, by linking: an image with no allocator holds every public function of the crate and no panic path, and what
# should be refused is: a panic, an allocation, and a function that is forgotten. Ends with 75 if a tool is missing.
set -euo pipefail
source "$(dirname "$0")/image.sh"

wrong() {
    printf '%s\n' "$@" >&2
    exit 1
}

# Links an image, and says which functions panic if it does not for that.
link_without_panic() {
    local said
    said=$(link "$@" 2>&1) && return
    printf '%s\n' "$said"
    if [[ $said == *"undefined symbol: a_panic_path_is_left"* ]]; then
        echo "public functions that can panic, and the way to it:"
        link "$@" -Clink-arg=--defsym=a_panic_path_is_left=0 && python3 "$bare/panics.py" "$out/$3" "$out/$2"
    fi
    return 1
}

list "$root"
functions=$(table "$root" all.rs)
link_without_panic "$root" all.rs all >&2 || wrong "the image does not link: see above"
# Reads the table back: as many functions as were listed, and each of them code of the image.
python3 "$bare/panics.py" "$out/all" "$out/all.rs" >&2 || wrong "the image is not what it should be: see above"
echo "$functions public functions link for $target, without std, without an allocator, without a panic path"
features=other-types link_without_panic "$root" all.rs all >&2 || wrong "the image does not link: see above"
echo "so they do without tags, with one place, over memory that is another one each time they look at it"

debugs=$(table "$root" debug.rs --debug)
link "$root" debug.rs debug -Clink-arg=--defsym=a_panic_path_is_left=0
python3 "$bare/panics.py" "$out/debug" "$out/debug.rs" --debug >&2 || wrong "a Debug can panic by itself: see above"
echo "$debugs Debug of public types can panic in assertions of Rust's own Debug alone"

# What is put in: each into a copy of the core, whose image must not come to be, for the reason that is named.
copy=$out/copy
fresh_copy() {
    rm -rf "$copy"
    mkdir -p "$copy/verify/bare-metal"
    cp "$root/Cargo.toml" "$copy"
    cp -r "$root/core" "$copy"
    cp -r "$bare"/{Cargo.toml,Cargo.lock,.cargo,src} "$copy/verify/bare-metal"
}
refused() {
    local what=$1 reason=$2 said
    shift 2
    if said=$("$@" 2>&1); then
        wrong "$what: nothing is said, so this check can't fail"
    fi
    [[ $said == *"$reason"* ]] || wrong "$said" "$what: it fails for another reason than $reason"
    echo "refused: $what"
}
# The image of the room it is put into: that is linked faster than all of them.
room_of_copy() {
    list "$copy" && table "$copy" planted.rs ids && link_without_panic "$copy" planted.rs planted
}

fresh_copy
cat >>"$copy/core/src/ids.rs" <<'RUST'

/// Put in: panics where there is no such number.
#[must_use]
pub fn planted(at: usize) -> u8 {
    [1, 2, 3][at]
}
RUST
refused "a public function with a panic" "ids::planted" room_of_copy

fresh_copy
cat >>"$copy/core/src/ids.rs" <<'RUST'

extern crate alloc;

/// Put in: allocates.
#[must_use]
pub fn planted(text: &str) -> alloc::string::String {
    text.into()
}
RUST
refused "a public function that allocates" "no global memory allocator found" room_of_copy

fresh_copy
cat >>"$copy/core/src/ids.rs" <<'RUST'

/// Put in: has no address until its type is said.
pub fn planted<T: Copy>(value: &T) -> T {
    *value
}
RUST
refused "a public function that nobody thought of" "not in the image: ids::planted: is generic" room_of_copy

fresh_copy
cat >>"$copy/verify/bare-metal/src/by_hand/window.rs" <<'RUST'

/// `window::Window::gone`
pub(crate) fn gone(gone: u8) -> u8 {
    gone
}
RUST
refused "a line for a function that is no more" "window::Window::gone: in by_hand, but no such" table "$copy" planted.rs
