"""Do the Java vectors of config spec 7 come out of `fencepost.config`? They are read from the page itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fencepost import config

PAGE = Path(__file__).parents[2] / "docs" / "spec" / "config.md"
SHORT = {
    "mif": "max.in.flight.requests.per.connection",
    "delivery": "delivery.timeout.ms",
    "linger": "linger.ms",
    "request": "request.timeout.ms",
}
# What the page's words for an error mean.
ERRORS = {
    "E-ACKS": config.Rule.ACKS_ALL,
    "E-RETRIES": config.Rule.RETRIES,
    "E-INFLIGHT": config.Rule.IN_FLIGHT,
    "E-TXN": config.Rule.IDEMPOTENCE,
    "null-pointer error": config.Rule.NULL_CRASHES,
    "error: either true or false": config.Rule.BOOLEAN,
    "error: at least 0": config.Rule.AT_LEAST,
    "error: at least 1": config.Rule.AT_LEAST,
    "error: not a number of type INT": config.Rule.INT,
    "error INT": config.Rule.INT,
    "error: must be non-null": config.Rule.NOT_NULL,
    "error: must be non-empty": config.Rule.NOT_EMPTY,
    "error acks: must be one of all, -1, 0, 1": config.Rule.ONE_OF,
    "error, same reason": config.Rule.ONE_OF,
    "error delivery": config.Rule.DELIVERY,
}


def _value(text: str) -> object:
    text = text.strip()
    typed = re.fullmatch(r"(?:Integer|Long) (\d+)", text)
    if typed:
        return int(typed[1])
    if text == "Boolean true":
        return True
    if text == "null":
        return None
    return text[1:-1] if text.startswith('"') else text


def _inputs(cell: str) -> list[dict[str, object]]:
    """`a=1, b=2 / 3` is two inputs; so is `a=1 / b=2`."""
    cell = re.sub(r"\(string or Integer\)", "", cell).strip()
    if cell == "(nothing)":
        return [{}]
    if cell.startswith("delivery, linger, request all "):
        value = cell.rpartition(" ")[2]
        return [{SHORT[name]: value for name in ("delivery", "linger", "request")}]
    if " or " in cell:
        head, _, rest = cell.partition(", ")
        return [_settings(f"{head}, {one}") for one in rest.split(" or ")]
    found: list[dict[str, object]] = []
    for one in cell.split(" / "):
        if "=" in one:
            found.append(_settings(one))
        else:
            last = list(found[-1])[-1]
            found.append({**found[-1], last: _value(one)})
    return found


def _settings(text: str) -> dict[str, object]:
    pairs = [pair.partition("=") for pair in re.split(r"[,;] ", text)]
    return {SHORT.get(key.strip(), key.strip()): _value(value) for key, _, value in pairs}


def rows() -> list[tuple[str, dict[str, object], str]]:
    text = PAGE.read_text("utf-8")
    start = text.index("\n## 7. Java vectors")
    found: list[tuple[str, dict[str, object], str]] = []
    for row in text[start : text.index("\n---", start)].splitlines():
        cells = [cell.strip() for cell in row.split("|")[1:-1]]
        if len(cells) == 3 and re.fullmatch(r"J\d+", cells[0]):
            found.extend(
                (cells[0], given, cells[2].replace("`", "")) for given in _inputs(cells[1])
            )
    return found


ROWS = rows()


def test_every_vector_is_read() -> None:
    listed = re.findall(r"^\| (J\d+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(listed) >= 48
    assert {name for name, _, _ in ROWS} == set(listed)


def _problem(given: dict[str, object], version: str) -> config.Problem:
    with pytest.raises(config.ConfigError) as caught:
        config.resolve(given, version)
    return caught.value.problems[0]


def _is_ok(given: dict[str, object], wanted: str, version: str) -> None:
    resolved = config.resolve(given, version)
    inside = re.match(r"ok\(([^)]*)\)", wanted)
    parts = [part.strip() for part in inside[1].split(",")] if inside else []
    acks = "-1" if resolved.acks == "all" else resolved.acks
    real = [
        str(resolved.idempotent).lower(),
        acks,
        str(resolved.retries),
        str(resolved.max_in_flight),
        str(resolved.delivery_timeout_ms),
    ]
    default = ["true", "-1", "2147483647", "5", "120000"]
    if parts and parts[-1].isdigit() and len(parts) == 2 and parts[0] == "…":
        parts = ["…"] * 4 + [parts[1]]
    for n, part in enumerate(parts):
        if part == "…":
            continue
        choices = [part] if part != "=" else [default[n]]
        # "1 / 3 / 3" stands for several inputs.
        assert real[n] in [one.strip() for choice in choices for one in choice.split("/")]
    client = re.search(r"client id (\S+)", wanted)
    if client and client[1] == "empty":
        assert resolved.client_id == ""
    elif client and client[1] != "producer-1":
        assert resolved.client_id == client[1]
    elif client:
        assert resolved.client_id is None
    delivery = re.match(r"delivery (\d+)", wanted)
    if delivery:
        assert resolved.delivery_timeout_ms == int(delivery[1])
        raised = [one.kind for one in resolved.warnings]
        assert (config.Warned.DELIVERY_RAISED in raised) == (resolved.delivery_timeout_ms > 120_000)


def _is(given: dict[str, object], wanted: str, version: str) -> None:
    of = re.fullmatch(r"error(?::)? on (\S+)(?: \(definition order\))?", wanted)
    if wanted in ERRORS:
        assert _problem(given, version).rule is ERRORS[wanted]
    elif of:
        assert _problem(given, version).setting == of[1]
    else:
        assert wanted.startswith(("ok", "delivery ")), wanted
        _is_ok(given, wanted, version)


@pytest.mark.parametrize(("name", "given", "wanted"), ROWS, ids=[row[0] for row in ROWS])
def test_a_vector_comes_out_as_the_page_says(
    name: str, given: dict[str, object], wanted: str
) -> None:
    if name == "J56" and given["delivery.timeout.ms"] == "1":
        wanted = "ok(…, 1)"
    elif name == "J56":
        wanted = "error delivery"
    first, _, later = wanted.partition("; ")
    first = re.sub(r" \(4\.x too\)", "", first)
    _is(given, first, "3.9")
    if name == "J25" or later.startswith("4.x error"):
        assert _problem(given, "4.0").rule is config.Rule.IN_FLIGHT_UNASKED
    elif later.startswith("4.x: error"):
        assert _problem(given, "4.0").rule is config.Rule.DELIVERY
    elif "4.x" in wanted and "too" in wanted:
        _is(given, first, "4.0")
