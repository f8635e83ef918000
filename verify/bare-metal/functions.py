#!/usr/bin/env python3
"""Writes the table of every public function of the crate, as roots for the image; says how many it has.

    functions.py RUSTDOC.json SRC OUT.rs            all of them, but for Debug
    functions.py RUSTDOC.json SRC OUT.rs --debug    those of Debug
    functions.py RUSTDOC.json SRC OUT.rs PATH …     those under a path: broker::Partition::admit, producer

What is public is what rustdoc says. A function whose address can be named goes into the table; the others have to stand
in SRC/by_hand, and the types of generic impls in SRC/types.rs. A function that is in neither is an error that names it,
and so is a line of SRC for what is no more.
"""

import json
import re
import sys
from pathlib import Path

# Traits whose functions a value of the crate may have, by where they are to be found.
TRAITS = {
    "Clone": "core::clone::Clone",
    "Debug": "core::fmt::Debug",
    "Default": "core::default::Default",
    "Display": "core::fmt::Display",
    "Error": "core::error::Error",
    "From": "core::convert::From",
    "Hash": "core::hash::Hash",
    "Iterator": "core::iter::Iterator",
    "Ord": "core::cmp::Ord",
    "PartialEq": "core::cmp::PartialEq",
    "PartialOrd": "core::cmp::PartialOrd",
}
# Functions of those traits that are generic themselves: what they are called with.
GENERIC = {("Hash", "hash"): "::<crate::types::AnyHasher>"}


class Wrong(Exception):
    """What the table can't be made of."""


class Crate:
    """The public items of a crate, by their shortest public path."""

    def __init__(self, rustdoc):
        self.index = rustdoc["index"]
        self.paths = {}
        self._walk(self.index[str(rustdoc["root"])], "")

    def _walk(self, module, path):
        for number in module["inner"]["module"]["items"]:
            item = self.index[str(number)]
            name = item["name"]
            if "use" in item["inner"]:
                used = item["inner"]["use"]
                if used["is_glob"]:
                    raise Wrong(f"pub use {used['source']}::*: which names it brings is not looked at")
                item, name = self.index.get(str(used["id"])), used["name"]
                if item is None:
                    continue
            here = f"{path}::{name}" if path else name
            if "module" in item["inner"]:
                self._walk(item, here)
            else:
                known = self.paths.setdefault(item["id"], here)
                if len(here) < len(known):
                    self.paths[item["id"]] = here

    def free_functions(self):
        for number, path in self.paths.items():
            inner = self.index[str(number)]["inner"]
            if "function" in inner:
                yield path, inner["function"]

    def impls(self):
        """The impls that are written or derived in the crate, of types that are public."""
        for item in self.index.values():
            impl = item["inner"].get("impl")
            if impl and item["crate_id"] == 0 and not impl["is_synthetic"] and not impl["blanket_impl"]:
                yield impl

    def functions_of(self, impl):
        for number in impl["items"]:
            item = self.index[str(number)]
            inner = item["inner"]
            if "function" in inner and (impl["trait"] or item["visibility"] == "public"):
                yield item["name"], inner["function"]

    def is_generic(self, number):
        """Whether a type has parameters beside lifetimes."""
        inner = self.index[str(number)]["inner"]
        kind = next(iter(inner.values()))
        return any("lifetime" not in param["kind"] for param in kind["generics"]["params"])

    def local(self, kind):
        """The public path of a type, and its number, if it is of the crate and public."""
        path = kind.get("resolved_path")
        if path and path["id"] in self.paths:
            return self.paths[path["id"]], path["id"]
        return None

    def name(self, kind):
        """A type as Rust has it."""
        (what, of), = kind.items()
        if what == "primitive":
            return of
        if what == "tuple":
            return f"({''.join(self.name(part) + ', ' for part in of)})"
        if what == "borrowed_ref":
            return f"&{'mut ' if of['is_mutable'] else ''}{self.name(of['type'])}"
        if what == "slice":
            return f"[{self.name(of)}]"
        local = self.local(kind)
        if local and not self.is_generic(local[1]):
            return f"fencepost::{local[0]}"
        raise Wrong(f"no name for the type {kind}")


def needs_hand(function):
    """Whether the address of a function can't be named, or would not bring all of it."""
    own = function["generics"]["params"]
    return any("lifetime" not in param["kind"] for param in own) or "impl_trait" in json.dumps(
        function["sig"]["output"]
    )


def by_hand(source):
    """What the functions in the folder call, by what they are called."""
    found = {}
    for file in sorted(source.glob("*.rs")):
        text = file.read_text()
        for match in re.finditer(r"^/// `([^`]+)`\npub\(crate\) fn (\w+)\b(.*?)^}", text, re.M | re.S):
            path, name, body = match.groups()
            if path in found:
                raise Wrong(f"{file}: a second function for {path}")
            if not re.search(rf"\b{path.split('::')[-1].split('>')[0]}\b", body):
                raise Wrong(f"{file}: {name} does not call {path}")
            found[path] = f"crate::by_hand::{file.stem}::{name}"
        if len(re.findall(r"^pub\(crate\) fn", text, re.M)) != len(re.findall(r"^/// `.*`\npub\(crate\) fn", text, re.M)):
            raise Wrong(f"{file}: a function without a line that names what it calls")
    return found


def types(source):
    """The names of generic types in the image, by their path."""
    found = {}
    pattern = r"^pub\(crate\) type (\w+)\s*=\s*fencepost::([\w:]+)<"
    for name, path in re.findall(pattern, source.read_text(), re.M):
        found.setdefault(path, []).append(f"crate::types::{name}")
    return found


def table(crate, hand, named):
    """Each public function with the Rust that takes its address, and all that has no such."""
    roots, forgotten, used, paths = [], [], set(), set()

    def add(path, function, addresses):
        paths.add(path)
        if path in hand:
            roots.append((path, hand[path]))
        elif function is not None and needs_hand(function):
            forgotten.append(f"{path}: is generic or gives an iterator, and is not in verify/bare-metal/src/by_hand")
        elif not addresses:
            forgotten.append(f"{path}: its type is generic, and is not in verify/bare-metal/src/types.rs")
        else:
            roots.extend((path, address) for address in addresses)

    def names(kind):
        """The ways to name a type in the image, none if it has to be told."""
        local = crate.local(kind)
        if local and crate.is_generic(local[1]):
            used.add(local[0])
            return named.get(local[0], [])
        return [crate.name(kind)]

    for path, function in crate.free_functions():
        add(path, function, [f"fencepost::{path}"])
    for impl in crate.impls():
        functions = list(crate.functions_of(impl))
        local = crate.local(impl["for"])
        if not functions or (local is None and "resolved_path" in impl["for"]):
            # Nothing in it, or of a type that has no public path.
            continue
        of = names(impl["for"])
        shown = local[0] if local else of[0]
        trait = impl["trait"]
        if trait is None:
            for name, function in functions:
                add(f"{shown}::{name}", function, [f"<{one}>::{name}" for one in of])
            continue
        if trait["id"] in crate.paths:
            where = f"fencepost::{crate.paths[trait['id']]}"
        else:
            where = TRAITS.get(trait["path"].split("::")[-1])
            if where is None:
                raise Wrong(f"the trait {trait['path']} of {shown} is not among those known")
        args = [crate.name(arg["type"]) for arg in (trait["args"] or {}).get("angle_bracketed", {}).get("args", [])
                if "type" in arg]
        short = where.split("::")[-1]
        where += f"<{', '.join(args)}>" if args else ""
        for name, function in functions:
            given = GENERIC.get((short, name))
            add(
                f"<{shown} as {where.split('::', 1)[-1] if args else short}>::{name}",
                None if given else function,
                [f"<{one} as {where}>::{name}{given or ''}" for one in of],
            )
    forgotten += [f"{path}: in by_hand, but no such public function" for path in hand.keys() - paths]
    forgotten += [f"{path}: in types.rs, but no such generic type" for path in named.keys() - used]
    return roots, sorted(forgotten)


def main(arguments):
    if len(arguments) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    rustdoc, source, out, *only = arguments
    source = Path(source)
    try:
        crate = Crate(json.loads(Path(rustdoc).read_text()))
        roots, forgotten = table(crate, by_hand(source / "by_hand"), types(source / "types.rs"))
    except Wrong as wrong:
        forgotten = [str(wrong)]
    for line in forgotten:
        print(f"a public function is not in the image: {line}", file=sys.stderr)
    if forgotten:
        return 1
    roots = [root for root in roots if root[0].endswith(" as Debug>::fmt") == (only == ["--debug"])]
    if only and only != ["--debug"]:
        wanted = {path: re.compile(rf"<?{re.escape(path)}\b") for path in only}
        for path, pattern in wanted.items():
            if not any(pattern.match(root) for root, _ in roots):
                print(f"{path}: no such public function", file=sys.stderr)
                return 1
        roots = [root for root in roots if any(pattern.match(root[0]) for pattern in wanted.values())]
    lines = [f"    Root({address} as *const ()), // {path}" for path, address in sorted(roots)]
    text = f"#[unsafe(no_mangle)]\npub static FUNCTIONS: [Root; {len(lines)}] = [\n" + "\n".join(lines) + "\n];\n"
    Path(out).write_text(text)
    print(len(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
