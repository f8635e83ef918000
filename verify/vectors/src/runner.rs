//! Where does a subject differ from what the vectors want?

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

use crate::errors::name_of;
use crate::format::Vector;
use crate::steps::{Action, AppendSpec, Damage, Step};
use crate::subject::{
    Answer, Append, Collected, Completed, Directory, Entry, Guard, Profile, Subject, Verify,
};
use crate::subjects::Create;

/// One step whose answer was not the wanted one.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The vector's id.
    pub vector: String,
    /// The step, from 1.
    pub step: usize,
    /// The step's op.
    pub op: String,
    /// What was wanted.
    pub want: Value,
    /// What was answered.
    pub got: Value,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { vector, step, op, want, got } = self;
        write!(f, "{vector} step {step} {op}: want {want} got {got}")
    }
}

/// What a run has found; its text is the summary line.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The vectors run; those of other profiles are not counted.
    pub vectors: usize,
    /// The steps run.
    pub steps: usize,
    /// The differences in the order found.
    pub differences: Vec<Difference>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let differences = self.differences.len();
        write!(f, "{} vectors, {} steps, {differences} differences", self.vectors, self.steps)
    }
}

/// Runs every vector that holds at `profile`, each on a fresh partition; a difference does not end
/// a vector.
#[must_use]
pub fn run(vectors: &[Vector], profile: Profile, create: Create) -> Report {
    let mut report = Report::default();
    for vector in vectors.iter().filter(|vector| vector.holds_at(profile)) {
        let mut log = Log::new(create(&vector.config(profile)));
        for (at, step) in vector.steps.iter().enumerate() {
            let got = log.perform(step);
            if got != step.want {
                report.differences.push(Difference {
                    vector: vector.id.clone(),
                    step: at + 1,
                    op: step.op.clone(),
                    want: step.want.clone(),
                    got,
                });
            }
        }
        report.vectors += 1;
        report.steps += vector.steps.len();
    }
    report
}

/// What belongs to the log and not to its producer state.
struct Log {
    subject: Box<dyn Subject>,
    end: i64,
    start: i64,
    high_watermark: i64,
    now: i64,
    guards: BTreeMap<String, Guard>,
    seen: Vec<Guard>,
}

impl Log {
    fn new(subject: Box<dyn Subject>) -> Self {
        Self {
            subject,
            end: 0,
            start: 0,
            high_watermark: 0,
            now: 0,
            guards: BTreeMap::new(),
            seen: Vec::new(),
        }
    }

    /// The answer to a step; null for a command.
    fn perform(&mut self, step: &Step) -> Value {
        match &step.action {
            Action::Append(spec) => self.append(spec),
            Action::Verify { pid, seq, epoch, tv2, label } => {
                let (pid, seq, epoch, tv2) = (*pid, *seq, *epoch, *tv2);
                let start = Verify { pid, seq, epoch, tv2, now: self.now };
                self.verify(&start, label.as_deref(), &step.want)
            }
            Action::Entry(pid) => self.subject.entry(*pid).map_or(Value::Null, |e| entry(&e)),
            Action::State => self.state(&step.want),
            Action::Late(now) => json!(self.subject.late(*now)),
            Action::Lso(transaction) => json!(self.subject.lso_of(transaction)),
            Action::Complete(transaction) => outcome(self.subject.complete(transaction)),
            Action::IndexAppend(aborted) => outcome(self.subject.index_append(*aborted)),
            Action::Collect { from, to } => collected(&self.subject.collect(*from, *to)),
            Action::Increment(a, b) => json!(self.subject.increment(*a, *b)),
            Action::Decrement(a, b) => json!(self.subject.decrement(*a, *b)),
            Action::Snapshot => json!(self.subject.take_snapshot()),
            Action::File(offset) => file(self.subject.directory(), *offset),
            Action::Corrupt { offset, how } => damage(self.subject.directory(), *offset, *how),
            command => {
                self.command(command);
                Value::Null
            }
        }
    }

    fn command(&mut self, action: &Action) {
        let subject = &mut self.subject;
        match action {
            Action::VerifyEnabled(enabled) => subject.set_verification(*enabled),
            Action::HighWatermark(to) => {
                self.high_watermark = *to;
                subject.high_watermark(*to);
            }
            Action::Expire(now) => subject.expire(*now),
            Action::Clock(to) => self.now = *to,
            Action::LogStart(to) => {
                self.start = *to;
                subject.log_start(*to);
            }
            Action::Truncate { start, end, now } => {
                (self.start, self.end) = (*start, *end);
                subject.truncate_and_reload(*start, *end, *now);
                subject.index_truncate(*end);
            }
            Action::TruncateFully(at) => {
                (self.start, self.end) = (*at, *at);
                subject.truncate_fully(*at);
                subject.index_truncate(i64::MIN);
            }
            Action::DeleteSnapshots(before) => subject.delete_snapshots_before(*before),
            Action::Reopen => subject.reopen(),
            Action::ReloadSnapshots => subject.reload_snapshots(),
            Action::Stray(bases) => subject.remove_strays(bases),
            Action::Put { offset, bytes } => {
                subject.directory().insert(file_name(*offset), bytes.clone());
            }
            Action::IndexTruncate(to) => subject.index_truncate(*to),
            other => unreachable!("{other:?} answers something"),
        }
    }

    fn append(&mut self, spec: &AppendSpec) -> Value {
        let guard = spec.guard.as_ref().and_then(|label| self.guards.get(label)).copied();
        let answer = self.subject.append(&Append {
            base: spec.at.unwrap_or(self.end),
            origin: spec.origin,
            raw: spec.raw,
            guard: guard.unwrap_or(Guard::Sentinel),
            tv: spec.tv,
            now: self.now,
            batches: &spec.batches,
        });
        match answer {
            Answer::Appended { first, last, done } => {
                self.end = last.wrapping_add(1);
                let mut facts = Map::new();
                facts.insert("ok".to_owned(), json!([first, last]));
                if !done.is_empty() {
                    let done: Vec<Value> = done.iter().map(|(txn, lso)| ended(txn, *lso)).collect();
                    facts.insert("done".to_owned(), Value::Array(done));
                }
                Value::Object(facts)
            }
            Answer::Duplicate { first, last, ts } => json!({ "dup": [first, last, ts] }),
            Answer::Refused(code) => error(code),
        }
    }

    /// A guard that no earlier step has seen is "new"; an old one is named by the label that the
    /// step wants, if it is that one, else by any label it has.
    fn verify(&mut self, start: &Verify, label: Option<&str>, want: &Value) -> Value {
        let guard = match self.subject.verify(start) {
            Ok(guard) => guard,
            Err(code) => return error(code),
        };
        let answer = match guard {
            Guard::Sentinel => "sentinel".to_owned(),
            token if !self.seen.contains(&token) => "new".to_owned(),
            token => {
                let wanted = want.as_str().and_then(|want| want.strip_prefix("same:"));
                let is_wanted = wanted.is_some_and(|label| self.guards.get(label) == Some(&token));
                let any = || self.guards.iter().find(|(_, known)| **known == token);
                let label = wanted.filter(|_| is_wanted).or_else(|| Some(any()?.0.as_str()));
                label.map_or("an unlabelled guard".to_owned(), |label| format!("same:{label}"))
            }
        };
        self.seen.push(guard);
        if let Some(label) = label {
            self.guards.insert(label.to_owned(), guard);
        }
        json!(answer)
    }

    /// The facts that the step asks for.
    fn state(&mut self, want: &Value) -> Value {
        let mut facts = Map::new();
        for (name, wanted) in want.as_object().into_iter().flatten() {
            facts.insert(name.clone(), self.fact(name, wanted));
        }
        Value::Object(facts)
    }

    fn fact(&mut self, name: &str, wanted: &Value) -> Value {
        let subject = &mut self.subject;
        match name {
            "map_end" => json!(subject.map_end()),
            "leo" => json!(self.end),
            "last_stable" => json!(subject.last_stable(self.high_watermark, self.start)),
            "unstable" => json!(subject.first_unstable()),
            "undecided" => json!(subject.first_undecided()),
            "pids" => json!(subject.producer_ids()),
            "empty" => json!(subject.is_empty()),
            "snaps" => json!(snapshots(subject.directory())),
            "latest_snap" => json!(subject.latest_snapshot()),
            "oldest_snap" => json!(subject.oldest_snapshot()),
            "aborted" => {
                let entries = subject.aborted();
                let rows = entries.iter().map(|e| json!([e.pid, e.first, e.last, e.lso]));
                Value::Array(rows.collect())
            }
            "vstate" => {
                let ids = wanted.as_object().into_iter().flat_map(|states| states.keys());
                let states = ids.map(|id| {
                    let state = id.parse().ok().and_then(|pid| subject.verification(pid));
                    (id.clone(), state.map_or(Value::Null, |(seq, epoch)| json!([seq, epoch])))
                });
                Value::Object(states.collect())
            }
            _ => Value::Null,
        }
    }
}

fn error(code: i16) -> Value {
    json!({ "err": name_of(code) })
}

fn outcome(outcome: Result<(), i16>) -> Value {
    outcome.map_or_else(error, |()| json!("ok"))
}

fn ended(transaction: &Completed, lso: i64) -> Value {
    let kind = if transaction.abort { "A" } else { "C" };
    json!([transaction.pid, transaction.first, transaction.last, kind, lso])
}

fn entry(entry: &Entry) -> Value {
    let batches = entry.window.iter();
    let window = batches.map(|b| json!([b.first_seq, b.last_seq, b.first, b.last, b.ts]));
    let window: Vec<Value> = window.collect();
    let (epoch, cep, ts, txn) = (entry.epoch, entry.cep, entry.ts, entry.txn);
    json!({ "epoch": epoch, "cep": cep, "ts": ts, "txn": txn, "win": window })
}

fn collected(collected: &Collected) -> Value {
    json!({ "txns": collected.txns, "complete": collected.complete })
}

/// The name of the snapshot at `offset` (broker spec 6.4).
fn file_name(offset: i64) -> String {
    let sign = if offset < 0 { "-" } else { "" };
    format!("{sign}{:020}.snapshot", offset.unsigned_abs())
}

/// The offsets of the snapshot files, ascending.
fn snapshots(directory: &Directory) -> Vec<i64> {
    let names = directory.keys().filter_map(|name| name.strip_suffix(".snapshot"));
    let mut offsets: Vec<i64> = names.filter_map(|digits| digits.parse().ok()).collect();
    offsets.sort_unstable();
    offsets
}

fn file(directory: &Directory, offset: i64) -> Value {
    let bytes = directory.get(&file_name(offset));
    let hex = |bytes: &Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    bytes.map_or(Value::Null, |bytes| json!(hex(bytes)))
}

/// Null, or what is missing: a file that is not there can't be damaged.
fn damage(directory: &mut Directory, offset: i64, how: Damage) -> Value {
    let Some(bytes) = directory.get_mut(&file_name(offset)) else {
        return json!("no such file");
    };
    match how {
        Damage::Empty => bytes.clear(),
        Damage::Half => bytes.truncate(bytes.len() / 2),
        Damage::Zero37 => bytes.iter_mut().take(37).for_each(|byte| *byte = 0),
        Damage::AppendZero => bytes.push(0),
        Damage::Version2 => bytes.iter_mut().skip(1).take(1).for_each(|byte| *byte = 2),
    }
    Value::Null
}
