//! Do both sides say the same?

use fencepost::broker::Profile;

use crate::generate::Generator;
use crate::java::KafkaError;
use crate::kafka::Kafka;
use crate::op::{Op, Release};
use crate::rule::Counts;
use crate::shrink;
use crate::world::{Step, World};

/// Operations that core does before Kafka is asked for them all.
const CHUNK: u64 = 1_000;

/// Where the two sides parted.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The operations from a new log on, the last of which shows it; as few as were found to do so.
    pub operations: Vec<String>,
    /// The same as a vector (broker spec 9.1), where it can be one.
    pub vector: Option<String>,
    /// What core says.
    pub core: String,
    /// What Kafka says.
    pub kafka: String,
}

/// What is to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Whose classes, and by which rules.
    pub release: Release,
    /// How many operations.
    pub operations: u64,
    /// The same seed is the same run.
    pub seed: u64,
    /// One operation in so many closes and opens the log.
    pub restart_every: u64,
}

impl Plan {
    /// Operations to a restart, unless another number is wanted: restarts are slow.
    pub const RESTART_EVERY: u64 = 2_000;
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Operations done on both sides.
    pub operations: u64,
    /// The first difference, if there is one: the run ends there.
    pub difference: Option<Difference>,
    /// Appends that failed after Kafka had cleared a verification (law 1).
    pub masked: u64,
    /// How often each rule was met.
    pub counts: Counts,
}

/// Whether an answer of Kafka's is the expected one. Where core expects no state, none is looked
/// at.
pub(crate) fn agrees(expected: &str, answer: &str) -> bool {
    if expected.contains(" | ") {
        expected == answer
    } else {
        answer.split(" | ").next() == Some(expected)
    }
}

/// Drives core and a release with the same random operations, until they differ or are done.
///
/// # Errors
/// [`KafkaError`], if Kafka's side can't be built, started or talked to.
pub fn run(plan: &Plan) -> Result<Outcome, KafkaError> {
    let Plan { release, operations, seed, restart_every } = *plan;
    let mut kafka = Kafka::start(release)?;
    let mut world = World::new(release.profile);
    let mut generator = Generator::new(seed, restart_every);
    let mut history: Vec<Op> = Vec::new();
    let mut outcome = Outcome::default();
    while outcome.operations < operations {
        let wanted = CHUNK.min(operations - outcome.operations);
        let mut chunk: Vec<(Op, Step)> = Vec::new();
        for _ in 0..wanted {
            let op = generator.next(&world);
            let step = world.apply(&op).expect("a dead log is followed by a new one");
            chunk.push((op, step));
        }
        let answers = kafka.ask(chunk.iter().map(|(_, step)| step.request.as_str()))?;
        for ((op, step), answer) in chunk.into_iter().zip(answers) {
            if matches!(op, Op::New(_)) {
                history.clear();
            }
            history.push(op);
            outcome.operations += 1;
            if !agrees(&step.expected, &answer) {
                outcome.difference = Some(shrink::shrink(&mut kafka, release.profile, history)?);
                outcome.counts = world.counts;
                outcome.masked = world.masked;
                return Ok(outcome);
            }
        }
    }
    outcome.counts = world.counts;
    outcome.masked = world.masked;
    Ok(outcome)
}

/// Does some operations on a fresh core and on Kafka; the first that differs, with both answers.
pub(crate) fn replay(
    kafka: &mut Kafka,
    profile: Profile,
    operations: &[Op],
) -> Result<Option<(usize, Step, String)>, KafkaError> {
    let mut world = World::new(profile);
    let steps: Vec<(usize, Step)> =
        operations.iter().enumerate().filter_map(|(n, op)| Some((n, world.apply(op)?))).collect();
    let answers = kafka.ask(steps.iter().map(|(_, step)| step.request.as_str()))?;
    let differs =
        steps.into_iter().zip(answers).find(|((_, step), answer)| !agrees(&step.expected, answer));
    Ok(differs.map(|((n, step), answer)| (n, step, answer)))
}
