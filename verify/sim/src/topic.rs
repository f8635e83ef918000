//! Who leads a partition, what is committed, and what was lost?

use crate::piece::Entry;
use crate::replica::{Belief, Replica};

/// A partition with all its replicas, as the controller and the judge see it.
#[derive(Debug)]
pub struct Topic {
    /// Its name's incarnation: counted up when it is deleted and created again.
    pub number: u32,
    /// The leader, if it is up.
    pub leader: usize,
    /// The leader epoch; it never goes back.
    pub epoch: i32,
    /// Who is in the in-sync set.
    pub in_sync: Vec<bool>,
    /// One a broker.
    pub replicas: Vec<Replica>,
    /// All that ever came below the leader's high watermark and was not lost since.
    pub committed: Vec<Entry>,
    /// Where that ends.
    pub committed_end: i64,
    /// What was committed, and lost by an unclean election; or never was, and a replica knows it
    /// for good, because the leader's log begins behind it.
    pub gone: Vec<Entry>,
    /// What was committed to earlier incarnations.
    pub earlier: Vec<Vec<Entry>>,
}

impl Topic {
    /// An empty one, led by a broker, known to all. A broker writes at most as many batches of it
    /// at a time as its pool has places.
    #[must_use]
    pub fn new(pools: &[usize], leader: usize, expiration_ms: u32) -> Self {
        let brokers = pools.len();
        let belief = Belief { leader, epoch: 0, in_sync: vec![true; brokers] };
        Self {
            number: 0,
            leader,
            epoch: 0,
            in_sync: belief.in_sync.clone(),
            replicas: (pools.iter())
                .map(|pool| Replica::new(belief.clone(), expiration_ms, *pool))
                .collect(),
            committed: Vec::new(),
            committed_end: 0,
            gone: Vec::new(),
            earlier: Vec::new(),
        }
    }

    /// Whether the broker leads, and knows it.
    #[must_use]
    pub fn is_led_by(&self, broker: usize) -> bool {
        let belief = &self.replicas[broker].belief;
        self.leader == broker && belief.leader == broker && belief.epoch == self.epoch
    }

    /// The controller's word, as a broker hears it. `true` if it led before, under another epoch.
    pub fn tell(&mut self, broker: usize) -> bool {
        let news = Belief { leader: self.leader, epoch: self.epoch, in_sync: self.in_sync.clone() };
        let replica = &mut self.replicas[broker];
        if replica.belief.epoch == news.epoch {
            replica.belief = news;
            return false;
        }
        let led = replica.belief.leader == broker;
        replica.must_truncate |= news.leader != broker;
        if news.leader == broker {
            let start = replica.start;
            replica.fetched.fill(start);
            replica.must_truncate = false;
        }
        replica.belief = news;
        led
    }

    /// Makes a broker the leader. A clean choice is one of the in-sync set; an unclean one loses
    /// what it does not have.
    ///
    /// # Panics
    /// If a clean choice does not have all that is committed: then the simulator is wrong.
    pub fn elect(&mut self, broker: usize) {
        let clean = self.in_sync[broker];
        self.leader = broker;
        self.epoch += 1;
        if !clean {
            self.in_sync = (0..self.in_sync.len()).map(|other| other == broker).collect();
        }
        self.tell(broker);
        let leader = &mut self.replicas[broker];
        if clean {
            assert!(leader.end >= self.committed_end, "an in-sync replica lacks what is committed");
            // What a leader of yesterday has committed is, and retention may take it.
            self.commit(broker);
            return;
        }
        leader.high_watermark = leader.end;
        let has = |entry: &Entry| {
            entry.end() <= leader.start || leader.find(entry.offset).is_some_and(|e| e == entry)
        };
        let kept = self.committed.iter().take_while(|entry| has(entry)).count();
        self.gone.extend(self.committed.drain(kept..));
        self.committed_end = self.committed.last().map_or(leader.start, Entry::end);
        let start = leader.start;
        self.committed_end = self.committed_end.max(start);
        self.commit(broker);
    }

    /// Moves a leader's high watermark to what its in-sync set has. `true` if it moved.
    pub fn advance(&mut self, broker: usize) -> bool {
        let legit = self.is_led_by(broker);
        let replica = &mut self.replicas[broker];
        if replica.belief.leader != broker {
            return false;
        }
        let end = replica.end;
        let of = |member: usize| if member == broker { end } else { replica.fetched[member] };
        let members = (0..replica.fetched.len()).filter(|member| replica.belief.in_sync[*member]);
        let reached = members.map(of).min().unwrap_or(end).min(end);
        if reached <= replica.high_watermark {
            return false;
        }
        replica.high_watermark = reached;
        if legit {
            self.commit(broker);
        }
        true
    }

    fn commit(&mut self, broker: usize) {
        let leader = &self.replicas[broker];
        let new = leader.behind(self.committed_end);
        let new = &new[..new.partition_point(|entry| entry.end() <= leader.high_watermark)];
        self.committed.extend_from_slice(new);
        self.committed_end = self.committed.last().map_or(self.committed_end, Entry::end);
    }

    /// A follower fetches once. `true` if the leader's high watermark moved.
    pub fn fetch(&mut self, broker: usize, clock: i64) -> bool {
        let from = self.replicas[broker].belief.leader;
        let same_epoch = self.replicas[from].belief.epoch == self.replicas[broker].belief.epoch;
        if from == broker || self.replicas[from].belief.leader != from || !same_epoch {
            return false;
        }
        let [leader, follower] = self
            .replicas
            .get_disjoint_mut([from, broker])
            .expect("two brokers of those that there are");
        if follower.must_truncate {
            // Below the leader's start nothing is cut: the follower still knows whose that was.
            let ours = |entry: &&Entry| self.committed.iter().any(|e| e.append == entry.append);
            let low = follower.log.iter().filter(|entry| entry.end() <= leader.start);
            self.gone.extend(low.filter(|entry| !ours(entry)).copied());
            follower.truncate_to_common(leader, clock);
            follower.must_truncate = false;
        }
        follower.delete_below(leader.start);
        let new = leader.behind(follower.end).to_vec();
        if !new.is_empty() {
            follower.replicate(&new, clock);
        }
        follower.high_watermark = leader.high_watermark.min(follower.end);
        leader.fetched[broker] = follower.end;
        let caught_up = follower.end >= leader.end;
        let moved = self.advance(from);
        if caught_up && self.is_led_by(from) && !self.in_sync[broker] {
            self.set_in_sync(broker, true);
        }
        moved
    }

    /// The leader changes the in-sync set, with the controller's consent.
    pub fn set_in_sync(&mut self, broker: usize, member: bool) {
        self.in_sync[broker] = member;
        let leader = self.leader;
        if self.is_led_by(leader) {
            self.replicas[leader].belief.in_sync = self.in_sync.clone();
        }
    }

    /// Deleted and created again, under the same name.
    pub fn recreate(&mut self) {
        self.number += 1;
        self.epoch += 1;
        // A leader of yesterday may have answered for more than the present one knows to be so.
        let rest = self.replicas[self.leader].behind(self.committed_end).to_vec();
        self.committed.extend(rest);
        self.earlier.push(std::mem::take(&mut self.committed));
        self.committed_end = 0;
        self.in_sync.fill(true);
        for broker in 0..self.replicas.len() {
            self.replicas[broker].start_empty(0);
            self.tell(broker);
            self.replicas[broker].must_truncate = false;
        }
    }
}
