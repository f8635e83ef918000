//! The device's life: come back as itself, then send readings for ever.

use core::convert::Infallible;

use fencepost::ids::Timestamp;
use fencepost::journal::{
    Bound, ClusterId, Journal, Journaled, Payload, Permit, Refused, TopicPartition, Track,
    Unclaimed,
};
use fencepost::producer::{
    Attempt, BatchId, Kind, NewBatch, Next, Producer, Settings, Slot, Verdict,
};
use fencepost::wire;
use heapless::Deque;

use crate::areas::{Areas, Producing};
use crate::board::Board;
use crate::flash::Flash;
pub(crate) use crate::meter::BATCH_LEN;
use crate::trouble::Trouble;
use crate::{meter, modem};

/// Bytes for what one call of the journal writes, and for the longest record that is read.
pub(crate) const RECORD_LEN: usize = Journal::<[Track; 1]>::overhead() + BATCH_LEN;

/// The one partition that this device writes to.
const SLOT: u32 = 0;
const READINGS: TopicPartition = TopicPartition { topic_id: *b"meter readings 1", partition: 0 };
const CLUSTER: &[u8] = b"MkU3OEVBNTcwNTJENDM2Qk";
/// Where the journal is kept: this board's serial number (J1).
const PLACE: [u8; 16] = *b"board number 042";
/// `max.in.flight.requests.per.connection`.
const MAX_IN_FLIGHT: usize = 5;
/// How long to wait when there is nothing to do.
const PAUSE_MS: i64 = 1_000;

/// Memory of the program's, since there is no allocator.
pub(crate) struct Buffers {
    pub(crate) batch: &'static mut [u8; BATCH_LEN],
    pub(crate) record: &'static mut [u8; RECORD_LEN],
}

struct Device<'b> {
    board: &'b Board,
    areas: Areas<Flash<'b>>,
    producing: Producing,
    buffers: Buffers,
    /// Sendings that have no answer yet, in the order in which answers come.
    in_flight: Deque<Attempt, MAX_IN_FLIGHT>,
    /// The reading that comes next.
    next: u32,
}

/// Ends only when it can't go on.
pub(crate) fn run(board: &Board, buffers: Buffers) -> Result<Infallible, Trouble> {
    let mut device = Device::come_back(board, buffers)?;
    loop {
        let now = modem::now(board);
        device.step(now)?;
        device.take_verdicts()?;
        if device.producing.journal().should_compact() {
            device.write_journal_anew()?;
        }
    }
}

impl<'b> Device<'b> {
    /// What the flash says of the life before.
    fn come_back(board: &'b Board, buffers: Buffers) -> Result<Self, Trouble> {
        let cluster = ClusterId::new(CLUSTER).ok_or(Trouble::NoCluster)?;
        let mut areas = Areas::new(Flash::new(board));
        let opened = areas.open(cluster, buffers.record)?;
        let mut journal = opened.journal;
        journal.hold(PLACE);
        // A reading may wait as long as it takes: its batch has no deadline.
        let settings = Settings::new(Kind::Idempotent).delivery_timeout_ms(i64::MAX);
        let producing = Journaled::new(Producer::new([Slot::EMPTY], settings), journal)?;
        let mut device =
            Self { board, areas, producing, buffers, in_flight: Deque::new(), next: 0 };
        let bound = device.producing.bind(SLOT, READINGS, modem::now(board))?;
        if let Bound::Restored { cursor, .. } = bound {
            // Behind all readings that a batch has, whether it is decided or not.
            let kept = device.producing.journal().kept(SLOT);
            let undecided = kept.and_then(|kept| kept.batches().last());
            device.next = meter::behind(undecided.map_or(cursor, |batch| batch.cursor));
        }
        if opened.write_anew {
            device.write_journal_anew()?;
        }
        Ok(device)
    }

    fn step(&mut self, now: Timestamp) -> Result<(), Trouble> {
        let Self { board, producing, .. } = self;
        if let Some(fatal) = producing.producer().fatal() {
            return Err(Trouble::Fatal(fatal));
        }
        if producing.producer().poll_identity() {
            match modem::init_producer_id(board) {
                Some(identity) => producing.handle_identity(identity)?,
                None => return Ok(()),
            }
        }
        if self.in_flight.is_full() {
            return self.receive().map(|_| ());
        }
        match producing.producer().poll(SLOT, now) {
            Next::Send(batch) => self.send_again(batch, now),
            Next::Describe { id, .. } => {
                producing.describe(SLOT)?;
                Ok(producing.handle_described(SLOT, modem::describe(board, id), now)?)
            }
            Next::Timeout => {
                producing.handle_timeout(SLOT, now);
                Ok(())
            }
            Next::Split(batch) => Ok(producing.give_up(SLOT, batch, now)?),
            Next::Idle => {
                if !self.send_readings(now)? && !self.receive()? {
                    let pause = now.as_millis().saturating_add(PAUSE_MS);
                    let due = self.producing.producer().poll_timeout(SLOT);
                    let until = due.map_or(pause, |due| due.as_millis().min(pause));
                    modem::sleep(self.board, Timestamp::from_millis(until));
                }
                Ok(())
            }
        }
    }

    /// The next answer, if one is awaited.
    fn receive(&mut self) -> Result<bool, Trouble> {
        let Some(attempt) = self.in_flight.pop_front() else { return Ok(false) };
        let answer = modem::receive(self.board);
        // It may be too late: a later batch's answer can have decided this one.
        let _decided = self.producing.handle_response(attempt, answer, modem::now(self.board));
        Ok(true)
    }

    /// A new batch, if there are readings and the producer takes one now.
    fn send_readings(&mut self, now: Timestamp) -> Result<bool, Trouble> {
        let Self { board, producing, buffers, next, .. } = self;
        let Some(readings) = meter::readings(board, *next, buffers.batch)? else {
            return Ok(false);
        };
        let batch = NewBatch {
            records: readings.count as i32,
            max_timestamp: readings.newest,
            created: now,
        };
        let behind = *next + readings.count;
        let payload = Payload { bytes: readings.bytes, cursor: meter::cursor(behind) };
        let len = payload.bytes.len();
        match producing.assign(SLOT, batch, payload, now, buffers.record) {
            Ok(permit) => {
                *next = behind;
                self.send(permit, len)?;
                Ok(true)
            }
            // Five are undecided, or it is being found out what became of them.
            Err(Refused::Producer(_)) => Ok(false),
            Err(Refused::JournalFull) => {
                self.write_journal_anew()?;
                Ok(true)
            }
            Err(refused) => Err(refused.into()),
        }
    }

    /// A batch of which it is not known whether it was written, or which was refused. Its bytes are
    /// in the flash.
    fn send_again(&mut self, batch: BatchId, now: Timestamp) -> Result<(), Trouble> {
        let Self { areas, producing, buffers, .. } = self;
        let kept = producing.journal().kept(SLOT).ok_or(Trouble::NoSuchBatch)?;
        let kept = kept.batches().find(|kept| kept.name == Some(batch));
        let kept = kept.ok_or(Trouble::NoSuchBatch)?;
        let len = kept.len as usize;
        let bytes = buffers.batch.get_mut(..len).ok_or(Trouble::LongRecord(len))?;
        areas.read(kept.at, bytes)?;
        let permit = match producing.resend(SLOT, now, buffers.record) {
            Err(Refused::JournalFull) => return self.write_journal_anew(),
            permit => permit?,
        };
        self.send(permit, len)
    }

    /// Makes durable what must be, and only then sends what is in the batch's buffer.
    fn send(&mut self, permit: Permit, len: usize) -> Result<(), Trouble> {
        let Self { board, areas, producing, buffers, in_flight, .. } = self;
        areas.append(producing, &buffers.record[..permit.len()])?;
        let attempt = match producing.claim(permit) {
            Ok(attempt) => attempt,
            Err(Unclaimed::NotYet(_) | Unclaimed::Void) => return Ok(()),
        };
        let bytes = &mut buffers.batch[..len];
        wire::stamp(bytes, attempt.stamp)?;
        modem::send(board, bytes);
        in_flight.push_back(attempt).map_err(|_| Trouble::TooManyInFlight)
    }

    fn take_verdicts(&mut self) -> Result<(), Trouble> {
        let Self { areas, producing, buffers, .. } = self;
        if producing.needs_trim(SLOT) {
            match producing.trim(SLOT, buffers.record) {
                Ok(len) => areas.append(producing, &buffers.record[..len])?,
                Err(Refused::JournalFull) => self.write_journal_anew()?,
                Err(refused) => return Err(refused.into()),
            }
        }
        while let Some(ended) = self.producing.take_verdict(SLOT) {
            match ended.verdict {
                Verdict::Written { .. } => {}
                other => return Err(Trouble::NotWritten(other)),
            }
        }
        Ok(())
    }

    fn write_journal_anew(&mut self) -> Result<(), Trouble> {
        let Self { areas, producing, buffers, .. } = self;
        areas.write_anew(producing, buffers.batch, buffers.record)
    }
}
