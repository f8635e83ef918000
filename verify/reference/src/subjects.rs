//! Who produces to the scripted broker? The reference's rules, and Kafka's own classes.

use std::collections::BTreeMap;

use fencepost_oracle::java::{Java, KafkaError};

use crate::rules::{BatchHandle, Client, Identity, Outcome, Settings};
use crate::world::{Answer, Sent, Subject, Told};

/// [`Client`] on one partition, with a producer id.
#[derive(Debug)]
pub struct Rules {
    client: Client,
    now: i64,
    payloads: BTreeMap<BatchHandle, u64>,
}

impl Rules {
    /// A producer that has its identity.
    #[must_use]
    pub fn new(settings: Settings, identity: Identity) -> Self {
        let mut client = Client::new(settings, vec![vec![0]]);
        let asked = client.drain(0).is_ok() && client.take_identity_request().is_some();
        debug_assert!(asked, "a new producer asks for its id");
        let set = client.set_identity(identity.id, identity.epoch);
        debug_assert!(set.is_ok(), "it did ask");
        Self { client, now: 0, payloads: BTreeMap::new() }
    }

    fn handle(&self, sent: &Sent) -> BatchHandle {
        let of = self.payloads.iter().find(|(_, payload)| **payload == sent.payload);
        *of.expect("it was sent by this producer").0
    }
}

impl Subject for Rules {
    fn append(&mut self, payload: u64) {
        let handle = self.client.append(0, 1, self.now);
        self.payloads.insert(handle, payload);
    }

    fn turn(&mut self) -> Vec<Sent> {
        let sends = self.client.drain(self.now).unwrap_or_default();
        self.client.expire(self.now);
        let sent = |send: crate::rules::Send| Sent {
            identity: send.identity,
            base_sequence: send.base_sequence,
            records: send.records,
            payload: self.payloads[&send.handle],
        };
        sends.into_iter().map(sent).collect()
    }

    fn answer(&mut self, sent: &Sent, answer: &Answer) {
        let handle = self.handle(sent);
        let Answer { code, base_offset, log_start, .. } = *answer;
        let said = self.client.answer(0, handle, code, base_offset, log_start, self.now);
        said.expect("a batch of one record is not split");
    }

    fn lose(&mut self, sent: &Sent) {
        let handle = self.handle(sent);
        let said = self.client.disconnect(0, handle, self.now);
        said.expect("a lost connection splits nothing");
    }

    fn pass(&mut self, ms: i64) {
        self.now += ms;
    }

    fn outcomes(&mut self) -> Vec<(u64, Told)> {
        let told = self.client.outcomes().into_iter();
        told.map(|(handle, outcome)| {
            let told = match outcome {
                Outcome::Acked(offset) => Told::Written((offset != -1).then_some(offset)),
                Outcome::Failed(_) => Told::Failed,
            };
            (self.payloads[&handle], told)
        })
        .collect()
    }
}

/// Kafka's own classes on one partition, with a producer id.
#[derive(Debug)]
pub struct Kafka {
    java: Java,
    payloads: BTreeMap<String, u64>,
}

impl Kafka {
    /// A producer that has its identity.
    ///
    /// # Errors
    /// [`KafkaError`], if the Java side ends.
    pub fn new(mut java: Java, settings: Settings, identity: Identity) -> Result<Self, KafkaError> {
        let opening = format!(
            "new retries={} delivery={} backoff={} inflight={}",
            settings.retries,
            settings.delivery_timeout_ms,
            settings.retry_backoff_ms,
            if settings.one_in_flight { 1 } else { 5 },
        );
        let identity = format!("identity 0 {} {}", identity.id, identity.epoch);
        java.ask([opening.as_str(), "loop", &identity])?;
        Ok(Self { java, payloads: BTreeMap::new() })
    }

    fn ask(&mut self, line: &str) -> String {
        self.java.ask([line]).expect("the Java side answers").concat()
    }

    fn name(&self, payload: u64) -> &str {
        let of = self.payloads.iter().find(|(_, other)| **other == payload);
        of.expect("it was sent by this producer").0
    }

    /// Of `B3:0[4+1]7@0`.
    fn sent(&self, word: &str) -> Option<Sent> {
        let (name, rest) = word.split_once(":0[")?;
        let (numbers, identity) = rest.split_once(']')?;
        let (base, records) = numbers.split_once('+')?;
        let (id, epoch) = identity.split_once('@')?;
        Some(Sent {
            identity: Identity { id: id.parse().ok()?, epoch: epoch.parse().ok()? },
            base_sequence: base.parse().ok()?,
            records: records.parse().ok()?,
            payload: *self.payloads.get(name)?,
        })
    }
}

impl Subject for Kafka {
    fn append(&mut self, payload: u64) {
        let name = self.ask("append 0 1");
        self.payloads.insert(name, payload);
    }

    fn turn(&mut self) -> Vec<Sent> {
        let line = self.ask("loop");
        let Some(batches) = line.strip_prefix("n0(") else {
            assert_eq!(line, "idle", "it has its producer id");
            return Vec::new();
        };
        let words = batches.trim_end_matches(')').split(' ');
        words.map(|word| self.sent(word).unwrap_or_else(|| panic!("{line}"))).collect()
    }

    fn answer(&mut self, sent: &Sent, answer: &Answer) {
        let Answer { code, base_offset, log_start, .. } = answer;
        let name = self.name(sent.payload);
        let line = format!("answer {name} {code} {base_offset} {log_start}");
        assert_eq!(self.ask(&line), "done");
    }

    fn lose(&mut self, sent: &Sent) {
        let line = format!("disconnect {}", self.name(sent.payload));
        assert_eq!(self.ask(&line), "done");
    }

    fn pass(&mut self, ms: i64) {
        self.ask(&format!("clock {ms}"));
    }

    fn outcomes(&mut self) -> Vec<(u64, Told)> {
        let line = self.ask("outcomes");
        let told = line.split(' ').filter_map(|word| {
            let (name, told) = match word.split_once('=') {
                Some((name, "-1")) => (name, Told::Written(None)),
                Some((name, offset)) => (name, Told::Written(offset.parse().ok())),
                None => (word.split_once('!')?.0, Told::Failed),
            };
            Some((*self.payloads.get(name)?, told))
        });
        told.collect()
    }
}
