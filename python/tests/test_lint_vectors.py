"""Do the lint vectors of config spec 11 come out as they are written there? They are read from the page itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from fencepost.lint import Options, lint

PAGE = Path(__file__).parents[2] / "docs" / "spec" / "config.md"
FILES = {"spring (YAML)": "application.yml", "spring (env)": "spring.env"}


@dataclass(frozen=True)
class Vector:
    id: str
    dialect: str
    text: str
    # `PC020 acks`, or only the rule.
    findings: tuple[str, ...]


def _chapter(name: str) -> str:
    text = PAGE.read_text("utf-8")
    start = text.index(f"\n## {name}")
    return text[start : text.index("\n---", start)]


def _findings(cell: str) -> tuple[str, ...]:
    # What stands in brackets is said to people, except for nothing.
    plain = re.sub(r"\([^)]*\)*", "", cell)
    return tuple(one.strip() for one in re.findall(r"PC\d{3}(?: [\w.…-]+)?", plain))


def vectors() -> list[Vector]:
    found = []
    for row in _chapter("11. Lint vectors").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
        if len(cells) != 4 or not re.match(r"L\d+", cells[0]):
            continue
        texts = re.findall(r"`([^`]*)`", cells[2])
        first = texts[0]
        for n, text in enumerate(texts):
            if n:
                # "`a=b` (or `c`)": another value of the same key.
                text = first.rpartition("=")[0] + "=" + text
            # Other lines, but not in an object of several statements.
            lines = text if cells[1].startswith("kjs") else re.sub(r"; ", "\n", text)
            found.append(Vector(cells[0], cells[1], lines, _findings(cells[3])))
    return found


VECTORS = vectors()


def test_there_are_as_many_vectors_as_the_page_has_rows() -> None:
    rows = [row for row in _chapter("11. Lint vectors").splitlines() if re.match(r"\| L\d+", row)]
    assert len(rows) >= 76
    assert {vector.id for vector in VECTORS} == {row.split()[1] for row in rows}


def _alike(key: str, wanted: str) -> bool:
    if wanted.endswith("…"):
        return key.startswith(wanted[:-1])
    return key == wanted or (wanted == "in-flight" and key.startswith("max_in_flight"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.id)
def test_a_vector_has_the_findings_of_the_page(vector: Vector) -> None:
    dialect, _, rest = vector.dialect.partition(" ")
    version = rest if re.match(r"\d", rest) else None
    file = FILES.get(vector.dialect, "<text>")
    report = lint(vector.text, file, Options(dialect=dialect, version=version))
    found = sorted(report.findings, key=lambda one: one.rule)
    said = [f"{one.rule} {one.key}" for one in found]
    assert [one.rule for one in found] == [one.split()[0] for one in vector.findings], said
    for one, wanted in zip(found, vector.findings, strict=True):
        _, _, key = wanted.partition(" ")
        assert not key or _alike(one.key, key), (one.key, wanted)
