//! What holds whatever is called and whatever comes: no panic, an error value changes nothing, one
//! request at a time, EndTxn only after the batches, an identity that only goes forward and is not
//! used after a failure, and always something to send or a time to wait for.

mod transactions_support;

use fencepost::error_code::ErrorCode;
use fencepost::ids::{Identity, Timestamp};
use fencepost::producer::transactions::{
    Call, Config, Coordinator, FailedBatch, IdentityAnswer, InitProducerId, PartitionFlag, Request,
    RequestKind, State, Step, TransactionManager, Unexpected,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use transactions_support::{Client, identity};

const STATES: [State; 8] = [
    State::Uninitialized,
    State::Initializing,
    State::Ready,
    State::InTransaction,
    State::Committing,
    State::Aborting,
    State::AbortableError,
    State::FatalError,
];

#[test]
fn states_follow_each_other_as_in_the_table() {
    let from = |target| STATES.into_iter().filter(move |state| state.may_become(target));
    let table: [(State, &[State]); 8] = [
        (State::Uninitialized, &[State::Ready, State::AbortableError]),
        (State::Initializing, &[State::Uninitialized, State::Committing, State::Aborting]),
        (State::Ready, &[State::Initializing, State::Committing, State::Aborting]),
        (State::InTransaction, &[State::Ready]),
        (State::Committing, &[State::InTransaction]),
        (State::Aborting, &[State::InTransaction, State::AbortableError]),
        (
            State::AbortableError,
            &[State::Initializing, State::InTransaction, State::Committing, State::AbortableError],
        ),
        (State::FatalError, &STATES),
    ];
    for (target, sources) in table {
        assert_eq!(from(target).collect::<Vec<_>>(), sources, "{target}");
    }
}

#[test]
fn a_manager_is_small_and_a_partition_is_a_byte() {
    assert_eq!(size_of::<PartitionFlag>(), 1);
    assert!(size_of::<TransactionManager<[PartitionFlag; 0]>>() <= 264);
    assert_eq!(
        size_of::<TransactionManager<[PartitionFlag; 64]>>(),
        size_of::<TransactionManager<[PartitionFlag; 0]>>() + 64
    );
}

#[test]
fn memory_may_be_an_array_a_slice_or_a_vec() {
    let mut flags = [PartitionFlag::NONE; 4];
    let mut manager = TransactionManager::new(&mut flags[..], Config::new());
    let now = Timestamp::from_millis(0);
    manager.init().unwrap();
    manager.mark_sent(Request::FindCoordinator(Coordinator::Transaction), 1).unwrap();
    assert_eq!(manager.handle_find_coordinator(1, ErrorCode::NONE, now), Ok(Step::Done));
    manager.mark_sent(manager.poll_request(false, now).unwrap(), 2).unwrap();
    let answer = IdentityAnswer::of(identity(7, 0));
    assert!(manager.handle_init_producer_id(2, answer, now).is_ok());
    manager.acknowledge();
    manager.begin().unwrap();
    manager.add_partition(2).unwrap();
    assert_ne!(flags, [PartitionFlag::NONE; 4]);
    assert_eq!(TransactionManager::new(&mut flags[..], Config::new()).capacity(), 4);
    assert_eq!(flags, [PartitionFlag::NONE; 4], "memory that was used is wiped");
    assert_eq!(TransactionManager::new(vec![PartitionFlag::NONE; 5], Config::new()).capacity(), 5);
    assert_eq!(TransactionManager::new([], Config::default()).capacity(), 0);
}

#[derive(Clone, Debug)]
enum Op {
    /// Sends what is asked for, or answers it without error.
    GoOn,
    Send,
    SendOther(Request),
    Init,
    Begin,
    Add(u32),
    SendOffsets(u32),
    Commit,
    Abort,
    Acknowledge,
    Fail(ErrorCode),
    /// An answer to the request in flight (or to one that is not), with the right correlation id or
    /// another.
    Answer {
        kind: Option<RequestKind>,
        off: i32,
        code: ErrorCode,
        id: i64,
        epoch: i16,
        of: u32,
    },
    Disconnected {
        off: i32,
    },
    Unsupported {
        off: i32,
    },
    Unreachable(Coordinator),
    CoordinatorVersion(i16),
    Features(i64, i16),
    BatchFailed(ErrorCode, FailedBatch),
    Incomplete(bool),
    Pass(i64),
}

fn code() -> impl Strategy<Value = ErrorCode> {
    static TELLING: [i16; 24] = [
        0, 0, 0, 3, 7, 14, 15, 16, 22, 29, 30, 31, 35, 45, 47, 48, 49, 51, 53, 55, 59, 82, 90, 120,
    ];
    prop_oneof![8 => prop::sample::select(&TELLING[..]), 1 => -2..140_i16, 1 => any::<i16>()]
        .prop_map(ErrorCode::new)
}

fn coordinator() -> impl Strategy<Value = Coordinator> {
    prop_oneof![Just(Coordinator::Transaction), (0..3_u32).prop_map(Coordinator::Group)]
}

fn kind() -> impl Strategy<Value = Option<RequestKind>> {
    prop_oneof![
        12 => Just(None),
        1 => coordinator().prop_map(|whose| Some(RequestKind::FindCoordinator(whose))),
        1 => Just(Some(RequestKind::InitProducerId)),
        1 => Just(Some(RequestKind::AddPartitions)),
        1 => Just(Some(RequestKind::AddOffsets)),
        1 => Just(Some(RequestKind::TxnOffsetCommit)),
        1 => Just(Some(RequestKind::EndTxn)),
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let identity = identity(7, 0);
    prop_oneof![
        coordinator().prop_map(Request::FindCoordinator),
        Just(Request::InitProducerId(InitProducerId::IDEMPOTENT)),
        Just(Request::AddPartitions { identity }),
        any::<bool>().prop_map(move |commit| Request::EndTxn {
            identity,
            commit,
            transaction_v2: false
        }),
        Just(Request::SkipEndTxn),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let off = || prop_oneof![9 => Just(0), 1 => -2..3_i32];
    let numbered = prop_oneof![Just(FailedBatch::Numbered), Just(FailedBatch::NeverNumbered)];
    let answer = (kind(), off(), code(), -2..9_i64, -2..40_i16, 0..7_u32)
        .prop_map(|(kind, off, code, id, epoch, of)| Op::Answer { kind, off, code, id, epoch, of });
    prop_oneof![
        60 => Just(Op::GoOn),
        10 => Just(Op::Send),
        2 => request().prop_map(Op::SendOther),
        4 => Just(Op::Init),
        10 => Just(Op::Begin),
        12 => (0..6_u32).prop_map(Op::Add),
        4 => (0..3_u32).prop_map(Op::SendOffsets),
        8 => Just(Op::Commit),
        8 => Just(Op::Abort),
        12 => Just(Op::Acknowledge),
        12 => answer,
        3 => off().prop_map(|off| Op::Disconnected { off }),
        2 => coordinator().prop_map(Op::Unreachable),
        4 => (0..6_i16).prop_map(Op::CoordinatorVersion),
        2 => (any::<i64>(), 0..4_i16).prop_map(|(epoch, version)| Op::Features(epoch, version)),
        6 => (code(), numbered).prop_map(|(code, batch)| Op::BatchFailed(code, batch)),
        8 => any::<bool>().prop_map(Op::Incomplete),
        8 => prop_oneof![9 => 0..300_i64, 1 => any::<i64>()].prop_map(Op::Pass),
        1 => prop_oneof![
            code().prop_map(Op::Fail),
            off().prop_map(|off| Op::Unsupported { off }),
        ],
    ]
}

/// A client and what was seen of it.
struct Hostile {
    client: Client,
    /// The identity of a numbered batch that failed.
    spent: Option<Identity>,
}

impl Hostile {
    fn go_on(&mut self) {
        let client = &mut self.client;
        let next = client.manager.identity().map_or((7, 0), |old| {
            old.epoch.next().map_or((old.id.get() + 1, 0), |next| (old.id.get(), next.get()))
        });
        match client.manager.in_flight() {
            Some(RequestKind::InitProducerId) => {
                let _ = client.answer_identity(next.0, next.1);
            }
            Some(RequestKind::EndTxn) if client.manager.transaction_v2() => {
                let _ = client.answer_identity(next.0, next.1);
            }
            Some(_) => {
                let _ = client.answer(ErrorCode::NONE);
            }
            None if client.poll().is_some() => {
                client.send();
            }
            None => {}
        }
    }

    fn answer(&mut self, op: &Op) -> Result<Step, Unexpected> {
        let &Op::Answer { kind, off, code, id, epoch, of } = op else { unreachable!() };
        let (correlation, now) = (self.client.id.wrapping_add(off), self.client.at());
        let manager = &mut self.client.manager;
        let answer = IdentityAnswer { code, producer_id: id, producer_epoch: epoch };
        let kind = kind.or(manager.in_flight()).unwrap_or(RequestKind::EndTxn);
        match kind {
            RequestKind::FindCoordinator(_) => {
                manager.handle_find_coordinator(correlation, code, now)
            }
            RequestKind::InitProducerId => {
                manager.handle_init_producer_id(correlation, answer, now)
            }
            RequestKind::AddPartitions => {
                let results = (0..of).map(|n| (n, if n % 2 == 0 { code } else { ErrorCode::NONE }));
                manager.handle_add_partitions(correlation, results, now)
            }
            RequestKind::AddOffsets => manager.handle_add_offsets(correlation, code, now),
            RequestKind::TxnOffsetCommit => {
                let codes = [ErrorCode::NONE, code].into_iter().cycle().take(of as usize);
                manager.handle_txn_offset_commit(correlation, of.saturating_sub(1), codes, now)
            }
            RequestKind::EndTxn => manager.handle_end_txn(correlation, answer, now),
        }
    }

    /// Whether the call was accepted.
    fn apply(&mut self, op: &Op) -> bool {
        let (id, now) = (self.client.id, self.client.at());
        let manager = &mut self.client.manager;
        match *op {
            Op::GoOn => self.go_on(),
            Op::Send => {
                if self.client.poll().is_some() {
                    self.client.send();
                }
            }
            Op::SendOther(request) => {
                let asked = self.client.manager.poll_request(false, now) == Some(request);
                let sent = self.client.manager.mark_sent(request, id.wrapping_add(1));
                assert!(sent.is_ok() || !asked);
                self.client.id = id.wrapping_add(i32::from(sent.is_ok()));
                return sent.is_ok();
            }
            Op::Init => return manager.init().is_ok(),
            Op::Begin => {
                let begun = manager.begin().is_ok();
                let identity = manager.identity();
                assert!(!begun || identity.is_some() && identity != self.spent);
                assert!(!begun || (0..4).all(|partition| !manager.may_send(partition)));
                return begun;
            }
            Op::Add(partition) => return manager.add_partition(partition).is_ok(),
            Op::SendOffsets(group) => return manager.send_offsets(group).is_ok(),
            Op::Commit => return manager.commit().is_ok(),
            Op::Abort => return manager.abort().is_ok(),
            Op::Acknowledge => return manager.acknowledge().is_some(),
            Op::Fail(code) => manager.fail(code),
            Op::Answer { .. } => return self.answer(op).is_ok(),
            Op::Disconnected { off } => {
                return manager.handle_disconnected(id.wrapping_add(off), now).is_ok();
            }
            Op::Unsupported { off } => {
                return manager.handle_unsupported_version(id.wrapping_add(off)).is_ok();
            }
            Op::Unreachable(whose) => manager.handle_unreachable(whose, now),
            Op::CoordinatorVersion(version) => manager.handle_transaction_coordinator(version),
            Op::Features(epoch, version) => manager.handle_features(epoch, version),
            Op::BatchFailed(code, batch) => {
                let failed = manager.handle_batch_failed(code, batch).is_ok();
                if failed && batch == FailedBatch::Numbered {
                    self.spent = manager.identity();
                }
                return failed;
            }
            Op::Incomplete(incomplete) => self.client.incomplete = incomplete,
            Op::Pass(millis) => self.client.now = self.client.now.wrapping_add(millis),
        }
        true
    }

    /// Looks at one step.
    fn step(&mut self, op: &Op) {
        let before = self.client.clone();
        if !self.apply(op) {
            let picture = format!("{:?}", before.manager);
            assert_eq!(format!("{:?}", self.client.manager), picture, "{op:?} was refused");
        }
        let (old, new) = (&before.manager, &self.client.manager);
        let (from, to) = (old.state(), new.state());
        let by_way_of = |way: State| from.may_become(way) && way.may_become(to);
        assert!(from == to || from.may_become(to) || STATES.into_iter().any(by_way_of));
        if from == State::FatalError {
            assert_eq!((to, new.failure()), (from, old.failure()));
        }
        assert_eq!(to.has_error(), new.failure().is_some());
        if let (Some(old), Some(new)) = (old.identity(), new.identity()) {
            assert!(old == new || old.id != new.id || old.epoch < new.epoch, "{old}, then {new}");
        }
        if old.identity() != new.identity() {
            assert!((0..4).all(|partition| !new.may_send(partition)));
            assert!(matches!(to, State::Ready));
        }
        self.look();
    }

    /// Looks at what is to be done next.
    fn look(&self) {
        let client = &self.client;
        let (asked, wait) = (client.poll(), client.wait());
        if client.manager.in_flight().is_some() {
            assert_eq!((asked, wait), (None, None));
            return;
        }
        let ends = matches!(asked, Some(Request::EndTxn { .. } | Request::SkipEndTxn));
        assert!(!ends || !client.incomplete);
        assert_eq!(asked.is_some(), wait == Some(0));
        if let Some(wait) = wait {
            assert!((0..=100).contains(&wait), "{wait}");
            let then = Timestamp::from_millis(client.now.wrapping_add(wait));
            assert!(client.manager.poll_request(client.incomplete, then).is_some());
        }
        let busy = match client.state() {
            State::Initializing => true,
            state => state.is_completing() && !client.incomplete,
        };
        assert!(wait.is_some() || !busy, "nothing to send and nothing to wait for");
        for partition in 0..6 {
            let (may_send, may_number) =
                (client.manager.may_send(partition), client.manager.may_number(partition));
            assert!(may_send || !may_number);
            assert!(!may_number || client.manager.poll_batches().is_none());
        }
    }

    /// From here on everybody is friendly: every call comes to its end.
    fn come_to_rest(mut self) {
        self.client.incomplete = false;
        for _ in 0..40 {
            self.client.now = self.client.now.wrapping_add(self.client.wait().unwrap_or(0));
            self.step(&Op::GoOn);
        }
        assert_eq!((self.client.manager.in_flight(), self.client.wait()), (None, None));
        let manager = &self.client.manager;
        assert_eq!(manager.unacknowledged().is_some(), manager.poll_result().is_some());
        if let Some((Call::Commit, Ok(()))) = manager.poll_result() {
            assert!(!manager.state().is_ongoing() || manager.state() == State::AbortableError);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_called_and_answered(ops in prop::collection::vec(op(), 1..150), ready: bool) {
        let client = if ready { Client::ready() } else { Client::new(Config::new()) };
        let mut hostile = Hostile { client, spent: None };
        for op in &ops {
            hostile.step(op);
        }
        hostile.come_to_rest();
    }
}

/// The random test would prove nothing if it never got anywhere.
#[test]
fn the_random_calls_reach_every_state() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let ops = prop::collection::vec(op(), 150..151);
    let (mut seen, mut commits, mut bumps) = ([false; 8], 0, 0);
    for n in 0..200 {
        let ops = ops.new_tree(&mut runner).unwrap().current();
        let client = if n % 4 == 0 { Client::new(Config::new()) } else { Client::ready() };
        let mut hostile = Hostile { client, spent: None };
        for op in &ops {
            let before = hostile.client.manager.identity();
            hostile.step(op);
            bumps += u32::from(before != hostile.client.manager.identity());
            let committed = hostile.client.manager.poll_result() == Some((Call::Commit, Ok(())));
            commits += u32::from(committed && matches!(op, Op::GoOn));
            let state = STATES.iter().position(|state| *state == hostile.client.state());
            seen[state.unwrap()] = true;
        }
    }
    assert!(seen.iter().all(|seen| *seen), "{seen:?}");
    assert!(commits > 20 && bumps > 20, "{commits} commits, {bumps} new identities");
}
