//! What does a fault do at its moment?

use fencepost::error_code::ErrorCode;

use crate::plan::Fault;
use crate::world::World;
use crate::writes::Ends;

impl World<'_> {
    /// A fault's moment has come. What finds nothing to hit is not counted.
    pub(crate) fn strike(&mut self, number: usize) {
        let fault = self.plan.faults[number].1;
        self.tell(|| format!("-- {fault:?}"));
        let hit = match fault {
            Fault::LoseAnswers(..)
            | Fault::DelayAnswers(..)
            | Fault::DoubleAnswer(_)
            | Fault::Disconnect(..)
            | Fault::CopyRequest(..)
            | Fault::NotSent(_)
            | Fault::DescribeFails(..)
            | Fault::Crash(..)
            | Fault::Pause(..)
            | Fault::DiskFull(..)
            | Fault::SyncFails(..)
            | Fault::WrongCluster(_)
            | Fault::HeldDead(..)
            | Fault::OldRecords(..) => self.strike_producer(fault),
            Fault::Refuse(partition, code, times) => {
                self.troubles[partition].refuse.push((code, times.max(1)));
                true
            }
            Fault::FailAfter(partition, code, times) => {
                self.troubles[partition].fail_after.push((code, times.max(1)));
                true
            }
            Fault::SizeLimit(partition, records, time) => {
                self.troubles[partition].limit = Some((records.max(1), self.now + time));
                true
            }
            Fault::WritesFail(partition, whole, code, times) => {
                self.strike_writes(partition, Ends::Fails { whole, code }, times)
            }
            Fault::WriteUnknown(partition, later, lands) => {
                self.strike_writes(partition, Ends::Unknown { later, lands }, 1)
            }
            Fault::SlowWrites(broker, most, time) => {
                self.slow[broker] = (most, self.now + time);
                self.plan.shape.writes(broker) > 0
            }
            other => self.strike_cluster(other),
        };
        self.struck += u32::from(hit);
    }

    /// Only where some broker's writes take long.
    fn strike_writes(&mut self, partition: usize, ends: Ends, times: u32) -> bool {
        let times = usize::try_from(times).unwrap_or(1).max(1);
        self.troubles[partition].writes.extend(std::iter::repeat_n(ends, times));
        (0..self.up.len()).any(|broker| self.plan.shape.writes(broker) > 0)
    }

    fn strike_producer(&mut self, fault: Fault) -> bool {
        let now = self.now;
        match fault {
            Fault::LoseAnswers(client, time) => self.lineages[client].lose_until = now + time,
            Fault::DelayAnswers(client, late, time) => {
                self.lineages[client].delay = (late, now + time);
            }
            Fault::DoubleAnswer(client) => self.lineages[client].double += 1,
            Fault::CopyRequest(client, later) => self.lineages[client].copies.push(later),
            Fault::NotSent(client) => self.lineages[client].not_sent += 1,
            Fault::DescribeFails(client, time) => {
                self.lineages[client].describe_fails_until = now + time;
            }
            Fault::Pause(client, time) => self.lineages[client].quiet_until = now + time,
            Fault::OldRecords(client, age, batches) => self.lineages[client].old = (age, batches),
            Fault::Crash(client, steps, down, zombie) => {
                if self.lineages[client].down || self.lineages[client].crash.is_some() {
                    return false;
                }
                self.lineages[client].crash = Some((steps, down, zombie));
            }
            Fault::HeldDead(client, down, lives) => return self.hold_dead(client, down, lives),
            Fault::DiskFull(client, time) => {
                let Some(disk) = &self.lineages[client].disk else { return false };
                disk.borrow_mut().fill(now + time + self.lineages[client].skew);
            }
            Fault::SyncFails(client, times) => {
                let Some(disk) = &self.lineages[client].disk else { return false };
                disk.borrow_mut().fail(times);
            }
            Fault::WrongCluster(client) => {
                if self.lineages[client].disk.is_none() {
                    return false;
                }
                self.lineages[client].astray = true;
                if !self.lineages[client].down {
                    self.lineages[client].crash.get_or_insert((0, 10, 0));
                }
            }
            Fault::Disconnect(client, broker) => {
                let actor = self.lineages[client].actor;
                if !self.actors[actor].alive {
                    return false;
                }
                self.break_connection(actor, broker);
            }
            _ => return false,
        }
        true
    }

    fn strike_cluster(&mut self, fault: Fault) -> bool {
        match fault {
            Fault::Restart(broker, clean, down) => {
                if !self.up[broker] {
                    return false;
                }
                self.stop(broker, clean, down);
            }
            Fault::Move(partition, stale) => {
                let leader = self.topics[partition].leader;
                let successor = self.successor(partition, leader);
                let Some(successor) = successor.filter(|next| *next != leader) else {
                    return false;
                };
                self.stale |= stale > 0;
                self.elect(partition, successor, stale);
            }
            Fault::Unclean(partition) => {
                let topic = &self.topics[partition];
                let out = |broker: &usize| self.up[*broker] && !topic.in_sync[*broker];
                let Some(broker) = (0..self.up.len()).find(out) else { return false };
                self.unclean = true;
                self.elect(partition, broker, 0);
            }
            Fault::Stall(broker, time) => self.stalled_until[broker] = self.now + time,
            Fault::Roll(partition, broker) => {
                if !self.up[broker] {
                    return false;
                }
                self.topics[partition].replicas[broker].take_snapshot();
            }
            Fault::Retention(partition) => {
                let leader = self.topics[partition].leader;
                if !self.up[leader] || !self.topics[partition].is_led_by(leader) {
                    return false;
                }
                self.forgot = true;
                self.retention = true;
                let replica = &mut self.topics[partition].replicas[leader];
                replica.delete_below(replica.high_watermark);
                self.all_fetch_soon(partition);
            }
            Fault::Rebuild(partition, broker) => return self.rebuild(partition, broker),
            Fault::Recreate(partition) => {
                self.recreated = true;
                self.forgot = true;
                self.topics[partition].recreate();
                for broker in 0..self.up.len() {
                    let gone = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
                    self.refuse_waiting(partition, broker, gone);
                }
                for actor in 0..self.actors.len() {
                    self.refresh_soon(actor);
                }
            }
            _ => return false,
        }
        true
    }

    /// A follower loses all, and begins again where its leader's log begins.
    fn rebuild(&mut self, partition: usize, broker: usize) -> bool {
        let topic = &mut self.topics[partition];
        let leader = topic.leader;
        if leader == broker || !self.up[broker] || topic.replicas[broker].belief.leader == broker {
            return false;
        }
        topic.set_in_sync(broker, false);
        let start = topic.replicas[leader].start;
        topic.replicas[broker].start_empty(start);
        topic.replicas[leader].fetched[broker] = start;
        self.forgot |= start > 0;
        if self.topics[partition].advance(leader) {
            self.complete(partition, leader);
        }
        self.fetch_soon(broker, partition);
        true
    }
}
