//! What becomes of a write that takes long?
//!
//! Such a broker takes the next request before a batch is written, and admits it on top of what is
//! being written ([`fencepost::pipeline`]). Writes run side by side, and are recorded in their
//! order.

use fencepost::error_code::ErrorCode;
use fencepost::pipeline::Ticket;
use fencepost::producer::{Answer, Response};

use crate::replica::Settled;
use crate::world::{Event, Request, World};

/// How a write ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// It is done.
    Lands,
    /// It fails, and with it what follows it: of its producer, or of the whole partition. The
    /// senders are told a code.
    Fails { whole: bool, code: i16 },
    /// Without an answer; so much later it is known whether it has landed.
    Unknown { later: i64, lands: bool },
}

/// A request whose batch is being written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writing {
    pub(crate) number: u64,
    pub(crate) request: Request,
    pub(crate) ticket: Ticket,
    pub(crate) append_time: i64,
}

impl World<'_> {
    /// The request is answered when the write is settled; the connection's next one is taken now.
    pub(crate) fn await_write(&mut self, request: Request, ticket: Ticket, append_time: i64) {
        self.release(&request);
        let number = self.new_waiting();
        let request = Request { freed: true, ..request };
        self.writing.push(Writing { number, request, ticket, append_time });
        let over = self.now + self.plan.shape.request_timeout;
        self.at(over, Event::WaitOver { waiting: number });
    }

    /// Its broker has waited for it for long enough.
    pub(crate) fn give_up_write(&mut self, number: u64) -> Option<Request> {
        let at = self.writing.iter().position(|writing| writing.number == number)?;
        Some(self.writing.remove(at).request)
    }

    pub(crate) fn begin_write(&mut self, partition: usize, broker: usize, ticket: Ticket) {
        let (most, until) = self.slow[broker];
        let most = if self.now < until { most } else { self.plan.shape.writes(broker) };
        let when = self.after(most);
        let ends = self.troubles[partition].writes.pop().unwrap_or(Ends::Lands);
        self.at(when, Event::WriteEnds { broker, partition, ticket, ends });
    }

    pub(crate) fn write_ends(
        &mut self,
        broker: usize,
        partition: usize,
        ticket: Ticket,
        ends: Ends,
    ) {
        let replica = &mut self.topics[partition].replicas[broker];
        // It may have gone with another one, or with the process.
        if !replica.is_writing(ticket) {
            return;
        }
        let (settled, code) = match ends {
            Ends::Lands => (replica.written(ticket), ErrorCode::NONE.get()),
            Ends::Fails { whole, code } => (replica.failed(ticket, whole), code),
            Ends::Unknown { later, lands } => {
                replica.unknown(ticket);
                self.tell(|| format!("b{broker} p{partition} a write ends without an answer"));
                self.answer_writing(partition, broker, ticket, ErrorCode::REQUEST_TIMED_OUT);
                let code = ErrorCode::REQUEST_TIMED_OUT.get();
                let ends = if lands { Ends::Lands } else { Ends::Fails { whole: false, code } };
                let when = self.now + 1 + later;
                self.at(when, Event::WriteEnds { broker, partition, ticket, ends });
                return;
            }
        };
        if !settled.abandoned.is_empty() {
            let count = settled.abandoned.len();
            self.tell(|| format!("b{broker} p{partition} {count} writes fail"));
        }
        self.settle_writes(partition, broker, &settled, ErrorCode::new(code));
        self.all_fetch_soon(partition);
        self.topics[partition].advance(broker);
        self.complete(partition, broker);
    }

    fn settle_writes(
        &mut self,
        partition: usize,
        broker: usize,
        settled: &Settled,
        code: ErrorCode,
    ) {
        for ticket in &settled.abandoned {
            self.answer_writing(partition, broker, *ticket, code);
        }
        for (ticket, offset) in &settled.recorded {
            self.tell(|| format!("b{broker} p{partition} a write is recorded at {offset}"));
            let end = self.topics[partition].replicas[broker].end;
            self.watch_lag(partition, end);
            for writing in self.take_writing(partition, broker, |its| its == *ticket) {
                let Writing { number, request, append_time, .. } = writing;
                self.await_replicas(request, number, *offset, append_time);
            }
        }
    }

    fn take_writing(
        &mut self,
        partition: usize,
        broker: usize,
        which: impl Fn(Ticket) -> bool,
    ) -> Vec<Writing> {
        let of = |writing: &mut Writing| {
            let request = &writing.request;
            (request.sending.partition, request.broker) == (partition, broker)
                && which(writing.ticket)
        };
        self.writing.extract_if(.., of).collect()
    }

    fn answer_writing(&mut self, partition: usize, broker: usize, ticket: Ticket, code: ErrorCode) {
        for writing in self.take_writing(partition, broker, |its| its == ticket) {
            self.reply(writing.request, Answer::Response(Response::error(code)));
        }
    }

    /// Those that wait for a write of a leader that is none any more are told so.
    pub(crate) fn refuse_writing(&mut self, partition: usize, broker: usize, code: ErrorCode) {
        for writing in self.take_writing(partition, broker, |_| true) {
            self.reply(writing.request, Answer::Response(Response::error(code)));
        }
    }

    /// A broker's leadership ends, or begins anew: so do its writes. Some have landed. It may know
    /// which, or has to read its log.
    pub(crate) fn end_writes(&mut self, partition: usize, broker: usize) {
        let writing = self.topics[partition].replicas[broker].writing();
        if writing == 0 {
            return;
        }
        let (land, knows) = (self.some_of(writing), self.random.percent(50));
        let clock = self.clock(broker);
        let replica = &mut self.topics[partition].replicas[broker];
        let settled = replica.end_writes(land, knows);
        if !knows {
            replica.reload(clock);
        }
        self.tell(|| format!("b{broker} p{partition} {land} of {writing} writes land, no more"));
        let code = ErrorCode::NOT_LEADER_OR_FOLLOWER;
        self.settle_writes(partition, broker, &settled, code);
    }

    /// The process ends. Nobody hears what becomes of its writes.
    pub(crate) fn cut_writes(&mut self, partition: usize, broker: usize, clean: bool) {
        let writing = self.topics[partition].replicas[broker].writing();
        if writing > 0 {
            let land = self.some_of(writing);
            self.topics[partition].replicas[broker].end_writes(land, clean);
            self.tell(|| {
                format!("b{broker} p{partition} {land} of {writing} writes land, no more")
            });
        }
    }

    fn some_of(&mut self, count: usize) -> usize {
        let most = i64::try_from(count).unwrap_or(0) + 1;
        usize::try_from(self.random.below(most)).unwrap_or(0)
    }
}
