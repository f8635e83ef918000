"""`fencepost lint`: is this configuration safe?"""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from fencepost.cli._output import complain, console, messages, print_json
from fencepost.cli._show import printable
from fencepost.lint import DIALECTS, RULES, InputError, Options, Report, Severity, fix, lint
from fencepost.lint.files import STDIN, load, store
from fencepost.lint.output import sarif, tell, workflow_commands

__all__ = ("command",)


def _rules(
    ctx: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> frozenset[str]:
    rules = frozenset(
        rule.strip().upper() for one in given for rule in one.split(",") if rule.strip()
    )
    for rule in sorted(rules - RULES.keys()):
        raise click.BadParameter(f"{rule} is no rule; fencepost explain lists them", ctx, parameter)
    return rules


@click.command(
    epilog="""\b
Examples:
  fencepost lint kafka.properties
  fencepost lint --dialect rdk --fix producer.conf
  kubectl get configmap kafka -o jsonpath='{.data.producer}' | fencepost lint --client-version 4.0 -

Exit codes: 0 nothing found, 1 something found, 2 a file could not be linted."""
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--dialect",
    type=click.Choice(list(DIALECTS)),
    help="Whose configuration it is; else it is found out.",
)
@click.option(
    "--client-version",
    metavar="VERSION",
    help="The client's version, 4.0 or 3.1.0; else the dialect's default.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="How findings are printed.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--fix",
    "fixing",
    is_flag=True,
    help="Mend the files in place; standard input's text goes to standard output.",
)
@click.option("--pedantic", is_flag=True, help="Rules that are off by default, too.")
@click.option(
    "--ignore",
    metavar="RULES",
    multiple=True,
    callback=_rules,
    help="Leave these out: PC020,PC027.",
)
@click.option(
    "--severity",
    type=click.Choice([one.value for one in Severity]),
    default="info",
    show_default=True,
    help="Leave out what is less.",
)
def command(
    files: tuple[str, ...],
    dialect: str | None,
    client_version: str | None,
    form: str,
    as_json: bool,
    fixing: bool,
    pedantic: bool,
    ignore: frozenset[str],
    severity: str,
) -> int:
    """Say what clients will really do with producer configurations: files, or - for standard input.

    Knows the Java client's properties, librdkafka, kafka-python, aiokafka, franz-go, sarama, kafkajs, kafka-go, Spring
    Boot, Spring Cloud Stream, Connect and Streams. A comment `# fencepost: ignore PC020` in a line, or above it, leaves
    a finding out.
    """
    options = Options(dialect, client_version, pedantic, ignore, Severity(severity))
    form = "json" if as_json else form
    reports: list[Report] = []
    errors: list[InputError] = []
    for name in dict.fromkeys(files):
        try:
            reports.append(_one(name, options, fixing=fixing, form=form))
        except InputError as error:
            errors.append(error)
    if not (fixing and STDIN in files and form == "text"):
        _print(reports, errors, form)
    for unreadable in errors:
        complain(printable(str(unreadable)))
    if errors:
        return 2
    return 1 if any(report.findings for report in reports) else 0


def _one(name: str, options: Options, *, fixing: bool, form: str) -> Report:
    source = load(name)
    if fixing:
        text, count = fix(source.text, source.file, options)
        if name == STDIN:
            if form == "text":
                sys.stdout.write(text)
        elif text != source.text:
            store(source, text)
            findings = "finding" if count == 1 else "findings"
            messages().print(f"{printable(source.file)}: {count} {findings} mended", markup=False)
        return lint(text, source.file, options)
    return lint(source.text, source.file, options)


def _print(reports: list[Report], errors: list[InputError], form: str) -> None:
    if form == "json":
        print_json([one.to_json() for report in reports for one in report.findings])
    elif form == "sarif":
        print_json(sarif(reports, errors))
    elif form == "github":
        for report in reports:
            for line in workflow_commands(report.findings):
                click.echo(line)
    else:
        tell(console(), map(_on_one_line, reports))


def _on_one_line(report: Report) -> Report:
    """A file's name may hold what a terminal obeys."""
    name = printable(report.file)
    findings = tuple(replace(one, file=name) for one in report.findings)
    return replace(report, file=name, findings=findings)
