//! What happens in a run, and when? All of it is drawn from a seed before the run begins, so that a
//! fault can be left out and the rest stays.

use fencepost_oracle::random::Random;

/// The world's measures. Times are in ms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Producers, 1 to 3.
    pub clients: usize,
    /// Partitions, 1 to 3.
    pub partitions: usize,
    /// Brokers, each with a replica of each partition, 1 to 3.
    pub brokers: usize,
    /// Batches of each producer.
    pub batches: u32,
    /// How often the application has one.
    pub offer_every: i64,
    /// Records a batch holds at most.
    pub records: i32,
    /// When the faults stop.
    pub horizon: i64,
    /// `request.timeout.ms`, of clients and of `acks=all` at the brokers.
    pub request_timeout: i64,
    /// How long a request or a copy of it can be under way.
    pub lifetime: i64,
    /// `delivery.timeout.ms`.
    pub delivery_timeout: i64,
    /// `producer.id.expiration.ms`.
    pub expiration: i64,
    /// By how much a broker's clock may be off, either way.
    pub skew: i64,
    /// How long a follower takes to fetch, at most.
    pub fetch_delay: i64,
    /// Topics of `LogAppendTime`.
    pub log_append_time: bool,
    /// The producers are told of which type the topic is.
    pub tells_type: bool,
    /// The brokers can be asked for producers.
    pub describes: bool,
    /// The producers learn the log's end at their first use of a partition.
    pub first_use: bool,
    /// A request that timed out takes its connection with it.
    pub closes_on_timeout: bool,
    /// Which producers have a journal.
    pub journals: Vec<bool>,
    /// How many bytes a journal may have.
    pub journal_size: u64,
    /// How long a sync of a journal takes at most, in ms.
    pub sync_delay: i64,
    /// How long an InitProducerId takes at most, in ms.
    pub identity_delay: i64,
    /// How much older than their sending all records are, in ms.
    pub age: i64,
    /// How many batches of a partition may be undecided.
    pub max_in_flight: usize,
    /// How long a write of each broker takes at most, in ms, and how many of a partition it does at
    /// a time; 0 for a broker that writes at once, as one that is not named does.
    pub writes: Vec<(i64, usize)>,
    /// The first two records of a source take so many sequences that so many records later they
    /// wrap.
    pub wraps_in: Option<i32>,
    /// The epoch that every new producer id begins with.
    pub first_epoch: i16,
    /// The reference's rules number all partitions anew when one needs it, as librdkafka does.
    pub shared_epoch: bool,
}

impl Shape {
    /// How long a write of a broker takes at most; 0: no time.
    #[must_use]
    pub fn writes(&self, broker: usize) -> i64 {
        self.writes.get(broker).map_or(0, |(most, _)| *most)
    }

    /// Whether a broker's writes and its followers' fetches alone may take half of a request
    /// timeout, so that batches reach their deadline in the calmest world.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        let most = self.writes.iter().map(|(most, _)| *most).max().unwrap_or(0);
        most > 0 && most + self.fetch_delay >= self.request_timeout / 2
    }

    /// How many sequences a record of a source takes: the first two of one whose sequences are to
    /// wrap take as many as a batch may have, or nearly.
    #[must_use]
    pub const fn each(&self, record: i64) -> i32 {
        const MOST: i32 = (1 << 30) - 1;
        match (self.wraps_in, record) {
            (Some(_), 0) => MOST,
            (Some(records), 1) => MOST - records,
            _ => 1,
        }
    }

    /// How many batches of a partition each broker writes at a time.
    #[must_use]
    pub fn pools(&self) -> Vec<usize> {
        let of = |broker| self.writes.get(broker).map_or(0, |(_, pool)| *pool);
        (0..self.brokers).map(of).collect()
    }

    /// One producer without a journal, one partition, one broker, and nothing special.
    #[must_use]
    pub fn small() -> Self {
        Self {
            clients: 1,
            partitions: 1,
            brokers: 1,
            batches: 12,
            offer_every: 10,
            records: 1,
            horizon: 6_000,
            request_timeout: 500,
            lifetime: 1_500,
            delivery_timeout: 8_000,
            expiration: 86_400_000,
            skew: 0,
            fetch_delay: 10,
            log_append_time: false,
            tells_type: true,
            describes: true,
            first_use: false,
            closes_on_timeout: true,
            journals: vec![false],
            journal_size: 1 << 16,
            sync_delay: 0,
            identity_delay: 10,
            age: 0,
            max_in_flight: 5,
            writes: Vec::new(),
            wraps_in: None,
            first_epoch: 0,
            shared_epoch: false,
        }
    }

    fn drawn(random: &mut Random) -> Self {
        let clients = 1 + amount(random, 3);
        let request_timeout = random.pick(&[200, 500, 1_000]);
        let lifetime = request_timeout * 3;
        let brokers = 1 + amount(random, 3);
        let forgets = random.percent(30);
        let skew = if random.percent(50) { 0 } else { random.below(40) };
        Self {
            clients,
            partitions: 1 + amount(random, 3),
            brokers,
            batches: u32::try_from(8 + random.below(25)).unwrap_or(8),
            offer_every: 3 + random.below(60),
            records: 1 + random.small(4),
            horizon: request_timeout * (4 + random.below(10)),
            request_timeout,
            lifetime,
            delivery_timeout: request_timeout * random.pick(&[3, 8, 20]),
            expiration: if forgets { lifetime * (1 + random.below(4)) } else { 86_400_000 },
            skew,
            fetch_delay: random.pick(&[5, 30, 120]),
            log_append_time: random.percent(30),
            tells_type: random.percent(60),
            describes: random.percent(85),
            first_use: random.percent(50),
            closes_on_timeout: random.percent(60),
            journals: (0..clients).map(|_| random.percent(50)).collect(),
            age: if forgets && random.percent(30) { random.below(lifetime * 3) } else { 0 },
            max_in_flight: if random.percent(15) { 1 } else { 5 },
            journal_size: random.pick(&[4_096, 6_144, 1 << 16]),
            sync_delay: random.pick(&[0, 0, 3, 25]),
            identity_delay: 10,
            writes: Vec::new(),
            wraps_in: None,
            first_epoch: 0,
            shared_epoch: false,
        }
    }

    /// What is drawn from a stream of its own: the rest of a seed's world stays as it is.
    fn draw_more(&mut self, random: &mut Random) {
        if random.percent(35) {
            let pick = |random: &mut Random| {
                let most = random.pick(&[4, 30, 120, self.request_timeout / 2]);
                (if random.percent(70) { most } else { 0 }, random.pick(&[3, 6, 32]))
            };
            self.writes = (0..self.brokers).map(|_| pick(random)).collect();
        }
        if random.percent(15) {
            self.wraps_in = Some(random.small(40));
        }
        if random.percent(10) {
            self.first_epoch = i16::MAX - i16::try_from(random.below(4)).unwrap_or(0);
        }
    }

    /// How long after the last fault everything must be decided.
    #[must_use]
    pub const fn settles(&self) -> i64 {
        self.lifetime * 2 + self.request_timeout * 4 + 1_000
    }

    /// Whether a broker may forget a producer by its age.
    #[must_use]
    pub const fn forgets(&self) -> bool {
        self.expiration < 86_400_000
    }
}

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Answers to this producer are lost for so long.
    LoseAnswers(usize, i64),
    /// Answers to this producer take so much longer, for so long.
    DelayAnswers(usize, i64, i64),
    /// The producer's next answer comes twice.
    DoubleAnswer(usize),
    /// The connection between producer and broker breaks; of what is under way some dies, some
    /// arrives, some arrives late.
    Disconnect(usize, usize),
    /// A copy of the producer's next request arrives so much later.
    CopyRequest(usize, i64),
    /// The producer's next request does not leave, and it knows.
    NotSent(usize),
    /// So many requests to a partition are refused before the append, with a code.
    Refuse(usize, i16, u32),
    /// So many appends to a partition are answered with a code, though they are on the log.
    FailAfter(usize, i16, u32),
    /// Batches of more records than this are refused on a partition, for so long.
    SizeLimit(usize, i32, i64),
    /// A broker stops and comes back after so long; clean or not.
    Restart(usize, bool, i64),
    /// The leader of a partition moves to the next in-sync replica; the old one hears it later.
    Move(usize, i64),
    /// The leader moves to a replica that is not in sync, if there is one.
    Unclean(usize),
    /// A broker does not fetch for so long.
    Stall(usize, i64),
    /// A broker rolls the segments of a partition: it takes a snapshot.
    Roll(usize, usize),
    /// The log's start moves up to the high watermark.
    Retention(usize),
    /// A follower loses its disk and fetches the partition anew.
    Rebuild(usize, usize),
    /// The topic is deleted and created again.
    Recreate(usize),
    /// The producer's questions are not answered for so long.
    DescribeFails(usize, i64),
    /// The producer's process dies at its so many-th step from now, and comes back later; its
    /// former self goes on for so long beside it (0: it does not).
    Crash(usize, u32, i64, i64),
    /// The application is quiet for so long.
    Pause(usize, i64),
    /// The records of the next batches of a producer are so old.
    OldRecords(usize, i64, u32),
    /// The producer's disk is full for so long.
    DiskFull(usize, i64),
    /// The next so many syncs of the producer's disk fail: its process must open the journal again.
    SyncFails(usize, u32),
    /// The next so many writes to a partition fail, and what was begun after them of the same
    /// producer, or of all. Those who sent it are told a code.
    WritesFail(usize, bool, i16, u32),
    /// The next write to a partition ends without an answer; so much later the broker learns
    /// whether it has landed.
    WriteUnknown(usize, i64, bool),
    /// A broker's writes take up to so long, for so long.
    SlowWrites(usize, i64, i64),
    /// The producer's next process is pointed at another cluster before it comes to its own.
    WrongCluster(usize),
    /// The producer's process is held to be dead and lives on for so long, with its journal; the
    /// next one begins so much later, and must not get the journal before.
    HeldDead(usize, i64, i64),
}

/// A run: the same plan is the same run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where delays and small choices come from.
    pub seed: u64,
    /// The world's measures.
    pub shape: Shape,
    /// What goes wrong, and when.
    pub faults: Vec<(i64, Fault)>,
}

fn amount(random: &mut Random, bound: usize) -> usize {
    usize::try_from(random.below(i64::try_from(bound).unwrap_or(1))).unwrap_or(0)
}

const BEFORE: [i16; 8] = [2, 3, 6, 7, 19, 29, 87, 56];
const AFTER: [i16; 6] = [3, 6, 7, 20, 56, -1];

/// What may happen in a run at all, so that each kind of world is met often.
struct Mood {
    wire: bool,
    refusals: bool,
    leaders: bool,
    unclean: bool,
    retention: bool,
    recreation: bool,
    crashes: bool,
    zombies: bool,
    old_records: bool,
}

impl Mood {
    fn drawn(random: &mut Random) -> Self {
        Self {
            wire: random.percent(90),
            refusals: random.percent(60),
            leaders: random.percent(70),
            unclean: random.percent(8),
            retention: random.percent(15),
            recreation: random.percent(8),
            crashes: random.percent(50),
            zombies: random.percent(10),
            old_records: random.percent(10),
        }
    }
}

impl Plan {
    /// The run of a seed.
    #[must_use]
    pub fn drawn(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x5eed_0f5e_a5ed);
        let shape = Shape::drawn(&mut random);
        let mood = Mood::drawn(&mut random);
        let many = 2 + random.below(random_many(&shape));
        let mut faults = Vec::new();
        for _ in 0..many {
            let at = random.below(shape.horizon);
            if let Some(fault) = draw(&mut random, &shape, &mood) {
                faults.push((at, fault));
            }
        }
        let mut more = Random::new(seed ^ 0x510f_5eed_b0b5);
        let mut shape = shape;
        shape.draw_more(&mut more);
        faults.extend(draw_more(&mut more, &shape));
        faults.sort_by_key(|(at, _)| *at);
        Self { seed, shape, faults }
    }
}

fn random_many(shape: &Shape) -> i64 {
    6 + 8 * i64::try_from(shape.clients).unwrap_or(1)
}

fn draw(random: &mut Random, shape: &Shape, mood: &Mood) -> Option<Fault> {
    let client = amount(random, shape.clients);
    let partition = amount(random, shape.partitions);
    let broker = amount(random, shape.brokers);
    let timeout = shape.request_timeout;
    let short = 1 + random.below(timeout * 2);
    let few = u32::try_from(1 + random.below(4)).unwrap_or(1);
    let kind = random.below(100);
    let (fault, may) = match kind {
        0..12 => (Fault::LoseAnswers(client, short), mood.wire),
        12..16 => (Fault::DelayAnswers(client, short, short), mood.wire),
        16..18 => (Fault::DoubleAnswer(client), mood.wire),
        18..28 => (Fault::Disconnect(client, broker), mood.wire),
        28..35 => (Fault::CopyRequest(client, random.below(shape.lifetime)), mood.wire),
        35..37 => (Fault::NotSent(client), mood.wire),
        37..43 => (Fault::Refuse(partition, random.pick(&BEFORE), few), mood.refusals),
        43..49 => (Fault::FailAfter(partition, random.pick(&AFTER), few), mood.refusals),
        49..53 => (Fault::SizeLimit(partition, random.small(3), short), mood.refusals),
        53..64 => (Fault::Restart(broker, random.percent(50), 1 + short / 2), true),
        64..72 => (Fault::Move(partition, random.below(timeout)), mood.leaders),
        72..75 => (Fault::Unclean(partition), mood.unclean),
        75..80 => (Fault::Stall(broker, short), mood.leaders),
        80..82 => (Fault::Roll(partition, broker), true),
        82..84 => (Fault::Retention(partition), mood.retention),
        84..86 => (Fault::Rebuild(partition, broker), mood.retention),
        86 => (Fault::Recreate(partition), mood.recreation),
        87..89 => (Fault::DescribeFails(client, short), true),
        89..95 => {
            let zombie = if mood.zombies { random.below(timeout * 3) } else { 0 };
            let steps = u32::try_from(random.below(30)).unwrap_or(0);
            (Fault::Crash(client, steps, 1 + short / 4, zombie), mood.crashes)
        }
        95 => (Fault::Pause(client, random.below(shape.horizon)), true),
        96 => (Fault::DiskFull(client, short), shape.journals[client]),
        97 => (Fault::SyncFails(client, 1 + few / 3), shape.journals[client]),
        _ => {
            let age = random.below(shape.expiration * 2);
            (Fault::OldRecords(client, age, few), mood.old_records)
        }
    };
    may.then_some(fault)
}

/// What can only happen to slow brokers and to journals.
fn draw_more(random: &mut Random, shape: &Shape) -> Vec<(i64, Fault)> {
    let mut faults = Vec::new();
    let slow: Vec<usize> = (0..shape.brokers).filter(|b| shape.writes(*b) > 0).collect();
    for _ in 0..random.below(if slow.is_empty() { 1 } else { 7 }) {
        let at = random.below(shape.horizon);
        let partition = amount(random, shape.partitions);
        let short = 1 + random.below(shape.request_timeout * 2);
        let few = u32::try_from(1 + random.below(3)).unwrap_or(1);
        let code = random.pick(&[19, 19, 7, 56, -1, 6]);
        let whole = random.percent(50);
        let fault = match random.below(3) {
            0 => Fault::WritesFail(partition, whole, code, few),
            1 => Fault::WriteUnknown(partition, short, whole),
            _ => Fault::SlowWrites(random.pick(&slow), shape.request_timeout * 3 / 2, short),
        };
        faults.push((at, fault));
    }
    for client in (0..shape.clients).filter(|client| shape.journals[*client]) {
        if random.percent(8) {
            faults.push((random.below(shape.horizon), Fault::WrongCluster(client)));
        }
    }
    for client in (0..shape.clients).filter(|client| shape.journals[*client]) {
        if random.percent(15) {
            let (down, lives) = (1 + random.below(100), random.below(shape.request_timeout * 3));
            faults.push((random.below(shape.horizon), Fault::HeldDead(client, down, lives)));
        }
    }
    faults
}

impl Fault {
    /// The producer that it hits, if it hits one.
    #[must_use]
    pub const fn client(&self) -> Option<usize> {
        match self {
            Self::LoseAnswers(client, ..)
            | Self::DelayAnswers(client, ..)
            | Self::DoubleAnswer(client)
            | Self::Disconnect(client, _)
            | Self::CopyRequest(client, _)
            | Self::NotSent(client)
            | Self::DescribeFails(client, _)
            | Self::Crash(client, ..)
            | Self::Pause(client, _)
            | Self::DiskFull(client, _)
            | Self::SyncFails(client, _)
            | Self::WrongCluster(client)
            | Self::HeldDead(client, ..)
            | Self::OldRecords(client, ..) => Some(*client),
            _ => None,
        }
    }
}
