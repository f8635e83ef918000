//! What do the rules say to a line of the Java side's protocol? So that both obey one script.

use std::collections::BTreeMap;

use crate::rules::{BatchHandle, Client, Identity, Send, Settings, Unhandled, sends_line};

/// A line that the rules do not cover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotCovered(pub String);

/// The rules behind the line protocol.
#[derive(Debug)]
pub struct Lines {
    client: Client,
    now: i64,
    /// What is on the wire, by request; a request without batches is one for a producer id.
    requests: BTreeMap<usize, Request>,
    sent: usize,
    had_identity: bool,
}

#[derive(Debug)]
struct Request {
    sends: Vec<Send>,
    touched: bool,
}

impl Lines {
    /// A producer; `new` is the line that the Java side got, and `order` its answer.
    ///
    /// # Errors
    /// [`NotCovered`], if it has a setting that the rules leave out.
    pub fn new(new: &str, order: &str) -> Result<Self, NotCovered> {
        let mut settings = Settings::default();
        for word in new.split_whitespace().skip(1) {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            match name {
                "retries" => settings.retries = parse(value)?,
                "delivery" => settings.delivery_timeout_ms = parse(value)?,
                "backoff" => settings.retry_backoff_ms = parse(value)?,
                "inflight" => settings.one_in_flight = value == "1",
                "partitions" | "nodes" => {}
                _ => return Err(NotCovered(new.into())),
            }
        }
        let client = Client::new(settings, nodes(order)?);
        Ok(Self { client, now: 0, requests: BTreeMap::new(), sent: 0, had_identity: false })
    }

    /// The answer to a line. `order` is what the Java side said to it: only for a new leader is
    /// it looked at, because it tells in which order a node's partitions are visited.
    ///
    /// # Errors
    /// [`NotCovered`], if the rules leave the line out.
    pub fn obey(&mut self, line: &str, order: &str) -> Result<String, NotCovered> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let done = || Ok("done".to_string());
        match words.as_slice() {
            ["append", p, n] => {
                let handle = self.client.append(parse(p)?, parse(n)?, self.now);
                Ok(self.client.append_line(handle))
            }
            ["loop"] => Ok(self.turns(1)),
            ["loop", times] => Ok(self.turns(parse(times)?)),
            ["answer", batch, code, numbers @ ..] => {
                let number = |at: usize| numbers.get(at).map_or(Ok(-1), |word| parse(word));
                self.answer(line, batch, parse(code)?, number(0)?, number(1)?)
            }
            ["disconnect", batch] => self.lose(line, batch, 13),
            ["timeout", batch] => self.lose(line, batch, 7),
            ["unsupported", batch] => self.lose(line, batch, 35),
            ["identity", "15" | "16", ..] => Err(NotCovered(line.into())),
            ["identity", ..] if !self.waits_for_identity() => Ok(NOT_THERE.into()),
            ["identity", code, numbers @ ..] => {
                let id = numbers.first().map_or(Ok(-1), |word| parse(word))?;
                let epoch = numbers.get(1).map_or(Ok(-1), |word| parse(word))?;
                self.had_identity |= *code == "0";
                self.requests.retain(|_, request| !request.sends.is_empty());
                let said = self.client.identify(parse(code)?, Identity { id, epoch });
                Ok(if said.is_ok() { "done" } else { THREW }.into())
            }
            ["clock", ms] => {
                self.now += parse::<i64>(ms)?;
                done()
            }
            ["skip", p, n] => {
                self.client.skip(parse(p)?, parse(n)?);
                done()
            }
            ["bump", p] => {
                self.client.request_bump(parse(p)?);
                done()
            }
            ["node", node, up] => {
                self.client.turn(parse(node)?, *up == "up");
                done()
            }
            ["leader", p, _, epoch] => {
                self.client.move_leader(parse(p)?, parse(epoch)?, nodes(order)?);
                Ok(order.into())
            }
            ["state", p] => Ok(self.client.partition_line(parse(p)?)),
            ["manager"] => Ok(self.client.manager_line()),
            ["outcomes"] => {
                let told = self.client.outcomes();
                Ok(self.client.outcome_line(&told))
            }
            ["advance", from, by] => {
                Ok(crate::rules::advance(parse(from)?, parse(by)?).to_string())
            }
            ["now"] => Ok(self.now.to_string()),
            _ => Err(NotCovered(line.into())),
        }
    }

    /// The batches that wait for an answer, in the order they were sent.
    pub fn waiting(&self) -> impl Iterator<Item = Send> + '_ {
        self.requests.values().flat_map(|request| request.sends.iter().copied())
    }

    /// Those whose whole request waits.
    pub fn whole(&self) -> impl Iterator<Item = Send> + '_ {
        let whole = self.requests.values().filter(|request| !request.touched);
        whole.flat_map(|request| request.sends.iter().copied())
    }

    /// Whether a request for a producer id waits for its answer.
    #[must_use]
    pub fn waits_for_identity(&self) -> bool {
        self.requests.values().any(|request| request.sends.is_empty())
    }

    /// Whether it ever got a producer id.
    #[must_use]
    pub const fn had_identity(&self) -> bool {
        self.had_identity
    }

    fn turns(&mut self, times: u32) -> String {
        let mut all = Vec::new();
        for _ in 0..times {
            match self.client.drain(self.now) {
                Ok(sends) => self.turn(sends, &mut all),
                Err(_) => all.push(THREW.into()),
            }
        }
        if all.is_empty() { "idle".into() } else { all.join(" ") }
    }

    fn turn(&mut self, sends: Vec<Send>, all: &mut Vec<String>) {
        if let Some(wait) = self.client.take_identity_request() {
            self.now += wait;
            self.fly(Vec::new());
            all.push(format!("init(null {} -1@-1)", i32::MAX));
            return;
        }
        self.client.expire(self.now);
        all.extend(sends_line(&sends));
        let mut sends = sends;
        sends.sort_by_key(|send| (send.node, send.partition));
        for of_node in sends.chunk_by(|a, b| a.node == b.node) {
            self.fly(of_node.to_vec());
        }
    }

    fn fly(&mut self, sends: Vec<Send>) {
        self.requests.insert(self.sent, Request { sends, touched: false });
        self.sent += 1;
    }

    fn request_of(&self, batch: &str) -> Result<(usize, Send), NotCovered> {
        let not_there = || NotCovered(format!("{batch} is not on the wire"));
        let number = batch.strip_prefix('B').ok_or_else(not_there)?;
        let handle = BatchHandle::nth(parse(number)?);
        self.requests
            .iter()
            .find_map(|(n, request)| {
                request.sends.iter().find(|send| send.handle == handle).map(|send| (*n, *send))
            })
            .ok_or_else(not_there)
    }

    fn answer(
        &mut self,
        line: &str,
        batch: &str,
        code: i16,
        base_offset: i64,
        log_start: i64,
    ) -> Result<String, NotCovered> {
        let Ok((n, send)) = self.request_of(batch) else { return Ok(NOT_THERE.into()) };
        let request = self.requests.get_mut(&n).ok_or_else(|| NotCovered(line.into()))?;
        request.touched = true;
        request.sends.retain(|other| other.handle != send.handle);
        if request.sends.is_empty() {
            self.requests.remove(&n);
        }
        let said =
            self.client.answer(send.partition, send.handle, code, base_offset, log_start, self.now);
        outcome(line, said)
    }

    fn lose(&mut self, line: &str, batch: &str, code: i16) -> Result<String, NotCovered> {
        let Ok((n, _)) = self.request_of(batch) else { return Ok(NOT_THERE.into()) };
        let request = self.requests.remove(&n).ok_or_else(|| NotCovered(line.into()))?;
        if request.touched {
            return Err(NotCovered(line.into()));
        }
        let alone = request.sends.len() == 1;
        for send in request.sends {
            let (partition, handle) = (send.partition, send.handle);
            let said = self.client.answer(partition, handle, code, -1, -1, self.now);
            match said {
                Ok(()) => {}
                Err(_) if alone => return outcome(line, said),
                // Kafka handles no more of the request then, and began where its hash map does.
                Err(_) => return Err(NotCovered(line.into())),
            }
        }
        Ok("done".into())
    }
}

const THREW: &str = "threw IllegalStateException";
const NOT_THERE: &str = "threw NoSuchElementException";

fn outcome(line: &str, said: Result<(), Unhandled>) -> Result<String, NotCovered> {
    match said {
        Ok(()) => Ok("done".into()),
        Err(Unhandled::IllegalState) => Ok(THREW.into()),
        Err(Unhandled::NotModelled) => Err(NotCovered(line.into())),
    }
}

fn parse<T: std::str::FromStr>(word: &str) -> Result<T, NotCovered> {
    word.parse().map_err(|_| NotCovered(word.into()))
}

/// Of `order n0[0,2] n1[1]`, each node's partitions.
fn nodes(order: &str) -> Result<Vec<Vec<usize>>, NotCovered> {
    let mut nodes = Vec::new();
    for word in order.split_whitespace().skip(1) {
        let of = word.split_once('[').and_then(|(_, rest)| rest.strip_suffix(']'));
        let of = of.ok_or_else(|| NotCovered(order.into()))?;
        nodes.push(of.split(',').filter(|p| !p.is_empty()).map(parse).collect::<Result<_, _>>()?);
    }
    Ok(nodes)
}
