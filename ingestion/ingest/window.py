"""What was handed to a client and is not answered yet: bounded, and acknowledged in order."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from .errors import Failure, Kind


class Item(Protocol):
    """What is sent: a line, or a note of how far the lines are."""

    @property
    def where(self) -> str: ...

    @property
    def size(self) -> int: ...


class Entry:
    """An item that was handed over, and whether it is on the log."""

    __slots__ = ("item", "sent_at", "written")

    def __init__(self, item: Item, sent_at: float) -> None:
        self.item = item
        self.sent_at = sent_at
        self.written = False


class Window:
    """Reports come from any thread and in any order; acknowledged is what has no gap before it."""

    def __init__(
        self,
        most_items: int,
        most_bytes: int,
        on_written: Callable[[Item], None] = lambda item: None,
    ) -> None:
        self._most_items = most_items
        self._most_bytes = most_bytes
        self._on_written = on_written
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        # The failure that says most, and of equal ones that of the largest item.
        self._failed: tuple[Failure, Item] | None = None
        self._first_failed: Item | None = None
        # Held while reports are taken in, `on_written` among it.
        self.lock = threading.Lock()

    def add(self, item: Item) -> Entry:
        """Notes an item before it is handed to the client."""
        entry = Entry(item, time.monotonic())
        with self.lock:
            self._entries.append(entry)
            self._bytes += item.size
        return entry

    def settle(self, entry: Entry, failure: Failure | None) -> None:
        """A delivery report. The failure that is kept is the one that says most."""
        with self.lock:
            if failure is not None:
                self._note(failure, entry.item)
                return
            entry.written = True
            while self._entries and self._entries[0].written:
                first = self._entries.popleft()
                self._bytes -= first.item.size
                self._on_written(first.item)

    def _note(self, failure: Failure, item: Item) -> None:
        """Clients fail a batch as a whole; if one record is too large, it is the largest."""
        rank = list(Kind).index
        known = self._failed
        if known is None or rank(failure.kind) < rank(known[0].kind):
            self._failed, self._first_failed = (failure, item), item
        elif failure.kind is Kind.RECORD is known[0].kind and item.size > known[1].size:
            self._failed = (failure, item)

    @property
    def is_failing(self) -> bool:
        """Whether `check` would tell a failure that more reports could say more of."""
        return self._failed is not None

    @property
    def pending(self) -> int:
        """How many items are not known to be written."""
        return len(self._entries)

    def has_room(self) -> bool:
        """Whether another item may be handed over. One always may if there is none."""
        with self.lock:
            fits = len(self._entries) < self._most_items and self._bytes < self._most_bytes
            return fits or not self._entries

    def check(self, deadline_ms: int) -> None:
        """Raises what failed, or that the oldest item waits for longer than the deadline."""
        with self.lock:
            if self._failed is not None:
                failure, item = self._failed
                others = ""
                first = self._first_failed
                if first is not None and first is not item:
                    others = f" (the largest of its batch, which begins at {first.where})"
                raise Failure(failure.kind, f"{item.where}: {failure.reason}{others}")
            if not self._entries:
                return
            oldest = self._entries[0]
            if (time.monotonic() - oldest.sent_at) * 1000 > deadline_ms:
                raise Failure(
                    Kind.SESSION,
                    f"{oldest.item.where}: no report within {deadline_ms} ms; whether it is "
                    "written is not known",
                )
