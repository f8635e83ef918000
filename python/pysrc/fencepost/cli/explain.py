"""`fencepost explain`: what does a rule of the linter say, and why?"""

from __future__ import annotations

import click
from rich.markdown import Markdown
from rich.table import Table

from fencepost.cli._output import console, print_json
from fencepost.lint import RULES
from fencepost.lint.output import page, pages

__all__ = ("command",)


@click.command(epilog="\b\nExample:\n  fencepost explain PC020")
@click.argument("rules", metavar="[RULE...]", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every page, as docs/lint-rules.md.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def command(rules: tuple[str, ...], everything: bool, as_json: bool) -> int:
    """Print the pages of rules, or the list of all of them."""
    names = [rule.upper() for rule in rules]
    for name in names:
        if name not in RULES:
            raise click.ClickException(
                f"{name} is no rule; fencepost explain, without one, lists them"
            )
    if as_json:
        print_json([_json(name) for name in names or RULES])
        return 0
    if everything:
        click.echo(pages(), nl=False)
        return 0
    out = console()
    if not names:
        table = Table("rule", "severity", "holds for", "what", box=None, pad_edge=False)
        for rule in RULES.values():
            table.add_row(rule.id, rule.severity.value, rule.dialects, rule.title)
        out.print(table)
    for name in names:
        if out.is_terminal:
            out.print(Markdown(page(name)))
        else:
            click.echo(page(name), nl=False)
    return 0


def _json(name: str) -> dict[str, object]:
    rule = RULES[name]
    return {
        "rule": rule.id,
        "severity": rule.severity.value,
        "dialects": rule.dialects,
        "key": rule.key,
        "title": rule.title,
        "does": rule.does,
        "why": rule.why,
        "fix": rule.fix,
        "phase": rule.phase,
        "pedantic": rule.pedantic,
        "example": {
            "dialect": rule.example.dialect,
            "version": rule.example.version,
            "text": rule.example.text,
        },
    }
