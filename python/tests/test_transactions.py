"""The dialogue of a transactional producer with its coordinators."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

import fencepost as fp
from conftest import ROOT
from fencepost import transactions as tx
from transaction_script import Client as ScriptedClient
from transaction_script import NotTold, Script, scripts

P, Q, G = 0, 1, 70


@dataclass
class Client:
    """A client over a manager: every test reads as the dialogue goes."""

    init_version: int = 3
    transaction_version: int = 0
    retry_backoff_ms: int = 100
    now: int = 1_000_000
    incomplete: bool = False
    correlation_id: int = 0
    manager: tx.TransactionManager = field(init=False)

    def __post_init__(self) -> None:
        self.manager = tx.TransactionManager(partitions=4, retry_backoff_ms=self.retry_backoff_ms)

    def ready(self) -> Client:
        self.manager.handle_features(
            finalized_features_epoch=1, transaction_version=self.transaction_version
        )
        self.manager.handle_transaction_coordinator(self.init_version)
        self.manager.init()
        self.ask("find_coordinator")
        self.answer(0)
        self.ask("init_producer_id")
        step = self.identity(7, 5)
        assert step == tx.Step(kind="identity", identity=fp.Identity(id=7, epoch=5), failure=None)
        self.acknowledge("init")
        return self

    def with_p(self) -> Client:
        self.ready()
        self.manager.begin()
        self.manager.add_partition(P)
        if not self.manager.transaction_v2:
            self.ask("add_partitions")
            self.answer(0)
        assert self.manager.may_number(P)
        return self

    def poll(self) -> tx.Request | None:
        return self.manager.poll_request(incomplete_batches=self.incomplete, now=self.now)

    def ask(self, kind: str) -> tx.Request:
        request = self.poll()
        assert request is not None and request.kind == kind, request
        self.correlation_id += 1
        self.manager.mark_sent(request, self.correlation_id)
        return request

    def ask_after(self, millis: int, kind: str) -> None:
        assert self.poll() is None
        due = self.manager.poll_timeout(incomplete_batches=self.incomplete, now=self.now)
        assert due == self.now + millis
        self.now += millis
        self.ask(kind)

    def answer(self, code: int) -> tx.Step:
        manager, last, now = self.manager, self.correlation_id, self.now
        match manager.in_flight:
            case "find_coordinator":
                return manager.handle_find_coordinator(last, code, now=now)
            case "init_producer_id":
                return manager.handle_init_producer_id(last, code, now=now)
            case "add_partitions":
                codes = {partition: code for partition in manager.partitions_to_add()}
                return manager.handle_add_partitions(last, codes.items(), now=now)
            case "add_offsets":
                return manager.handle_add_offsets(last, code, now=now)
            case "txn_offset_commit":
                return manager.handle_txn_offset_commit(last, [code], missing=1, now=now)
            case "end_txn":
                return manager.handle_end_txn(last, code, now=now)
            case other:
                raise AssertionError(other)

    def identity(self, producer_id: int, epoch: int) -> tx.Step:
        ending = self.manager.in_flight == "end_txn"
        handle = self.manager.handle_end_txn if ending else self.manager.handle_init_producer_id
        return handle(
            self.correlation_id, 0, producer_id=producer_id, producer_epoch=epoch, now=self.now
        )

    def acknowledge(self, call: str) -> tx.Failure | None:
        result = self.manager.acknowledge()
        assert result is not None and result.call == call
        return result.failure


def test_v_t1_each_request_follows_the_one_it_needs_and_end_txn_waits_for_the_batches() -> None:
    client = Client()
    manager = client.manager
    manager.init()
    assert client.ask("find_coordinator").coordinator is None
    assert client.answer(0).kind == "done"
    init = client.ask("init_producer_id")
    assert (init.identity, init.transaction_timeout_ms, init.coordinator) == (None, 60_000, "transaction")
    client.identity(7, 5)
    assert client.acknowledge("init") is None
    manager.begin()
    manager.add_partition(P)
    client.incomplete = True
    assert not manager.may_send(P)
    assert client.ask("add_partitions").identity == fp.Identity(id=7, epoch=5)
    assert manager.partitions_to_add() == [P]
    assert client.answer(0).kind == "done"
    assert (manager.may_send(P), manager.may_send(Q)) == (True, False)
    manager.commit()
    assert client.poll() is None
    assert manager.poll_timeout(incomplete_batches=True, now=client.now) is None
    client.incomplete = False
    end = client.ask("end_txn")
    assert (end.commit, end.transaction_v2) == (True, False)
    assert client.answer(0).kind == "done"
    assert client.acknowledge("commit") is None
    assert (manager.state, manager.identity) == ("ready", fp.Identity(id=7, epoch=5))


def test_v_t2_a_second_init_is_refused_with_the_state() -> None:
    client = Client().ready()
    with pytest.raises(fp.RefusedError) as raised:
        client.manager.init()
    assert (raised.value.kind, raised.value.state) == ("state", "ready")
    assert client.poll() is None


def test_v_t3_a_transaction_to_which_nothing_was_added_is_ended_without_a_request() -> None:
    client = Client().ready()
    client.manager.begin()
    client.manager.commit()
    client.ask("skip_end_txn")
    assert client.manager.in_flight is None
    assert client.acknowledge("commit") is None
    assert client.manager.state == "ready"


def test_v_t5_a_partition_that_is_not_known_yet_is_asked_for_again() -> None:
    client = Client().ready()
    client.manager.begin()
    client.manager.add_partition(P)
    client.ask("add_partitions")
    assert client.answer(3).kind == "retry"
    client.ask_after(100, "add_partitions")
    client.answer(0)
    client.manager.abort()
    batches = client.manager.poll_batches()
    assert batches is not None and batches.which == "never_numbered"
    assert (batches.failure.cause, batches.failure.error_code) == ("aborted", 55)
    end = client.ask("end_txn")
    assert end.commit is False
    client.answer(0)
    assert client.acknowledge("abort") is None


def test_v_t7_a_result_that_was_not_taken_is_in_the_way_of_other_calls() -> None:
    client = Client().with_p()
    client.manager.commit()
    client.ask("end_txn")
    client.answer(0)
    assert client.manager.unacknowledged == "commit"
    for call in (client.manager.begin, client.manager.abort, client.manager.init):
        with pytest.raises(fp.RefusedError) as raised:
            call()
        assert (raised.value.kind, raised.value.call) == ("unacknowledged", "commit")
    client.manager.commit()
    assert client.acknowledge("commit") is None
    client.manager.begin()


def test_v_t9_a_topic_that_is_not_authorized_must_be_aborted() -> None:
    client = Client().ready()
    client.manager.begin()
    client.manager.add_partition(P)
    client.manager.add_partition(Q)
    client.ask("add_partitions")
    step = client.manager.handle_add_partitions(
        client.correlation_id, [(P, 29), (Q, 55)], now=client.now
    )
    assert step.kind == "abortable" and step.failure is not None
    failure = step.failure
    assert (failure.cause, failure.request, failure.error_code) == ("answer", "add_partitions", 29)
    assert (client.manager.state, client.manager.failure) == ("abortable_error", failure)
    with pytest.raises(fp.RefusedError) as raised:
        client.manager.commit()
    assert (raised.value.kind, raised.value.failure) == ("failed", failure)
    assert raised.value.error_code == 29


def test_v_t10_concurrent_transactions_wait_shorter_for_the_first_partition() -> None:
    client = Client().ready()
    client.manager.begin()
    client.manager.add_partition(P)
    client.ask("add_partitions")
    assert client.answer(51).kind == "retry"
    client.ask_after(20, "add_partitions")
    client.answer(0)
    client.manager.add_partition(Q)
    client.ask("add_partitions")
    client.answer(51)
    client.ask_after(100, "add_partitions")
    assert client.answer(15).kind == "find_coordinator"
    client.ask("find_coordinator")


def test_v_t11_an_unknown_producer_id_mapping_is_fatal_and_sticks() -> None:
    client = Client().ready()
    client.manager.begin()
    client.manager.add_partition(P)
    client.ask("add_partitions")
    assert client.answer(49).kind == "fatal"
    batches = client.manager.poll_batches()
    assert batches is not None and batches.which == "all"
    for call in (client.manager.abort, client.manager.begin, client.manager.commit):
        with pytest.raises(fp.RefusedError) as raised:
            call()
        assert raised.value.kind == "failed"


def test_v_t13_after_a_numbered_batch_failed_the_epoch_is_raised() -> None:
    client = Client().with_p()
    step = client.manager.handle_batch_failed(47, numbered=True)
    assert step.kind == "abortable" and step.failure is not None
    assert (step.failure.cause, step.failure.code) == ("batch", 47)
    client.manager.abort()
    client.ask("end_txn")
    client.answer(0)
    assert (client.manager.state, client.manager.poll_result()) == ("initializing", None)
    init = client.ask("init_producer_id")
    assert init.identity == fp.Identity(id=7, epoch=5)
    assert client.identity(7, 6).identity == fp.Identity(id=7, epoch=6)
    assert client.acknowledge("abort") is None


def test_an_identity_that_can_not_follow_is_fatal() -> None:
    for producer_id, epoch in ((7, 5), (-7, 0), (8, -1)):
        client = Client().with_p()
        client.manager.handle_batch_failed(47, numbered=True)
        client.manager.abort()
        client.ask("end_txn")
        client.answer(0)
        client.ask("init_producer_id")
        step = client.identity(producer_id, epoch)
        assert step.kind == "fatal" and step.failure is not None
        assert (step.failure.cause, step.failure.request) == ("identity", "init_producer_id")


@pytest.mark.parametrize("code", [15, 16, 7])
def test_v_t21_the_groups_coordinator_is_looked_up_again(code: int) -> None:
    client = Client().ready()
    client.manager.begin()
    client.manager.send_offsets(G)
    with pytest.raises(fp.RefusedError) as raised:
        client.manager.send_offsets(G + 1)
    assert (raised.value.kind, raised.value.group) == ("offsets_pending", G)
    assert client.ask("add_offsets").group == G
    client.answer(0)
    for _ in range(2):
        find = client.ask("find_coordinator")
        assert (find.group, find.coordinator) == (G, None)
        client.answer(0)
        due = client.manager.poll_timeout(incomplete_batches=False, now=client.now)
        assert due is not None
        client.now = due
        assert client.ask("txn_offset_commit").coordinator == "group"
        if client.answer(code).kind != "find_coordinator":
            raise AssertionError("the coordinator is lost")
    client.ask("find_coordinator")
    client.answer(0)
    client.now += 100
    client.ask("txn_offset_commit")
    assert client.manager.poll_offsets() is None
    assert client.answer(0).kind == "done"
    assert client.manager.poll_offsets() == tx.OffsetsResult(group=G, failure=None)


@pytest.mark.parametrize("code", [22, 25])
def test_v_t22_a_group_that_moved_on_takes_no_offsets(code: int) -> None:
    client = Client().ready()
    client.manager.begin()
    client.manager.send_offsets(G)
    client.ask("add_offsets")
    client.answer(0)
    client.ask("find_coordinator")
    client.answer(0)
    client.ask("txn_offset_commit")
    assert client.answer(code).kind == "abortable"
    offsets = client.manager.poll_offsets()
    assert offsets is not None and offsets.failure is not None
    assert (offsets.group, offsets.failure.cause) == (G, "group_metadata")


def test_v_t29_with_version_2_the_end_of_a_transaction_brings_the_next_epoch() -> None:
    client = Client(transaction_version=2, init_version=5).with_p()
    assert client.poll() is None, "the broker adds the partition when the batch arrives"
    client.manager.commit()
    end = client.ask("end_txn")
    assert end.transaction_v2 is True
    step = client.identity(8, 0)
    assert step == tx.Step(kind="identity", identity=fp.Identity(id=8, epoch=0), failure=None)
    assert client.acknowledge("commit") is None


def test_what_does_not_fit_is_told_and_changes_nothing() -> None:
    client = Client()
    manager = client.manager
    with pytest.raises(fp.UnexpectedAnswerError) as raised:
        manager.handle_end_txn(1, 0, now=0)
    assert raised.value.kind == "nothing_in_flight"
    manager.init()
    find = client.ask("find_coordinator")
    with pytest.raises(fp.UnexpectedAnswerError) as raised:
        manager.handle_find_coordinator(99, 0, now=0)
    assert (raised.value.kind, raised.value.request, raised.value.correlation_id) == (
        "in_flight",
        "find_coordinator",
        1,
    )
    client.answer(0)
    with pytest.raises(fp.UnexpectedAnswerError) as raised:
        manager.mark_sent(find, 2)
    assert raised.value.kind == "not_asked"
    with pytest.raises(fp.UnexpectedAnswerError) as raised:
        manager.handle_batch_failed(47, numbered=True)
    assert (raised.value.kind, raised.value.state) == ("no_transaction", "initializing")
    ready = Client().ready().manager
    ready.begin()
    with pytest.raises(fp.RefusedError) as refused:
        ready.add_partition(4)
    assert (refused.value.kind, refused.value.partition) == ("unknown_partition", 4)
    with pytest.raises(ValueError, match="partitions is from 1 to"):
        tx.TransactionManager(partitions=0)
    with pytest.raises(ValueError, match='a request of kind "end_txn" needs identity'):
        tx.Request(
            kind="end_txn",
            identity=None,
            group=None,
            commit=True,
            transaction_v2=False,
            transaction_timeout_ms=None,
        )
    with pytest.raises(ValueError, match="no request of kind"):
        tx.Request(
            kind="produce",
            identity=None,
            group=None,
            commit=None,
            transaction_v2=None,
            transaction_timeout_ms=None,
        )


def test_lost_connections_and_old_brokers() -> None:
    client = Client().with_p()
    client.manager.commit()
    client.ask("end_txn")
    assert client.manager.handle_disconnected(client.correlation_id, now=client.now).kind == "find_coordinator"
    client.ask("find_coordinator")
    client.answer(0)
    client.manager.handle_unreachable(now=client.now)
    client.manager.handle_unreachable(now=client.now, group=G)
    client.ask("find_coordinator")
    client.answer(0)
    client.now += 100
    client.ask("end_txn")
    step = client.manager.handle_unsupported_version(client.correlation_id)
    assert step.kind == "fatal" and step.failure is not None and step.failure.error_code == 35
    given_up = Client().ready().manager
    given_up.fail(58)
    assert given_up.failure is not None and given_up.failure.cause == "given_up"


def test_against_a_coordinator_of_this_package_a_transaction_goes_through() -> None:
    """Client, coordinator and partition of the package, with each other."""
    from fencepost import coordinator as co

    ids, now = co.IdGenerator(), 1_700_000_000_000
    with pytest.raises(fp.NoProducerIdError):
        ids.generate(now=now)
    ids.handle_block(broker_id=1, first=4000, len=1000, now=now)
    server = co.TransactionMetadata(ids.generate(now=now), coordinator_epoch=0, now=now)
    held: set[int] = set()
    log, partition = b"", fp.Partition(verification=False)
    manager = tx.TransactionManager(partitions=1)
    manager.handle_transaction_coordinator(5)
    asked: list[str] = []

    def converse() -> None:
        nonlocal log
        while request := manager.poll_request(incomplete_batches=False, now=now):
            manager.mark_sent(request, len(asked))
            asked.append(request.kind)
            last = len(asked) - 1
            match request:
                case tx.Request("find_coordinator"):
                    manager.handle_find_coordinator(last, 0, now=now)
                case tx.Request("init_producer_id", transaction_timeout_ms=int(timeout)):
                    transit = server.init_producer_id(
                        timeout_ms=timeout,
                        server_version=0,
                        new_id=lambda: ids.generate(now=now),
                        now=now,
                    )
                    match server.appended(transit, now=now):
                        case co.Applied("initialized", 0, fp.Identity(id=owner, epoch=epoch)):
                            manager.handle_init_producer_id(
                                last, 0, producer_id=owner, producer_epoch=epoch, now=now
                            )
                case tx.Request("add_partitions", fp.Identity(id=owner, epoch=epoch)):
                    added = server.add_partitions(
                        producer_id=owner, producer_epoch=epoch, version=0, all_contained=False, now=now
                    )
                    assert added is not None
                    server.appended(added, now=now)
                    held.update(manager.partitions_to_add())
                    manager.handle_add_partitions(last, [(0, 0)], now=now)
                case tx.Request("end_txn", fp.Identity(id=owner, epoch=epoch), commit=bool(commit)):
                    ended = server.end_transaction(
                        producer_id=owner,
                        producer_epoch=epoch,
                        commit=commit,
                        version=0,
                        new_id=lambda: ids.generate(now=now),
                        now=now,
                    )
                    assert isinstance(ended, co.Transit)
                    applied = server.appended(ended, now=now)
                    manager.handle_end_txn(last, applied.error_code, now=now)
                    assert applied.marker is not None
                    marker = fp.EndTxnMarker(
                        commit=applied.marker.commit,
                        coordinator_epoch=applied.marker.coordinator_epoch,
                        timestamp=now,
                    )
                    identity = fp.Identity(
                        id=applied.marker.producer_id, epoch=applied.marker.producer_epoch
                    )
                    log += fp.write_end_txn_marker(identity, marker, base_offset=1)
                    held.clear()
                    done = server.completion(partitions_left=len(held))
                    assert done is not None
                    server.appended(done, now=now)
                case other:
                    raise AssertionError(other)

    manager.init()
    converse()
    assert manager.acknowledge() == tx.CallResult(call="init", failure=None)
    manager.begin()
    manager.add_partition(0)
    converse()
    assert manager.may_send(0) and manager.identity is not None
    builder = fp.BatchBuilder(base_offset=0, transactional=True)
    builder.push(b"paid", key=b"1", timestamp=now)
    log += builder.finish(fp.Stamp(identity=manager.identity, base_sequence=0))
    manager.commit()
    converse()
    assert manager.acknowledge() == tx.CallResult(call="commit", failure=None)
    assert asked == ["find_coordinator", "init_producer_id", "add_partitions", "end_txn"]
    assert server.state == "CompleteCommit"
    replayed = partition.replay(log)
    assert [(done.producer_id, done.aborted) for done in replayed.completed] == [(4000, False)]


# The scripts of Kafka's own producer. Which of them say more than the dialogue, or where ours is
# another one on purpose (`docs/deviations.md`):
NUMBERS = "what becomes of a failed batch's numbers is the producer's"
BUMP = "it tells a flag that only Kafka's manager shows"
OTHERWISE = {
    "V-T9": "it asks Kafka's sets of partitions",
    "V-T13": BUMP,
    "V-T14": NUMBERS,
    "V-T15": NUMBERS,
    "V-T17": NUMBERS,
    "V-T18": NUMBERS,
    "V-T19": NUMBERS,
    "V-T25": "one group's offsets at a time, in the order in which they were asked for",
    "V-T26": NUMBERS,
    "V-T29": NUMBERS,
}
SCRIPTS = scripts(ROOT / "verify/reference/vectors/transactions.txt")


def played(script: Script) -> str | None:
    """Where a script does not go as it says; `None` if it does."""
    first, *steps = script.steps
    client = ScriptedClient(first.line)
    for step in steps:
        try:
            answer = client.obey(step.line)
        except NotTold:
            return f"{step.line}: not told"
        if not step.accepts(answer):
            return f"{step.line}: {answer!r}, not {step.whole or set(step.words)}"
    return None


@pytest.mark.parametrize(
    "script", [pytest.param(one, id=one.id) for one in SCRIPTS if one.id not in OTHERWISE]
)
def test_a_script_of_kafkas_producer_goes_as_it_says(script: Script) -> None:
    assert played(script) is None


def test_the_scripts_that_are_not_played_could_not_be() -> None:
    assert {one.id for one in SCRIPTS if played(one)} == OTHERWISE.keys()
    assert len(SCRIPTS) - len(OTHERWISE) >= 16
