//! What does a producer's process do, and how does it die and come back?

use std::cell::RefCell;
use std::rc::Rc;

use fencepost::producer::{Cause, Kind, Settings, TimestampType};
use fencepost_reference::rules::Settings as ReferenceSettings;

use crate::client::{Client, Want};
use crate::ours::{Ours, Resumed};
use crate::piece::{Piece, Word};
use crate::plan::Shape;
use crate::reappended::Warned;
use crate::reference::Reference;
use crate::world::{Actor, Connection, Event, Meta, START, Source, Who, World};

/// What a producer is told of its world: the truth.
fn settings(shape: &Shape) -> Settings {
    let settings = Settings::new(Kind::Idempotent)
        .delivery_timeout_ms(shape.delivery_timeout)
        .retry_backoff_ms(10, 200)
        .max_in_flight(shape.max_in_flight)
        .producer_id_expiration_ms(shape.expiration)
        .request_lifetime_ms(shape.lifetime)
        .clock_skew_ms(shape.skew * 2);
    if shape.describes { settings } else { settings.without_describe() }
}

fn told_type(shape: &Shape) -> TimestampType {
    match (shape.tells_type, shape.log_append_time) {
        (false, _) => TimestampType::Unknown,
        (true, true) => TimestampType::LogAppendTime,
        (true, false) => TimestampType::CreateTime,
    }
}

impl World<'_> {
    /// A process of the producer begins: anew, or from its journal.
    pub(crate) fn revive(&mut self, lineage: usize) {
        let shape = &self.plan.shape;
        let now = self.now + self.lineages[lineage].skew;
        let believed = |topic: &crate::topic::Topic| Meta {
            leader: topic.leader,
            epoch: topic.epoch,
            topic: topic.number,
        };
        let meta: Vec<Meta> = self.topics.iter().map(believed).collect();
        let topics: Vec<u32> = meta.iter().map(|meta| meta.topic).collect();
        if self.is_held(lineage) {
            return;
        }
        if self.goes_astray(lineage, topics.len()) {
            return;
        }
        let (settings, told_type) = (settings(shape), told_type(shape));
        let mut resumed = None;
        let client: Box<dyn Client> = match (self.who, &self.lineages[lineage].disk) {
            (Who::Reference, _) => {
                let leaders: Vec<usize> = meta.iter().map(|meta| meta.leader).collect();
                let settings = ReferenceSettings {
                    delivery_timeout_ms: shape.delivery_timeout,
                    retry_backoff_ms: 10,
                    one_in_flight: shape.max_in_flight == 1,
                    shared_epoch: shape.shared_epoch,
                    ..ReferenceSettings::default()
                };
                Box::new(Reference::new(&leaders, shape.brokers, settings, &topics))
            }
            (Who::Ours, None) => Box::new(Ours::new(&topics, settings, told_type)),
            (Who::Ours, Some(disk)) => {
                let disk = Rc::clone(disk);
                let (ours, found) = Ours::recover(disk, &topics, settings, told_type, now);
                resumed = Some(found);
                Box::new(ours)
            }
        };
        let (sources, next_record) = self.sources_of(lineage, resumed);
        let actor = Actor {
            client,
            lineage,
            alive: true,
            begins_at: next_record.clone(),
            zombie: false,
            connections: vec![Connection::default(); self.up.len()],
            next_record,
            used: vec![false; topics.len()],
            questions: vec![0; topics.len()],
            meta,
            pending: std::collections::BTreeMap::new(),
            epochs: std::collections::BTreeMap::new(),
            fenced: std::collections::BTreeMap::new(),
            sources,
            wakes_at: i64::MAX,
            refreshing: false,
            offered: 0,
        };
        self.lineages[lineage].actor = self.actors.len();
        self.lineages[lineage].down = false;
        self.actors.push(actor);
        let number = self.actors.len() - 1;
        self.tell(|| format!("c{number} begins, for producer {lineage}"));
        self.turn(number);
    }

    /// A process is held to be dead, and goes on with what it has under way for so long.
    pub(crate) fn hold_dead(&mut self, lineage: usize, down: i64, lives: i64) -> bool {
        let this = &mut self.lineages[lineage];
        let actor = this.actor;
        if this.down || this.crash.is_some() || this.disk.is_none() || !self.actors[actor].alive {
            return false;
        }
        this.down = true;
        this.held_by = Some(actor);
        self.tell(|| format!("c{actor} is held to be dead, and has its journal"));
        self.at(self.now + down, Event::Revive { lineage });
        self.at(self.now + lives, Event::ZombieEnds { actor });
        true
    }

    /// Whether the lock keeps a journal from the process that begins (J1): it tries again.
    fn is_held(&mut self, lineage: usize) -> bool {
        let Some(former) = self.lineages[lineage].held_by else { return false };
        if self.actors[former].alive {
            self.tell(|| format!("producer {lineage}: c{former} has the journal still"));
            self.at(self.now + 20, Event::Revive { lineage });
            return true;
        }
        self.lineages[lineage].held_by = None;
        if let Some(disk) = &self.lineages[lineage].disk {
            disk.borrow_mut().crash(&mut self.random);
        }
        false
    }

    /// A process that was pointed at another cluster must not get the journal (J3). It ends, and
    /// the next one is pointed right.
    fn goes_astray(&mut self, lineage: usize, partitions: usize) -> bool {
        let this = &mut self.lineages[lineage];
        let Some(disk) = this.disk.as_ref().filter(|_| std::mem::take(&mut this.astray)) else {
            return false;
        };
        let refused = disk.borrow().refuses_strangers(partitions);
        self.trespassed |= !refused;
        self.tell(|| format!("producer {lineage} is pointed at another cluster: {refused:?}"));
        self.at(self.now + 20, Event::Revive { lineage });
        true
    }

    /// What a process reads, and from which record on: what the journal says, if there is one.
    fn sources_of(
        &mut self,
        lineage: usize,
        resumed: Option<Vec<Resumed>>,
    ) -> (Vec<usize>, Vec<i64>) {
        if resumed.is_none() || self.lineages[lineage].sources.is_empty() {
            self.lineages[lineage].sources = self.new_sources(lineage);
        }
        let mut next_record = vec![0; self.topics.len()];
        for (partition, found) in resumed.into_iter().flatten().enumerate() {
            if found.recreated {
                let source = self.sources.len();
                self.sources.push(Source { partition, lineage });
                self.lineages[lineage].sources[partition] = source;
            }
            let source = self.lineages[lineage].sources[partition];
            let read = found.read.iter().filter(|piece| piece.source == source);
            let next = read.map(Piece::end).max().unwrap_or(0);
            next_record[partition] = next;
            // Of what no record could be written the journal does not know: it is read again, and
            // what was told of it was true until now.
            let again = |piece: &Piece| piece.source == source && piece.first >= next;
            self.words.retain(|(piece, word)| *word != Word::NotWritten || !again(piece));
        }
        (self.lineages[lineage].sources.clone(), next_record)
    }

    fn new_sources(&mut self, lineage: usize) -> Vec<usize> {
        let first = self.sources.len();
        let partitions = self.topics.len();
        self.sources.extend((0..partitions).map(|partition| Source { partition, lineage }));
        (first..first + partitions).collect()
    }

    /// A batch of the application, now and then.
    pub(crate) fn offer(&mut self, lineage: usize) {
        let when = self.now + 1 + self.random.below(self.plan.shape.offer_every * 2);
        let actor = self.lineages[lineage].actor;
        if self.lineages[lineage].offered >= self.plan.shape.batches {
            return;
        }
        self.at(when, Event::Offer { lineage });
        let quiet = self.lineages[lineage].quiet_until > self.now && !self.is_calm();
        if !quiet && !self.lineages[lineage].down && self.offer_to(actor) {
            self.lineages[lineage].offered += 1;
        }
        for zombie in 0..self.actors.len() {
            let this = &self.actors[zombie];
            if this.zombie && this.alive && this.lineage == lineage && this.offered < 6 {
                let took = self.offer_to(zombie);
                self.actors[zombie].offered += u32::from(took);
            }
        }
    }

    fn offer_to(&mut self, actor: usize) -> bool {
        let partition = self.random.below(i64::try_from(self.topics.len()).unwrap_or(1));
        let partition = usize::try_from(partition).unwrap_or(0);
        let records = 1 + self.random.small(self.plan.shape.records);
        let lineage = self.actors[actor].lineage;
        let (age, left) = self.lineages[lineage].old;
        let age = if left > 0 { age } else { self.plan.shape.age };
        let now = self.time(actor);
        let this = &mut self.actors[actor];
        if this.client.fatal().is_some() {
            return false;
        }
        let first = this.next_record[partition];
        // What a former self takes is numbered behind what is there already.
        let each = if this.zombie { 1 } else { self.plan.shape.each(first) };
        let records = if each > 1 { 1 } else { records };
        let piece = Piece { source: this.sources[partition], first, records, each };
        if !this.used[partition] && self.plan.shape.first_use {
            let end = self.topics[partition].committed_end;
            this.client.first_use(partition, end);
        }
        this.used[partition] = true;
        let took = this.client.offer(partition, piece, now - age, now);
        if took {
            this.next_record[partition] = piece.end();
            let taken = self.taken.entry(piece.source).or_default();
            *taken = piece.end().max(*taken);
            self.lineages[lineage].old.1 = left.saturating_sub(1);
        }
        if took || self.actors[actor].client.must_prepare() {
            self.turn(actor);
        }
        took
    }

    /// Does all that a client wants.
    pub(crate) fn turn(&mut self, actor: usize) {
        if !self.actors[actor].alive {
            return;
        }
        loop {
            let now = self.time(actor);
            let want = self.actors[actor].client.next(now);
            for notice in self.actors[actor].client.notices() {
                self.tell(|| format!("c{actor} warns: {notice:?}"));
                let (lineage, appends) = (self.actors[actor].lineage, self.next_append);
                self.notices.push(Warned { lineage, actor, notice, appends });
            }
            let Some(want) = want else { break };
            if self.dies_here(actor, false) {
                return;
            }
            self.do_it(actor, want);
            if !self.actors[actor].alive || self.dies_here(actor, false) {
                return;
            }
        }
        let kept_all = self.actors[actor].client.has_kept_all();
        if self.dies_here(actor, kept_all) {
            return;
        }
        let skew = self.lineages[self.actors[actor].lineage].skew;
        let this = &self.actors[actor];
        if let Some(wake) = this.client.wake(self.now + skew) {
            let when = (wake - skew).max(self.now + 1);
            if when < this.wakes_at || this.wakes_at <= self.now {
                self.actors[actor].wakes_at = when;
                self.at(when, Event::Wake { actor });
            }
        }
    }

    fn do_it(&mut self, actor: usize, want: Want) {
        match want {
            Want::Step => {}
            Want::Sync => {
                let when = match self.plan.shape.sync_delay {
                    0 => self.now,
                    most => self.after(most),
                };
                self.at(when, Event::Synced { actor });
            }
            Want::Restart => self.restart(actor),
            Want::Send(sending) => {
                self.tell(|| {
                    let crate::piece::Numbers { id, epoch, base } = sending.numbers;
                    format!(
                        "c{actor} #{} p{} sends s{}:{}+{} as {id}@{epoch} from {base}",
                        sending.token,
                        sending.partition,
                        sending.piece.source,
                        sending.piece.first,
                        sending.piece.records
                    )
                });
                self.send(actor, sending);
            }
            Want::Describe(partition, id, refresh) => {
                self.actors[actor].questions[partition] += 1;
                let question = self.actors[actor].questions[partition];
                let when = self.after(15) + if refresh { 30 } else { 0 };
                if refresh {
                    let newest = |b: &usize| self.topics[partition].replicas[*b].belief.epoch;
                    let up = (0..self.up.len()).filter(|broker| self.up[*broker]);
                    let of = up.max_by_key(newest);
                    self.at(when - 1, Event::Refresh { actor, of });
                }
                self.at(when, Event::Ask { actor, partition, id, question });
            }
            Want::Identity => {
                let id = self.next_id;
                self.next_id += 1;
                let when = self.after(self.plan.shape.identity_delay);
                self.at(when, Event::Identified { actor, id });
            }
            Want::Metadata => self.refresh_soon(actor),
            Want::Tell(piece, word) => {
                self.tell(|| format!("c{actor} tells s{}:{} {word:?}", piece.source, piece.first));
                // Its successor has what it held back: nobody can vouch for that (J1).
                if !(self.actors[actor].zombie && word == Word::NotWritten) {
                    self.note_word(piece, word);
                }
            }
        }
    }

    fn note_word(&mut self, piece: Piece, word: Word) {
        let settled = self.now > START + self.plan.shape.horizon + self.plan.shape.settles();
        // A former self may have split a batch that its successor has whole: the numbers end at the
        // same one, and the successor's is refused for ever.
        let haunted = self.lineages[self.sources[piece.source].lineage].haunted;
        let asks = self.plan.shape.describes && !haunted && !self.plan.shape.is_slow();
        if settled && asks && word == Word::Possibly(Some(Cause::DeliveryTimeout)) {
            self.undecided_in_calm.get_or_insert(piece);
        }
        self.words.push((piece, word));
    }

    /// The process dies at this step, if it was to. One that goes on nevertheless has done all that
    /// it wanted: it can't send what it did not keep (J2).
    fn dies_here(&mut self, actor: usize, at_rest: bool) -> bool {
        let lineage = self.actors[actor].lineage;
        if self.lineages[lineage].actor != actor || self.lineages[lineage].down {
            return false;
        }
        let (down, zombie) = match &mut self.lineages[lineage].crash {
            None => return false,
            Some((0, down, zombie)) if at_rest || *zombie == 0 => (*down, *zombie),
            Some((0, ..)) => return false,
            Some((left, ..)) => {
                *left -= 1;
                return false;
            }
        };
        self.lineages[lineage].crash = None;
        self.lineages[lineage].down = true;
        self.die(actor, down, zombie);
        true
    }

    /// A process ends in an orderly way and another begins; a former self just ends.
    fn restart(&mut self, actor: usize) {
        let lineage = self.actors[actor].lineage;
        if self.lineages[lineage].actor == actor && !self.lineages[lineage].down {
            self.lineages[lineage].down = true;
            self.lineages[lineage].crash = None;
            self.die(actor, 5, 0);
        } else {
            self.actors[actor].alive = false;
        }
    }

    fn die(&mut self, actor: usize, down: i64, zombie: i64) {
        let lineage = self.actors[actor].lineage;
        let undecided = self.actors[actor].client.undecided();
        self.tell(|| format!("c{actor} dies, or is held to be dead, with {undecided} undecided"));
        if let Some(disk) = &mut self.lineages[lineage].disk {
            if zombie > 0 {
                // J1 is broken: the successor has a copy of the journal.
                let copy = disk.borrow().clone();
                *disk = Rc::new(RefCell::new(copy));
            }
            disk.borrow_mut().crash(&mut self.random);
        }
        self.at(self.now + down, Event::Revive { lineage });
        if zombie > 0 && self.lineages[lineage].disk.is_some() {
            // What it goes on with is its own: nobody knows of it.
            self.lineages[lineage].haunted = true;
            self.actors[actor].zombie = true;
            let own = self.new_sources(lineage);
            self.actors[actor].sources = own;
            self.actors[actor].next_record.fill(0);
            self.at(self.now + down + zombie, Event::ZombieEnds { actor });
            return;
        }
        self.actors[actor].alive = false;
        for broker in 0..self.up.len() {
            self.break_connection(actor, broker);
        }
    }
}
