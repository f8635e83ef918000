# To be sourced: how an image is made of a tree, this one or a copy with something put in. Ends with 75 if a tool is
# missing.
source "$(dirname "${BASH_SOURCE[0]}")/../../tools/bare-metal"
for tool in llvm-objdump llvm-readelf llvm-nm llvm-cxxfilt llvm-size; do
    "$root/tools/require" "$tool" "run: make tools (Debian: llvm)" || exit
done
"$root/tools/require" python3 "Python 3.11" || exit
bare=$root/verify/bare-metal
out=$CARGO_TARGET_DIR/images
mkdir -p "$out"

# list TREE: what rustdoc knows of the tree's core, for the tables of that tree.
list() {
    local json=$CARGO_TARGET_DIR/$target/doc/fencepost.json
    # Another tree's list lies in the same place.
    rm -f "$json"
    (cd "$1/verify/bare-metal" && cargo rustdoc -q --locked -p fencepost -Zunstable-options --output-format json) || return
    mv "$json" "$out/public.json"
}

# table TREE TABLE.rs [WHAT …]: the table of public functions; says how many.
table() {
    python3 "$bare/functions.py" "$out/public.json" "$1/verify/bare-metal/src" "$out/$2" "${@:3}"
}

# link TREE TABLE.rs IMAGE [FLAG …]: an image with that table, and with the features of $features.
link() {
    (
        cd "$1/verify/bare-metal"
        FENCEPOST_FUNCTIONS=$out/$2 cargo rustc -q --release --locked --features "${features:-}" -- "${@:4}"
    ) || return
    cp "$CARGO_TARGET_DIR/$target/release/image" "$out/$3"
}
