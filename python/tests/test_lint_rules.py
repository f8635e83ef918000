"""Does each rule hold for its own example, and do its page and the rule table of config spec 10 agree with it?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fencepost.lint import DIALECTS, RULES, Options, Rule, Severity, fix, lint
from fencepost.lint.output import page, pages

DOCS = Path(__file__).parents[2] / "docs"
EVERY = [pytest.param(rule, id=rule.id) for rule in RULES.values()]


def _options(rule: Rule) -> Options:
    return Options(rule.example.dialect, rule.example.version, pedantic=rule.pedantic)


def _file(rule: Rule) -> str:
    return "application.yml" if rule.example.text.startswith("spring:\n") else "<text>"


def table() -> dict[str, list[str]]:
    """The rows of the rule table: dialects, keys, condition, severity, message, fix."""
    text = (DOCS / "spec" / "config.md").read_text("utf-8")
    rows = re.findall(r"^\| (PC\d{3}) \|(.*)\|$", text, re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split(" | ")] for name, cells in rows}


@pytest.mark.parametrize("rule", EVERY)
def test_a_rule_holds_for_its_example(rule: Rule) -> None:
    found = lint(rule.example.text, _file(rule), _options(rule)).findings
    ours = [one for one in found if one.rule == rule.id]
    assert ours, [one.rule for one in found]
    for one in ours:
        assert one.message and one.why and one.fix
        assert 1 <= one.line <= rule.example.text.count("\n")


@pytest.mark.parametrize("rule", EVERY)
def test_what_fix_mends_is_mended(rule: Rule) -> None:
    options = _options(rule)
    before = lint(rule.example.text, _file(rule), options).findings
    after_text, count = fix(rule.example.text, _file(rule), options)
    after = lint(after_text, _file(rule), options).findings
    assert not [one for one in after if one.can_be_fixed], after_text
    if any(one.rule == rule.id and one.can_be_fixed for one in before):
        assert count > 0
        assert rule.id not in {one.rule for one in after}, after_text


def test_the_table_and_the_rules_are_the_same() -> None:
    assert set(table()) == set(RULES)


@pytest.mark.parametrize("rule", EVERY)
def test_a_rule_is_as_severe_as_the_table_says(rule: Rule) -> None:
    dialects, _, condition, severity, *_ = table()[rule.id]
    assert severity.split()[0] == rule.severity.value
    assert dialects == rule.dialects
    assert ("*pedantic" in condition) == rule.pedantic
    # Every error is of the start, unless the cell names another moment.
    if "(at " in severity:
        assert rule.phase != "start"


@pytest.mark.parametrize("rule", EVERY)
def test_the_example_is_of_a_dialect_for_which_the_rule_holds(rule: Rule) -> None:
    family = ["java", "spring", "scs", "connect", "streams"]
    names = [
        part.split()[0] for part in rule.dialects.replace(",", "").split(" and ")[0].split(", ")
    ]
    words = rule.dialects.replace(",", " ").split()
    allowed = set(DIALECTS) if "all" in words else {word for word in words if word in DIALECTS}
    allowed |= set(family) if "JF" in words else set()
    assert rule.example.dialect in allowed, names


def test_the_pages_in_the_documentation_are_current() -> None:
    assert (DOCS / "lint-rules.md").read_text("utf-8") == pages()


def test_a_page_shows_what_the_linter_says() -> None:
    text = page("PC020")
    assert "`acks=1` turns idempotence off" in text
    assert "enable.idempotence=true" in text


def test_severities_are_ordered() -> None:
    assert [one.rank for one in Severity] == [0, 1, 2]
