//! What went wrong once, in the producer or in the simulator, or is too rare for the seeds' worlds,
//! each as a family of worlds that has a name: no change may bring it back, and no change of the
//! seeds' worlds may hide it.

use fencepost_oracle::random::Random;

use crate::named::{Named, beside, journaled, of, plan, steps};
use crate::plan::{Fault, Plan, Shape};

/// The families. `story` is that of the resolve spec which they belong to.
pub const REGRESSIONS: &[Named] = &[
    of(3, "fence-hears-late", "hears 47", fence_hears_late),
    of(3, "duplicate-comes-late", "warns: IdentityConflict { found: -1 }", duplicate_comes_late),
    beside("id-comes-too-late", ", too late", id_comes_too_late),
    of(3, "zombie-splits", "refused with 10", zombie_splits),
    of(12, "yesterdays-leader-commits", "hears that it leads no more", yesterdays_leader_commits),
    of(12, "below-the-start", "a duplicate of offset", below_the_start),
    of(5, "doubled-when-forgotten", "-- CopyRequest", doubled_when_forgotten),
    of(12, "emptied-then-copied", "(a late copy): appended", emptied_then_copied),
    of(2, "halves-never-arrived", "refused with 10", halves_never_arrived),
];

/// Answers are lost, and then come after their time-outs, so what comes back from the journal is
/// sent three times before the first answer decides it. Meanwhile a former self has given up and
/// begun another epoch: the last answer says so, when nothing is undecided any more. It must be
/// heeded.
fn fence_hears_late(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape {
        batches: 60,
        offer_every: 16,
        request_timeout: 200,
        lifetime: 600,
        delivery_timeout: 600,
        closes_on_timeout: false,
        ..journaled()
    };
    let at = 60 + random.below(100);
    let dies = at + 90 + random.below(40);
    let faults = vec![
        (at, Fault::LoseAnswers(0, 180)),
        (at, Fault::DelayAnswers(0, 400 + random.below(180), 600 + random.below(150))),
        (dies, Fault::Crash(0, 0, 220 + random.below(60), 2_000)),
        (dies, Fault::Pause(0, 1_800)),
    ];
    plan(shape, faults)
}

/// A former self gives up the batch whose answers are lost, and begins the epoch in which its
/// successor writes already. Its next batch, long numbered and not sent yet, reaches its own
/// deadline while it is on the wire, and then the answer says that it is a duplicate: of the
/// successor's. It must be heeded.
fn duplicate_comes_late(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape {
        batches: 80,
        offer_every: 5,
        partitions: 2,
        horizon: 2_500,
        lifetime: 1_500,
        delivery_timeout: 1_500,
        closes_on_timeout: false,
        sync_delay: 25,
        ..journaled()
    };
    let at = 150 + random.below(100);
    let up = at + 340 + random.below(20);
    let faults = vec![
        (at, Fault::Restart(0, false, up - at)),
        (up - 10 + random.below(20), Fault::Crash(0, steps(&mut random, 6), 22, 2_000)),
        (up + 10 + random.below(10), Fault::LoseAnswers(0, 700)),
        (up + 400, Fault::Restart(0, true, 54)),
    ];
    plan(shape, faults)
}

/// A partition needs another epoch, and those of the id are used up, so another id is asked for. It
/// takes long to come; meanwhile the other partition's leader refuses the producer for good.
fn id_comes_too_late(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape {
        partitions: 2,
        batches: 40,
        first_epoch: i16::MAX,
        identity_delay: 200,
        ..Shape::small()
    };
    let at = 60 + random.below(200);
    let faults =
        vec![(at, Fault::Refuse(0, 29, 1)), (at + 20 + random.below(60), Fault::Refuse(1, 31, 1))];
    plan(shape, faults)
}

/// A batch is too large for a while. A former self splits it; its successor has it whole, under
/// numbers that end alike, and is refused until its deadline: nobody can tell it more.
fn zombie_splits(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape {
        batches: 10,
        offer_every: 8,
        records: 4,
        horizon: 2_000,
        delivery_timeout: 10_000,
        ..journaled()
    };
    let at = 30 + random.below(60);
    let faults = vec![
        (at, Fault::SizeLimit(0, 1 + random.small(3), 20 + random.below(100))),
        (
            at + random.below(60),
            Fault::Crash(0, steps(&mut random, 24), 20 + random.below(80), 1_200),
        ),
        (at + 100 + random.below(60), Fault::Restart(0, false, 60)),
    ];
    plan(shape, faults)
}

/// A leader of yesterday commits and answers before it hears that it leads no more. Its successor,
/// of the in-sync set, has all of it before retention takes it.
fn yesterdays_leader_commits(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape {
        brokers: 3,
        request_timeout: 200,
        lifetime: 600,
        delivery_timeout: 4_000,
        batches: 30,
        fetch_delay: 30,
        ..Shape::small()
    };
    let at = 60 + random.below(100);
    let again = at + 60 + random.below(60);
    let faults = vec![
        (at, Fault::Move(0, random.below(200))),
        (again, Fault::Restart(1, true, 7)),
        (again + random.below(30), Fault::Move(0, random.below(200))),
        (again + 30 + random.below(30), Fault::Retention(0)),
    ];
    plan(shape, faults)
}

/// A leader stops with a batch that nobody has fetched; others write at its offset, and retention
/// deletes up to behind it. When the first comes back its log is cut no lower than the leader's
/// begins, so it still knows the batch, and calls it a duplicate when it leads again.
fn below_the_start(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape {
        clients: 2,
        brokers: 2,
        batches: 70,
        offer_every: 15,
        fetch_delay: 60,
        closes_on_timeout: false,
        journals: vec![false, false],
        ..Shape::small()
    };
    let stops = 100 + random.below(100);
    let down = 300 + random.below(150);
    let faults = vec![
        (stops - 40, Fault::DelayAnswers(1, 550 + random.below(200), 600)),
        (stops, Fault::Restart(0, true, down)),
        (stops + 5 + random.below(40), Fault::Retention(0)),
        (stops + down + 60 + random.below(100), Fault::Move(0, 0)),
    ];
    plan(shape, faults)
}

/// A batch is refused for so long that the broker, which goes by the records' time, forgets its
/// producer soon after the append. Nobody could be guarded against a wire that doubles it then.
fn doubled_when_forgotten(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape { expiration: 4_500, age: 2_900, ..Shape::small() };
    let at = random.below(200);
    let copies = at + 600 + random.below(200);
    let faults = vec![
        (at, Fault::Refuse(0, 19, 7 + steps(&mut random, 3))),
        (copies, Fault::CopyRequest(0, 900 + random.below(500))),
    ];
    plan(shape, faults)
}

/// Retention empties the log, and a restart then forgets the producer. A late copy of one of its
/// batches is taken for its first, while the process comes back and asks: it hears of the copy, or
/// first that nobody knows it, and then of the copy.
fn emptied_then_copied(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape { batches: 40, closes_on_timeout: false, ..journaled() };
    let at = 60 + random.below(60);
    let lands = 300 + random.below(200);
    let faults = vec![
        (at, Fault::CopyRequest(0, lands)),
        (at + 60, Fault::LoseAnswers(0, 40 + random.below(60))),
        (at + 120, Fault::Pause(0, 600)),
        (at + 180, Fault::Retention(0)),
        (at + 181, Fault::Restart(0, random.percent(50), 20)),
        (at + 182, Fault::Crash(0, 0, 20 + random.below(300), 0)),
    ];
    plan(shape, faults)
}

/// The first batch of all is too large, and its halves never arrive; then the process dies. Nobody
/// can be asked: tried first, the second half would be taken for the producer's first batch.
fn halves_never_arrived(seed: u64) -> Plan {
    let mut random = Random::new(seed);
    let shape = Shape { describes: false, records: 4, offer_every: 6, ..journaled() };
    let faults = vec![
        (0, Fault::SizeLimit(0, 1 + random.small(2), 20 + random.below(40))),
        (10 + random.below(30), Fault::Refuse(0, 7, 2 + steps(&mut random, 4))),
        (20 + random.below(60), Fault::Crash(0, steps(&mut random, 12), 20, 0)),
    ];
    plan(shape, faults)
}
