//! What happens next, and at which moment? Producers, brokers and the wire in virtual time.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::rc::Rc;

use fencepost::pipeline::Ticket;
use fencepost::producer::{Answer, Described};
use fencepost_oracle::random::Random;

use crate::client::Client;
use crate::disk::Disk;
use crate::firsts::Firsts;
use crate::piece::{Numbers, Piece, Sending, Word};
use crate::plan::Plan;
use crate::reappended::{Reappended, Warned};
use crate::topic::Topic;
use crate::writes::{Ends, Writing};

/// The wall clock at the beginning, in ms.
pub(crate) const START: i64 = 1_700_000_000_000;

/// Whose rules the producers follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// fencepost's.
    Ours,
    /// The reference client's, as they stand.
    Reference,
}

/// A request on its way, or in a broker's hands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) actor: usize,
    pub(crate) broker: usize,
    pub(crate) connection: u32,
    /// Which process of the broker it was sent to.
    pub(crate) process: u32,
    pub(crate) sent_at: i64,
    /// Nobody hears its answer: a copy, or left over from a connection that is gone.
    pub(crate) orphan: bool,
    /// The wire makes a copy that lands so much after it.
    pub(crate) copy: Option<i64>,
    /// The broker takes the connection's next request before this one is answered.
    pub(crate) freed: bool,
    pub(crate) sending: Sending,
}

#[derive(Clone, Debug)]
pub(crate) enum Event {
    Arrive(Request),
    Answer {
        actor: usize,
        broker: usize,
        connection: u32,
        token: u64,
        answer: Answer,
    },
    TimedOut {
        actor: usize,
        token: u64,
    },
    Fetch {
        broker: usize,
        partition: usize,
    },
    Learn {
        broker: usize,
        partition: usize,
    },
    Lag {
        partition: usize,
        end: i64,
    },
    WaitOver {
        waiting: u64,
    },
    WriteEnds {
        broker: usize,
        partition: usize,
        ticket: Ticket,
        ends: Ends,
    },
    Wake {
        actor: usize,
    },
    Offer {
        lineage: usize,
    },
    Fault(usize),
    Up {
        broker: usize,
    },
    Sweep,
    /// Metadata, of this broker or of any.
    Refresh {
        actor: usize,
        of: Option<usize>,
    },
    Ask {
        actor: usize,
        partition: usize,
        id: i64,
        question: u32,
    },
    Described {
        actor: usize,
        partition: usize,
        question: u32,
        described: Described,
    },
    Identified {
        actor: usize,
        id: i64,
    },
    Revive {
        lineage: usize,
    },
    Synced {
        actor: usize,
    },
    ZombieEnds {
        actor: usize,
    },
}

/// A connection of a client to a broker, both ends of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connection {
    pub(crate) number: u32,
    /// The broker handles one request of a connection at a time, unless its writes take long.
    pub(crate) busy: bool,
    /// The sendings that it has taken and not answered: answers leave in their order.
    pub(crate) owed: VecDeque<(u64, Option<Answer>)>,
    pub(crate) queue: VecDeque<Request>,
    pub(crate) last_arrival: i64,
    pub(crate) last_answer: i64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Meta {
    pub(crate) leader: usize,
    pub(crate) epoch: i32,
    pub(crate) topic: u32,
}

/// One life of a producer.
#[derive(Debug)]
pub(crate) struct Actor {
    pub(crate) client: Box<dyn Client>,
    pub(crate) lineage: usize,
    pub(crate) alive: bool,
    /// The record of each partition's source that it took first itself.
    pub(crate) begins_at: Vec<i64>,
    pub(crate) zombie: bool,
    pub(crate) connections: Vec<Connection>,
    pub(crate) meta: Vec<Meta>,
    /// Sendings without an answer: to which broker, of which partition and epoch.
    pub(crate) pending: BTreeMap<u64, (usize, usize, i16)>,
    /// The epoch that it last sent under, of each partition.
    pub(crate) epochs: BTreeMap<usize, i16>,
    /// The epoch of each partition in which it was told that a higher one is in use, not its own.
    pub(crate) fenced: BTreeMap<usize, i16>,
    pub(crate) sources: Vec<usize>,
    pub(crate) next_record: Vec<i64>,
    pub(crate) used: Vec<bool>,
    pub(crate) questions: Vec<u32>,
    pub(crate) wakes_at: i64,
    pub(crate) refreshing: bool,
    pub(crate) offered: u32,
}

/// What stays of a producer over its lives.
#[derive(Debug)]
pub(crate) struct Lineage {
    /// The medium of its journal, if it has one.
    pub(crate) disk: Option<Rc<RefCell<Disk>>>,
    pub(crate) actor: usize,
    /// What its lives read; without a journal each life has its own.
    pub(crate) sources: Vec<usize>,
    /// Its process is dead, as far as it is known.
    pub(crate) down: bool,
    pub(crate) offered: u32,
    pub(crate) skew: i64,
    pub(crate) quiet_until: i64,
    pub(crate) lose_until: i64,
    pub(crate) delay: (i64, i64),
    pub(crate) describe_fails_until: i64,
    pub(crate) double: u32,
    pub(crate) copies: Vec<i64>,
    pub(crate) not_sent: u32,
    /// Steps until the process dies, how long it is down, how long its former self goes on.
    pub(crate) crash: Option<(u32, i64, i64)>,
    pub(crate) old: (i64, u32),
    /// A former self went on beside it.
    pub(crate) haunted: bool,
    /// Its next process is pointed at another cluster first.
    pub(crate) astray: bool,
    /// A process that is held to be dead, and has the lock of the journal while it lives.
    pub(crate) held_by: Option<usize>,
}

/// What is armed against a partition.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trouble {
    pub(crate) refuse: Vec<(i16, u32)>,
    pub(crate) fail_after: Vec<(i16, u32)>,
    pub(crate) limit: Option<(i32, i64)>,
    /// How the next writes end, the last one first.
    pub(crate) writes: Vec<Ends>,
}

/// A request whose batch is on the leader's log, and not committed yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    pub(crate) number: u64,
    pub(crate) request: Request,
    pub(crate) base_offset: i64,
    pub(crate) required: i64,
    pub(crate) append_time: i64,
}

/// What somebody wrote, in the order of its source; the judge counts by it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    pub(crate) partition: usize,
    pub(crate) lineage: usize,
}

#[derive(Debug)]
struct At(i64, u64, Event);

impl PartialEq for At {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}

impl Eq for At {}

impl PartialOrd for At {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for At {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

/// A run under way.
#[derive(Debug)]
pub struct World<'p> {
    pub(crate) plan: &'p Plan,
    pub(crate) who: Who,
    pub(crate) random: Random,
    pub(crate) now: i64,
    pub(crate) topics: Vec<Topic>,
    pub(crate) up: Vec<bool>,
    pub(crate) process: Vec<u32>,
    pub(crate) stalled_until: Vec<i64>,
    pub(crate) skews: Vec<i64>,
    pub(crate) troubles: Vec<Trouble>,
    pub(crate) actors: Vec<Actor>,
    pub(crate) lineages: Vec<Lineage>,
    pub(crate) sources: Vec<Source>,
    /// Up to where each was taken.
    pub(crate) taken: BTreeMap<usize, i64>,
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) writing: Vec<Writing>,
    /// Until when a broker's writes take so long at most.
    pub(crate) slow: Vec<(i64, i64)>,
    pub(crate) words: Vec<(Piece, Word)>,
    pub(crate) notices: Vec<Warned>,
    pub(crate) reappended: Reappended,
    pub(crate) stamps: BTreeMap<(usize, u32, Numbers), Piece>,
    pub(crate) clashes: Vec<(usize, Numbers)>,
    pub(crate) struck: u32,
    /// Sent under a higher epoch after a fence: actor, partition, epoch.
    pub(crate) bumped: Option<(usize, usize, i16)>,
    pub(crate) unclean: bool,
    pub(crate) forgot: bool,
    pub(crate) recreated: bool,
    pub(crate) retention: bool,
    /// What reached its deadline though nothing was wrong for long.
    pub(crate) undecided_in_calm: Option<Piece>,
    /// A process got the journal of another cluster's producer.
    pub(crate) trespassed: bool,
    pub(crate) firsts: Firsts,
    /// A leader did not know for a while that it was none any more.
    pub(crate) stale: bool,
    pub(crate) next_id: i64,
    pub(crate) next_append: u64,
    next_waiting: u64,
    pub(crate) fetching: Vec<Vec<bool>>,
    events: BinaryHeap<Reverse<At>>,
    next_event: u64,
    pub(crate) story: Option<Vec<String>>,
}

impl<'p> World<'p> {
    /// A world at its beginning; `tells` keeps its story.
    #[must_use]
    pub fn new(plan: &'p Plan, who: Who, tells: bool) -> Self {
        let shape = &plan.shape;
        let mut random = Random::new(plan.seed);
        let expires = u32::try_from(shape.expiration).unwrap_or(u32::MAX);
        let topics = (0..shape.partitions)
            .map(|partition| Topic::new(&shape.pools(), partition % shape.brokers, expires));
        let mut skew =
            || if shape.skew == 0 { 0 } else { random.below(shape.skew * 2) - shape.skew };
        let skews = (0..shape.brokers).map(|_| skew()).collect();
        let lineages = (0..shape.clients).map(|_| skew()).collect::<Vec<i64>>();
        let mut world = Self {
            plan,
            who,
            now: START,
            topics: topics.collect(),
            up: vec![true; shape.brokers],
            process: vec![0; shape.brokers],
            stalled_until: vec![0; shape.brokers],
            skews,
            troubles: vec![Trouble::default(); shape.partitions],
            actors: Vec::new(),
            lineages: Vec::new(),
            sources: Vec::new(),
            taken: BTreeMap::new(),
            waiting: Vec::new(),
            writing: Vec::new(),
            slow: vec![(0, 0); shape.brokers],
            words: Vec::new(),
            notices: Vec::new(),
            reappended: Reappended::default(),
            stamps: BTreeMap::new(),
            clashes: Vec::new(),
            struck: 0,
            bumped: None,
            unclean: false,
            forgot: shape.forgets(),
            recreated: false,
            retention: false,
            undecided_in_calm: None,
            trespassed: false,
            firsts: Firsts::default(),
            stale: false,
            next_id: 1_000,
            next_append: 0,
            next_waiting: 0,
            fetching: vec![vec![false; shape.partitions]; shape.brokers],
            events: BinaryHeap::new(),
            next_event: 0,
            story: tells.then(Vec::new),
            random,
        };
        for (lineage, skew) in lineages.into_iter().enumerate() {
            world.begin(lineage, skew);
        }
        for (number, (at, _)) in plan.faults.iter().enumerate() {
            world.at(START + at, Event::Fault(number));
        }
        world.at(START + shape.request_timeout, Event::Sweep);
        world
    }

    fn begin(&mut self, lineage: usize, skew: i64) {
        let kept = self.plan.shape.journals.get(lineage).copied().unwrap_or(false);
        self.lineages.push(Lineage {
            disk: (kept && self.who == Who::Ours)
                .then(|| Rc::new(RefCell::new(Disk::new(self.plan.shape.journal_size)))),
            actor: 0,
            sources: Vec::new(),
            down: true,
            offered: 0,
            skew,
            quiet_until: 0,
            lose_until: 0,
            delay: (0, 0),
            describe_fails_until: 0,
            double: 0,
            copies: Vec::new(),
            not_sent: 0,
            crash: None,
            old: (0, 0),
            haunted: false,
            astray: false,
            held_by: None,
        });
        self.revive(lineage);
        self.at(START + 1, Event::Offer { lineage });
    }

    pub(crate) fn at(&mut self, when: i64, event: Event) {
        self.next_event += 1;
        self.events.push(Reverse(At(when.max(self.now), self.next_event, event)));
    }

    pub(crate) fn after(&mut self, most: i64) -> i64 {
        self.now + 1 + self.random.below(most)
    }

    pub(crate) fn new_waiting(&mut self) -> u64 {
        self.next_waiting += 1;
        self.next_waiting
    }

    pub(crate) fn tell(&mut self, line: impl FnOnce() -> String) {
        if let Some(story) = &mut self.story {
            story.push(format!("{:>6} {}", self.now - START, line()));
        }
    }

    /// The time by a broker's clock.
    pub(crate) fn clock(&self, broker: usize) -> i64 {
        self.now + self.skews[broker]
    }

    /// The time by a producer's clock.
    pub(crate) fn time(&self, actor: usize) -> i64 {
        self.now + self.lineages[self.actors[actor].lineage].skew
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.now >= START + self.plan.shape.horizon
    }

    /// The latest moment at which everything must have come to an end.
    fn bound(&self) -> i64 {
        let shape = &self.plan.shape;
        let once = shape.delivery_timeout * 3 + shape.lifetime * 4 + 4_000;
        START + shape.horizon + once + 400 * i64::from(shape.batches) * 3
    }

    /// Whether all producers have told of all that they took, and took all there was.
    fn is_over(&self) -> bool {
        let done = |lineage: &Lineage| {
            let actor = &self.actors[lineage.actor];
            let took = lineage.offered >= self.plan.shape.batches || actor.client.fatal().is_some();
            !lineage.down && took && actor.client.is_idle()
        };
        self.is_calm() && self.lineages.iter().all(done)
    }

    /// Lets it run to its end: `false` if somebody waits for ever.
    pub fn run(&mut self) -> bool {
        let bound = self.bound();
        let mut over_at = None;
        while let Some(Reverse(At(when, _, event))) = self.events.pop() {
            self.now = when;
            if over_at.is_none() && self.is_over() {
                // What is still under way lands now, and all that is written is committed.
                over_at = Some(when + self.plan.shape.lifetime * 2 + 500);
            }
            if over_at.is_some_and(|over| when > over) {
                return true;
            }
            if when > bound && over_at.is_none() {
                return false;
            }
            self.step(event);
        }
        true
    }

    fn step(&mut self, event: Event) {
        match event {
            Event::Arrive(request) => self.arrive(request),
            Event::Answer { actor, broker, connection, token, answer } => {
                self.hear(actor, broker, connection, token, answer);
            }
            Event::TimedOut { actor, token } => self.time_out(actor, token),
            Event::Fetch { broker, partition } => self.fetch(broker, partition),
            Event::Learn { broker, partition } => self.learn(broker, partition),
            Event::Lag { partition, end } => self.lag(partition, end),
            Event::WaitOver { waiting } => self.wait_over(waiting),
            Event::WriteEnds { broker, partition, ticket, ends } => {
                self.write_ends(broker, partition, ticket, ends);
            }
            Event::Wake { actor } => self.turn(actor),
            Event::Offer { lineage } => self.offer(lineage),
            Event::Fault(number) => self.strike(number),
            Event::Up { broker } => self.bring_up(broker),
            Event::Sweep => self.sweep(),
            Event::Refresh { actor, of } => self.refresh(actor, of),
            Event::Ask { actor, partition, id, question } => {
                self.ask(actor, partition, id, question);
            }
            Event::Described { actor, partition, question, described } => {
                if self.actors[actor].questions[partition] == question {
                    let now = self.time(actor);
                    self.tell(|| format!("c{actor} p{partition} hears {described:?}"));
                    self.note_start(actor, partition, described);
                    self.actors[actor].client.described(partition, described, now);
                    self.turn(actor);
                }
            }
            Event::Identified { actor, id } => {
                let (epoch, now) = (self.plan.shape.first_epoch, self.time(actor));
                let ended = self.actors[actor].client.fatal().is_some();
                self.tell(|| {
                    let too_late = if ended { ", too late" } else { "" };
                    format!("c{actor} is given the id {id}{too_late}")
                });
                self.actors[actor].client.identified(id, epoch, now);
                self.turn(actor);
            }
            Event::Revive { lineage } => self.revive(lineage),
            Event::Synced { actor } => {
                if self.actors[actor].alive {
                    let now = self.time(actor);
                    self.actors[actor].client.synced(now);
                    self.turn(actor);
                }
            }
            Event::ZombieEnds { actor } => self.actors[actor].alive = false,
        }
    }

    fn sweep(&mut self) {
        for broker in 0..self.up.len() {
            let clock = self.clock(broker);
            for topic in &mut self.topics {
                self.forgot |= topic.replicas[broker].sweep(clock) > 0;
            }
        }
        let when = self.now + self.plan.shape.request_timeout;
        self.at(when, Event::Sweep);
    }
}
