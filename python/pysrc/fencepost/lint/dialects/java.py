"""The Java client, and what is shared with everything built on it.

What settings come to is the core's decision, by `fencepost.config`. Here its answers become findings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fencepost import config

from ..model import UNKNOWN, Edit, Scalar, shown
from ..near import known, near_miss
from .base import Given, Linter, duplicates, normalised

__all__ = ["ACKS", "DELIVERY", "IDEMPOTENCE", "IN_FLIGHT", "RETRIES", "Java", "lint", "near_misses"]

ACKS = "acks"
RETRIES = "retries"
IN_FLIGHT = "max.in.flight.requests.per.connection"
IDEMPOTENCE = "enable.idempotence"
TRANSACTIONAL = "transactional.id"
TIMEOUT = "transaction.timeout.ms"
DELIVERY = "delivery.timeout.ms"
LINGER = "linger.ms"
REQUEST = "request.timeout.ms"
# What stands for a name that only the running program knows.
_SOME_NAME = "?"


def lint(linter: Linter) -> None:
    """A plain client's file."""
    entries = normalised(linter.section.entries)
    duplicates(linter, entries, lambda entry: entry.key)
    near_misses(linter, entries)
    given = {entry.key: Given(entry.value, entry) for entry in entries}
    Java(linter, given).lint()


def near_misses(linter: Linter, entries: object) -> None:
    """PC005 for every key that the client does not know and that looks like one that it does."""
    seen = set()
    for entry in linter.section.entries:
        meant = near_miss(entry.key, known("java"), "java")
        if meant is None or entry.key in seen:
            continue
        seen.add(entry.key)
        twice = linter.section.get(meant) is not None
        linter.add(
            "PC005",
            entry.key,
            f"the client does not know `{entry.key}` and ignores it: `{meant}` keeps its value",
            at=entry,
            edits=[linter.drop(entry) if twice else linter.rename(entry, meant)],
        )


@dataclass
class Java:
    """The rules of the Java client over settings, wherever they come from."""

    linter: Linter
    given: Mapping[str, Given]
    # How this file says a key of the client.
    name: Callable[[str], str] = str
    # Rules that the framework's own take the place of.
    without: frozenset[str] = frozenset()

    def lint(self) -> None:
        self.release = self.linter.version or config.release("3.9")
        self.values = {key: self._value(key) for key in self.given if key in config.SETTINGS}
        unknown = {key for key, one in self.given.items() if one.value is UNKNOWN}
        self.problems = [
            problem
            for problem in config.problems(self.values, self.release)
            if not (problem.setting in unknown and problem.rule in _OF_VALUES)
        ]
        self.unreadable = {p.setting for p in self.problems if p.rule in _OF_VALUES} | unknown
        self.unreadable -= {key for key in unknown if key in _NAMES}
        for problem in self.problems:
            self._problem(problem)
        self.mended = self._mended()
        self.resolved = config.resolve(self.mended, self.release)
        self._outcome()
        self._lost()
        self._off()
        self._warnings()
        self._later()

    def _value(self, key: str) -> object:
        value = self.given[key].value
        if value is UNKNOWN:
            return _SOME_NAME if key in _NAMES else object()
        return value

    def _add(
        self, rule: str, key: str, message: str, edits: list[Edit | None], fix: str = ""
    ) -> None:
        if rule in self.without:
            return
        one = self.given.get(key)
        if one and one.by and not one.entry:
            message = f"{message} ({one.by})"
        self.linter.add(rule, key, message, at=one.entry if one else None, edits=edits, fix=fix)

    # Fixes.

    def _put(self, key: str, value: Scalar) -> Edit | None:
        one = self.given.get(key)
        if one and one.entry:
            return self.linter.put(one.entry, value)
        return self.linter.say(self.name(key), value)

    def _drop(self, key: str) -> Edit | None:
        one = self.given.get(key)
        return self.linter.drop(one.entry) if one else None

    def _write_switch(self) -> list[Edit]:
        """Writes the switch too, where the file's form can."""
        if IDEMPOTENCE in self.given:
            return []
        edit = self.linter.say(self.name(IDEMPOTENCE), True)
        return [edit] if edit else []

    def _mend(self, key: str) -> Edit | None:
        """Takes a conflict with idempotence away."""
        if key == ACKS:
            return self._put(ACKS, "all")
        if key == IN_FLIGHT:
            return self._put(IN_FLIGHT, 1 if self.release < (1, 0, 0) else 5)
        return self._drop(key)

    # Errors.

    def _problem(self, problem: config.Problem) -> None:
        key, rule = problem.setting, problem.rule
        given = self.given.get(key)
        if rule in _OF_VALUES or rule is config.Rule.NULL_CRASHES:
            if given and given.value is None:
                self._add("PC002", key, problem.message, [self._drop(key)])
            elif rule is config.Rule.NOT_EMPTY:
                self._add("PC003", key, f"`{key}` is empty: the client refuses to start", [])
            else:
                edits = [self._readable(problem, given.value if given else None)]
                self._add("PC001", key, f"the client refuses to start: {problem.message}", edits)
            return
        found = _BETWEEN.get(rule)
        if found is None:
            return
        if rule is config.Rule.IDEMPOTENCE:
            self._refused_transactions(problem)
            return
        value = shown(given.value) if given else ""
        edits = [self._mend(key)]
        if rule is config.Rule.DELIVERY:
            edits = [self._put(key, problem.bound)]
            message = f"the client refuses to start: `{key}` needs at least {problem.bound}, the sum of linger.ms and request.timeout.ms"
        elif rule is config.Rule.NO_TIMEOUT:
            edits = [self._drop(key)]
            message = "the client refuses to start: under two-phase commit transactions do not expire, so `transaction.timeout.ms` may not be set"
        elif rule is config.Rule.IN_FLIGHT_UNASKED:
            message = f"the client refuses to start: from 4.0 on more than {problem.bound} requests in flight are an error unless `enable.idempotence` is false, whatever else is set"
        else:
            message = f"the client refuses to start: idempotence is asked for, and `{key}={value}` {_AGAINST[rule]}"
        self._add(found, key, message, edits)

    def _readable(self, problem: config.Problem, value: Scalar) -> Edit | None:
        if problem.rule is config.Rule.AT_LEAST:
            # Below nothing: most likely "for ever" was meant, and that is the default.
            return self._drop(RETRIES) if problem.setting == RETRIES else None
        meant = plain(problem.setting, value)
        return self._put(problem.setting, meant) if meant is not None else None

    def _refused_transactions(self, problem: config.Problem) -> None:
        causes, edits = [], []
        if problem.off_by is config.By.REQUEST:
            causes.append("`enable.idempotence` is false")
            one = self.given[IDEMPOTENCE]
            edits.append(self._drop(IDEMPOTENCE) if one.entry else self._put(IDEMPOTENCE, True))
        for key in problem.conflicts.settings:
            causes.append(f"`{key}={shown(self.given[key].value)}` turns it off")
            edits.append(self._mend(key))
        cause = " and ".join(causes) or "this release does not turn it on"
        message = f"the client refuses to start: transactions need idempotence, and {cause}; its own error does not name the cause"
        self._add("PC013", TRANSACTIONAL, message, edits)

    def _mended(self) -> dict[str, object]:
        """The settings without what they are refused for, so that the rest can be looked at."""
        mended = dict(self.values)
        for key in self.unreadable:
            mended.pop(key, None)
        for _ in range(8):
            problems = config.problems(mended, self.release)
            for problem in problems:
                if problem.rule is config.Rule.IDEMPOTENCE:
                    for key in (IDEMPOTENCE, *problem.conflicts.settings):
                        mended.pop(key, None)
                else:
                    mended.pop(problem.setting, None)
            if not problems:
                break
        return mended

    # What starts and does not keep the guarantee.

    def _part(self, *keys: str) -> config.Resolved | None:
        """What these settings alone come to, as far as they can be read."""
        part = {k: self.values[k] for k in keys if k in self.values and k not in self.unreadable}
        while config.problems(part, self.release):
            part.pop(config.problems(part, self.release)[0].setting, None)
        return config.resolve(part, self.release)

    def _lost(self) -> None:
        if IDEMPOTENCE in self.given or TRANSACTIONAL in self.given:
            return
        part = self._part(ACKS, RETRIES, IN_FLIGHT)
        if part is None or part.idempotent:
            if self.linter.pedantic and self.resolved.by is config.By.DEFAULT:
                message = "idempotence rests on a default that any later conflict removes without an error"
                self._add(
                    "PC032", IDEMPOTENCE, message, [self.linter.say(self.name(IDEMPOTENCE), True)]
                )
            return
        if part.by is config.By.DEFAULT:
            message = f"this release does not turn idempotence on by itself: {_reasons(part)}"
            edits = [self.linter.say(self.name(IDEMPOTENCE), True)]
            if ACKS in self.given and shown(self.given[ACKS].value).strip() not in ("all", "-1"):
                edits.append(self._put(ACKS, "all"))
            self._add("PC025", IDEMPOTENCE, message, edits)
            return
        rules = {RETRIES: "PC021", ACKS: "PC020", IN_FLIGHT: "PC022"}
        for key in part.conflicts.settings:
            value = shown(self.given[key].value)
            level = "warning" if key == IN_FLIGHT else "info"
            message = f"`{key}={value}` turns idempotence off, and the client only writes a line of level {level} to its log: {_reasons(part)}"
            if key == IN_FLIGHT:
                message += "; from 4.0 on it is an error"
            self._add(rules[key], key, message, [self._mend(key), *self._write_switch()])

    def _off(self) -> None:
        switch = self.given.get(IDEMPOTENCE)
        if not switch or not switch.entry or IDEMPOTENCE in self.unreadable:
            return
        part = self._part(IDEMPOTENCE, ACKS, RETRIES, IN_FLIGHT)
        if part is None or part.by is not config.By.REQUEST or part.idempotent:
            return
        if part.guarantee.promise is config.Promise.AT_MOST_ONCE:
            message = f"idempotence is off by request, and nothing is sent again: {_reasons(part)}"
            self._add("PC024", IDEMPOTENCE, message, [], "nothing, if that is what you want")
        else:
            message = f"idempotence is off by request: {_reasons(part)}"
            self._add("PC023", IDEMPOTENCE, message, [self._drop(IDEMPOTENCE)])

    def _warnings(self) -> None:
        for warning in self.resolved.warnings:
            if warning.kind is config.Warned.DELIVERY_RAISED and DELIVERY not in self.given:
                key = LINGER if LINGER in self.given else REQUEST
                least = warning.numbers[1]
                message = f"`delivery.timeout.ms` is not set and becomes {least}, to cover linger.ms and request.timeout.ms; written out, its default would be an error"
                self._add("PC026", key, message, [self.linter.say(self.name(DELIVERY), least)])
            elif warning.kind is config.Warned.RETRIES_BOUNDED and RETRIES in self.given:
                message = f"a batch fails after {warning.numbers[0]} retries, perhaps within a second of a broker's restart, long before its deadline"
                self._add("PC027", RETRIES, message, [self._drop(RETRIES)])
            elif warning.kind is config.Warned.TRANSACTION_TIMEOUT_UNUSED:
                if self.given.get(TRANSACTIONAL, Given(None)).value is None:
                    message = "`transaction.timeout.ms` does nothing without a `transactional.id`"
                    self._add("PC030", TIMEOUT, message, [self._drop(TIMEOUT)])
            elif warning.kind is config.Warned.DELIVERY_OUTLIVES_TRANSACTION:
                self._outlives(*warning.numbers)
            elif warning.kind is config.Warned.BACKOFF_CONSTANT:
                key = "retry.backoff.ms"
                key = key if key in self.given else "retry.backoff.max.ms"
                message = f"`retry.backoff.ms` is above `retry.backoff.max.ms`, so every retry waits {warning.numbers[0]} ms"
                self._add(
                    "PC033",
                    key,
                    message,
                    [self._put("retry.backoff.max.ms", self.resolved.retry_backoff_ms)],
                )

    def _outlives(self, delivery: int, transaction: int) -> None:
        unknown = {DELIVERY, TIMEOUT} & self.unreadable
        if unknown or "PC031" in self.without:
            return
        least = self.resolved.linger_ms + self.resolved.request_timeout_ms
        edits = [self._put(DELIVERY, transaction)] if transaction >= least else []
        message = f"batches are sent again for up to {delivery} ms, and the coordinator may abort their transaction after {transaction} ms"
        one = self.given.get(DELIVERY) or self.given.get(TIMEOUT)
        self.linter.add("PC031", DELIVERY, message, at=one.entry if one else None, edits=edits)

    def _later(self) -> None:
        if TIMEOUT not in self.given or TIMEOUT in self.unreadable:
            return
        for one in config.later(self.mended, self.release):
            if one.kind != "transaction-timeout":
                continue
            value = self.resolved.transaction_timeout_ms or 0
            if value <= 0:
                message = f"brokers refuse a transaction timeout of {value} ms: initTransactions fails, and the producer can only be closed"
                self._add("PC028", TIMEOUT, message, [self._put(TIMEOUT, 60_000)])
            else:
                message = f"{value} ms is above 900000, the brokers' default of transaction.max.timeout.ms: unless that is raised, initTransactions fails and the producer can only be closed"
                self._add("PC029", TIMEOUT, message, [self._put(TIMEOUT, 900_000)])

    def _outcome(self) -> None:
        if self.problems:
            self.linter.outcome = f"the client does not start: {self.problems[0].message}"
        else:
            self.linter.outcome = str(self.resolved.guarantee)


_NAMES = {TRANSACTIONAL, "client.id"}
_OF_VALUES = {
    config.Rule.BOOLEAN,
    config.Rule.INT,
    config.Rule.LONG,
    config.Rule.TEXT,
    config.Rule.NOT_NULL,
    config.Rule.AT_LEAST,
    config.Rule.ONE_OF,
    config.Rule.NOT_EMPTY,
}
_BETWEEN = {
    config.Rule.RETRIES: "PC010",
    config.Rule.ACKS_ALL: "PC011",
    config.Rule.IN_FLIGHT: "PC012",
    config.Rule.IDEMPOTENCE: "PC013",
    config.Rule.DELIVERY: "PC014",
    config.Rule.IN_FLIGHT_UNASKED: "PC015",
    config.Rule.NO_TIMEOUT: "PC016",
}
_AGAINST = {
    config.Rule.RETRIES: "allows no retry",
    config.Rule.ACKS_ALL: "is not `all`",
    config.Rule.IN_FLIGHT: "is more than it allows",
}


def _reasons(resolved: config.Resolved) -> str:
    reasons = [r for r in resolved.guarantee.reasons if not r.startswith("idempotence is off")]
    return "; ".join(reasons)


def plain(key: str, value: Scalar) -> Scalar:
    """The value that was plainly meant by one that the client can't read, `None` if nothing was."""
    text = shown(value).strip()
    if key == ACKS:
        return "all" if text.lower() in ("all", "-1") else None
    if key in (IDEMPOTENCE, "transaction.two.phase.commit.enable"):
        words = {"1": True, "yes": True, "on": True, "0": False, "no": False, "off": False}
        return words.get(text.lower())
    number = re.fullmatch(r"\+?(\d{1,10})(?:\.0*)?(?: ?ms)?|\+?(\d{1,3}(?:[_,]\d{3})+)", text)
    if not number:
        return None
    found = int((number[1] or number[2]).replace("_", "").replace(",", ""))
    return found if found < 2**31 else None
