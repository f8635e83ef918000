//! Do the rules and Kafka's classes say the same? If not: which lines are enough to see it?

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use fencepost_oracle::java::{Java, KafkaError};
use fencepost_oracle::random::Random;

use crate::lines::Lines;
use crate::script;

/// A script to which the two gave different answers.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The lines that lead to it; the last one shows it.
    pub lines: Vec<String>,
    /// Kafka's answer to the last line, then its state.
    pub kafka: Vec<String>,
    /// The same of the rules.
    pub rules: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(f, "  {line}")?;
        }
        for (kafka, rules) in self.kafka.iter().zip(&self.rules).filter(|(a, b)| a != b) {
            writeln!(f, "Kafka: {kafka}\nrules: {rules}")?;
        }
        Ok(())
    }
}

/// What a run of random scripts comes to.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The first difference, if there is one.
    pub difference: Option<Difference>,
    /// How often each thing worth meeting was met, by name.
    pub met: BTreeMap<&'static str, u64>,
}

/// What to look for in Kafka's answers to a line, so that a run which meets nothing is seen.
const WORTH_MEETING: [(&str, &str); 11] = [
    ("a send", "n0("),
    ("a retry with its numbers", "a1"),
    ("a rewritten batch", "@1r"),
    ("an unresolved partition", "unresolved=2"),
    ("a delivery timeout", "!7"),
    ("a batch that failed out of order", "!45"),
    ("a second bump", "@2"),
    ("the last epoch", "@32767"),
    ("a batch without a producer id", "]-1@-1r"),
    ("an end for good", "FATAL_ERROR"),
    ("an illegal state", "threw IllegalStateException"),
];

/// What is compared after each line, besides its answer.
fn questions(partitions: usize) -> Vec<String> {
    let states = (0..partitions).map(|p| format!("state {p}"));
    states.chain(["manager", "outcomes", "now"].map(Into::into)).collect()
}

/// What Kafka and the rules said to a line and the questions after it.
type Both = (Vec<String>, Vec<String>);

/// Both sides of one script.
struct Pair<'a> {
    kafka: &'a mut Java,
    rules: Lines,
    questions: Vec<String>,
}

impl<'a> Pair<'a> {
    fn new(kafka: &'a mut Java, opening: &str, disturb: Disturb) -> Result<Self, KafkaError> {
        let order = kafka.ask([opening])?.concat();
        let rules = Lines::new(&disturb(opening), &order).expect("an opening that the rules cover");
        let partitions =
            opening.split_whitespace().find_map(|word| word.strip_prefix("partitions="));
        let partitions = partitions.and_then(|n| n.parse().ok()).unwrap_or(1);
        Ok(Self { kafka, rules, questions: questions(partitions) })
    }

    /// The answers of both; `None` if the rules leave the line out.
    fn step(&mut self, line: &str) -> Result<Option<Both>, KafkaError> {
        let asked = std::iter::once(line).chain(self.questions.iter().map(String::as_str));
        let kafka = self.kafka.ask(asked.clone())?;
        let order = kafka.first().cloned().unwrap_or_default();
        let rules: Result<Vec<String>, _> =
            asked.map(|line| self.rules.obey(line, &order)).collect();
        Ok(rules.ok().map(|rules| (kafka, rules)))
    }
}

/// Makes the rules' first line of Kafka's; to say nothing else than Kafka's is to return it.
pub type Disturb = fn(&str) -> String;

/// Which random scripts.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Where chance starts.
    pub seed: u64,
    /// How many scripts.
    pub scripts: u64,
    /// Of how many lines each.
    pub lines: usize,
    /// With what the rules are set up.
    pub disturb: Disturb,
}

/// Lets both obey random scripts, up to the first difference, which is made short.
///
/// # Errors
/// [`KafkaError`], if the Java side ends.
///
/// # Panics
/// If what differed does not differ a second time.
pub fn hold(kafka: &mut Java, plan: &Plan) -> Result<Held, KafkaError> {
    let mut random = Random::new(plan.seed);
    let mut held = Held::default();
    for _ in 0..plan.scripts {
        let (opening, partitions) = script::opening(&mut random);
        let mut pair = Pair::new(kafka, &opening, plan.disturb)?;
        let mut done = vec![opening];
        for step in 0..plan.lines {
            let line = script::line(&mut random, &pair.rules, partitions, step);
            // What the rules leave out ends the script.
            let Some((kafka_said, rules_said)) = pair.step(&line)? else { break };
            done.push(line);
            if kafka_said != rules_said {
                held.difference = Some(shrink(kafka, done, plan.disturb)?);
                return Ok(held);
            }
            for (name, sign) in WORTH_MEETING {
                let met = kafka_said.iter().any(|said| said.contains(sign));
                *held.met.entry(name).or_default() += u64::from(met);
            }
        }
    }
    Ok(held)
}

/// Where the two differ, if they do.
fn replay(
    kafka: &mut Java,
    lines: &[String],
    disturb: Disturb,
) -> Result<Option<Difference>, KafkaError> {
    let mut pair = Pair::new(kafka, &lines[0], disturb)?;
    for (n, line) in lines.iter().enumerate().skip(1) {
        let Some((kafka, rules)) = pair.step(line)? else { return Ok(None) };
        if kafka != rules {
            return Ok(Some(Difference { lines: lines[..=n].to_vec(), kafka, rules }));
        }
    }
    Ok(None)
}

/// Leaves lines out while a difference stays.
fn shrink(
    kafka: &mut Java,
    lines: Vec<String>,
    disturb: Disturb,
) -> Result<Difference, KafkaError> {
    let mut found = replay(kafka, &lines, disturb)?.expect("the same lines give the same answers");
    let mut part = found.lines.len() / 2;
    while part > 0 {
        let mut at = 1;
        let mut left_out = false;
        while at < found.lines.len() {
            let fewer = without(&found.lines, at..(at + part).min(found.lines.len()));
            match replay(kafka, &fewer, disturb)? {
                Some(difference) => (found, left_out) = (difference, true),
                None => at += part,
            }
        }
        if !left_out || part > 1 {
            part /= 2;
        }
    }
    Ok(found)
}

/// The lines but for some. Batches go by the order of appending, so the later ones change names.
fn without(lines: &[String], out: Range<usize>) -> Vec<String> {
    let mut names: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut kept = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let left_out = out.contains(&n);
        if line.starts_with("append") {
            let stay = names.values().flatten().count() + 1;
            names.insert(format!("B{}", names.len() + 1), (!left_out).then(|| format!("B{stay}")));
        }
        let mut words: Vec<&str> = line.split(' ').collect();
        if let Some(name) = words.get(1).and_then(|word| names.get(*word)) {
            let Some(name) = name else { continue };
            words[1] = name;
        }
        if !left_out {
            kept.push(words.join(" "));
        }
    }
    kept
}
