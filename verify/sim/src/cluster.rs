//! How do the brokers copy, elect, stop and come back?

use fencepost::error_code::ErrorCode;
use fencepost::producer::{Answer, Response};

use crate::world::{Event, World};

impl World<'_> {
    /// A follower of the partition will fetch soon.
    pub(crate) fn fetch_soon(&mut self, broker: usize, partition: usize) {
        if !std::mem::replace(&mut self.fetching[broker][partition], true) {
            let when = self.after(self.plan.shape.fetch_delay);
            self.at(when, Event::Fetch { broker, partition });
        }
    }

    pub(crate) fn all_fetch_soon(&mut self, partition: usize) {
        for broker in 0..self.up.len() {
            self.fetch_soon(broker, partition);
        }
    }

    pub(crate) fn fetch(&mut self, broker: usize, partition: usize) {
        self.fetching[broker][partition] = false;
        let leader = self.topics[partition].replicas[broker].belief.leader;
        if leader == broker || !self.up[broker] {
            return;
        }
        if !self.up[leader] || self.stalled_until[broker] > self.now {
            let when = self.stalled_until[broker].max(self.now + self.plan.shape.fetch_delay) + 1;
            self.fetching[broker][partition] = true;
            self.at(when, Event::Fetch { broker, partition });
            return;
        }
        let clock = self.clock(broker);
        let moved = self.topics[partition].fetch(broker, clock);
        let topic = &self.topics[partition];
        let behind = topic.replicas[broker].end < topic.replicas[leader].end;
        let cut = topic.replicas[broker].must_truncate;
        if moved {
            self.complete(partition, leader);
        }
        if behind || cut {
            self.fetch_soon(broker, partition);
        }
    }

    /// Answers what is committed now.
    pub(crate) fn complete(&mut self, partition: usize, broker: usize) {
        let reached = self.topics[partition].replicas[broker].high_watermark;
        let belief = &self.topics[partition].replicas[broker].belief;
        let too_few = belief.in_sync.iter().filter(|member| **member).count() < self.min_in_sync();
        let of = |w: &crate::world::Waiting| {
            w.request.sending.partition == partition
                && w.request.broker == broker
                && w.required <= reached
        };
        let done: Vec<_> = self.waiting.extract_if(.., |w| of(w)).collect();
        for waiting in done {
            let response = if too_few {
                Response::error(ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND)
            } else {
                let start = self.topics[partition].replicas[broker].start;
                Response {
                    log_append_time: waiting.append_time,
                    log_start_offset: start,
                    ..Response::ok(waiting.base_offset)
                }
            };
            self.reply(waiting.request, Answer::Response(response));
        }
    }

    pub(crate) fn min_in_sync(&self) -> usize {
        if self.up.len() == 3 { 2 } else { 1 }
    }

    pub(crate) fn wait_over(&mut self, number: u64) {
        let waits = self.waiting.extract_if(.., |waiting| waiting.number == number);
        let waits = waits.map(|waiting| waiting.request).next();
        let request = waits.or_else(|| self.give_up_write(number));
        if let Some(request) = request {
            let timed_out = Response::error(ErrorCode::REQUEST_TIMED_OUT);
            self.reply(request, Answer::Response(timed_out));
        }
    }

    /// Those that wait for a leader that is none any more are told so.
    pub(crate) fn refuse_waiting(&mut self, partition: usize, broker: usize, code: ErrorCode) {
        let of = |w: &crate::world::Waiting| {
            w.request.sending.partition == partition && w.request.broker == broker
        };
        let refused: Vec<_> = self.waiting.extract_if(.., |w| of(w)).collect();
        for waiting in refused {
            self.reply(waiting.request, Answer::Response(Response::error(code)));
        }
        self.refuse_writing(partition, broker, code);
    }

    pub(crate) fn learn(&mut self, broker: usize, partition: usize) {
        if !self.up[broker] {
            return;
        }
        let topic = &self.topics[partition];
        if topic.replicas[broker].belief.epoch != topic.epoch {
            self.end_writes(partition, broker);
        }
        if self.topics[partition].tell(broker) {
            self.tell(|| format!("b{broker} p{partition} hears that it leads no more"));
            self.refuse_waiting(partition, broker, ErrorCode::NOT_LEADER_OR_FOLLOWER);
        }
        self.fetch_soon(broker, partition);
    }

    /// A new leader, of which the others hear later, the old one after `stale` ms.
    pub(crate) fn elect(&mut self, partition: usize, broker: usize, stale: i64) {
        let old = self.topics[partition].leader;
        self.end_writes(partition, broker);
        self.topics[partition].elect(broker);
        let epoch = self.topics[partition].epoch;
        self.tell(|| format!("p{partition} is led by b{broker} from epoch {epoch} on"));
        if old == broker {
            self.refuse_waiting(partition, broker, ErrorCode::NOT_LEADER_OR_FOLLOWER);
        }
        for other in (0..self.up.len()).filter(|other| *other != broker) {
            let when = if other == old { self.now + 1 + stale } else { self.after(40) };
            self.at(when, Event::Learn { broker: other, partition });
        }
        self.topics[partition].advance(broker);
        let end = self.topics[partition].replicas[broker].end;
        self.watch_lag(partition, end);
        self.all_fetch_soon(partition);
    }

    /// Whoever has not fetched up to here in a while leaves the in-sync set.
    pub(crate) fn watch_lag(&mut self, partition: usize, end: i64) {
        let when = self.now + self.plan.shape.request_timeout * 3 / 2;
        self.at(when, Event::Lag { partition, end });
    }

    pub(crate) fn lag(&mut self, partition: usize, end: i64) {
        let topic = &mut self.topics[partition];
        let leader = topic.leader;
        if !topic.is_led_by(leader) || !self.up[leader] || topic.replicas[leader].end < end {
            return;
        }
        for broker in (0..self.up.len()).filter(|broker| *broker != leader) {
            let topic = &mut self.topics[partition];
            if topic.in_sync[broker] && topic.replicas[leader].fetched[broker] < end {
                topic.set_in_sync(broker, false);
                self.tell(|| format!("p{partition} b{broker} is out of sync"));
            }
        }
        if self.topics[partition].advance(leader) {
            self.complete(partition, leader);
        }
    }

    /// The next in-sync replica that is up, after this one.
    pub(crate) fn successor(&self, partition: usize, broker: usize) -> Option<usize> {
        let count = self.up.len();
        let others = (1..count).map(|step| (broker + step) % count);
        others.into_iter().find(|other| self.up[*other] && self.topics[partition].in_sync[*other])
    }

    pub(crate) fn stop(&mut self, broker: usize, clean: bool, down: i64) {
        self.up[broker] = false;
        self.process[broker] += 1;
        self.waiting.retain(|waiting| waiting.request.broker != broker);
        self.writing.retain(|writing| writing.request.broker != broker);
        for partition in 0..self.topics.len() {
            self.cut_writes(partition, broker, clean);
            if clean {
                self.topics[partition].replicas[broker].take_snapshot();
            }
            let leads = self.topics[partition].leader == broker;
            let successor = self.successor(partition, broker);
            let members = self.topics[partition].in_sync.iter().filter(|m| **m).count();
            match successor {
                Some(successor) if leads => {
                    self.elect(partition, successor, down);
                    self.topics[partition].set_in_sync(broker, false);
                }
                _ if !leads && members > 1 => {
                    self.topics[partition].set_in_sync(broker, false);
                    let leader = self.topics[partition].leader;
                    if self.topics[partition].advance(leader) {
                        self.complete(partition, leader);
                    }
                }
                _ => {}
            }
        }
        for actor in 0..self.actors.len() {
            if self.actors[actor].alive {
                self.break_connection(actor, broker);
            }
        }
        self.at(self.now + down, Event::Up { broker });
    }

    pub(crate) fn bring_up(&mut self, broker: usize) {
        self.up[broker] = true;
        self.tell(|| format!("b{broker} is up again"));
        let clock = self.clock(broker);
        for partition in 0..self.topics.len() {
            let before = self.topics[partition].replicas[broker].belief.clone();
            self.topics[partition].replicas[broker].reload(clock);
            self.forgot |= self.topics[partition].replicas[broker].log.is_empty()
                && self.topics[partition].replicas[broker].end > 0;
            let leader = self.topics[partition].leader;
            let led = leader == broker && before.epoch == self.topics[partition].epoch;
            if led || (!self.up[leader] && self.topics[partition].in_sync[broker]) {
                self.elect(partition, broker, 0);
            } else {
                self.learn(broker, partition);
            }
            self.all_fetch_soon(partition);
        }
        for actor in 0..self.actors.len() {
            self.refresh_soon(actor);
        }
    }
}
