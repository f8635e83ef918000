"""The command line."""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from . import clients, idempotent, mapping, settings, transactional
from .checkpoint import Checkpoint
from .errors import Interrupted, Refused, Stopped
from .plan import Plan
from .progress import Ledger
from .report import Reporter, Summary, shown
from .source import Json, Lines, files

DEFAULT_CONFIG = Path(__file__).resolve().parent.parent / "producer_configs.properties"
# A client's own deadline fires first; this is for one that has none, or does not keep it.
_GRACE_MS = 5_000
# What a record takes beside its value: key, headers, the batch around it.
_OVERHEAD = 512

EXAMPLE = """example:
  pipeline.py --bootstrap-servers 127.0.0.1:9092 --topic lines \\
      --transactional --transactional-id access-log access.log

exit status: 0 all is written; 1 the run ended early; 2 nothing was started: settings, arguments
or files are refused; 128 and the signal's number if it was asked to end"""


def parser() -> argparse.ArgumentParser:
    """Every option, with its bound and its default."""
    made = argparse.ArgumentParser(
        prog="pipeline.py",
        description="Ingests the lines of files into a topic, under settings that are checked "
        "first. With --transactional each line is there once, whatever crashes.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("files", nargs="+", metavar="FILE", help="regular files, one after the other")
    made.add_argument("--topic", required=True, help="where the records go; it must exist")
    kind = made.add_mutually_exclusive_group(required=True)
    kind.add_argument(
        "--transactional", action="store_true",
        help="lines and the position after them in one transaction: resumes after any crash",
    )
    kind.add_argument(
        "--idempotent", action="store_true",
        help="no duplicate while the run lives; what a crash can double is said at the start",
    )
    made.add_argument(
        "--config", default=str(DEFAULT_CONFIG), metavar="FILE",
        help="producer settings by Java's names (default: %(default)s)",
    )
    made.add_argument("--client", choices=clients.NAMES, default=clients.NAMES[0])
    made.add_argument("--bootstrap-servers", metavar="HOST:PORT", help="wins over the file")
    made.add_argument("--transactional-id", metavar="ID", help="wins over the file")
    made.add_argument(
        "--client-set", action="append", default=[], metavar="KEY=VALUE",
        help="a setting by the client's own name, for what the file can't say; may be repeated",
    )
    made.add_argument(
        "--format", choices=("lines", "json"), default="lines",
        help="json: each line is a JSON document, and blank lines are none (default: lines)",
    )
    made.add_argument("--key-field", metavar="NAME", help="with json: the record's key")
    made.add_argument(
        "--checkpoint", metavar="FILE", help="with --idempotent: where positions are kept",
    )
    made.add_argument(
        "--progress-topic", default="fencepost-progress", metavar="TOPIC",
        help="with --transactional: where positions are kept; made if missing (default: "
        "%(default)s)",
    )
    _bounds(made)
    made.add_argument("--json", action="store_true", help="one object at the end, nothing else")
    made.add_argument(
        "--dry-run", action="store_true", help="print the client's settings; connect to nothing",
    )
    return made


def _bounds(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--window-records", type=_at_least(2), default=10_000, metavar="N",
        help="records under way at most; without transactions also what a crash can double "
        "(default: %(default)s)",
    )
    made.add_argument(
        "--window-bytes", type=_at_least(1), default=64 << 20, metavar="N",
        help="bytes under way at most (default: %(default)s)",
    )
    made.add_argument(
        "--transaction-records", type=_at_least(1), default=10_000, metavar="N",
        help="a transaction is committed after so many (default: %(default)s)",
    )
    made.add_argument(
        "--transaction-seconds", type=_at_least(1), default=5, metavar="N",
        help="or so long (default: %(default)s)",
    )
    made.add_argument(
        "--attempts", type=_at_least(1), default=5, metavar="N",
        help="sessions that may end one after the other without a commit (default: %(default)s)",
    )


def _at_least(least: int):  # type: ignore[no-untyped-def]
    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"at least {least}")
        return value

    number.__name__ = "number"
    return number


def main(arguments: list[str] | None = None) -> None:
    """Runs, and exits."""
    options = parser().parse_args(arguments)
    reporter = Reporter(options.json)
    try:
        sys.exit(_run(options, reporter))
    except Refused as refused:
        reporter.failed(f"{refused}")
        sys.exit(2)


def _mapped(options: argparse.Namespace) -> tuple[settings.Settings, mapping.Mapped]:
    """The settings as they will run, or why they can't."""
    if options.key_field is not None and options.format != "json":
        raise Refused("--key-field needs --format json")
    if options.checkpoint is not None and not options.idempotent:
        raise Refused("--checkpoint needs --idempotent; a transaction has its position inside")
    said = {
        "bootstrap.servers": options.bootstrap_servers,
        "transactional.id": options.transactional_id,
    }
    given = {key: value for key, value in said.items() if value is not None}
    enforced = settings.enforce(options.config, given, options.transactional)
    own = {}
    for text in options.client_set:
        key, equals, value = text.partition("=")
        if not equals:
            raise Refused(f"--client-set {text}: KEY=VALUE is wanted")
        own[key] = value
    return enforced, mapping.for_client(options.client, enforced, own)


def _run(options: argparse.Namespace, reporter: Reporter) -> int:
    enforced, mapped = _mapped(options)
    if options.dry_run:
        _dry_run(options, enforced, mapped)
        return 0
    if not enforced.given.get("bootstrap.servers", "").strip():
        raise Refused("no brokers: say --bootstrap-servers, or bootstrap.servers in the file")
    plan = _plan(options, enforced, mapped, reporter)
    for note in mapped.notes:
        reporter.say(f"note: {note}")
    with _signals(plan):
        return _guarded(options, enforced, plan)


def _guarded(options: argparse.Namespace, enforced: settings.Settings, plan: Plan) -> int:
    reporter = plan.reporter
    status = 0
    try:
        reporter.begin(plan.files)
        if options.transactional:
            _transactional(options, enforced, plan)
        else:
            _idempotent(options, plan)
    except Interrupted as interrupted:
        plan.summary.error = f"asked to end by {signal.Signals(interrupted.signal_number).name}"
        status = 128 + interrupted.signal_number
    except (Stopped, Refused) as ended:
        plan.summary.error = f"{ended}"
        status = 1 if isinstance(ended, Stopped) else 2
    reporter.end(plan.summary, plan.files)
    if plan.summary.error is not None:
        reporter.failed(plan.summary.error)
    return status


def _plan(
    options: argparse.Namespace, enforced: settings.Settings, mapped: mapping.Mapped,
    reporter: Reporter,
) -> Plan:
    found = files(options.files)
    client = clients.make(options.client, mapped.config)
    mode = "transactional" if options.transactional else "idempotent"
    resolved = enforced.resolved
    return Plan(
        files=found,
        form=Json(options.key_field) if options.format == "json" else Lines(),
        topic=options.topic,
        client=client,
        longest=max(1, resolved.max_request_size - _OVERHEAD),
        deadline_ms=enforced.delivery_timeout_ms + resolved.request_timeout_ms + _GRACE_MS,
        window_records=options.window_records,
        window_bytes=options.window_bytes,
        reporter=reporter,
        summary=Summary(mode, options.client, options.topic),
    )


def _idempotent(options: argparse.Namespace, plan: Plan) -> None:
    plan.reporter.say(idempotent.promise(plan.window_records, options.checkpoint))
    if options.checkpoint is None:
        idempotent.Run(plan, None).run()
        return
    checkpoint = Checkpoint(options.checkpoint, options.topic)
    with checkpoint.lock():
        idempotent.Run(plan, checkpoint).run()


def _transactional(options: argparse.Namespace, enforced: settings.Settings, plan: Plan) -> None:
    plan.reporter.say(transactional.PROMISE)
    identity = enforced.resolved.transactional_id
    assert identity is not None
    transactional.Run(
        plan, Ledger(identity, options.topic), options.progress_topic,
        records=options.transaction_records, seconds=options.transaction_seconds,
        attempts=options.attempts,
    ).run()


def _dry_run(
    options: argparse.Namespace, enforced: settings.Settings, mapped: mapping.Mapped
) -> None:
    promise = (
        transactional.PROMISE if options.transactional
        else idempotent.promise(options.window_records, options.checkpoint)
    )
    if options.json:
        import json

        hidden = {key: "(hidden)" for key in mapped.config if "password" in key}
        print(json.dumps({
            "client": mapped.client, "config": mapped.config | hidden, "notes": mapped.notes,
            "guarantee": f"{enforced.resolved.guarantee}", "crash": promise,
        }))
        return
    print(f"{options.config} keeps the guarantee: {enforced.resolved.guarantee}")
    print(f"{mapped.client} gets")
    print(shown(mapped.config))
    for note in mapped.notes:
        print(f"note: {note}")
    print(promise)


@contextlib.contextmanager
def _signals(plan: Plan) -> Iterator[None]:
    """The first signal ends the run between two records, the second at once, as a crash would."""

    def asked(number: int, _: FrameType | None) -> None:
        if plan.interrupted is not None:
            os._exit(128 + number)
        plan.interrupted = number

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
