//! The failure stories of the resolve spec, each as a family of worlds that has a name.

use fencepost_oracle::random::Random;

use crate::crashes::CRASHES;
use crate::doubles::DOUBLES;
use crate::edges::EDGES;
use crate::plan::{Fault, Plan, Shape};
use crate::regressions::REGRESSIONS;

/// A family of worlds: a seed is one of them.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// Its name.
    pub name: &'static str,
    /// The number of its story in the resolve spec, if it is one of those.
    pub story: Option<u32>,
    /// What is told in at least one of them, by which it is seen that the story happens.
    pub mark: &'static str,
    plan: fn(u64) -> Plan,
}

impl Named {
    /// The world of a seed.
    #[must_use]
    pub fn plan(&self, seed: u64) -> Plan {
        let mut plan = (self.plan)(seed);
        plan.seed = seed;
        plan.faults.sort_by_key(|(at, _)| *at);
        plan
    }
}

pub(crate) const fn of(
    story: u32,
    name: &'static str,
    mark: &'static str,
    plan: fn(u64) -> Plan,
) -> Named {
    Named { name, story: Some(story), mark, plan }
}

/// A family beside the spec's stories.
pub(crate) const fn beside(name: &'static str, mark: &'static str, plan: fn(u64) -> Plan) -> Named {
    Named { name, story: None, mark, plan }
}

/// The families, in the order of the spec's stories.
pub const NAMED: &[Named] = &[
    of(1, "first-refused", "refused with 19", first_refused),
    of(2, "nothing-arrived", "dies", nothing_arrived),
    of(3, "zombie", "hears 47", zombie),
    of(4, "crash-after-bump", "@2 from 0", crash_after_bump),
    of(5, "expired-id", "ProducerIdExpired", expired_id),
    of(6, "leader-moves-while-waiting", "hears 6", leader_moves),
    of(7, "size-limit-lowered", "Refused(ErrorCode(10))", size_lowered),
    of(8, "source-replayed", "Written(None)", crash_with_journal),
    of(9, "restart-narrows", "hears Listed", restart_narrows),
    of(10, "lower-epoch-listed", "hears Listed { epoch: 0", lower_epoch),
    of(11, "never-acknowledged", "hears NotListed", never_acknowledged),
    of(12, "log-emptied", "warns: StateLost", log_emptied),
    of(13, "unclean-election", "warns: AckedLost", unclean_election),
    of(14, "topic-again", "Possibly(None)", topic_again),
    of(15, "late-copy", "(a late copy): refused with 47", late_copy),
];

/// All families.
pub fn families() -> impl Iterator<Item = &'static Named> {
    [NAMED, CRASHES, EDGES, DOUBLES, REGRESSIONS].into_iter().flatten()
}

/// The family of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Named> {
    families().find(|family| family.name == name)
}

pub(crate) const fn plan(shape: Shape, faults: Vec<(i64, Fault)>) -> Plan {
    Plan { seed: 0, shape, faults }
}

pub(crate) fn journaled() -> Shape {
    Shape { journals: vec![true], batches: 16, ..Shape::small() }
}

pub(crate) fn steps(random: &mut Random, most: i64) -> u32 {
    u32::try_from(random.below(most)).unwrap_or(0)
}

/// B0 is refused; B1 would be taken for the first.
fn first_refused(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let times = 1 + steps(&mut random, 3);
    let shape = Shape { offer_every: 2, ..Shape::small() };
    plan(shape, vec![(0, Fault::Refuse(0, 19, times)), (random.below(60), Fault::Disconnect(0, 0))])
}

/// Batches are kept, and the process dies before or after they are sent; nobody can be asked.
fn nothing_arrived(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape { describes: false, offer_every: 3, ..journaled() };
    let at = random.below(80);
    let faults = vec![
        (at, Fault::Refuse(0, 7, 2)),
        (at, Fault::Crash(0, steps(&mut random, 12), 40, 0)),
        (at + 20, Fault::Restart(0, false, 30)),
    ];
    plan(shape, faults)
}

/// A former self goes on.
fn zombie(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape { offer_every: 20, batches: 30, ..journaled() };
    let at = random.below(200);
    plan(shape, vec![(at, Fault::Crash(0, steps(&mut random, 6), 20, 1_500))])
}

/// A bump, and a crash at any step around it, twice.
fn crash_after_bump(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let at = 60 + random.below(60);
    let faults = vec![
        (at, Fault::Refuse(0, 29, 1)),
        (at, Fault::Crash(0, steps(&mut random, 14), 15, 0)),
        (at + 40, Fault::LoseAnswers(0, 60)),
        (at + 60, Fault::Crash(0, steps(&mut random, 8), 15, 0)),
    ];
    plan(journaled(), faults)
}

/// Answers are lost for so long that the broker forgets the id.
fn expired_id(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let at = random.below(100);
    let shape = Shape { expiration: 3_000, delivery_timeout: 20_000, ..Shape::small() };
    let lost = 1_000 + random.below(4_000);
    plan(shape, vec![(at, Fault::LoseAnswers(0, lost)), (at + 50, Fault::Pause(0, 4_000))])
}

/// The leader moves while a batch waits for its replicas.
fn leader_moves(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape { brokers: 3, fetch_delay: 60, ..Shape::small() };
    let at = random.below(200);
    let faults = vec![
        (at, Fault::Stall(1, 100)),
        (at, Fault::Stall(2, 100)),
        (at + random.below(60), Fault::Move(0, random.below(30))),
    ];
    plan(shape, faults)
}

/// Written, the answer lost, and then too large for a retry.
fn size_lowered(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape { records: 4, delivery_timeout: 3_000, ..Shape::small() };
    let at = random.below(100);
    let limit = 1 + random.small(2);
    let faults = vec![
        (at, Fault::LoseAnswers(0, 100)),
        (at + 30, Fault::SizeLimit(0, limit, 4_000)),
        (at + 40, Fault::Disconnect(0, 0)),
    ];
    plan(shape, faults)
}

/// The process dies, and its application begins to read again.
fn crash_with_journal(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let at = random.below(200);
    let faults = vec![
        (at, Fault::LoseAnswers(0, 80)),
        (at + random.below(80), Fault::Crash(0, steps(&mut random, 10), 30, 0)),
    ];
    plan(Shape { offer_every: 4, ..journaled() }, faults)
}

/// Answers are lost, and the broker that comes back knows one batch of the producer.
fn restart_narrows(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let at = 40 + random.below(60);
    let faults = vec![(at, Fault::LoseAnswers(0, 120)), (at + 60, Fault::Restart(0, true, 40))];
    plan(Shape { offer_every: 4, ..Shape::small() }, faults)
}

/// A bump, a crash before the first of the new epoch arrives: the broker names the old epoch.
fn lower_epoch(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let at = 40 + random.below(40);
    let steps = 8 + steps(&mut random, 12);
    plan(journaled(), vec![(at, Fault::Refuse(0, 29, 1)), (at, Fault::Crash(0, steps, 30, 0))])
}

/// Kept, never sent, or never arrived: the broker does not know the id.
fn never_acknowledged(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape { first_use: random.percent(50), ..journaled() };
    plan(shape, vec![(0, Fault::Crash(0, steps(&mut random, 8), 20, 0))])
}

/// Retention takes all, and a restart then forgets the producers.
fn log_emptied(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let at = 60 + random.below(60);
    let faults = vec![
        (at, Fault::LoseAnswers(0, 150)),
        (at + 60, Fault::Retention(0)),
        (at + 61, Fault::Restart(0, random.percent(50), 40)),
        (at + 62, Fault::Crash(0, 0, 60, 0)),
    ];
    plan(Shape { offer_every: 5, ..journaled() }, faults)
}

/// A replica that is far behind becomes the leader.
fn unclean_election(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape { brokers: 2, batches: 60, request_timeout: 200, ..Shape::small() };
    let at = 40 + random.below(40);
    let faults =
        vec![(at, Fault::Stall(1, 900)), (at + 500 + random.below(200), Fault::Unclean(0))];
    plan(shape, faults)
}

/// The topic is created again while its producer is away.
fn topic_again(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let at = 60 + random.below(100);
    let faults = vec![
        (at, Fault::LoseAnswers(0, 60)),
        (at + 10, Fault::Crash(0, steps(&mut random, 4), 200, 0)),
        (at + 90, Fault::Recreate(0)),
    ];
    plan(Shape { offer_every: 5, ..journaled() }, faults)
}

/// A copy is under way while the partition begins to count anew.
fn late_copy(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let at = 40 + random.below(60);
    let faults = vec![
        (at, Fault::CopyRequest(0, random.below(200))),
        (at + 20, Fault::Refuse(0, 29, 1)),
        (at + 40, Fault::CopyRequest(0, random.below(200))),
        (at + 60, Fault::Disconnect(0, 0)),
    ];
    plan(Shape::small(), faults)
}
