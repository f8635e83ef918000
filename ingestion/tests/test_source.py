"""Lines, positions, and files that are not what they were."""

from pathlib import Path

import pytest
from ingest.errors import Refused, Stopped
from ingest.source import File, Json, Lines, Position, Progress, Record, files, records

LONGEST = 100


def read(
    path: Path, position: Position | None = None, form: Lines | Json | None = None
) -> list[Record]:
    file = File(str(path))
    begun = file.resume(position, lambda _: None)
    return list(records(file, begun.position, form or Lines(), LONGEST))


def after(path: Path, found: list[Record], count: int) -> Position:
    progress: Progress = File(str(path)).resume(None, lambda _: None)
    for record in found[:count]:
        progress.advance(record)
    return progress.position


def test_a_line_is_its_bytes_without_its_end(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"a\n\nb \r\n\xff\x00\nc\rd\nlast")
    assert [r.value for r in read(tmp_path / "f")] == [
        b"a",
        b"",
        b"b ",
        b"\xff\x00",
        b"c\rd",
        b"last",
    ]
    assert [r.line for r in read(tmp_path / "f")] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("count", range(7))
def test_it_goes_on_after_every_record(tmp_path: Path, count: int) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"a\n\nb \r\n\xff\x00\nc\rd\nlast\n")
    found = read(path)
    position = after(path, found, count)
    assert [r.value for r in read(path, position)] == [r.value for r in found[count:]]
    assert [r.line for r in read(path, position)] == [r.line for r in found[count:]]


def test_json_skips_blank_lines_and_counts_them(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b'\n{"k": 1}\n\n  \n[2]\n\n')
    found = read(path, form=Json(None))
    assert [(r.line, r.value) for r in found] == [(2, b'{"k": 1}'), (5, b"[2]")]
    position = after(path, found, 1)
    assert [r.line for r in read(path, position, Json(None))] == [5]


def test_a_key_is_text_or_an_integer(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text('{"k": "caf\u00e9"}\n{"k": 7}\n')
    assert [r.key for r in read(path, form=Json("k"))] == ["caf\u00e9".encode(), b"7"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "f:2: not JSON: .* column 2"),
        (b"\xff", "f:2: not UTF-8 at byte 0"),
        (b"NaN", "f:2: not JSON that can be read: NaN"),
        (b"[" * 90, "f:2: not JSON"),
        (b"[1]", "f:2: no field 'k'"),
        (b'{"k": null}', "f:2: field 'k' is neither"),
        (b'{"k": true}', "f:2: field 'k' is neither"),
        (b'{"k": "\\ud800"}', "f:2: field 'k' can't be UTF-8"),
    ],
)
def test_what_is_no_json_is_named_by_file_and_line(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    (tmp_path / "f").write_bytes(b'{"k": 1}\n' + line + b"\n")
    with pytest.raises(Stopped, match=reason):
        read(tmp_path / "f", form=Json("k"))


@pytest.mark.parametrize("end", (b"\n", b"\r\n", b""))
def test_a_line_has_a_bound_and_memory_with_it(tmp_path: Path, end: bytes) -> None:
    (tmp_path / "f").write_bytes(b"x" * LONGEST + end)
    assert len(read(tmp_path / "f")) == 1
    (tmp_path / "g").write_bytes(b"a\n" + b"x" * (LONGEST + 1) + end)
    with pytest.raises(Stopped, match="g:2: longer than 100 bytes"):
        read(tmp_path / "g")
    # Not even where what was read looks like an end.
    (tmp_path / "h").write_bytes(b"x" * LONGEST + b"\r\r" + b"y\n")
    with pytest.raises(Stopped, match="h:1: longer"):
        read(tmp_path / "h")


def test_a_file_may_grow(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"a\nb\n")
    position = after(path, read(path), 2)
    path.write_bytes(b"a\nb\nc\n")
    assert [r.value for r in read(path, position)] == [b"c"]


def test_a_last_line_may_get_its_end_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"a\nb")
    position = after(path, read(path), 2)
    path.write_bytes(b"a\nb\nc\n")
    found = read(path, position)
    assert [(r.line, r.value, r.raw) for r in found] == [(3, b"c", b"\nc\n")]
    path.write_bytes(b"a\nbb\n")
    with pytest.raises(Stopped, match="f:2: the line had no end"):
        read(path, position)


def test_a_file_that_is_not_the_same_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"a\nb\n")
    position = after(path, read(path), 2)
    path.write_bytes(b"a\n")
    with pytest.raises(Refused, match="shorter than the 4 bytes"):
        read(path, position)
    path.write_bytes(b"A\nb\nc\n")
    with pytest.raises(Refused, match=r"first 4 bytes \(2 lines\) are not those"):
        read(path, position)


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No such file"):
        files([str(tmp_path / "none")])
    with pytest.raises(Refused, match="not a regular file"):
        files([str(tmp_path)])
    with pytest.raises(Refused, match="not a regular file"):
        files(["/dev/null"])


def test_a_file_counts_once_under_all_its_names(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    (tmp_path / "g").symlink_to(tmp_path / "f")
    with pytest.raises(Refused, match="g: the same file as"):
        files([str(tmp_path / "f"), str(tmp_path / "g")])


def test_a_position_comes_back_as_it_was() -> None:
    position = Position(12, 3, "ab")
    assert Position.from_json(position.to_json()) == position
    for wrong in (
        None,
        {},
        {"offset": -1, "lines": 0, "blake2b": ""},
        {"offset": "1", "lines": 0, "blake2b": ""},
    ):
        with pytest.raises(ValueError, match="no position"):
            Position.from_json(wrong)
