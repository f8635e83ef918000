//! What becomes of the producers when the log rolls, loses a part, or is closed and opened?

use std::fmt::Write;
use std::rc::Rc;

use fencepost::broker::{Origin, Rejection};
use fencepost::error_code::ErrorCode;

use crate::log::Segment;
use crate::op::{Fate, Op};
use crate::producers::Producers;
use crate::rule::{Rare, Rule};
use crate::world::World;

impl World {
    /// Does one of those operations.
    pub(crate) fn reshape(&mut self, op: &Op, request: &mut String) -> Result<(), ErrorCode> {
        match *op {
            Op::LogStart { back } => {
                let to = self.log.high_watermark - back;
                let _ = write!(request, "start {to}");
                self.raise_start(to)
            }
            Op::Truncate { back } => {
                let to = self.log.end.saturating_sub(back).max(0);
                let _ = write!(request, "truncate {to}");
                self.truncate(to)
            }
            Op::TruncateFully { ahead, start_back } => {
                let at = (self.log.end + ahead).max(0);
                let start = start_back.map(|back| (at - back).max(0));
                let _ = write!(request, "restart-at {at} ");
                match start {
                    Some(start) => {
                        let _ = write!(request, "{start}");
                    }
                    None => request.push('-'),
                }
                self.truncate_fully(at, start)
            }
            Op::Roll => {
                request.push_str("roll");
                self.roll();
                Ok(())
            }
            Op::Retain => {
                request.push_str("retain");
                self.retain()
            }
            Op::Reopen { clean, recovery_back, start_back, snapshots } => {
                let recovery = (self.log.end - recovery_back).max(0);
                let start = (self.log.start - start_back).max(0);
                let letter = snapshots.letter();
                let _ = write!(request, "reopen {} {recovery} {start} {letter}", i32::from(clean));
                self.reopen(clean, recovery, start, snapshots)
            }
            _ => unreachable!("the caller sends no other"),
        }
    }

    /// After a replay that was refused the log is of no use.
    fn survived(&mut self, replayed: Result<(), Rejection>) -> Result<(), ErrorCode> {
        replayed.map_err(|rejection| {
            self.is_dead = true;
            self.counts.rare(Rare::NotReplayed, 1);
            rejection.error_code()
        })
    }

    fn raise_start(&mut self, to: i64) -> Result<(), ErrorCode> {
        if to > self.log.high_watermark {
            return Err(ErrorCode::OFFSET_OUT_OF_RANGE);
        }
        if to > self.log.start {
            self.log.start = to;
            self.producers.log_start(to);
            self.refresh_first_unstable();
            self.counts.hit(Rule::LogStart);
        }
        Ok(())
    }

    /// A new segment at the log's end (broker spec 7.3).
    fn roll(&mut self) {
        let base = self.log.end;
        if self.log.active().base == base {
            // An empty active segment is made anew.
            *self.log.active() = Segment::new(base);
        } else {
            self.log.segments.push(Segment::new(base));
        }
        self.producers.partition.set_map_end_offset(base);
        self.producers.take_snapshot(&mut self.counts);
        if self.log.high_watermark >= self.log.end {
            self.set_high_watermark(self.log.end);
        }
    }

    /// Broker spec 7.6.
    fn truncate(&mut self, to: i64) -> Result<(), ErrorCode> {
        if to >= self.log.end {
            return Ok(());
        }
        if self.log.segments[0].base > to {
            return self.truncate_fully(to, None);
        }
        let gone: Vec<i64> = self.log.bases().into_iter().filter(|&base| base > to).collect();
        self.log.segments.retain(|segment| segment.base <= to);
        let cut = self.log.active().truncate(to);
        self.counts.hit_if(cut, Rule::IndexCut);
        self.log.end = to;
        for base in gone {
            self.producers.delete(base);
        }
        self.log.start = self.log.start.min(to);
        let now = self.clock();
        let (segments, bounds) = (&self.log.segments, (self.log.start, to));
        let replayed = self.producers.rebuild(segments, bounds, false, now, &mut self.counts);
        self.survived(replayed)?;
        self.log.is_as_core_says = false;
        if self.log.high_watermark >= self.log.end {
            self.set_high_watermark(self.log.end);
        }
        Ok(())
    }

    fn truncate_fully(&mut self, at: i64, start: Option<i64>) -> Result<(), ErrorCode> {
        self.log.segments = vec![Segment::new(at)];
        self.log.end = at;
        self.producers.truncate_fully(at);
        self.log.start = start.unwrap_or(at);
        self.counts.hit(Rule::TruncatedFully);
        let now = self.clock();
        let (segments, bounds) = (&self.log.segments, (self.log.start, at));
        let replayed = self.producers.rebuild(segments, bounds, false, now, &mut self.counts);
        self.survived(replayed)?;
        self.set_high_watermark(at);
        Ok(())
    }

    /// By log start, then by size (broker spec 7.7).
    fn retain(&mut self) -> Result<(), ErrorCode> {
        let start = self.log.start;
        let bases = self.log.bases();
        let next_of = |n: usize| bases.get(n + 1).copied();
        self.delete_oldest(|n, _| next_of(n).is_some_and(|next| next <= start))?;
        let size: i64 = self.log.segments.iter().map(Segment::size).sum();
        if self.setup.retention_bytes < 0 || size < self.setup.retention_bytes {
            return Ok(());
        }
        let mut over = size - self.setup.retention_bytes;
        self.delete_oldest(|_, segment| {
            let fits = over - segment.size() >= 0;
            if fits {
                over -= segment.size();
            }
            fits
        })
    }

    /// The oldest segments that are replicated and that the predicate names.
    fn delete_oldest(
        &mut self,
        mut goes: impl FnMut(usize, &Segment) -> bool,
    ) -> Result<(), ErrorCode> {
        let log = &self.log;
        let count = log.segments.iter().enumerate().take_while(|(n, segment)| {
            let next = log.segments.get(n + 1);
            let upper = next.map_or(log.end, |next| next.base);
            let is_empty_end = next.is_none() && segment.batches.is_empty();
            log.high_watermark >= upper && goes(*n, segment) && !is_empty_end
        });
        let count = count.count();
        if count == 0 {
            return Ok(());
        }
        let gone: Vec<i64> = log.bases()[..count].to_vec();
        if log.segments.len() == count {
            self.roll();
        }
        self.raise_start(self.log.segments[count].base)?;
        self.log.segments.drain(..count);
        for base in gone {
            self.producers.delete(base);
        }
        Ok(())
    }

    fn reopen(
        &mut self,
        clean: bool,
        recovery: i64,
        start: i64,
        snapshots: Fate,
    ) -> Result<(), ErrorCode> {
        self.counts.rare(Rare::Restart, 1);
        if clean {
            self.producers.take_snapshot(&mut self.counts);
        }
        let files = self.producers.files();
        match snapshots {
            Fate::Kept => {}
            Fate::Lost => files.borrow_mut().clear(),
            Fate::Damaged => {
                if let Some(mut newest) = files.borrow_mut().last_entry() {
                    let half = newest.get().len() / 2;
                    newest.get_mut().truncate(half);
                }
            }
        }
        self.producers = Producers::open(self.profile, &self.setup, self.turn, Rc::clone(&files));
        let loaded = self.load(clean, recovery, start);
        self.survived(loaded)
    }

    /// Kafka's `LogLoader` (broker spec 7.5).
    fn load(&mut self, clean: bool, recovery: i64, start: i64) -> Result<(), Rejection> {
        if !clean {
            let floor = self.log.bases().iter().rposition(|&base| base <= recovery).unwrap_or(0);
            for n in floor..self.log.segments.len() {
                self.recover(n, start)?;
            }
        }
        let mut end = self.log.active().next_offset();
        if end < start {
            self.counts.rare(Rare::StartAboveEnd, 1);
            self.log.segments = vec![Segment::new(start)];
            self.producers.truncate_fully(start);
            end = start;
        }
        let now = self.clock();
        self.log.start = start.max(self.log.segments[0].base);
        self.log.end = end;
        let bases = self.log.bases();
        self.producers.remove_strays(&bases, &mut self.counts);
        let (segments, bounds) = (&self.log.segments, (self.log.start, end));
        self.producers.rebuild(segments, bounds, clean, now, &mut self.counts)?;
        self.log.high_watermark = self.log.start;
        self.refresh_first_unstable();
        Ok(())
    }

    /// A segment that may not have reached the disk: a manager of its own replays what is before
    /// it, and then each of its batches as an append.
    fn recover(&mut self, n: usize, start: i64) -> Result<(), Rejection> {
        self.counts.rare(Rare::Recovered, 1);
        let (now, files) = (self.clock(), self.producers.files());
        let mut producers = Producers::open(self.profile, &self.setup, self.turn, files);
        let base = self.log.segments[n].base;
        let bounds = (start, base);
        producers.rebuild(&self.log.segments, bounds, false, now, &mut self.counts)?;
        let segment = &mut self.log.segments[n];
        segment.aborted.clear();
        for stored in &segment.batches {
            let batches = std::slice::from_ref(&stored.batch);
            let done = producers.append(Origin::Replication, now, batches, |context| context)?;
            for aborted in done.iter().filter_map(|completed| completed.index_entry()) {
                segment.aborted.extend_from_slice(&aborted.encode());
            }
        }
        producers.take_snapshot(&mut self.counts);
        Ok(())
    }
}
