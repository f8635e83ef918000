//! Room is kept for what is undecided, so that recording can't fail (R60, R61).

mod common;
mod pipeline_support;

use std::collections::BTreeMap;

use common::{POLICIES, at, commit, data, rules, slots, stamped, txn};
use fencepost::broker::{Batch, Config, Context, FullPolicy, NewProducers, Origin, Slot};
use fencepost::pipeline::{Admission, Refusal, Ticket, Undecided};
use pipeline_support::line::Line;

#[test]
fn r60_a_slot_that_is_promised_is_nobody_elses() {
    let mut line = Line::of(2, 4, 8, rules());
    let first = line.send(data(1, 0, 0, 1)).begun();
    let second = line.send(data(2, 0, 0, 1)).begun();
    line.send(data(3, 0, 0, 1)).refused_by("R60");
    assert_eq!(line.pipeline.partition().len(), 0);
    let _ = line.send(data(1, 0, 1, 1)).begun();
    line.written(first);
    line.failed(second);
    let third = line.send(data(3, 0, 0, 1)).begun();
    line.send(data(2, 0, 0, 1)).refused_by("R60");
    let next = line.pipeline.undecided().next().unwrap().ticket();
    line.written(next);
    line.written(third);
    assert_eq!(line.window(3), [(0, 0)]);
}

#[test]
fn r61_a_transactions_place_that_is_promised_is_nobody_elses() {
    let mut line = Line::of(4, 1, 8, rules());
    let first = line.send(txn(1, 0, 0, 1)).begun();
    line.send(txn(2, 0, 0, 1)).refused_by("R61");
    let _ = line.send(txn(1, 0, 1, 1)).begun();
    line.failed(first);
    let second = line.send(txn(2, 0, 0, 1)).begun();
    line.written(second);
    assert_eq!(line.pipeline.partition().ongoing_transactions().len(), 1);
}

#[test]
fn r60_who_would_make_room_is_refused_rather_than_the_promised_producer() {
    let mut line = Line::of(1, 4, 8, rules().full(FullPolicy::EvictLeastRecent));
    let only = line.send(data(1, 0, 0, 1)).begun();
    line.written(only);
    let new = line.send(data(2, 0, 0, 1)).begun();
    line.send(data(1, 0, 0, 1)).duplicate(0);
    line.send(data(1, 0, 1, 1)).refused_by("R60");
    line.written(new);
    assert!(line.pipeline.partition().producer(1).is_none());
    assert_eq!(line.window(2), [(0, 0)]);
}

/// What a replica takes in needs a victim whatever the policy is; one is kept, not all.
#[test]
fn r60_known_producers_go_on_while_one_is_left_that_may_go() {
    let mut line = Line::of(2, 4, 8, rules());
    for id in [1, 2] {
        let write = line.send(data(id, 0, 0, 1)).begun();
        line.written(write);
    }
    let forced = line.replicate(data(3, 0, 0, 1)).begun();
    let write = line.send(data(1, 0, 1, 1)).begun();
    line.send(data(2, 0, 1, 1)).refused_by("R60");
    line.written(forced);
    assert!(line.pipeline.partition().producer(2).is_none());
    line.written(write);
    assert_eq!(line.window(1), [(0, 0), (1, 1)]);
}

/// The sweep has passed the producer whose expiry made room; the batch is on the log all the same.
#[test]
fn r60_a_promised_slot_is_found_wherever_the_sweep_has_come_to() {
    let config = rules().full(FullPolicy::EvictExpired).expiration_ms(1_000_000);
    let mut line = Line::of(200, 0, 8, config);
    for id in 0..200 {
        let age = match id {
            0 => 1_500_000,
            199 => 3_000_000,
            _ => 0,
        };
        let write = line.send(stamped(data(id, 0, 0, 1), 4_000_000 - age)).begun();
        line.written(write);
    }
    line.now = 4_000_000;
    let new = line.send(data(500, 0, 0, 1)).begun();
    // By a clock that was behind only the last one is old enough.
    let swept = line.pipeline.expire(at(2_500_000), 70);
    assert_eq!((swept.forgotten, swept.finished), (0, false));
    line.written(new);
    assert_eq!(line.window(500), [(0, 0)]);
    assert_eq!(line.pipeline.partition().len(), 200);
}

#[test]
fn r63_a_new_producer_is_refused_once_and_not_while_it_is_undecided() {
    let mut line = Line::new(rules());
    let mut closed: Context = Context::client(at(1));
    closed.new_producers = NewProducers::Refused;
    assert!(line.pipeline.admit(&data(7, 0, 0, 1), &closed).is_err());
    let _ = line.send(data(7, 0, 0, 1)).begun();
    let _ = line.one(data(7, 0, 1, 1), &closed).begun();
}

#[test]
fn a_full_pool_refuses_all_but_what_it_knows() {
    let mut line = Line::of(8, 0, 2, rules());
    let first = line.send(data(1, 0, 0, 1)).begun();
    let _ = line.send(data(-1, -1, -1, 5)).begun();
    assert_eq!(line.send(data(2, 0, 0, 1)).refused(), Refusal::PoolFull { capacity: 2 });
    assert_eq!(line.send(data(-1, -1, -1, 1)).refused(), Refusal::PoolFull { capacity: 2 });
    assert_eq!(line.send(data(1, 0, 0, 1)).pending(), first);
    line.send(data(1, 0, 7, 1)).refused_by("R25");
    assert!(line.pipeline.grow_pool(vec![Undecided::EMPTY; 2]).is_err(), "no bigger");
    assert_eq!(line.pipeline.grow_pool(vec![Undecided::EMPTY; 3]).unwrap().len(), 2);
    let _ = line.send(data(2, 0, 0, 1)).begun();
}

struct Tight {
    line: Line,
    random: u64,
    capacity: usize,
    sent: BTreeMap<u64, Batch>,
    tally: BTreeMap<&'static str, u32>,
}

impl Tight {
    fn new(policy: FullPolicy, seed: u64) -> Self {
        let config: Config = rules().full(policy).expiration_ms(200);
        let mut line = Line::of(3, 2, 7, config);
        line.now = 1_000;
        Self { line, random: seed, capacity: 3, sent: BTreeMap::new(), tally: BTreeMap::new() }
    }

    fn draw(&mut self, n: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(7);
        (self.random >> 33) % n
    }

    fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    fn step(&mut self) {
        self.line.now += i64::try_from(self.draw(20)).unwrap();
        let with_undecided: Vec<i64> = self
            .line
            .pipeline
            .undecided()
            .filter_map(Undecided::producer_id)
            .filter(|id| self.line.pipeline.partition().producer(*id).is_some())
            .collect();
        match self.draw(12) {
            0..6 => self.send(),
            6..9 => self.record(),
            9 => self.abandon(),
            10 => {
                let most = u32::try_from(1 + self.draw(4)).unwrap();
                let back = i64::try_from(self.draw(300)).unwrap();
                let _ = self.line.pipeline.expire(at(self.line.now - back), most);
            }
            _ => self.grow(),
        }
        for id in with_undecided {
            assert!(self.line.pipeline.partition().producer(id).is_some(), "{id} is gone");
        }
    }

    fn send(&mut self) {
        let id = i64::try_from(self.draw(7)).unwrap();
        let known = self.line.pipeline.partition().producer(id).copied();
        let mut pending = self.sent.values().filter(|b| b.header.producer_id == id);
        let newest = pending.next_back().map(|batch| batch.header.last_sequence());
        let last = newest.filter(|s| *s >= 0).or(known.map(|slot| slot.last_sequence()));
        let sequence = last.map_or(0, |last| last + 1);
        let (batch, origin) = match self.draw(6) {
            0 => (commit(id, 0), Origin::Coordinator),
            1 | 2 => (txn(id, 0, sequence, 1), Origin::Client),
            3 => (data(id, 0, sequence, 1), Origin::Replication),
            _ => (data(id, 0, sequence, 1), Origin::Client),
        };
        let batch = stamped(batch, self.line.now);
        match self.line.pipeline.admit(&batch, &Context::new(origin, at(self.line.now))) {
            Ok(Admission::Append(permit)) => {
                let ticket = self.line.pipeline.begin(permit).unwrap();
                self.sent.insert(ticket.to_bits(), batch);
                self.count("append");
            }
            Err(Refusal::Rejected(rejection)) => match rejection.reason.rule() {
                "R60" if known.is_some() => self.count("R60 of a known one"),
                "R60" => self.count("R60"),
                "R61" => self.count("R61"),
                _ => {}
            },
            _ => {}
        }
    }

    fn record(&mut self) {
        let Some(next) = self.line.pipeline.undecided().next().map(Undecided::ticket) else {
            return;
        };
        let batch = self.sent.remove(&next.to_bits()).unwrap();
        let (offset, id) = (self.line.end, batch.header.producer_id);
        let partition = self.line.pipeline.partition();
        let known = partition.producer(id).copied();
        let (was, before) = (partition.len(), partition.ongoing_transactions().to_vec());
        self.line.written(next);
        let partition = self.line.pipeline.partition();
        let slot = partition.producer(id).expect("it has a slot");
        let is_data = !batch.header.attributes.is_control();
        if is_data {
            assert_eq!(slot.window().newest().map(|b| b.last_offset), Some(offset));
        }
        let was_open = known.and_then(|slot| slot.current_txn_first_offset()).is_some();
        if is_data && batch.header.attributes.is_transactional() && !was_open {
            assert_eq!(slot.current_txn_first_offset(), Some(offset));
            let opened = partition.ongoing_transactions().iter();
            let opened: Vec<i64> =
                opened.filter(|t| t.producer_id == id).map(|t| t.first_offset).collect();
            assert_eq!(opened, [offset], "it has a place");
            assert_eq!(partition.ongoing_transactions().len(), before.len() + 1);
        }
        let (evicted, new) = (partition.len() == was, known.is_none());
        if new {
            self.count(if evicted { "pushed out" } else { "new" });
        }
    }

    fn abandon(&mut self) {
        let all: Vec<Ticket> = self.line.pipeline.undecided().map(Undecided::ticket).collect();
        if !all.is_empty() {
            let at = usize::try_from(self.draw(all.len() as u64)).unwrap();
            for gone in self.line.failed(all[at]) {
                self.sent.remove(&gone.to_bits());
            }
            self.count("abandoned");
        }
    }

    fn grow(&mut self) {
        if self.draw(12) == 0 && self.capacity < 5 {
            let (bigger, index) = slots(self.capacity + 1);
            if self.line.pipeline.grow(bigger, index).is_ok() {
                self.capacity += 1;
                self.count("grown");
            }
        }
        let _ = self.line.pipeline.grow_step(1);
    }

    /// Everyone who is promised a slot can have one: free, or of somebody who may go.
    fn assert_promises_hold(&self) {
        let partition = self.line.pipeline.partition();
        let undecided: Vec<i64> =
            self.line.pipeline.undecided().filter_map(Undecided::producer_id).collect();
        let mut new: Vec<i64> =
            undecided.iter().copied().filter(|id| partition.producer(*id).is_none()).collect();
        new.sort_unstable();
        new.dedup();
        let may_go = |slot: &&Slot| {
            slot.current_txn_first_offset().is_none() && !undecided.contains(&slot.producer_id())
        };
        let free = usize::try_from(partition.capacity() - partition.len()).unwrap();
        assert!(new.len() <= free + partition.producers().filter(may_go).count());
    }
}

#[test]
fn r60_r61_whatever_is_begun_is_recorded_in_tables_that_are_always_full() {
    let mut tally: BTreeMap<&str, u32> = BTreeMap::new();
    for policy in POLICIES {
        for seed in 0..400 {
            let mut tight = Tight::new(policy, seed);
            for _ in 0..120 {
                tight.step();
                tight.assert_promises_hold();
            }
            for (what, n) in tight.tally {
                *tally.entry(what).or_default() += n;
            }
        }
    }
    let wanted =
        ["append", "R60", "R60 of a known one", "R61", "pushed out", "new", "abandoned", "grown"];
    let rare: Vec<_> = wanted.iter().filter(|&&what| tally.get(what) < Some(&100)).collect();
    assert!(rare.is_empty(), "{rare:?} came too seldom: {tally:#?}");
}
