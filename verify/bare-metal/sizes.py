#!/usr/bin/env python3
"""How large an image's code is, and how deep its deepest call, as a line of the table in docs/performance.md.

    sizes.py NAME IMAGE TABLE.rs
    sizes.py --compare MEASURED.md DOCUMENTED.md     whether the lines are in the document too, within a tenth

Stack is the compiler's word for each function's frame, summed along the deepest way of calls by name, from the public
function on; not in it are the caller's own closures and memory, which are called through pointers. Sentences (Display)
are looked at apart: their parts are written through pointers too.
"""

import sys
from pathlib import Path

from graph import Image, tool


def code(image, table_len):
    """Bytes of instructions and constants, without the table of addresses itself."""
    sizes = {}
    for line in tool("llvm-size", "-A", image.path).splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[1].isdigit():
            sizes[parts[0]] = int(parts[1])
    return sizes[".text"] + sizes.get(".rodata", 0) - 4 * table_len


def lines(path):
    """The lines of a table by their first cell: the numbers in them, and the text."""
    found = {}
    for line in Path(path).read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 5:
            found[cells[0]] = ([int(cell.replace(",", "")) for cell in cells[1:4] if cell.replace(",", "").isdigit()], line)
    return found


def compare(measured, documented):
    measured, documented = lines(measured), lines(documented)
    wrong = 0
    for name, (numbers, line) in measured.items():
        known = documented.get(name, ([], ""))[0]
        if len(known) != 3 or any(abs(one - other) * 10 > one for one, other in zip(numbers, known)):
            print(f"docs/performance.md should have\n{line}\nwhere it has\n{documented.get(name, ([], 'nothing'))[1]}")
            wrong += 1
    print(f"{len(measured) - wrong} of {len(measured)} lines in docs/performance.md are right within a tenth")
    return 1 if wrong or not measured else 0


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    if arguments[0] == "--compare":
        return compare(*arguments[1:])
    name, image, table = arguments
    image = Image(image)
    roots = image.roots(table)
    silent = [(path, at) for path, at in roots if not path.endswith(" as Display>::fmt")]
    (depth, _), path = max(((image.depth(at), path) for path, at in silent), key=lambda found: found[0][0])
    print(f"| {name} | {len(roots):,} | {code(image, len(roots)):,} | {depth:,} | `{path}` |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
