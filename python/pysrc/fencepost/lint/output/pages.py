"""A rule's page, for `fencepost explain` and for the documentation."""

from __future__ import annotations

from ..check import Options, fix, lint
from ..model import Severity
from ..registry import DIALECTS
from ..rules import RULES, Rule

__all__ = ["page", "pages"]

_MEANS = {
    Severity.ERROR: "the client refuses",
    Severity.WARNING: "it runs, without the guarantee or without effect",
    Severity.INFO: "worth knowing",
}
_FENCES = {
    "kpy": "python",
    "aio": "python",
    "franz": "go",
    "sarama": "go",
    "kgo": "go",
    "kjs": "js",
}


def page(name: str) -> str:
    """The page of a rule, as Markdown. What it shows of its example is what the linter says of it."""
    rule = RULES[name]
    shown = _shown(rule)
    when = "" if rule.phase == "start" else f", at {rule.phase}"
    only = " Only with `--pedantic`." if rule.pedantic else ""
    rows = [
        f"## {name}: {rule.title}",
        "",
        f"{rule.severity.value} ({_MEANS[rule.severity]}{when}); holds for {_dialects(rule)}.{only}",
        "",
        f"**What the client does.** {rule.does}",
        "",
        f"**Why it matters.** {rule.why}",
        "",
        f"**Fix.** {rule.fix[:1].upper()}{rule.fix[1:]}.",
        "",
        *shown,
    ]
    return "\n".join(rows) + "\n"


def _shown(rule: Rule) -> list[str]:
    example = rule.example
    file = "application.yml" if example.text.startswith("spring:\n") else "<text>"
    options = Options(example.dialect, example.version, rule.pedantic)
    found = [one for one in lint(example.text, file, options).findings if one.rule == rule.id]
    mended, count = fix(example.text, file, options)
    fence = f"```{_FENCES.get(example.dialect, 'yaml' if file != '<text>' else 'properties')}"
    client = DIALECTS[example.dialect]
    version = example.version or client.version
    with_version = f"{client.client} {version}".strip()
    rows = [f"{with_version}:", "", fence, example.text.rstrip("\n"), "```", ""]
    rows += [f"> {found[0].message}", ""]
    if count and mended.strip():
        rows += ["becomes, with `--fix`:", "", fence, mended.rstrip("\n"), "```", ""]
    elif count:
        rows += ["is removed with `--fix`.", ""]
    return rows[:-1]


def _dialects(rule: Rule) -> str:
    names = rule.dialects
    if names == "all":
        return "all clients"
    head, _, rest = names.partition(" ")
    if head.rstrip(",") == "JF":
        names = f"the Java client and what is built on it{rest and ' '}{rest}"
        return names.replace("it rdk", "it, and librdkafka") if rest == "rdk" else names
    parts = []
    for part in names.split(", "):
        short, _, versions = part.partition(" ")
        parts.append(f"{DIALECTS[short].client} {versions}".strip())
    return ", ".join(parts)


def pages() -> str:
    """Every page, one after the other, as `docs/lint-rules.md`."""
    rows = [
        "# The rules of `fencepost lint`",
        "",
        "Made by `fencepost explain --all`; `fencepost explain PC020` prints one of them. What the linter"
        " says of",
        "each example, and what `--fix` makes of it, is what it said when this page was made, and a test compares.",
        "",
    ]
    toc = ["| rule | severity | holds for | |", "| --- | --- | --- | --- |"]
    for rule in RULES.values():
        anchor = f"{rule.id}: {rule.title}".lower()
        anchor = "".join(c for c in anchor if c.isalnum() or c in " -_").replace(" ", "-")
        toc.append(
            f"| [{rule.id}](#{anchor}) | {rule.severity.value} | {rule.dialects} | {rule.title} |"
        )
    return "\n".join([*rows, *toc, ""]) + "\n" + "\n".join(page(name) for name in RULES)
