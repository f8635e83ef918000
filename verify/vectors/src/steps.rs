//! What does one step do? (broker spec 9.1)

use serde_json::Value;

use crate::fields::{Fields, int, text};
use crate::subject::{Aborted, Batch, Completed, Origin};
use crate::wants;

/// One step of a vector.
#[derive(Clone, Debug)]
pub struct Step {
    /// The op as the file names it.
    pub op: String,
    pub(crate) action: Action,
    /// What the answer has to be; null for an op without an answer.
    pub want: Value,
}

/// An append, before the runner has given it offsets and a guard.
#[derive(Clone, Debug)]
pub(crate) struct AppendSpec {
    pub(crate) at: Option<i64>,
    pub(crate) origin: Origin,
    pub(crate) raw: bool,
    pub(crate) guard: Option<String>,
    pub(crate) tv: i16,
    pub(crate) batches: Vec<Batch>,
}

/// How a file is damaged.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Damage {
    Empty,
    Half,
    Zero37,
    AppendZero,
    Version2,
}

#[derive(Clone, Debug)]
pub(crate) enum Action {
    Append(AppendSpec),
    Verify { pid: i64, seq: i32, epoch: i16, tv2: bool, label: Option<String> },
    VerifyEnabled(bool),
    HighWatermark(i64),
    Expire(i64),
    Clock(i64),
    LogStart(i64),
    Truncate { start: i64, end: i64, now: i64 },
    TruncateFully(i64),
    DeleteSnapshots(i64),
    Snapshot,
    Reopen,
    ReloadSnapshots,
    Stray(Vec<i64>),
    Put { offset: i64, bytes: Vec<u8> },
    Corrupt { offset: i64, how: Damage },
    File(i64),
    Entry(i64),
    State,
    Late(i64),
    Lso(Completed),
    Complete(Completed),
    IndexAppend(Aborted),
    IndexTruncate(i64),
    Collect { from: i64, to: i64 },
    Increment(i32, i32),
    Decrement(i32, i32),
}

impl Step {
    /// Reads a step; `labels` are the guards that earlier steps of the vector have named.
    pub(crate) fn parse(value: Value, labels: &mut Vec<String>) -> Result<Self, String> {
        let mut fields = Fields::new(value)?;
        let op = fields.text("op")?;
        let (action, check) = action(&op, &mut fields, labels)?;
        let want = match check {
            Check::None => Value::Null,
            Check::Shape(shape) => {
                let want = fields.required("want")?;
                shape(&want)?;
                want
            }
            Check::OkByDefault => {
                let want = fields.optional("want").unwrap_or_else(|| "ok".into());
                wants::outcome(&want)?;
                want
            }
            Check::Guard => {
                let want = fields.required("want")?;
                wants::verify(&want, labels)?;
                want
            }
        };
        fields.finish()?;
        if let Action::Verify { label: Some(label), .. } = &action {
            labels.push(label.clone());
        }
        Ok(Self { op, action, want })
    }
}

/// What `want` has to look like.
enum Check {
    None,
    Shape(fn(&Value) -> Result<(), String>),
    OkByDefault,
    Guard,
}

fn action(op: &str, fields: &mut Fields, labels: &[String]) -> Result<(Action, Check), String> {
    Ok(match op {
        "produce" | "marker" | "append" => {
            (Action::Append(append(op, fields, labels)?), Check::Shape(wants::append))
        }
        "verify" => (
            Action::Verify {
                pid: fields.int("pid")?,
                seq: fields.int("seq")?,
                epoch: fields.int("epoch")?,
                tv2: fields.flag("tv2")?,
                label: fields.optional_text("as")?,
            },
            Check::Guard,
        ),
        "entry" => (Action::Entry(fields.int("pid")?), Check::Shape(wants::entry)),
        "state" => (Action::State, Check::Shape(wants::state)),
        "late" => (Action::Late(fields.int("now")?), Check::Shape(wants::boolean)),
        "lso" => (Action::Lso(completed(fields)?), Check::Shape(wants::integer)),
        "complete" => (Action::Complete(completed(fields)?), Check::OkByDefault),
        "idx_append" => (
            Action::IndexAppend(Aborted {
                pid: fields.int("pid")?,
                first: fields.int("first")?,
                last: fields.int("last")?,
                lso: fields.int("lso")?,
            }),
            Check::OkByDefault,
        ),
        "collect" => (
            Action::Collect { from: fields.int("from")?, to: fields.int("to")? },
            Check::Shape(wants::collect),
        ),
        "inc" => {
            (Action::Increment(fields.int("a")?, fields.int("b")?), Check::Shape(wants::integer))
        }
        "dec" => {
            (Action::Decrement(fields.int("a")?, fields.int("b")?), Check::Shape(wants::integer))
        }
        "snap" => (Action::Snapshot, Check::Shape(wants::offset)),
        "file" => (Action::File(fields.int("offset")?), Check::Shape(wants::text_or_null)),
        _ => (command(op, fields)?, Check::None),
    })
}

/// The ops that answer nothing.
fn command(op: &str, fields: &mut Fields) -> Result<Action, String> {
    Ok(match op {
        "verify_enabled" => {
            let to: i64 = fields.int("to")?;
            if to != 0 && to != 1 {
                return Err(format!("field `to`: want 0 or 1, got {to}"));
            }
            Action::VerifyEnabled(to == 1)
        }
        "hw" => Action::HighWatermark(fields.int("to")?),
        "expire" => Action::Expire(fields.int("now")?),
        "clock" => Action::Clock(fields.int("to")?),
        "log_start" => Action::LogStart(fields.int("to")?),
        "trunc" => Action::Truncate {
            start: fields.int("start")?,
            end: fields.int("end")?,
            now: fields.int("now")?,
        },
        "trunc_full" => Action::TruncateFully(fields.int("at")?),
        "del_snaps" => Action::DeleteSnapshots(fields.int("before")?),
        "reopen" => Action::Reopen,
        "reload_snaps" => Action::ReloadSnapshots,
        "stray" => {
            let bases = fields.list("bases")?;
            let bases = bases.iter().map(|base| int(base, "bases"));
            Action::Stray(bases.collect::<Result<_, _>>()?)
        }
        "mkfile" => Action::Put { offset: fields.int("offset")?, bytes: Vec::new() },
        "put" => Action::Put {
            offset: fields.int("offset")?,
            bytes: from_hex(&fields.text("hex")?).ok_or("field `hex`: not pairs of hex digits")?,
        },
        "corrupt" => Action::Corrupt { offset: fields.int("offset")?, how: damage(fields)? },
        "idx_trunc" => Action::IndexTruncate(fields.int("to")?),
        _ => return Err(format!("unknown op `{op}`")),
    })
}

fn damage(fields: &mut Fields) -> Result<Damage, String> {
    match fields.text("how")?.as_str() {
        "empty" => Ok(Damage::Empty),
        "half" => Ok(Damage::Half),
        "zero37" => Ok(Damage::Zero37),
        "append_zero" => Ok(Damage::AppendZero),
        "version2" => Ok(Damage::Version2),
        other => Err(format!("field `how`: unknown damage `{other}`")),
    }
}

fn completed(fields: &mut Fields) -> Result<Completed, String> {
    let abort = match fields.optional_text("type")? {
        Some(kind) => is_abort(&kind)?,
        None => false,
    };
    Ok(Completed {
        pid: fields.int("pid")?,
        first: fields.int("first")?,
        last: fields.int("last")?,
        abort,
    })
}

fn append(op: &str, fields: &mut Fields, labels: &[String]) -> Result<AppendSpec, String> {
    let guard = fields.optional_text("guard")?;
    if let Some(label) = guard.as_ref().filter(|label| !labels.contains(label)) {
        return Err(format!("field `guard`: no earlier verify is labelled `{label}`"));
    }
    let origin = match fields.optional("origin") {
        Some(name) => origin(&text(name, "origin")?)?,
        None if op == "marker" => Origin::Coordinator,
        None => Origin::Client,
    };
    let tv = fields.optional_int::<i16>("tv")?.unwrap_or(0);
    if tv < -1 {
        return Err(format!("field `tv`: {tv} is out of range, -1 is the lowest"));
    }
    let batches = match op {
        "produce" => vec![data(fields)?],
        "marker" => vec![marker(fields)?],
        _ => batches(fields)?,
    };
    Ok(AppendSpec {
        at: fields.optional_int("at")?,
        origin,
        raw: fields.flag("raw")?,
        guard,
        tv,
        batches,
    })
}

fn origin(name: &str) -> Result<Origin, String> {
    match name {
        "CLIENT" => Ok(Origin::Client),
        "COORDINATOR" => Ok(Origin::Coordinator),
        "REPLICATION" => Ok(Origin::Replication),
        "RAFT_LEADER" => Ok(Origin::RaftLeader),
        other => Err(format!("field `origin`: unknown origin `{other}`")),
    }
}

fn batches(fields: &mut Fields) -> Result<Vec<Batch>, String> {
    let items = fields.list("batches")?;
    if items.is_empty() {
        return Err("field `batches`: want at least one batch".to_owned());
    }
    let mut batches = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        let batch = one_batch(item).map_err(|why| format!("batch {}: {why}", at + 1))?;
        batches.push(batch);
    }
    Ok(batches)
}

fn one_batch(item: Value) -> Result<Batch, String> {
    let mut fields = Fields::new(item)?;
    let batch = match fields.text("k")?.as_str() {
        "d" => data(&mut fields)?,
        "m" => marker(&mut fields)?,
        "e" => Batch::Empty { pid: fields.int("pid")?, epoch: fields.int("epoch")? },
        other => return Err(format!("field `k`: unknown kind `{other}`")),
    };
    fields.finish()?;
    Ok(batch)
}

fn data(fields: &mut Fields) -> Result<Batch, String> {
    let n: i32 = fields.int("n")?;
    if n < 1 {
        return Err(format!("field `n`: {n} is out of range, 1 is the lowest"));
    }
    Ok(Batch::Data {
        pid: fields.int("pid")?,
        epoch: fields.int("epoch")?,
        seq: fields.int("seq")?,
        n,
        ts: fields.int("ts")?,
        txn: fields.flag("txn")?,
    })
}

fn marker(fields: &mut Fields) -> Result<Batch, String> {
    Ok(Batch::Marker {
        pid: fields.int("pid")?,
        epoch: fields.int("epoch")?,
        abort: is_abort(&fields.text("type")?)?,
        cep: fields.int("cep")?,
        ts: fields.int("ts")?,
    })
}

fn is_abort(kind: &str) -> Result<bool, String> {
    match kind {
        "A" => Ok(true),
        "C" => Ok(false),
        other => Err(format!("field `type`: want A or C, got `{other}`")),
    }
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let nibbles = digits.chars().map(|digit| digit.to_digit(16)?.try_into().ok());
    let nibbles: Vec<u8> = nibbles.collect::<Option<_>>()?;
    let pairs = nibbles.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}
