//! Can a difference be written as a vector of the broker spec (9.1)?
//!
//! Only what a vector's partition knows: one log that is never cut, rolled or opened again. For
//! everything else there is the list of operations.

use fencepost::broker::{CompletedTransaction, Profile};
use fencepost::error_code::ErrorCode;
use fencepost::ids::raw;
use serde_json::{Map, Value, json};

use crate::batch::{BatchSpec, Data, Flaw, Kind};
use crate::op::{Leader, Op};
use crate::world::World;

/// What a vector wants in place of an answer of the line protocol.
fn want(answer: &str, done: &[CompletedTransaction]) -> Option<Value> {
    let words: Vec<&str> = answer.split(' ').collect();
    let number = |n: usize| words.get(n)?.parse::<i64>().ok();
    Some(match words[0] {
        "ok" if done.is_empty() => json!({"ok": [number(1)?, number(2)?]}),
        "ok" => {
            let done: Vec<Value> = done.iter().map(completed).collect();
            json!({"ok": [number(1)?, number(2)?], "done": done})
        }
        "dup" => json!({"dup": [number(1)?, number(2)?, number(3)?]}),
        "err" => json!({"err": ErrorCode::new(i16::try_from(number(1)?).ok()?).name()?}),
        _ => return None,
    })
}

fn completed(txn: &CompletedTransaction) -> Value {
    let kind = if txn.aborted { "A" } else { "C" };
    json!([txn.producer_id, txn.first_offset, txn.last_offset, kind, txn.last_stable_offset])
}

/// A batch's fields; `validated` as a leader stores them.
fn fields(batch: &BatchSpec, validated: bool) -> Option<Map<String, Value>> {
    let (pid, epoch) = (batch.producer_id, batch.epoch);
    if batch.leader_epoch != 0 || batch.gap != 0 {
        return None;
    }
    let fields = match batch.kind {
        Kind::Data(data) => {
            let Data { base_sequence, records, timestamp, .. } = data;
            if data.flaw != Flaw::None || data.last_offset_delta != records - 1 || records < 1 {
                return None;
            }
            let ts = if validated { timestamp.max(-1) } else { timestamp };
            let txn = i32::from(data.transactional);
            json!({
                "pid": pid, "epoch": epoch, "seq": base_sequence, "n": records, "ts": ts,
                "txn": txn,
            })
        }
        Kind::Marker { aborted, coordinator_epoch, timestamp } => {
            let kind = if aborted { "A" } else { "C" };
            json!({
                "pid": pid, "epoch": epoch, "type": kind, "cep": coordinator_epoch, "ts": timestamp,
            })
        }
        Kind::EmptyControl => json!({"pid": pid, "epoch": epoch}),
    };
    fields.as_object().cloned()
}

/// The append of an operation, without what it wants.
fn append(op: &Op, known: &[u32]) -> Option<Map<String, Value>> {
    let (origin, guard, version, batches) = match op {
        Op::Leader { origin, guard, version, batches } => {
            (origin.name(), *guard, *version, batches)
        }
        Op::Follower { batches, .. } => ("REPLICATION", 0, 0, batches),
        _ => return None,
    };
    let validated = matches!(op, Op::Leader { origin: Leader::Client | Leader::Coordinator, .. });
    let mut step = if let ([batch], true) = (batches.as_slice(), validated) {
        let mut step = fields(batch, true)?;
        let name = if batch.is_control() { "marker" } else { "produce" };
        step.insert("op".into(), name.into());
        step
    } else {
        let batches = batches.iter().map(|batch| {
            let mut fields = fields(batch, false)?;
            let kind = match batch.kind {
                Kind::Data(_) => "d",
                Kind::Marker { .. } => "m",
                Kind::EmptyControl => "e",
            };
            fields.insert("k".into(), kind.into());
            Some(Value::Object(fields))
        });
        let batches: Vec<Value> = batches.collect::<Option<_>>()?;
        json!({"op": "append", "batches": batches}).as_object().cloned()?
    };
    step.insert("origin".into(), origin.into());
    if known.contains(&guard) {
        step.insert("guard".into(), format!("g{guard}").into());
    }
    step.insert("tv".into(), version.into());
    Some(step)
}

/// A number of a state line, or null for none.
fn number(text: &str) -> Value {
    text.parse::<i64>().map_or(Value::Null, Value::from)
}

/// Entries and state, from a line of the protocol.
fn state(answer: &str) -> Vec<Value> {
    let mut steps = Vec::new();
    let of = |name: &str| {
        let mut all = answer.split(' ');
        all.find_map(|field| field.strip_prefix(name)?.strip_prefix('=')).unwrap_or("")
    };
    let mut ids = Vec::new();
    for entry in of("producers").split_terminator(';') {
        let mut batches = entry.split('/');
        let facts: Vec<Value> = batches.next().unwrap_or("").split(':').map(number).collect();
        let [pid, epoch, cep, ts, txn] = facts.as_slice() else { continue };
        let window: Vec<Value> = batches.filter_map(remembered).collect();
        ids.push(pid.clone());
        let want = json!({"epoch": epoch, "cep": cep, "ts": ts, "txn": txn, "win": window});
        steps.push(json!({"op": "entry", "pid": pid, "want": want}));
    }
    let guards = of("guards").split_terminator(';').filter_map(|entry| {
        let facts: Vec<&str> = entry.split(':').collect();
        let [pid, _, _, lowest, epoch, _] = facts.as_slice() else { return None };
        Some(((*pid).to_string(), json!([number(lowest), number(epoch)])))
    });
    let want = json!({
        "map_end": number(of("map")),
        "unstable": number(of("unstable")),
        "undecided": number(of("undecided")),
        "pids": ids,
        "vstate": guards.collect::<Map<_, _>>(),
    });
    steps.push(json!({"op": "state", "want": want}));
    steps
}

/// First and last sequence, first and last offset, timestamp.
fn remembered(batch: &str) -> Option<Value> {
    let numbers: Vec<i64> = batch.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [sequence, delta, last, timestamp] = numbers.as_slice() else { return None };
    let narrow = |number: &i64| i32::try_from(*number).ok();
    let first = raw::decrement(narrow(sequence)?, narrow(delta)?);
    Some(json!([first, sequence, last - delta, last, timestamp]))
}

/// What an operation is as a step.
enum Line {
    Step(Value),
    /// It does nothing that a vector knows.
    Nothing,
}

/// An operation, done in `world`, as a step that wants `answer`; `None` if it can't be one.
fn line(op: &Op, world: &World, start: i64, answer: &str, known: &mut Vec<u32>) -> Option<Line> {
    let now = world.now;
    let log = &world.log;
    Some(Line::Step(match op {
        Op::Clock(_) => json!({"op": "clock", "to": now}),
        Op::SetVerification(on) => json!({"op": "verify_enabled", "to": i32::from(*on)}),
        Op::HighWatermark { .. } => json!({"op": "hw", "to": log.high_watermark}),
        Op::LogStart { .. } if log.start == start => return Some(Line::Nothing),
        Op::LogStart { .. } => json!({"op": "log_start", "to": log.start}),
        Op::Expire => json!({"op": "expire", "now": now}),
        Op::Verify { label, producer_id, sequence, epoch, supports_epoch_bump } => {
            let tv2 = i32::from(*supports_epoch_bump);
            let label_name = format!("g{label}");
            let mut step = json!({
                "op": "verify", "pid": producer_id, "seq": sequence, "epoch": epoch, "tv2": tv2,
            });
            step["want"] = match answer.strip_prefix("guard ") {
                Some("0") => "sentinel".into(),
                Some(got) if got == label.to_string() => {
                    known.push(*label);
                    step["as"] = label_name.into();
                    "new".into()
                }
                Some(got) => format!("same:g{got}").into(),
                None => want(answer, &[])?,
            };
            step
        }
        // A vector's append begins behind the validator.
        Op::Leader { .. } if answer == "err 87" || answer == "err 2" => return Some(Line::Nothing),
        Op::Leader { .. } | Op::Follower { .. } => {
            let mut step = append(op, known)?;
            step.insert("want".into(), want(answer, &world.completed)?);
            Value::Object(step)
        }
        _ => return None,
    }))
}

/// The operations as a vector whose last answer and state are `answer`; `None` if it can't be one.
pub(crate) fn vector(profile: Profile, operations: &[Op], answer: &str) -> Option<String> {
    let (Op::New(setup), rest) = operations.split_first()? else { return None };
    if setup.append_time {
        return None;
    }
    let mut world = World::new(profile);
    world.apply(&operations[0])?;
    let mut known = Vec::new();
    let mut steps = vec![json!({"op": "clock", "to": setup.now})];
    for (n, op) in rest.iter().enumerate() {
        let start = world.log.start;
        let step = world.apply(op)?;
        let is_last = n + 1 == rest.len();
        let answer = if is_last { answer } else { &step.expected };
        let result = answer.split(" | ").next()?;
        match line(op, &world, start, result, &mut known)? {
            Line::Step(step) => steps.push(step),
            Line::Nothing if is_last => return None,
            Line::Nothing => {}
        }
    }
    if answer.contains(" | ") {
        steps.extend(state(answer));
    }
    let name = match profile {
        Profile::Kafka3_9 => "3.9.2",
        Profile::Kafka4_0 => "4.0",
        Profile::Kafka4_1 => "4.1",
        Profile::Kafka4_2 => "4.2",
    };
    let vector = json!({
        "id": "oracle",
        "what": "a difference from Kafka",
        "profile": [name],
        "exp_ms": setup.expiration_ms,
        "max_txn_ms": setup.max_transaction_ms,
        "verify": i32::from(setup.verification),
        "steps": steps,
    });
    Some(vector.to_string())
}

#[cfg(test)]
mod tests {
    use fencepost_vectors::{Profile as Named, format, runner, subjects};

    use super::*;
    use crate::generate::Generator;

    /// What core answers itself is no difference, so such a vector must hold.
    #[test]
    fn what_is_printed_as_a_vector_holds_on_the_core_that_it_was_printed_from() {
        let (mut printed, mut steps) = (0, 0);
        for seed in 0..400 {
            let mut world = World::new(Profile::Kafka4_2);
            let mut generator = Generator::new(seed, 2_000);
            let mut operations = Vec::new();
            let mut answer = String::new();
            while operations.len() < 40 {
                let op = generator.next(&world);
                let mut tried = operations.clone();
                tried.push(op.clone());
                let ends = matches!(op, Op::New(setup) if setup.append_time);
                if ends
                    || vector(Profile::Kafka4_2, &tried, "done | map=0").is_none()
                        && !op.is_append()
                {
                    if operations.is_empty() {
                        break;
                    }
                    continue;
                }
                let step = world.apply(&op).expect("the log lives");
                if vector(Profile::Kafka4_2, &tried, &step.expected).is_none() {
                    break;
                }
                operations = tried;
                answer = step.expected;
            }
            let Some(text) = vector(Profile::Kafka4_2, &operations, &answer) else { continue };
            let vectors = format::parse("printed", &format!("[{text}]")).expect("it is a vector");
            let core = subjects::by_name("core").expect("there is core");
            let report = runner::run(&vectors, Named::V4_2, core);
            assert!(report.differences.is_empty(), "{text}\n{}", report.differences[0]);
            printed += 1;
            steps += operations.len();
        }
        assert!(printed > 200 && steps > 1_000, "{printed} vectors of {steps} steps");
    }
}
