"""Many partitions, found and audited side by side: each audit is one native call without the GIL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import SupportsIndex

from fencepost._fencepost import AuditProgress, LogAudit, LogFolder, discover_logs
from fencepost.logs.errors import LogError
from fencepost.logs.live import is_being_written

__all__ = ("Discovered", "Problem", "audit_all", "discover")

Problem = LogError | OSError


@dataclass
class Discovered:
    """The partitions at or below some paths, each once, and why others can't be looked at."""

    folders: list[LogFolder] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def discover(*paths: str | os.PathLike[str]) -> Discovered:
    """Finds partition folders: the path itself, or all below it, as of a broker's data directory."""
    found, seen = Discovered(), set()
    for path in paths:
        folders, problems = discover_logs(os.fspath(path))
        found.problems += problems
        for folder in folders:
            real = os.path.realpath(folder.path)
            if real not in seen:
                seen.add(real)
                found.folders.append(folder)
    return found


def audit_all(
    folders: Sequence[LogFolder],
    *,
    live: bool | None = None,
    compare: bool = False,
    follow: Iterable[int] | None = None,
    expiration_ms: int = 86_400_000,
    max_transaction_ms: int = 900_000,
    jobs: int | None = None,
    on_bytes: Callable[[int], None] = lambda _: None,
    on_problem: Callable[[LogFolder, Problem], None] | None = None,
) -> list[LogAudit]:
    """Audits partitions in as many threads as there are cores, or `jobs`; the results are in the order of `folders`.

    `live=None` asks of each whether a broker is writing it. `follow`: producers whose runs are kept, an empty one means
    all. `on_bytes` is told now and then how many bytes are done. Without `on_problem` the first partition that can't be
    read raises; with it, it is left out.
    """
    progress = AuditProgress()
    followed: set[SupportsIndex] | None = None if follow is None else set(follow)

    def one(folder: LogFolder) -> LogAudit:
        return folder.audit(
            live=is_being_written(folder.path) if live is None else live,
            compare=compare,
            follow=followed,
            expiration_ms=expiration_ms,
            max_transaction_ms=max_transaction_ms,
            progress=progress,
        )

    pool = ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1)
    try:
        # The largest first, so that no thread is left alone with it at the end.
        order = sorted(range(len(folders)), key=lambda n: -folders[n].size_in_bytes)
        running: dict[int, Future[LogAudit]] = {n: pool.submit(one, folders[n]) for n in order}
        waiting = set(running.values())
        while waiting:
            _, waiting = wait(waiting, timeout=0.1)
            on_bytes(progress.bytes)
        return _results(folders, running, on_problem)
    finally:
        progress.stop()
        pool.shutdown(cancel_futures=True)


def _results(
    folders: Sequence[LogFolder],
    done: dict[int, Future[LogAudit]],
    on_problem: Callable[[LogFolder, Problem], None] | None,
) -> list[LogAudit]:
    results = []
    for n, folder in enumerate(folders):
        try:
            results.append(done[n].result())
        except (LogError, OSError) as problem:
            if on_problem is None:
                raise
            on_problem(folder, problem)
    return results
