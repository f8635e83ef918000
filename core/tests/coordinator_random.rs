//! Whatever is asked in whatever order, no identity is given twice (coordinator spec 1 to 10).

mod coordinator_support;

use std::collections::BTreeSet;

use coordinator_support::{ABORT, COMMIT, V0, V2, at, pair};
use fencepost::broker::TransactionVersion;
use fencepost::coordinator::{
    AddPartitions, Applied, BlockAllocator, Completion, EndStep, EndTransaction, Expected, Failed,
    IdGenerator, InitProducerId, Refusal, Release, TransactionMetadata, TransactionRecord,
    TransactionState, Transit, is_epoch_exhausted,
};
use fencepost::error_code::ErrorCode;
use fencepost::ids::{ProducerId, Timestamp};
use fencepost::wire::MarkerKind;
use proptest::prelude::*;

/// Who a request claims to be from.
#[derive(Clone, Copy, Debug)]
enum Client {
    Nobody,
    /// As the coordinator has it, with this added to the epoch.
    Current(i16),
    /// The producer id before.
    Previous(i16),
    Any(i64, i16),
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Init(Client),
    Add(Client, bool),
    End(Client, bool),
    Verify(Client, bool),
    /// What is being written ends: fine, or with a code, on the log or not.
    Written,
    NotWritten(i16, bool),
    /// All markers are written.
    Marked,
    Timeout,
    Expire,
    /// The coordinator moves: what it knows is what the log says.
    Move,
    /// The clock goes on, or back.
    Clock(i64),
    /// The controller answers, or does not.
    Block(bool),
}

fn client() -> impl Strategy<Value = Client> {
    let epochs = prop_oneof![
        any::<i16>(),
        Just(0),
        Just(-1),
        Just(32765),
        Just(32766),
        Just(32767),
        Just(i16::MIN)
    ];
    prop_oneof![
        3 => Just(Client::Nobody),
        6 => Just(Client::Current(0)),
        3 => (-2_i16..2).prop_map(Client::Current),
        2 => prop_oneof![Just(32766_i16), -1_i16..3].prop_map(Client::Previous),
        1 => (any::<i64>(), epochs).prop_map(|(id, epoch)| Client::Any(id, epoch)),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let codes = prop_oneof![Just(19_i16), Just(7), Just(6), Just(14), Just(10), any::<i16>()];
    prop_oneof![
        6 => client().prop_map(Op::Init),
        5 => (client(), any::<bool>()).prop_map(|(client, all)| Op::Add(client, all)),
        5 => (client(), any::<bool>()).prop_map(|(client, commit)| Op::End(client, commit)),
        1 => (client(), any::<bool>()).prop_map(|(client, is_in)| Op::Verify(client, is_in)),
        14 => Just(Op::Written),
        2 => (codes, any::<bool>()).prop_map(|(code, on_log)| Op::NotWritten(code, on_log)),
        6 => Just(Op::Marked),
        2 => Just(Op::Timeout),
        1 => Just(Op::Expire),
        1 => Just(Op::Move),
        1 => prop_oneof![0_i64..5000, any::<i64>()].prop_map(Op::Clock),
        4 => any::<bool>().prop_map(Op::Block),
    ]
}

/// Ids of blocks, as a controller and a broker give them.
struct Ids {
    controller: BlockAllocator,
    broker: IdGenerator,
    given: BTreeSet<i64>,
    now: Timestamp,
}

impl Ids {
    fn new() -> Self {
        let (controller, broker) = (BlockAllocator::new(), IdGenerator::new());
        Self { controller, broker, given: BTreeSet::new(), now: at(0) }
    }

    fn generate(&mut self) -> Result<ProducerId, ErrorCode> {
        let id = self.broker.generate(self.now).map_err(|waiting| waiting.error_code())?;
        assert!(self.given.insert(id.get()), "{id} was given before");
        Ok(id)
    }

    fn answer(&mut self, is_ok: bool) {
        if !self.broker.poll_request() {
            return;
        }
        self.broker.handle_sent();
        if !is_ok {
            self.broker.handle_timeout();
            return;
        }
        let given = self.controller.allocate(1, 1, Some(1)).expect("ids are left");
        self.controller.replay(given.record).expect("is above");
        // Short blocks, so that they are used up.
        let (first, len) = (given.block.first, 3);
        self.broker.handle_block(1, first, len, self.now).expect("is above");
    }

    /// As a broker that waits until there is one.
    fn wait(&mut self) -> ProducerId {
        self.now = at(0);
        for _ in 0..4 {
            if let Ok(id) = self.generate() {
                return id;
            }
            self.broker.handle_timeout();
            let _ = self.broker.generate(self.now);
            self.answer(true);
        }
        panic!("no id after an answer")
    }
}

/// One transactional id with all that its caller keeps.
struct Run {
    ids: Ids,
    meta: TransactionMetadata,
    release: Release,
    version: TransactionVersion,
    log: Option<TransactionRecord>,
    transit: Option<(Transit, bool)>,
    completion: Option<Completion>,
    /// What InitProducerId gave.
    given: BTreeSet<(i64, i16)>,
    now: i64,
    elections: i32,
}

impl Run {
    fn new(release: Release, version: TransactionVersion, epoch: i16) -> Self {
        let mut ids = Ids::new();
        let mut meta = TransactionMetadata::new(ids.wait(), 0, release, at(0));
        if epoch > 0 {
            let record = TransactionRecord { producer_epoch: epoch, ..meta.record() };
            meta = TransactionMetadata::load(record, 0, release);
        }
        let log = Some(meta.record());
        let (transit, completion, given) = (None, None, BTreeSet::new());
        let (now, elections) = (0, 0);
        Self { ids, meta, release, version, log, transit, completion, given, now, elections }
    }

    fn who(&self, client: Client) -> (i64, i16) {
        let record = self.meta.record();
        let epoch = self.meta.producer_epoch();
        match client {
            Client::Nobody => (-1, -1),
            Client::Current(by) => (record.producer_id, epoch.wrapping_add(by)),
            Client::Previous(epoch) => (record.previous_producer_id, epoch),
            Client::Any(id, epoch) => (id, epoch),
        }
    }

    fn apply(&mut self, op: Op) {
        self.ids.now = at(self.now);
        let before = self.meta.clone();
        let refused = match op {
            Op::Init(client) => self.init(self.who(client)).err(),
            Op::Add(client, all) => self.add(self.who(client), all).err(),
            Op::End(client, commit) => self.end(self.who(client), commit).err(),
            Op::Verify(client, is_in) => {
                let (id, epoch) = self.who(client);
                self.meta.verify_partition(id, epoch, is_in).err()
            }
            Op::Timeout => self.time_out().err(),
            Op::Expire => self.expire().err(),
            Op::Written => self.written(),
            Op::NotWritten(code, on_log) => self.not_written(ErrorCode::new(code), on_log),
            Op::Marked => self.marked(),
            Op::Move => self.move_coordinator(),
            Op::Clock(now) => {
                self.now = now;
                None
            }
            Op::Block(is_ok) => {
                self.ids.answer(is_ok);
                None
            }
        };
        if refused.is_some() && self.release == Release::Kafka4_4 {
            assert_eq!(self.meta, before, "a refusal changes nothing");
        }
        let is_held = self.transit.is_some() || self.completion.is_some();
        assert_eq!(self.meta.pending().is_some(), is_held, "{op:?}");
        assert!(self.meta.producer_epoch() >= -1);
    }

    fn hold(&mut self, transit: Transit) {
        assert!(self.transit.replace((transit, false)).is_none());
    }

    fn init(&mut self, (id, epoch): (i64, i16)) -> Result<(), Refusal> {
        let request = InitProducerId::new(1000, 900_000, Expected::parse(id, epoch)?)?;
        let last = self.meta.last_producer_epoch();
        let ids = &mut self.ids;
        let now = at(self.now);
        let transit = self.meta.init_producer_id(&request, self.version, || ids.generate(), now)?;
        let is_retry = request.expected().is_some_and(|expected| {
            expected.producer_epoch() == last
                && transit.log_value().is_some_and(|record| {
                    record.producer_epoch == self.meta.producer_epoch()
                        && record.producer_id == self.meta.producer_id()
                })
        });
        assert!(self.transit.replace((transit, is_retry)).is_none());
        Ok(())
    }

    fn add(&mut self, (producer_id, producer_epoch): (i64, i16), all: bool) -> Result<(), Refusal> {
        let request = AddPartitions { producer_id, producer_epoch, version: self.version };
        if let Some(transit) = self.meta.add_partitions(&request, all, at(self.now))? {
            self.hold(transit);
        }
        Ok(())
    }

    fn end(&mut self, (id, epoch): (i64, i16), commit: bool) -> Result<(), Refusal> {
        let verdict = if commit { COMMIT } else { ABORT };
        let version = self.version;
        let request = EndTransaction { producer_id: id, producer_epoch: epoch, verdict, version };
        let ids = &mut self.ids;
        match self.meta.end_transaction(&request, || ids.generate(), at(self.now))? {
            EndStep::Write(transit) => self.hold(transit),
            EndStep::Done(Some(identity)) => self.check_epoch(identity.epoch.get()),
            EndStep::Done(None) => {}
        }
        Ok(())
    }

    fn time_out(&mut self) -> Result<(), Refusal> {
        let ids = &mut self.ids;
        let transit =
            self.meta.abort_if_timed_out(self.version, || ids.generate(), at(self.now))?;
        if let Some(transit) = transit {
            self.hold(transit);
        }
        Ok(())
    }

    fn expire(&mut self) -> Result<(), Refusal> {
        if let Some(transit) = self.meta.expire(3000, at(self.now))? {
            self.hold(transit);
        }
        Ok(())
    }

    fn check_epoch(&self, epoch: i16) {
        if self.release == Release::Kafka4_4 {
            assert!((0..=32766).contains(&epoch), "epoch {epoch} was given to a client");
        }
    }

    fn written(&mut self) -> Option<Refusal> {
        let (transit, is_retry) = self.transit.take()?;
        self.log = transit.log_value();
        match self.meta.appended(transit, at(self.now)) {
            Ok(Applied::Initialized(identity)) => {
                self.check_epoch(identity.epoch.get());
                let is_new = self.given.insert(pair(identity));
                assert!(is_new || is_retry, "{identity} was given before");
            }
            Ok(Applied::Ending(ending)) => {
                if let Ok(Some(identity)) = ending.answer {
                    self.check_epoch(identity.epoch.get());
                }
                assert!(ending.marker.producer_epoch >= 0);
                self.completion = Some(ending.completion);
            }
            Ok(Applied::Removed) => self.forget(),
            Ok(Applied::PartitionsAdded | Applied::Completed) => {}
            // A transaction that began at -1 ms can't be told from one that did not begin.
            Err(refused) => {
                assert_eq!(self.meta.record().start, at(-1), "{refused}");
                self.forget();
            }
        }
        None
    }

    fn forget(&mut self) {
        self.log = None;
        self.elections += 1;
        let id = self.ids.wait();
        self.meta = TransactionMetadata::new(id, self.elections, self.release, at(self.now));
    }

    fn not_written(&mut self, code: ErrorCode, on_log: bool) -> Option<Refusal> {
        let (transit, is_retry) = self.transit.take()?;
        if on_log {
            self.log = transit.log_value();
        }
        match self.meta.append_failed(transit, code).expect("is its own") {
            Failed::Answer(code) => assert_ne!(code, ErrorCode::NONE),
            Failed::Retry(transit) => self.transit = Some((transit, is_retry)),
            Failed::Stop => {
                let _ = self.move_coordinator();
            }
            Failed::Fatal(_) => self.resume(),
        }
        None
    }

    fn marked(&mut self) -> Option<Refusal> {
        let completion = self.completion.take()?;
        match completion.when_none_left(0) {
            Ok(transit) => self.hold(transit),
            Err(_) => panic!("none is left"),
        }
        None
    }

    fn move_coordinator(&mut self) -> Option<Refusal> {
        (self.transit, self.completion) = (None, None);
        self.elections += 1;
        let Some(record) = self.log else {
            self.forget();
            return None;
        };
        let record = record.stored(self.version, self.release);
        self.meta = TransactionMetadata::load(record, self.elections, self.release);
        self.resume();
        None
    }

    fn resume(&mut self) {
        let ending = self.meta.resume(at(self.now)).expect("no numbers are wrong");
        self.completion = ending.map(|ending| ending.completion);
    }
}

fn release() -> impl Strategy<Value = Release> {
    prop_oneof![1 => Just(Release::Trunk2024_10), 4 => Just(Release::Kafka4_4)]
}

fn run(release: Release, is_v2: bool, epoch: i16, ops: &[Op]) {
    let mut run = Run::new(release, if is_v2 { V2 } else { V0 }, epoch);
    for op in ops {
        run.apply(*op);
    }
}

proptest! {
    /// No producer id twice, no identity twice but to a retry, no epoch above 32766 to a client,
    /// and no refusal that changes anything; with appends that fail, coordinators that move, and
    /// clocks that jump.
    #[test]
    fn no_identity_is_given_twice(
        release in release(),
        is_v2 in any::<bool>(),
        epoch in prop_oneof![Just(0_i16), 32760_i16..32767],
        ops in prop::collection::vec(op(), 1..150),
    ) {
        run(release, is_v2, epoch, &ops);
    }

    /// Any numbers in a loaded record, and any in a request, end in a value.
    #[test]
    fn any_numbers_end_in_a_value(
        release in release(),
        (ids, epoch, timeout_ms) in (any::<[i64; 3]>(), any::<i16>(), any::<i32>()),
        (state, start, last_update) in (0_u8..8, any::<i64>(), any::<i64>()),
        (now, claims) in (any::<i64>(), any::<(i64, i16)>()),
        (version, commit, is_in) in (any::<bool>(), any::<bool>(), any::<bool>()),
    ) {
        let record = TransactionRecord {
            producer_id: ids[0],
            previous_producer_id: ids[1],
            next_producer_id: ids[2],
            producer_epoch: epoch,
            timeout_ms,
            state: TransactionState::from_id(state).expect("0 to 7"),
            start: at(start),
            last_update: at(last_update),
            client_version: if version { V2 } else { V0 },
        };
        hostile(release, record, at(now), claims, (version, commit, is_in));
    }
}

fn hostile(
    release: Release,
    record: TransactionRecord,
    now: Timestamp,
    claims: (i64, i16),
    (version, commit, is_in): (bool, bool, bool),
) {
    let load = || TransactionMetadata::load(record, -7, release);
    let new_id = || Ok(ProducerId::new(1).expect("is positive"));
    let version = if version { V2 } else { V0 };
    let verdict = if commit { MarkerKind::Commit } else { MarkerKind::Abort };
    let current = (record.producer_id, record.producer_epoch);
    let retried = (record.producer_id, record.producer_epoch.wrapping_sub(1));
    let overflowed = (record.previous_producer_id, 32766);
    for (id, epoch) in [claims, current, retried, overflowed, (-1, -1)] {
        let mut transits = Vec::new();
        let mut keep = |meta: TransactionMetadata, transit: Option<Transit>| {
            transits.extend(transit.map(|transit| (meta, transit)));
        };
        if let Ok(expected) = Expected::parse(id, epoch) {
            let request = InitProducerId::new(1, 1, expected).expect("is fine");
            let mut meta = load();
            let transit = meta.init_producer_id(&request, version, new_id, now).ok();
            keep(meta, transit);
        }
        let mut meta = load();
        let request = AddPartitions { producer_id: id, producer_epoch: epoch, version };
        let transit = meta.add_partitions(&request, is_in, now).ok().flatten();
        keep(meta, transit);
        let mut meta = load();
        let request = EndTransaction { producer_id: id, producer_epoch: epoch, verdict, version };
        match meta.end_transaction(&request, new_id, now) {
            Ok(EndStep::Write(transit)) => keep(meta, Some(transit)),
            Ok(EndStep::Done(Some(identity))) => {
                assert!(identity.epoch.get() <= 32766);
            }
            Ok(EndStep::Done(None)) | Err(_) => {}
        }
        let mut meta = load();
        let transit = meta.abort_if_timed_out(version, new_id, now).ok().flatten();
        keep(meta, transit);
        let mut meta = load();
        let transit = meta.expire(record.timeout_ms, now).ok().flatten();
        keep(meta, transit);
        let _ = load().verify_partition(id, epoch, is_in);
        let mut meta = load();
        if let Ok(Some(ending)) = meta.resume(now) {
            let transit = ending.completion.when_none_left(0).ok();
            keep(meta, transit);
        }
        for (mut meta, transit) in transits {
            match meta.appended(transit, now) {
                Ok(Applied::Initialized(identity)) => {
                    assert!(identity.epoch.get() <= 32766);
                }
                Ok(Applied::Ending(ending)) => {
                    let given = ending.answer.ok().flatten();
                    let highest = if release == Release::Kafka4_4 { 32766 } else { 32767 };
                    assert!(given.is_none_or(|identity| identity.epoch.get() <= highest));
                }
                Ok(_) | Err(_) => {}
            }
        }
    }
    assert_eq!(is_epoch_exhausted(record.producer_epoch), record.producer_epoch >= 32766);
}

proptest! {
    /// Whatever a controller answers in whatever order, ids are given once and grow.
    #[test]
    fn whatever_a_controller_answers_ids_only_grow(
        steps in prop::collection::vec(
            (0_u8..6, prop_oneof![-2_i64..60, any::<i64>(), Just(i64::MAX - 3)],
             prop_oneof![-1_i32..12, any::<i32>()], any::<i64>()),
            1..200,
        ),
    ) {
        let (mut ids, mut last) = (IdGenerator::new(), -1);
        for (step, first, len, now) in steps {
            match step {
                0 => drop(ids.handle_block(1, first, len, at(now))),
                1 => ids.handle_error(at(now)),
                2 => ids.handle_timeout(),
                3 => ids.handle_sent(),
                _ => {
                    for _ in 0..7 {
                        if let Ok(id) = ids.generate(at(now)) {
                            prop_assert!(id.get() > last);
                            last = id.get();
                        }
                    }
                }
            }
        }
    }

    /// Whatever the metadata log says, blocks do not overlap.
    #[test]
    fn whatever_is_replayed_blocks_do_not_overlap(
        steps in prop::collection::vec(prop_oneof![any::<i64>(), 0_i64..5000], 1..100),
    ) {
        let (mut controller, mut end) = (BlockAllocator::new(), 0);
        for step in steps {
            let is_gap = step % 3 == 0;
            let before = controller;
            match controller.allocate(1, 1, Some(1)) {
                Ok(given) if !is_gap => {
                    prop_assert!(given.block.first >= end);
                    end = given.block.next_first();
                    prop_assert!(controller.replay(given.record).is_ok());
                }
                _ => {
                    let record = fencepost::coordinator::NextProducerId {
                        broker_id: 1, broker_epoch: 1, next: step,
                    };
                    if controller.replay(record).is_err() {
                        prop_assert_eq!(controller, before);
                    }
                }
            }
        }
    }
}
