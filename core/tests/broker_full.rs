//! When memory is full: R60 to R63. Each policy is held against a plain list.

mod common;

use common::{
    Log, POLICIES, at, commit, data, log, partition, picture, rules, slots, stamped, txn,
};
use fencepost::broker::{
    Config, FullPolicy, NewProducers, Origin, ProducerFacts, Pushed, Reason, Slot,
};
use fencepost::error_code::ErrorCode;
use proptest::prelude::*;

fn small(producers: usize, policy: FullPolicy) -> Log {
    Log::over(partition(producers, 32, 4, rules().full(policy).expiration_ms(100)))
}

#[test]
fn r60_refuse_lets_no_new_client_in_and_forgets_nobody() {
    let mut log = small(2, FullPolicy::Refuse);
    log.send(stamped(data(1, 0, 0, 1), 0)).at(0);
    log.send(data(2, 0, 0, 1)).at(1);
    log.now = 1_000_000;
    let refused = log.send(data(3, 0, 0, 1)).refused("R60");
    assert_eq!(refused.reason, Reason::ProducersFull { capacity: 2 });
    assert_eq!(refused.error_code(), ErrorCode::NOT_ENOUGH_REPLICAS);
    log.send(data(1, 0, 1, 1)).at(2);
    log.send(data(-1, -1, -1, 1)).at(3);
    log.append(Origin::RaftLeader, &[data(3, 0, 0, 1)]).refused("R60");
    log.expire(1_000_000);
    log.send(data(3, 0, 0, 1)).at(4);
}

#[test]
fn r60_evict_expired_takes_only_an_expired_one() {
    let mut log = small(3, FullPolicy::EvictExpired);
    log.send(stamped(data(1, 0, 0, 1), 1_000)).at(0);
    log.send(stamped(data(2, 0, 0, 1), 950)).at(1);
    log.send(stamped(txn(3, 0, 0, 1), 0)).at(2);
    log.now = 1_049;
    log.send(data(4, 0, 0, 1)).refused("R60");
    log.now = 1_050;
    log.send(stamped(data(4, 0, 0, 1), 1_050)).at(3);
    assert_eq!(log.known(), [1, 3, 4], "2 had expired; the transaction of 3 is open");
    log.send(data(5, 0, 0, 1)).refused("R60");
    log.append(Origin::Replication, &[stamped(data(5, 0, 0, 1), 1_049)]).at(4);
    assert_eq!(log.known(), [3, 4, 5], "a replica evicts the oldest");
}

#[test]
fn r60_replicas_and_coordinators_push_out_but_never_an_open_transaction() {
    for policy in POLICIES {
        for origin in [Origin::Replication, Origin::Coordinator] {
            let mut log = small(2, policy);
            log.send(txn(1, 0, 0, 1)).at(0);
            log.send(data(2, 0, 0, 1)).at(1);
            log.append(origin, &[data(3, 0, 0, 1)]).at(2);
            assert_eq!(log.known(), [1, 3]);
            log.one(data(4, 0, 0, 1), &log.context(origin)).at(3);
            assert_eq!(log.known(), [1, 4]);
            log.append(origin, &[common::emptied(5, 0), commit(1, 0)]).at(4);
            assert_eq!(log.known(), [1, 5]);
        }
    }
}

/// So a caller that can give more memory does, before anybody is pushed out.
#[test]
fn r60_an_append_tells_how_many_producers_it_adds_before_it_pushes_others_out() {
    let mut log = small(2, FullPolicy::Refuse);
    log.send(data(1, 0, 0, 1)).at(0);
    let mut scratch = common::scratch::<()>(8, 0);
    let context = log.context(Origin::Replication);
    let mut append = log.partition.append(&mut scratch, Origin::Replication, context.now);
    for (batch, told) in [(data(-1, -1, -1, 1), 0), (data(2, 0, 0, 1), 1), (data(2, 0, 1, 1), 1)] {
        assert_eq!(append.push(&batch, &context), Ok(Pushed::Added));
        assert_eq!(append.new_producers(), told);
    }
    assert_eq!(append.push(&data(3, 0, 0, 1), &context), Ok(Pushed::Added), "1 would go");
    assert_eq!(append.new_producers(), 2);
    drop(append);
    assert_eq!(log.known(), [1]);
}

#[test]
fn r60_if_every_transaction_is_open_the_replica_says_that_it_is_full() {
    for policy in POLICIES {
        for origin in [Origin::Replication, Origin::Coordinator] {
            let mut log = small(2, policy);
            log.send(txn(1, 0, 0, 1)).at(0);
            log.send(txn(2, 0, 0, 1)).at(1);
            let before = picture(&log.partition);
            for refused in [
                log.append(origin, &[data(3, 0, 0, 1)]),
                log.one(commit(3, 0), &log.context(origin)),
                // What would make room is in the same append, so it is spared.
                log.append(origin, &[commit(1, 0), data(3, 0, 0, 1)]),
            ] {
                let refused = refused.refused("R60");
                assert_eq!(refused.reason, Reason::ReplicaFull { capacity: 2 });
                assert_eq!(refused.error_code(), ErrorCode::KAFKA_STORAGE_ERROR);
                assert!(refused.to_string().contains("or is written to by the same append"));
            }
            assert_eq!(picture(&log.partition), before);
            log.coordinate(commit(1, 0)).at(2);
            log.append(origin, &[data(3, 0, 0, 1)]).at(3);
            assert_eq!(log.known(), [2, 3]);
        }
    }
}

#[test]
fn r63_no_new_client_begins_while_the_caller_allows_none() {
    let mut log = log(rules());
    log.send(data(1, 0, 0, 1)).at(0);
    let mut context = log.context(Origin::Client);
    context.new_producers = NewProducers::Refused;
    let refused = log.one(data(2, 0, 0, 1), &context).refused("R63");
    assert_eq!(refused.error_code(), ErrorCode::NOT_ENOUGH_REPLICAS);
    log.one(data(1, 0, 1, 1), &context).at(1);
    log.one(data(-1, 0, 0, 1), &context).at(2);
    context.origin = Origin::Replication;
    log.one(data(2, 0, 0, 1), &context).at(3);
}

#[test]
fn r61_a_new_transaction_without_a_place_is_refused_and_begins_no_producer() {
    let mut log = Log::over(partition::<()>(8, 2, 0, rules()));
    log.send(txn(1, 0, 0, 1)).at(0);
    log.send(txn(2, 0, 0, 1)).at(1);
    let refused = log.send(txn(3, 0, 0, 1)).refused("R61");
    assert_eq!(refused.reason, Reason::TransactionsFull { capacity: 2 });
    assert_eq!(refused.error_code(), ErrorCode::NOT_ENOUGH_REPLICAS);
    assert_eq!(log.known(), [1, 2]);
    log.send(txn(1, 0, 1, 1)).at(2);
    log.coordinate(commit(1, 0)).at(3);
    log.send(txn(3, 0, 0, 1)).refused("R61");
    log.partition.handle_high_watermark(4);
    log.send(txn(3, 0, 0, 1)).at(4);
    assert!(
        Log::over(partition::<()>(8, 0, 0, rules()))
            .send(txn(1, 0, 0, 1))
            .refused("R61")
            .window
            .is_empty()
    );
}

/// What has ended inside an append needs no place of its own: one is kept for all that is
/// unreplicated.
#[test]
fn r61_an_append_may_open_and_end_more_transactions_than_there_are_places() {
    let mut log = Log::over(partition::<()>(8, 2, 0, rules()));
    let batches: Vec<_> = (1..6).flat_map(|pid| [txn(pid, 0, 0, 1), commit(pid, 0)]).collect();
    assert_eq!(log.append(Origin::Replication, &batches).at(0).len(), 5);
    assert_eq!(log.last_stable(10), 0);
    log.partition.handle_high_watermark(10);
    assert_eq!(log.last_stable(10), 10);
    let both = [txn(1, 0, 0, 1), txn(2, 0, 0, 1)];
    log.append(Origin::Replication, &both).at(10);
    log.append(Origin::Replication, &[commit(1, 0), txn(3, 0, 0, 1)]).refused("R61");
}

/// A snapshot may say that two transactions began at one offset. They share an entry, so ending
/// both makes room once.
#[test]
fn r61_transactions_of_one_first_offset_make_room_once() {
    let mut log = Log::over(partition::<()>(8, 2, 0, rules()));
    log.partition.begin_reload();
    for (producer_id, first_offset) in [(1, 5), (2, 5), (3, 9)] {
        let facts = ProducerFacts {
            producer_id,
            producer_epoch: 0,
            coordinator_epoch: -1,
            last_timestamp: 1,
            current_txn_first_offset: Some(first_offset),
        };
        assert_eq!(log.partition.load(&Slot::restored(&facts), at(1)), Ok(true));
    }
    log.partition.finish_reload(10);
    log.end = 10;
    let ends = [commit(1, 0), commit(2, 0)];
    let opens = [ends[0], ends[1], txn(4, 0, 0, 1)];
    log.append(Origin::Replication, &opens).refused("R61");
    assert_eq!(log.append(Origin::Replication, &ends).at(10).len(), 2);
    log.partition.handle_high_watermark(12);
    log.replicate(txn(4, 0, 0, 1)).at(12);
    assert_eq!(log.replicate(commit(3, 0)).at(13).len(), 1);
    log.partition.handle_high_watermark(14);
    assert_eq!(log.last_stable(14), 12, "an open transaction holds it back");
}

/// What an order of recording is, as a list: oldest first.
#[derive(Default)]
struct Recency(Vec<Known>);

#[derive(Clone, Copy, Debug)]
struct Known {
    pid: i64,
    open: bool,
    timestamp: i64,
}

impl Recency {
    fn find(&self, pid: i64) -> Option<Known> {
        self.0.iter().find(|known| known.pid == pid).copied()
    }

    /// Records these producers in one append; `false` if there is no room, and then nothing has
    /// changed.
    fn record(&mut self, writes: &[Known], capacity: usize) -> bool {
        let written = |pid| writes.iter().any(|write| write.pid == pid);
        let new = writes.iter().filter(|write| self.find(write.pid).is_none()).count();
        let free = |known: &Known| !known.open && !written(known.pid);
        let victims = self.0.iter().filter(|known| free(known)).count();
        if new > capacity - self.0.len() + victims {
            return false;
        }
        for &write in writes {
            if self.find(write.pid).is_none() && self.0.len() == capacity {
                let oldest = self.0.iter().position(free).expect("there is one");
                self.0.remove(oldest);
            }
            self.0.retain(|known| known.pid != write.pid);
            self.0.push(write);
        }
        true
    }
}

#[derive(Clone, Debug)]
enum Move {
    /// A data batch of each, transactional or not, as one append.
    Write(Vec<(i64, bool)>, Origin, bool),
    End(i64),
    Tick(i64),
    Expire(u32),
    Grow(usize),
    GrowStep(u32),
    Clear,
}

fn step() -> impl Strategy<Value = Move> {
    let write = (0..14_i64, prop::bool::weighted(0.3));
    let origin = prop_oneof![4 => Just(Origin::Client), 1 => Just(Origin::Replication)];
    let writes = prop_oneof![
        3 => prop::collection::vec(write.clone(), 1..2),
        1 => prop::collection::vec(write, 2..6),
    ];
    prop_oneof![
        20 => (writes, origin, any::<bool>()).prop_map(|(w, o, t)| Move::Write(w, o, t)),
        5 => (0..14_i64).prop_map(Move::End),
        3 => (0..40_i64).prop_map(Move::Tick),
        2 => (1..5_u32).prop_map(Move::Expire),
        1 => (1..3_usize).prop_map(Move::Grow),
        2 => (0..3_u32).prop_map(Move::GrowStep),
        1 => prop_oneof![9 => Just(Move::Tick(1)), 1 => Just(Move::Clear)],
    ]
}

/// A log whose policy is to evict the least recent, and the list that says who that is.
struct Race {
    log: Log,
    list: Recency,
    capacity: usize,
}

impl Race {
    fn write(&mut self, wanted: &[(i64, bool)], origin: Origin, through_ticket: bool) {
        let mut writes: Vec<Known> = Vec::new();
        let mut batches = Vec::new();
        for &(pid, transactional) in wanted {
            if writes.iter().any(|write| write.pid == pid) {
                continue;
            }
            let known = self.log.partition.producer(pid);
            let sequence = known.map_or(7, |slot| slot.last_sequence().wrapping_add(1));
            let open = transactional || self.list.find(pid).is_some_and(|known| known.open);
            let make = if open { txn } else { data };
            batches.push(stamped(make(pid, 0, sequence, 1), self.log.now));
            writes.push(Known { pid, open, timestamp: self.log.now });
        }
        let before = self.log.known();
        let answer = match batches.as_slice() {
            [one] if through_ticket => self.log.one(*one, &self.log.context(origin)),
            all => self.log.append(origin, all),
        };
        if self.list.record(&writes, self.capacity) {
            drop(answer.ok());
            assert!(writes.iter().all(|w| self.log.partition.producer(w.pid).is_some()));
        } else {
            drop(answer.refused("R60"));
            assert_eq!(self.log.known(), before);
        }
    }

    fn step(&mut self, step: &Move) {
        match step {
            Move::Write(wanted, origin, ticket) => self.write(wanted, *origin, *ticket),
            Move::End(pid) => {
                if self.list.find(*pid).is_some_and(|known| known.open) {
                    let marker = common::marker(
                        *pid,
                        0,
                        0,
                        self.log.now,
                        fencepost::wire::MarkerKind::Commit,
                    );
                    drop(self.log.coordinate(marker).ok());
                    let ended = Known { pid: *pid, open: false, timestamp: self.log.now };
                    assert!(self.list.record(&[ended], self.capacity));
                    self.log.partition.handle_high_watermark(self.log.end);
                }
            }
            Move::Tick(by) => self.log.now += by,
            Move::Expire(most) => {
                // Who was evicted meanwhile may have moved someone behind the cursor: a second
                // sweep sees all.
                for _ in 0..2 {
                    while !self.log.partition.expire(at(self.log.now), *most).finished {}
                }
                let now = self.log.now;
                self.list.0.retain(|known| known.open || now - known.timestamp < 100);
            }
            Move::Grow(by) => {
                let (slots, index) = slots(self.capacity + by);
                if self.log.partition.grow(slots, index).is_ok() {
                    self.capacity += by;
                }
            }
            Move::GrowStep(most) => drop(self.log.partition.grow_step(*most)),
            Move::Clear => {
                self.log.partition.truncate_fully(self.log.end);
                self.list.0.clear();
            }
        }
    }
}

proptest! {
    #[test]
    fn r60_evict_least_recent_follows_the_exact_order_of_recording(
        steps in prop::collection::vec(step(), 1..150),
        capacity in 1..8_usize,
    ) {
        let log = small(capacity, FullPolicy::EvictLeastRecent);
        let mut race = Race { log, list: Recency::default(), capacity };
        for step in &steps {
            race.step(step);
            let mut want: Vec<i64> = race.list.0.iter().map(|known| known.pid).collect();
            want.sort_unstable();
            prop_assert_eq!(race.log.known(), want, "after {:?}", step);
        }
        // The whole order shows when strangers push everyone out, one by one.
        for stranger in 100.. {
            if !race.list.0.iter().any(|known| !known.open && known.pid < 100) {
                break;
            }
            race.write(&[(stranger, false)], Origin::Client, true);
        }
    }

    /// Of every policy and origin: who the append writes to is known after it, or nothing has
    /// changed.
    #[test]
    fn r60_an_append_never_evicts_whom_it_writes_to_nor_an_open_transaction(
        appends in prop::collection::vec(
            (
                prop::collection::vec((0..12_i64, prop::bool::weighted(0.2)), 1..7),
                any::<bool>(),
                0..90_i64,
            ),
            1..20,
        ),
        capacity in 1..7_usize,
        policy in prop::sample::select(&POLICIES[..]),
    ) {
        let mut log = small(capacity, policy);
        for (writes, replicates, tick) in appends {
            log.now += tick;
            let batches: Vec<_> = writes.iter().map(|&(pid, _)| {
                let open = log.partition.has_open_transaction(pid, 0)
                    || writes.iter().any(|w| w.0 == pid && w.1);
                // Of neither origin the sequence is looked at.
                stamped(if open { txn } else { data }(pid, 0, 0, 1), log.now)
            }).collect();
            let open: Vec<i64> =
                log.partition.ongoing_transactions().iter().map(|txn| txn.producer_id).collect();
            let before = picture(&log.partition);
            let origin = if replicates { Origin::Replication } else { Origin::RaftLeader };
            match log.append(origin, &batches) {
                common::Answer::At(..) => {
                    for pid in writes.iter().map(|w| w.0).chain(open) {
                        prop_assert!(log.partition.producer(pid).is_some(), "{} is gone", pid);
                    }
                }
                common::Answer::Refused(rejection) => {
                    prop_assert_eq!(rejection.reason.rule(), "R60");
                    prop_assert_eq!(picture(&log.partition), before);
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}

/// What a log with unlimited memory knows of its transactions: first offset, and the marker's.
#[derive(Default)]
struct Unlimited(Vec<(i64, Option<i64>)>);

impl Unlimited {
    fn last_stable(&self, high_watermark: i64) -> i64 {
        let unstable =
            |&&(_, end): &&(i64, Option<i64>)| end.is_none_or(|end| end >= high_watermark);
        let first = self.0.iter().filter(unstable).map(|txn| txn.0).min();
        first.map_or(high_watermark, |first| first.min(high_watermark))
    }

    fn opened(&mut self, at: i64) {
        self.0.push((at, None));
    }

    fn ended(&mut self, first: i64, last: i64) {
        let open = self.0.iter_mut().find(|txn| **txn == (first, None)).expect("it was open");
        open.1 = Some(last);
    }
}

#[derive(Clone, Debug)]
enum Act {
    /// Data if there is none open, else the marker.
    Turn(i64),
    /// A transaction from its first batch to its marker in one append, and another's marker.
    Whole(i64, i64),
    Replicated {
        back: i64,
    },
    Filler,
}

proptest! {
    /// R61: what merges may make the last stable offset late, and never wrong.
    #[test]
    fn r61_the_last_stable_offset_is_never_beyond_the_true_one_and_right_once_all_is_replicated(
        acts in prop::collection::vec(
            prop_oneof![
                8 => (0..7_i64).prop_map(Act::Turn),
                2 => (0..7_i64, 0..7_i64).prop_map(|(a, b)| Act::Whole(a, b)),
                2 => (0..9_i64).prop_map(|back| Act::Replicated { back }),
                1 => Just(Act::Filler),
            ],
            1..120,
        ),
        places in 1..6_usize,
    ) {
        let mut log = Log::over(partition::<()>(8, places, 0, rules()));
        let mut truth = Unlimited::default();
        let mut high_watermark = 0;
        for act in &acts {
            let open = |pid: i64, log: &Log| {
                log.partition.producer(pid).and_then(Slot::current_txn_first_offset)
            };
            let end = log.end;
            match *act {
                Act::Turn(pid) => match open(pid, &log) {
                    Some(first) => {
                        drop(log.coordinate(commit(pid, 0)).at(end));
                        truth.ended(first, end);
                    }
                    None => match log.replicate(txn(pid, 0, 0, 1)) {
                        common::Answer::At(at, _) => truth.opened(at),
                        other => {
                            drop(other.refused("R61"));
                            prop_assert!(log.partition.ongoing_transactions().len() + 1 >= places);
                        }
                    },
                },
                Act::Whole(pid, other) => {
                    let mut batches = vec![commit(pid, 0), txn(pid, 0, 0, 1), commit(pid, 0)];
                    if other != pid {
                        batches.push(commit(other, 0));
                    }
                    let (firsts, rest) = (open(pid, &log), open(other, &log));
                    if let common::Answer::At(at, _) = log.append(Origin::Replication, &batches) {
                        if let Some(first) = firsts {
                            truth.ended(first, at);
                        }
                        truth.opened(at + 1);
                        truth.ended(at + 1, at + 2);
                        if let (true, Some(first)) = (other != pid, rest) {
                            truth.ended(first, at + 3);
                        }
                    }
                }
                Act::Replicated { back } => {
                    high_watermark = high_watermark.max(log.end - back);
                    log.partition.handle_high_watermark(high_watermark);
                }
                Act::Filler => drop(log.replicate(data(-1, -1, -1, 3)).at(end)),
            }
            let (have, want) = (log.last_stable(high_watermark), truth.last_stable(high_watermark));
            prop_assert!(have <= want, "{} is beyond {} after {:?}", have, want, act);
            let first_of_open = truth.0.iter().filter(|txn| txn.1.is_none()).map(|txn| txn.0).min();
            prop_assert_eq!(log.partition.first_undecided_offset(), first_of_open);
        }
        log.partition.handle_high_watermark(log.end);
        prop_assert_eq!(log.last_stable(log.end), truth.last_stable(log.end));
    }
}

/// With room for all of it nothing merges, and the offset is exact at every step.
#[test]
fn r61_without_a_merge_the_last_stable_offset_is_exact() {
    let mut log = Log::over(partition::<()>(8, 4, 0, Config::kafka_4_2().verification(false)));
    let mut truth = Unlimited::default();
    for pid in 0..4 {
        drop(log.send(txn(pid, 0, 0, 1)).at(pid));
        truth.opened(pid);
    }
    for (n, pid) in [2, 0, 3, 1].into_iter().enumerate() {
        let marker = 4 + n as i64;
        drop(log.coordinate(commit(pid, 0)).at(marker));
        truth.ended(pid, marker);
    }
    for high_watermark in 0..9 {
        log.partition.handle_high_watermark(high_watermark);
        assert_eq!(log.last_stable(high_watermark), truth.last_stable(high_watermark));
    }
}
