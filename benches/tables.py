"""Puts the tables that `make bench` printed into docs/performance.md: `benches/tables.py OUTPUT [DOCUMENT]`.

A table is found by its first line, so that nothing else of the document is touched; whatever the prose says of figures
remains to be read again. All or nothing: an output that was cut short, or has no Kafka beside it, changes nothing.
"""

import sys
from pathlib import Path
from typing import NoReturn

FIRST = (
    "| operation | producers | ours, ns |",
    "| less the file's bytes | producers |",
    "| memory | producers |",
    "| bytes | ours, ns a batch |",
)
LAST = " interleaved rounds; "


def refuse(why: str) -> NoReturn:
    print(f"tables: {why}; nothing was changed", file=sys.stderr)
    raise SystemExit(2)


def table(lines: list[str], first: str, where: str) -> range:
    begins = [at for at, line in enumerate(lines) if line.startswith(first)]
    if len(begins) != 1:
        refuse(f"{where} has {len(begins)} tables that begin with {first!r}, not one")
    end = begins[0]
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    return range(begins[0], end)


def main(arguments: list[str]) -> None:
    if len(arguments) not in (1, 2):
        refuse("usage: benches/tables.py OUTPUT [DOCUMENT]")
    output = Path(arguments[0])
    document = Path(arguments[1]) if len(arguments) == 2 else Path(__file__).parent.parent / "docs/performance.md"
    try:
        printed, lines = output.read_text("utf-8").splitlines(), document.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        refuse(str(error))
    ends = [line for line in printed if LAST in line]
    if len(ends) != 1:
        refuse(f"{output} is not the whole output of one run: its last line is missing or there twice")
    if any("SKIPPED" in line for line in printed):
        refuse(f"{output} has no Kafka beside it")
    for first in FIRST:
        new, old = table(printed, first, str(output)), table(lines, first, str(document))
        if len(new) < 3:
            refuse(f"{output}: the table that begins with {first!r} has no row")
        lines[old.start : old.stop] = printed[new.start : new.stop]
    document.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{document}: four tables of {ends[0]}. The machine, the date and the ranges in the prose are yours to read again.")


if __name__ == "__main__":
    main(sys.argv[1:])
