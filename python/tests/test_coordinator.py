"""What a coordinator gives, refuses and writes: the vectors of coordinator spec 14, at Kafka 4.4."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

import fencepost as fp
from fencepost import coordinator as co

P, Q, TIMEOUT = 7, 100, 1000
FENCED, CONCURRENT, OTHER, INVALID_STATE, INTERNAL = 90, 51, 49, 48, -1


def record(epoch: int, state: str, *, producer_id: int = P, version: int = 0) -> co.TransactionRecord:
    return co.TransactionRecord(
        producer_id=producer_id,
        previous_producer_id=producer_id,
        next_producer_id=-1,
        producer_epoch=epoch,
        timeout_ms=TIMEOUT,
        state=state,
        start=-1 if state == "Empty" else 0,
        last_update=0,
        client_version=version,
    )


def code(raised: fp.CoordinatorError) -> int:
    assert raised.error_code is not None
    return int(raised.error_code)


@dataclass
class Txn:
    """A coordinator of one transactional id that writes every record at once."""

    meta: co.TransactionMetadata
    partitions: set[int] = field(default_factory=set)
    markers: list[co.TransactionMarker] = field(default_factory=list)
    next_id: int = Q
    asked: int = 0
    server: int = 0
    now: int = 0

    @classmethod
    def loaded(cls, given: co.TransactionRecord, release: str = "4.4") -> Txn:
        return cls(co.TransactionMetadata.load(given, coordinator_epoch=3, release=release))

    @classmethod
    def at(cls, epoch: int, state: str, version: int = 0) -> Txn:
        return cls.loaded(record(epoch, state, version=version))

    def new_id(self) -> int:
        self.asked += 1
        self.next_id += 1
        return self.next_id - 1

    def shape(self) -> tuple[int, int, int, str]:
        meta = self.meta
        return meta.producer_id, meta.producer_epoch, meta.last_producer_epoch, meta.state

    def prepare_init(self, producer_id: int = -1, epoch: int = -1) -> co.Transit:
        return self.meta.init_producer_id(
            timeout_ms=TIMEOUT,
            server_version=self.server,
            new_id=self.new_id,
            now=self.now,
            producer_id=producer_id,
            producer_epoch=epoch,
        )

    def written(self, transit: co.Transit) -> Any:
        applied = self.meta.appended(transit, now=self.now)
        if applied.marker is not None:
            self.markers.append(applied.marker)
        if applied.error_code:
            return applied.error_code
        return applied.identity and (applied.identity.id, applied.identity.epoch)

    def init(self, producer_id: int = -1, epoch: int = -1) -> Any:
        """The identity, or the code of the refusal."""
        try:
            return self.written(self.prepare_init(producer_id, epoch))
        except fp.CoordinatorError as refused:
            return code(refused)

    def add(self, producer_id: int, epoch: int, *partitions: int) -> int:
        try:
            transit = self.meta.add_partitions(
                producer_id=producer_id,
                producer_epoch=epoch,
                version=2,
                all_contained=self.partitions.issuperset(partitions),
                now=self.now,
            )
        except fp.CoordinatorError as refused:
            return code(refused)
        if transit is not None:
            assert self.meta.appended(transit, now=self.now).kind == "partitions_added"
            self.partitions.update(partitions)
        return 0

    def prepare_end(
        self, producer_id: int, epoch: int, *, commit: bool = True, version: int = 0
    ) -> co.Transit | co.AlreadyEnded:
        return self.meta.end_transaction(
            producer_id=producer_id,
            producer_epoch=epoch,
            commit=commit,
            version=version,
            new_id=self.new_id,
            now=self.now,
        )

    def end(self, producer_id: int, epoch: int, *, commit: bool = True, version: int = 0) -> Any:
        try:
            step = self.prepare_end(producer_id, epoch, commit=commit, version=version)
        except fp.CoordinatorError as refused:
            return code(refused)
        if isinstance(step, co.AlreadyEnded):
            return step.identity and (step.identity.id, step.identity.epoch)
        return self.written(step)

    def finish(self) -> None:
        """Every marker is written."""
        self.partitions.clear()
        transit = self.meta.completion(partitions_left=0)
        assert transit is not None
        assert self.meta.appended(transit, now=self.now).kind == "completed"


def filled(first: int, length: int) -> co.IdGenerator:
    ids = co.IdGenerator()
    with pytest.raises(fp.NoProducerIdError):
        ids.generate(now=0)
    assert ids.handle_sent()
    ids.handle_block(broker_id=1, first=first, len=length, now=0)
    return ids


# Blocks and the generator: C-B.


def test_c_b1_to_b6_blocks_follow_each_other_and_move_by_records_only() -> None:
    controller = co.BlockAllocator()
    given = controller.allocate(broker_id=1, broker_epoch=100, registered=100)
    assert given == co.IdAllocation(
        block=co.IdBlock(broker_id=1, first=0, len=1000),
        record=co.NextProducerId(broker_id=1, broker_epoch=100, next=1000),
    )
    assert controller.allocate(broker_id=1, broker_epoch=100, registered=100) == given
    for registered in (None, 99):
        with pytest.raises(fp.CoordinatorError, match="is stale") as raised:
            controller.allocate(broker_id=1, broker_epoch=100, registered=registered)
        assert (raised.value.error_code, raised.value.registered) == (77, registered)
        assert raised.value.got == 100
    controller.replay(co.NextProducerId(broker_id=1, broker_epoch=100, next=42))
    for again in (40, 42):
        with pytest.raises(fp.CoordinatorError) as raised:
            controller.replay(co.NextProducerId(broker_id=1, broker_epoch=100, next=again))
        assert (raised.value.kind, raised.value.next, raised.value.got) == ("not_above", 42, again)
    for n in range(100):
        given = controller.allocate(broker_id=n % 4, broker_epoch=0, registered=0)
        controller.replay(given.record)
    assert controller.next_block == co.IdBlock(broker_id=3, first=100_042, len=1000)


def test_c_b5_after_the_last_whole_block_there_is_none() -> None:
    controller, last = co.BlockAllocator(), 2**63 - 1
    controller.replay(co.NextProducerId(broker_id=1, broker_epoch=0, next=last - 1000))
    given = controller.allocate(broker_id=1, broker_epoch=0, registered=0)
    assert (given.block.first, given.block.last, given.block.next_first) == (last - 1000, last - 1, last)
    controller.replay(given.record)
    with pytest.raises(fp.CoordinatorError) as raised:
        controller.allocate(broker_id=1, broker_epoch=0, registered=0)
    assert (raised.value.kind, raised.value.error_code) == ("exhausted", -1)


def test_c_b8_to_b11_the_next_block_is_asked_for_at_nine_tenths() -> None:
    ids = filled(0, 1000)
    assert [ids.generate(now=0) for _ in range(900)] == list(range(900))
    assert not ids.poll_request()
    assert ids.generate(now=0) == 900 and ids.poll_request()
    assert ids.handle_sent() and not ids.handle_sent()
    ids.handle_block(broker_id=1, first=5000, len=1, now=0)
    assert ids.next_block == co.IdBlock(broker_id=1, first=5000, len=1)
    assert [ids.generate(now=0) for _ in range(100)] == [*range(901, 1000), 5000]
    assert ids.poll_request()
    with pytest.raises(fp.NoProducerIdError) as raised:
        ids.generate(now=0)
    assert raised.value.error_code == 14 and raised.value.error_code.retriable


def test_c_b13_a_timeout_is_asked_again_at_once_and_an_error_later() -> None:
    ids = co.IdGenerator()
    for is_error, then in ((False, 0), (True, 50)):
        with pytest.raises(fp.NoProducerIdError):
            ids.generate(now=0)
        assert ids.handle_sent()
        ids.handle_error(now=0) if is_error else ids.handle_timeout()
        for now in (then - 1, then) if then else (0,):
            with pytest.raises(fp.NoProducerIdError):
                ids.generate(now=now)
            assert ids.poll_request() == (now == then)
        ids.handle_sent()
        ids.handle_timeout()


@pytest.mark.parametrize(
    ("first", "length", "kind"),
    [(-1, 10, "not_above"), (5, -1, "no_range"), (2**63 - 2, 10, "no_range"), (9, 10, "not_above")],
)
def test_c_b14_b15_a_block_that_is_none_or_not_above_is_refused(
    first: int, length: int, kind: str
) -> None:
    ids = filled(0, 10) if first == 9 else co.IdGenerator()
    if first == 9:
        for _ in range(10):
            ids.generate(now=0)
    else:
        with pytest.raises(fp.NoProducerIdError):
            ids.generate(now=0)
    assert ids.handle_sent()
    with pytest.raises(fp.CoordinatorError) as raised:
        ids.handle_block(broker_id=1, first=first, len=length, now=0)
    assert (raised.value.kind, raised.value.error_code) == (kind, None)
    assert ids.next_block is None


# InitProducerId: C-I. (start, expectation, answer, shape after)

INITS = {
    "C-I7": ((0, "Empty"), (), (P, 1), (P, 1, -1, "Empty")),
    "C-I8": ((10, "Empty"), (P, 10), (P, 11), (P, 11, 10, "Empty")),
    "C-I11": ((10, "Empty"), (Q, 10), FENCED, (P, 10, -1, "Empty")),
    "C-I12": ((32765, "Empty"), (), (P, 32766), (P, 32766, -1, "Empty")),
    "C-I13": ((32766, "Empty"), (), (Q, 0), (Q, 0, -1, "Empty")),
    "C-I18": ((32767, "CompleteAbort"), (P, 32766), FENCED, (P, 32767, -1, "CompleteAbort")),
    "C-I19 commit": ((5, "PrepareCommit"), (), CONCURRENT, (P, 5, -1, "PrepareCommit")),
    "C-I19 abort": ((5, "PrepareAbort"), (Q, 5), FENCED, (P, 5, -1, "PrepareAbort")),
    "C-I21": ((5, "Ongoing"), (), CONCURRENT, (P, 6, -1, "PrepareAbort")),
    "C-I23": ((5, "Ongoing"), (P, 3), CONCURRENT, (P, 6, -1, "PrepareAbort")),
    "C-I26": ((32767, "Ongoing"), (), CONCURRENT, (P, 32767, -1, "PrepareAbort")),
    "dead": ((5, "Dead"), (), INTERNAL, (P, 5, -1, "Dead")),
}


@pytest.mark.parametrize("vector", INITS)
def test_an_init_producer_id_is_answered_as_the_vector_says(vector: str) -> None:
    (epoch, state), expectation, answer, shape = INITS[vector]
    txn = Txn.at(epoch, state)
    assert txn.init(*expectation) == answer
    assert txn.shape() == shape
    assert txn.asked == (1 if vector == "C-I13" else 0)


@pytest.mark.parametrize(
    ("timeout", "producer_id", "epoch", "want", "kind"),
    [
        (0, -1, -1, 50, "timeout_out_of_range"),
        (-1, -1, -1, 50, "timeout_out_of_range"),
        (900_001, -1, -1, 50, "timeout_out_of_range"),
        (1, 5, -1, 42, "half_expectation"),
        (1, -1, 5, 42, "half_expectation"),
    ],
)
def test_c_i3_i4_what_may_not_be_asked(
    timeout: int, producer_id: int, epoch: int, want: int, kind: str
) -> None:
    txn = Txn.at(5, "Empty")
    with pytest.raises(fp.CoordinatorError) as raised:
        txn.meta.init_producer_id(
            timeout_ms=timeout,
            server_version=0,
            new_id=txn.new_id,
            now=0,
            producer_id=producer_id,
            producer_epoch=epoch,
        )
    assert (raised.value.error_code, raised.value.kind) == (want, kind)
    if kind == "timeout_out_of_range":
        assert (raised.value.timeout_ms, raised.value.max_timeout_ms) == (timeout, 900_000)


def test_c_i2_the_look_up_is_refused_with_its_code() -> None:
    for given in (None, ""):
        with pytest.raises(fp.CoordinatorError) as raised:
            co.check_transactional_id(given)
        assert raised.value.error_code == 42
    for ownership, want in (("loading", 14), ("not_owned", 16)):
        with pytest.raises(fp.CoordinatorError) as raised:
            co.check_transactional_id("a", ownership=ownership)
        assert raised.value.error_code == want
    co.check_transactional_id("a")
    with pytest.raises(ValueError, match="ownership is one of"):
        co.check_transactional_id("a", ownership="mine")


def test_c_i6_an_unknown_id_begins_at_epoch_0_whatever_is_expected() -> None:
    txn = Txn(co.TransactionMetadata(P, coordinator_epoch=3, now=0))
    assert txn.init(99, 7) == (P, 0)
    assert txn.shape() == (P, 0, -1, "Empty")


def test_c_i8_i10_a_retry_is_answered_the_same_until_somebody_restarts() -> None:
    txn = Txn.at(10, "Empty")
    assert [txn.init(P, 10) for _ in range(3)] == [(P, 11)] * 3
    assert txn.init() == (P, 12)
    assert (txn.init(P, 10), txn.init(P, 11)) == (FENCED, FENCED)
    assert txn.shape() == (P, 12, -1, "Empty")


def test_c_i14_i16_a_rotation_is_retried_by_its_last_epoch_only() -> None:
    txn = Txn.at(32765, "Empty")
    assert txn.init(P, 32765) == (P, 32766)
    assert txn.init(P, 32766) == (Q, 0)
    assert txn.shape() == (Q, 0, 32766, "Empty")
    assert txn.meta.record.previous_producer_id == P
    assert (txn.init(P, 32765), txn.init(P, 0)) == (FENCED, FENCED)
    assert txn.init(P, 32766) == (Q, 0)


def test_c_i20_while_a_transition_is_written_everything_else_waits() -> None:
    txn = Txn.at(5, "Empty")
    transit = txn.prepare_init()
    with pytest.raises(fp.ConcurrentTransactionsError) as raised:
        txn.prepare_init(Q, 5)
    assert (raised.value.kind, raised.value.state) == ("pending", "Empty")
    assert txn.meta.pending == "Empty"
    assert txn.written(transit) == (P, 6)
    assert txn.meta.pending is None


@pytest.mark.parametrize(("release", "epoch"), [("4.4", 6), ("2024-10", 7)])
def test_c_i22_an_abort_by_the_server_raises_the_epoch_as_the_release_does(
    release: str, epoch: int
) -> None:
    txn = Txn.loaded(record(5, "Ongoing"), release)
    txn.server = 2
    assert txn.init() == CONCURRENT
    assert txn.meta.producer_epoch == epoch
    txn.finish()
    assert txn.init() == (P, epoch + 1)


def test_c_i24_a_fence_that_can_not_be_written_is_applied_once() -> None:
    txn = Txn.at(5, "Ongoing")
    for _ in range(2):
        failed = txn.meta.append_failed(txn.prepare_init(), 19)
        assert failed == co.AppendFailed(kind="answer", error_code=15)
        assert (txn.shape(), txn.meta.has_failed_fence) == ((P, 6, -1, "Ongoing"), True)
        assert txn.add(P, 5, 1) == FENCED


# Partitions and the end of a transaction: C-A and C-E.


def test_c_a1_a2_a4_partitions_join_for_the_current_producer_only() -> None:
    txn = Txn.at(5, "Ongoing")
    assert [txn.add(Q, 5, 1), txn.add(P, 4, 1), txn.add(P, 6, 1)] == [OTHER, FENCED, FENCED]
    assert Txn.at(5, "PrepareAbort").add(P, 5, 1) == CONCURRENT
    for state in ("Empty", "CompleteCommit"):
        txn = Txn.at(5, state)
        for txn.now, partition in ((100, 1), (150, 2)):
            assert txn.add(P, 5, partition) == 0
        assert (txn.meta.state, txn.meta.record.start) == ("Ongoing", 100)
        assert txn.meta.record.last_update == 150
        txn.now = 200
        assert txn.add(P, 5, 2) == 0
        assert txn.meta.record.last_update == 150, "what is there already is not written"


def test_c_a5_a_broker_verifies_a_partition_before_it_appends() -> None:
    txn = Txn.at(5, "Ongoing")
    txn.meta.verify_partition(producer_id=P, producer_epoch=5, contained=True)
    for producer_id, epoch, contained, want in ((P, 5, False, 120), (Q, 5, True, 49), (P, 4, True, 90)):
        with pytest.raises(fp.CoordinatorError) as raised:
            txn.meta.verify_partition(
                producer_id=producer_id, producer_epoch=epoch, contained=contained
            )
        assert raised.value.error_code == want


def test_c_a6_if_one_partition_is_refused_none_is_added() -> None:
    accesses = ("granted", "denied", "unknown")
    assert [co.partition_refusal(one, any_failed=True) for one in accesses] == [55, 29, 3]
    assert co.partition_refusal("granted", any_failed=False) is None


# (start, (epoch, commit, version), answer, shape after)
Start = tuple[int, str] | tuple[int, str, int]
ENDS: dict[str, tuple[Start, tuple[int, bool, int], object, tuple[int, int, int, str]]] = {
    "C-E1": ((5, "Ongoing"), (5, True, 0), None, (P, 5, -1, "PrepareCommit")),
    "C-E2": ((5, "PrepareCommit"), (5, True, 0), CONCURRENT, (P, 5, -1, "PrepareCommit")),
    "C-E2 done": ((5, "CompleteCommit"), (5, True, 0), None, (P, 5, -1, "CompleteCommit")),
    "C-E3": ((5, "PrepareCommit"), (5, False, 0), INVALID_STATE, (P, 5, -1, "PrepareCommit")),
    "C-E3 done": ((5, "CompleteAbort"), (5, True, 0), INVALID_STATE, (P, 5, -1, "CompleteAbort")),
    "C-E4 commit": ((5, "Empty"), (5, True, 0), INVALID_STATE, (P, 5, -1, "Empty")),
    "C-E4 abort": ((5, "Empty"), (5, False, 0), INVALID_STATE, (P, 5, -1, "Empty")),
    "C-E4 v2": ((5, "Empty"), (5, False, 2), (P, 6), (P, 6, 5, "PrepareAbort")),
    "C-E7": ((5, "Ongoing"), (5, True, 2), (P, 6), (P, 6, 5, "PrepareCommit")),
    "C-E8": ((6, "PrepareCommit", 2), (5, True, 2), CONCURRENT, (P, 6, -1, "PrepareCommit")),
    "C-E8 later": ((6, "PrepareCommit", 2), (6, True, 2), FENCED, (P, 6, -1, "PrepareCommit")),
    "C-E10": ((32766, "Ongoing"), (32766, True, 2), (Q, 0), (P, 32767, 32766, "PrepareCommit")),
    "fenced": ((5, "Ongoing"), (4, True, 0), FENCED, (P, 5, -1, "Ongoing")),
}


@pytest.mark.parametrize("vector", ENDS)
def test_an_end_txn_is_answered_as_the_vector_says(vector: str) -> None:
    start, (epoch, commit, version), answer, shape = ENDS[vector]
    txn = Txn.at(start[0], start[1], start[2] if len(start) == 3 else 0)
    assert txn.end(P, epoch, commit=commit, version=version) == answer
    assert txn.shape() == shape
    assert txn.asked == (1 if vector == "C-E10" else 0)


def test_c_e7_a_commit_is_answered_then_marked_then_complete() -> None:
    txn = Txn.at(5, "Ongoing")
    assert txn.end(P, 5, version=2) == (P, 6)
    assert txn.markers == [
        co.TransactionMarker(
            producer_id=P, producer_epoch=6, coordinator_epoch=3, commit=True, version=2
        )
    ]
    assert txn.meta.completion(partitions_left=1) is None
    txn.finish()
    assert txn.meta.completion(partitions_left=0) is None, "it is given once"
    assert txn.shape() == (P, 6, 5, "CompleteCommit")
    assert txn.init(P, 5) == (P, 6), "the epoch the client last saw may be expected"


def test_c_e10_e11_at_the_last_epoch_a_commit_of_version_2_switches_the_producer_id() -> None:
    txn = Txn.at(32766, "Ongoing")
    assert txn.end(P, 32766, version=2) == (Q, 0)
    assert txn.meta.record.next_producer_id == Q
    txn.finish()
    assert txn.shape() == (Q, 0, 32766, "CompleteCommit")
    assert txn.end(P, 32766, version=2) == (Q, 0)
    assert txn.end(P, 32765, version=2) == OTHER


def test_c_e6_e12_what_the_source_of_ids_raises_ends_the_request_and_changes_nothing() -> None:
    txn, empty = Txn.at(32766, "Ongoing"), co.IdGenerator()
    before = txn.meta.record
    assert txn.end(Q, 32766) == OTHER
    with pytest.raises(fp.NoProducerIdError) as raised:
        txn.meta.end_transaction(
            producer_id=P,
            producer_epoch=32766,
            commit=True,
            version=2,
            new_id=lambda: empty.generate(now=0),
            now=0,
        )
    assert raised.value.error_code == 14
    assert (txn.meta.record, txn.meta.pending) == (before, None)
    wrong: Any
    for wrong in (-1, None, "7"):
        with pytest.raises((ValueError, TypeError)):
            co.init_idempotent(new_id=lambda given=wrong: given)  # type: ignore[misc]
    with pytest.raises(TypeError, match="callable"):
        co.init_idempotent(new_id=wrong)


def test_c_e15_a_transaction_is_aborted_only_after_its_timeout() -> None:
    txn = Txn.at(5, "Ongoing")
    assert not txn.meta.is_timed_out(now=1000) and txn.meta.is_timed_out(now=1001)
    assert txn.meta.abort_if_timed_out(server_version=0, new_id=txn.new_id, now=1000) is None
    transit = txn.meta.abort_if_timed_out(server_version=0, new_id=txn.new_id, now=1001)
    assert transit is not None
    assert txn.written(transit) is None
    assert txn.shape() == (P, 6, -1, "PrepareAbort")


def test_c_e16_an_idle_id_expires_after_a_week_and_its_record_is_a_tombstone() -> None:
    txn, week = Txn.at(5, "CompleteAbort"), 604_800_000
    assert not txn.meta.is_expired(now=week - 1) and txn.meta.is_expired(now=week)
    assert txn.meta.expire(now=week - 1) is None
    transit = txn.meta.expire(now=week)
    assert transit is not None and transit.record is None
    assert txn.meta.appended(transit, now=week).kind == "removed"


def test_c_e18_what_can_not_be_appended_is_taken_back() -> None:
    txn = Txn.at(5, "Ongoing")
    transit = txn.prepare_end(P, 5)
    assert isinstance(transit, co.Transit) and transit.record is not None
    assert transit.record.state == "PrepareCommit"
    assert txn.meta.append_failed(transit, 19) == co.AppendFailed(kind="answer", error_code=15)
    assert (txn.meta.state, txn.meta.pending) == ("Ongoing", None)


def test_a_completion_that_can_not_be_appended_is_appended_again_later() -> None:
    txn = Txn.at(5, "Ongoing")
    assert txn.end(P, 5) is None
    transit = txn.meta.completion(partitions_left=0)
    assert transit is not None
    for _ in range(2):
        assert txn.meta.append_failed(transit, 7) == co.AppendFailed(kind="retry", error_code=15)
    assert txn.meta.append_failed(transit, 6) == co.AppendFailed(kind="stop", error_code=16)
    resumed = txn.meta.resume(now=0)
    assert resumed is not None and resumed.kind == "ending"
    txn.finish()
    assert txn.meta.state == "CompleteCommit"


def test_c_e19_a_load_goes_on_with_the_markers() -> None:
    txn = Txn.at(5, "PrepareAbort")
    resumed = txn.meta.resume(now=9)
    assert resumed is not None and resumed.marker is not None
    assert (resumed.kind, resumed.error_code, resumed.identity) == ("ending", 0, None)
    assert not resumed.marker.commit
    txn.finish()
    assert Txn.at(5, "Ongoing").meta.resume(now=9) is None


def test_a_transition_is_good_once_and_at_its_own_id() -> None:
    mine, other = Txn.at(5, "Ongoing"), Txn.at(5, "Ongoing")
    transit = mine.prepare_end(P, 5)
    assert isinstance(transit, co.Transit)
    with pytest.raises(fp.StaleTicketError, match="another transactional id"):
        other.meta.appended(transit, now=0)
    assert mine.meta.appended(transit, now=0).kind == "ending"
    for again in (lambda: mine.meta.appended(transit, now=0), lambda: mine.meta.append_failed(transit, 7)):
        with pytest.raises(fp.StaleTicketError, match="settled before"):
            again()


def test_what_the_log_keeps_depends_on_the_clusters_version() -> None:
    full = co.TransactionRecord(
        producer_id=7,
        previous_producer_id=1,
        next_producer_id=2,
        producer_epoch=3,
        timeout_ms=4,
        state="Ongoing",
        start=5,
        last_update=6,
        client_version=2,
    )
    assert full.stored(server_version=2) == full
    old = full.stored(server_version=0)
    assert (old.previous_producer_id, old.next_producer_id, old.client_version) == (-1, -1, 0)
    assert full.stored(server_version=1, release="2024-10").next_producer_id == -1
    with pytest.raises(ValueError, match="state is one of Empty, Ongoing"):
        record(5, "Finished")
    with pytest.raises(ValueError, match="release is one of 4.4, 2024-10"):
        full.stored(server_version=0, release="5.0")


def test_answers_on_the_wire() -> None:
    assert co.STATES[0] == "Empty" and co.STATES[7] == "PrepareEpochFence" and len(co.STATES) == 8
    assert co.coordinator_partition("") == 0
    assert co.coordinator_partition("my-id", partitions=50) == abs(java_hash("my-id")) % 50
    with pytest.raises(ValueError, match="partitions is 0"):
        co.coordinator_partition("a", partitions=0)
    assert (co.end_txn_version(4), co.end_txn_version(5)) == (0, 2)
    assert (co.add_partitions_version(3), co.add_partitions_version(4)) == (0, 2)
    assert [co.append_error_code(code) for code in (7, 6, 10, 47)] == [15, 16, -1, 47]
    assert [co.marker_step(code) for code in (0, 6, 47, 1)] == ["remove", "retry", "give_up", "fatal"]
    assert co.downgrade_code("InitProducerId", 90, 3) == 47
    assert co.downgrade_code("InitProducerId", 90, 4) == 90
    assert co.downgrade_code("Produce", 90, 12) == 47
    assert not co.is_epoch_exhausted(32765) and co.is_epoch_exhausted(32766)
    assert co.init_idempotent(new_id=lambda: 4000) == fp.Identity(id=4000, epoch=0)


def java_hash(text: str) -> int:
    value = 0
    for unit in text:
        value = (value * 31 + ord(unit)) & 0xFFFFFFFF
    return value - (1 << 32) if value >= 1 << 31 else value
