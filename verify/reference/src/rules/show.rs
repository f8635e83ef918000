//! What is it in words? The same lines that the Java side shows, so that both can be compared.

use super::batch::{BatchHandle, Identity, Outcome, Reason};
use super::{Asking, Client, Send, State};

fn identity(of: Identity) -> String {
    format!("{}@{}", of.id, of.epoch)
}

fn list(all: &[String]) -> String {
    if all.is_empty() { "-".into() } else { all.join(",") }
}

fn number<T: PartialEq + From<i8> + ToString>(of: T) -> String {
    if of == T::from(-1) { "-".into() } else { of.to_string() }
}

fn name(handle: BatchHandle, record: i32) -> String {
    let batch = handle.number();
    if record == 0 { format!("B{batch}") } else { format!("B{batch}.{record}") }
}

fn reason(of: Reason) -> String {
    match of {
        Reason::Code(code) => code.to_string(),
        Reason::Named(name) => name.into(),
    }
}

impl Client {
    fn batch_line(&self, handle: BatchHandle) -> String {
        let (batch, name) = (&self.batches[handle.0], name(handle, 0));
        if !batch.has_sequence() {
            return format!("{name}[-+{}]", batch.records);
        }
        let carries = identity(batch.identity);
        let reset = if batch.reset { "r" } else { "" };
        let tried = if batch.attempts > 0 { format!("a{}", batch.attempts) } else { String::new() };
        format!("{name}[{}+{}]{carries}{reset}{tried}", batch.base, batch.records)
    }

    /// The numbers of a partition, its queue and what is tracked.
    #[must_use]
    pub fn partition_line(&self, partition: usize) -> String {
        let lane = &self.lanes[partition];
        let lines = |all: &mut dyn Iterator<Item = &BatchHandle>| {
            list(&all.map(|handle| self.batch_line(*handle)).collect::<Vec<_>>())
        };
        format!(
            "next={} acked={} off={} pid={} unresolved={} queue={} inflight={}",
            lane.next,
            number(lane.last_acked),
            number(lane.last_offset),
            identity(lane.identity),
            lane.unresolved.map_or_else(|| "-".into(), |mark| mark.to_string()),
            lines(&mut lane.queue.iter()),
            lines(&mut lane.tracked.values()),
        )
    }

    /// Where the producer as a whole stands.
    #[must_use]
    pub fn manager_line(&self) -> String {
        let (state, error) = match self.state {
            State::Uninitialized => ("UNINITIALIZED", None),
            State::Initializing => ("INITIALIZING", None),
            State::Ready => ("READY", None),
            State::Abortable(error) => ("ABORTABLE_ERROR", Some(error)),
            State::Fatal(error) => ("FATAL_ERROR", Some(error)),
        };
        let rewrite: Vec<String> = self.rewrite.iter().map(ToString::to_string).collect();
        let waits = matches!(self.asking, Asking::Waiting { .. });
        format!(
            "state={state} pid={} bump={} rewrite={} waiting={} error={}",
            identity(self.identity),
            self.bump_required,
            list(&rewrite),
            if waits { "InitProducerId" } else { "-" },
            error.map_or_else(|| "-".into(), reason),
        )
    }

    /// What [`Client::outcomes`] gives, by record.
    #[must_use]
    pub fn outcome_line(&self, told: &[(BatchHandle, Outcome)]) -> String {
        let mut all = told.to_vec();
        all.sort_by_key(|(handle, _)| *handle);
        let mut line = Vec::new();
        for (handle, outcome) in all {
            for record in 0..self.batches[handle.0].records {
                line.push(match outcome {
                    Outcome::Acked(-1) => format!("{}=-1", name(handle, record)),
                    Outcome::Acked(at) => {
                        format!("{}={}", name(handle, record), at.wrapping_add(record.into()))
                    }
                    Outcome::Failed(error) => format!("{}!{}", name(handle, record), reason(error)),
                });
            }
        }
        if line.is_empty() { "none".into() } else { line.join(" ") }
    }

    /// Why an append is refused, if it is, with the batch's name before it.
    #[must_use]
    pub fn append_line(&self, handle: BatchHandle) -> String {
        let refused = self.refusal().map(|error| format!(" refused {}", reason(error)));
        format!("{}{}", name(handle, 0), refused.unwrap_or_default())
    }
}

/// The requests that go out, one a node.
#[must_use]
pub fn sends_line(sends: &[Send]) -> Vec<String> {
    let mut sends = sends.to_vec();
    sends.sort_by_key(|send| (send.node, send.partition));
    let mut line: Vec<String> = Vec::new();
    for of_node in sends.chunk_by(|a, b| a.node == b.node) {
        let batches: Vec<String> = of_node.iter().map(send_word).collect();
        line.push(format!("n{}({})", of_node[0].node, batches.join(" ")));
    }
    line
}

fn send_word(send: &Send) -> String {
    let carries = identity(send.identity);
    let (first, records) = (send.base_sequence, send.records);
    format!("{}:{}[{first}+{records}]{carries}", name(send.handle, 0), send.partition)
}
