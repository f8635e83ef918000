//! What becomes of writes under way when their producer crashes and comes back?
//!
//! Once with a new id: it writes again what it does not know to be written. Once with the journal:
//! it comes back as itself, asks the leader, and sends what is undecided under the same numbers.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use fencepost::ids::Timestamp;
use fencepost::producer::{Answer, Attempt, BatchId, Described, Next, Response, Verdict};
use fencepost::wire::stamp;

use crate::broker::{Broker, NOW, batch, wrong};
use crate::paint::Paint;
use crate::process::{Forgetful, Keeping, Process, Undecided};

const FIRST: u32 = 31;
const LAST: u32 = 35;
/// The ids that the cluster gives to whoever asks for one.
const IDS: [i64; 2] = [1000, 1001];

/// What the network does to a sending.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Answered,
    AnswerLost,
    RequestLost,
}

/// The story, told twice.
pub(crate) fn write(out: &mut impl Write, paint: Paint) -> io::Result<()> {
    let title = "A producer that crashes in the middle of its retries";
    writeln!(out, "\n{}", paint.title(title))?;
    let folder = tempfile::Builder::new().prefix("fencepost-demo-").tempdir()?;
    tell::<Forgetful>(out, paint, "that comes back with a new id", folder.path())?;
    tell::<Keeping>(out, paint, "that comes back with its journal", folder.path())
}

fn tell<P: Process>(
    out: &mut impl Write,
    paint: Paint,
    title: &str,
    folder: &Path,
) -> io::Result<()> {
    writeln!(out, "\n  {}", paint.title(title))?;
    let mut broker = Broker::new(true);
    let [first, second] = IDS;

    let mut producing = Producing::new(P::start(folder, first, at(NOW))?, NOW);
    for (order, fate) in
        (FIRST..).zip([Fate::Answered, Fate::AnswerLost, Fate::AnswerLost, Fate::RequestLost])
    {
        producing.write_next(out, paint, &mut broker, order, fate)?;
    }
    producing.lose_connection();
    producing.send_again(out, paint, &mut broker, Fate::AnswerLost)?;
    // The source's file remembers this one; the rest of the memory is gone.
    let (now, known) = (producing.now, producing.newest_written);
    drop(producing);
    writeln!(out, "    {}", paint.note("the producer crashes, and is started again"))?;

    let mut producing = Producing::new(P::start(folder, second, at(now))?, now);
    let behind = producing.come_back(out, known)?;
    producing.go_on(out, paint, &mut broker, behind)?;

    let orders = broker.write_log(out, paint)?;
    let written = (FIRST..=LAST).map(value).filter(|order| orders.contains(order)).count();
    let (said, copies) = (producing.ended_well(behind), orders.len() - written);
    let said = if said { "it says that all is written" } else { "it says that not all is written" };
    let whole = written == (FIRST..=LAST).count();
    let sum = match copies {
        0 if whole => paint.good(format!("{said}; each order is on the log once")),
        0 => paint.bad(format!("{said}; {written} orders are on the log")),
        copies => paint.bad(format!("{said}; {copies} orders are on the log twice")),
    };
    writeln!(out, "      {sum}")
}

/// An application and its producer.
struct Producing<P> {
    process: P,
    now: i64,
    /// What is in each batch that is not decided yet.
    undecided: BTreeMap<BatchId, (u32, Vec<u8>)>,
    ended: BTreeMap<u32, Verdict>,
    newest_written: Option<u32>,
}

impl<P: Process> Producing<P> {
    fn new(process: P, now: i64) -> Self {
        let (undecided, ended) = (BTreeMap::new(), BTreeMap::new());
        Self { process, now, undecided, ended, newest_written: None }
    }

    /// Writes an order for the first time.
    fn write_next(
        &mut self,
        out: &mut impl Write,
        paint: Paint,
        broker: &mut Broker,
        order: u32,
        fate: Fate,
    ) -> io::Result<()> {
        let bytes = batch(&value(order))?;
        let attempt = self.process.assign(order, &bytes, at(self.now))?;
        self.undecided.insert(attempt.batch, (order, bytes));
        self.send(out, paint, broker, attempt, &format!("writes order {order}"), fate)
    }

    /// Sends what the producer wants to be sent next, when it is time.
    fn send_again(
        &mut self,
        out: &mut impl Write,
        paint: Paint,
        broker: &mut Broker,
        fate: Fate,
    ) -> io::Result<()> {
        self.wait();
        let attempt = self.process.resend(at(self.now))?;
        let (order, _) =
            self.undecided.get(&attempt.batch).ok_or_else(|| wrong("no such batch"))?;
        let what = format!("sends order {order} again");
        self.send(out, paint, broker, attempt, &what, fate)
    }

    fn send(
        &mut self,
        out: &mut impl Write,
        paint: Paint,
        broker: &mut Broker,
        attempt: Attempt,
        what: &str,
        fate: Fate,
    ) -> io::Result<()> {
        let held = self.undecided.get(&attempt.batch).ok_or_else(|| wrong("no such batch"))?;
        let mut bytes = held.1.clone();
        stamp(&mut bytes, attempt.stamp).map_err(wrong)?;
        let id = attempt.stamp.identity.id;
        write!(out, "    producer {id} {what:<20} ")?;
        if fate == Fate::RequestLost {
            return writeln!(out, "──✗ {}", paint.note("the request is lost"));
        }
        let answer = broker.produce(&bytes)?;
        if fate == Fate::AnswerLost {
            return writeln!(out, "──✗ {answer}; {}", paint.note("the answer is lost"));
        }
        writeln!(out, "──▶ {answer}")?;
        let log_append_time = if answer.is_duplicate { NOW } else { -1 };
        let response = Response { log_append_time, ..Response::ok(answer.base_offset) };
        let response = Answer::Response(response.log_start(0));
        self.process.respond(attempt, response, at(self.now))?;
        self.take_verdicts();
        Ok(())
    }

    fn take_verdicts(&mut self) {
        while let Some(ended) = self.process.take_verdict() {
            let Some((order, _)) = self.undecided.remove(&ended.batch) else { continue };
            if matches!(ended.verdict, Verdict::Written { .. }) {
                self.newest_written = self.newest_written.max(Some(order));
            }
            self.ended.insert(order, ended.verdict);
        }
    }

    fn lose_connection(&mut self) {
        self.process.disconnected(at(self.now));
    }

    /// Lets time pass until the producer has something to do, if it waits for nothing else.
    fn wait(&mut self) {
        let producer = self.process.producer();
        if producer.poll(0, at(self.now)) == Next::Idle && producer.on_wire(0) == 0 {
            let wake = producer.poll_timeout(0).map_or(self.now, Timestamp::as_millis);
            self.now = self.now.max(wake);
        }
    }

    /// What it finds of its former self. Gives the order behind which it goes on.
    fn come_back(&mut self, out: &mut impl Write, known: Option<u32>) -> io::Result<u32> {
        let identity = self.process.producer().identity().ok_or_else(|| wrong("no identity"))?;
        let (last, undecided) = self.process.found()?;
        write!(out, "    it is producer {}", identity.id)?;
        let behind = last.or(known).unwrap_or(FIRST - 1);
        match last {
            None => writeln!(out, ", and goes on behind order {behind}, the last acknowledged")?,
            Some(_) => {
                let orders: Vec<_> = undecided.iter().map(|u| u.order.to_string()).collect();
                writeln!(out, " as before; orders {} are undecided", orders.join(", "))?;
            }
        }
        for Undecided { batch, order, bytes } in undecided {
            self.undecided.insert(batch, (order, bytes));
        }
        Ok(behind)
    }

    /// Sends what is undecided, then the rest of its source.
    fn go_on(
        &mut self,
        out: &mut impl Write,
        paint: Paint,
        broker: &mut Broker,
        behind: u32,
    ) -> io::Result<()> {
        let mut left = behind + 1..=LAST;
        // More turns than a partition of five undecided batches can need.
        for _ in 0..100 {
            self.wait();
            match self.process.producer().poll(0, at(self.now)) {
                Next::Describe { id, .. } => self.ask(out, broker, id.get())?,
                Next::Send(_) => self.send_again(out, paint, broker, Fate::Answered)?,
                Next::Timeout => self.process.timeout(at(self.now)),
                Next::Split(_) => return Err(wrong("nothing here is too large")),
                Next::Idle => match left.next() {
                    None => return Ok(()),
                    Some(order) => self.write_next(out, paint, broker, order, Fate::Answered)?,
                },
            }
            self.take_verdicts();
        }
        Err(wrong("the producer does not come to an end"))
    }

    fn ask(&mut self, out: &mut impl Write, broker: &Broker, id: i64) -> io::Result<()> {
        self.process.asked()?;
        write!(out, "    producer {id} {:<20} ──▶ ", "asks the leader")?;
        let described = match broker.describe(id) {
            Some((epoch, last_sequence)) => {
                writeln!(out, "its last sequence is {last_sequence}, in epoch {epoch}")?;
                Described::Listed { epoch: i32::from(epoch), last_sequence }
            }
            None => {
                writeln!(out, "it is not known")?;
                Described::NotListed { log_start_offset: Some(0) }
            }
        };
        self.process.described(described, at(self.now))
    }

    /// All that it wrote or found undecided, and what was acknowledged before.
    fn ended_well(&self, behind: u32) -> bool {
        let written = |verdict: &Verdict| matches!(verdict, Verdict::Written { .. });
        let done = self.ended.values().all(written) && self.undecided.is_empty();
        done && (behind + 1..=LAST).all(|order| self.ended.contains_key(&order))
    }
}

fn value(order: u32) -> String {
    let what = ["2 fence posts", "1 gate", "7 planks", "1 spade", "3 hinges"];
    let what = what.iter().cycle().nth((order - FIRST) as usize).copied().unwrap_or_default();
    format!("order {order}: {what}")
}

const fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}
