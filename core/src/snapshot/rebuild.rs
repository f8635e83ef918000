//! How is the state of a log rebuilt: on load, after truncation, and inside recovery? (broker spec
//! 7.5, R68)
//!
//! Kafka's `rebuildProducerState` as decisions; the caller reads files and batches.
//!
//! ```text
//! skips_files? ─ yes ─▶ for each snapshot point: set the map end, take a snapshot if one is due
//!      │ no
//!      ▼
//! was_empty? (before) ─▶ truncate and reload: files::outside_log, Partition::needs_reload,
//!      │                    begin_reload, load_all, finish_reload
//!      ▼
//! for each replay() unless was_empty: set the map end to `from`, take a snapshot if it says so
//!      and one is due, replay its batches as one append with Origin::Replication
//!      ▼
//! set the map end to the last offset, take a snapshot if one is due
//! ```
//!
//! Completed transactions that replay found stay unreplicated until the high watermark is told
//! ([`crate::broker::Partition::handle_high_watermark`]). A segment is one append: its scratch
//! needs as many producers as the segment holds, and as many transactions as it opens or completes.

/// What a rebuild needs to know of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogShape<'a> {
    /// The base offsets of its segments, ascending.
    pub segment_bases: &'a [i64],
    /// The log start offset.
    pub log_start: i64,
    /// The offset to rebuild up to, exclusive: the log's end, or where recovery stands.
    pub last_offset: i64,
}

/// A segment to replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplaySegment {
    /// The segment's base offset.
    pub base_offset: i64,
    /// Replay from the batch that contains this offset, as a whole; set the map end to it before.
    pub from: i64,
    /// Replay up to, exclusive, the first batch whose last offset is at or above this; to the
    /// segment's end if `None`.
    pub until: Option<i64>,
    /// Whether a snapshot is to be taken before the replay, if one is due.
    pub takes_snapshot: bool,
}

impl<'a> LogShape<'a> {
    /// Whether the files are not read at all: after a clean shutdown, without any snapshot file.
    /// Every producer is forgotten then, though its batches are in the log; that is Kafka's.
    #[must_use]
    pub const fn skips_files(&self, was_clean_shutdown: bool, snapshots: &[i64]) -> bool {
        was_clean_shutdown && snapshots.is_empty()
    }

    /// Where snapshots are taken: the bases of the two newest segments, and the last offset.
    #[must_use]
    pub fn snapshot_points(&self) -> heapless::Vec<i64, 3, u8> {
        let mut points = heapless::Vec::new();
        for &point in self.newest_bases().iter().chain([&self.last_offset]) {
            // There is room for all three; collecting would bring a panic path into an image.
            points.push(point).ok();
        }
        points
    }

    /// Whether replay is left out because nothing can come of it: the state was empty **before** it
    /// was truncated, and did reach the last offset (R68).
    #[must_use]
    pub const fn was_empty(&self, is_empty: bool, map_end: i64) -> bool {
        is_empty && map_end >= self.last_offset
    }

    /// The segments to replay after the reload, which has left the state at `map_end`; none if that
    /// is the last offset.
    pub fn replay(&self, map_end: i64) -> impl Iterator<Item = ReplaySegment> + use<'a> {
        let log = *self;
        let (bases, needed) = (log.segment_bases, log.last_offset > map_end);
        // The segment that holds the map end, and all after it that begin below the last offset.
        let first = bases.iter().rposition(|&base| base <= map_end).unwrap_or(0);
        let holds_last = bases.iter().copied().filter(|&base| base <= log.last_offset).max();
        let newest = log.newest_bases();
        let from_first = bases.get(first..).unwrap_or(&[]).iter().copied();
        from_first.filter(move |&base| needed && base < log.last_offset).map(move |base| {
            ReplaySegment {
                base_offset: base,
                from: base.max(map_end).max(log.log_start),
                until: (holds_last == Some(base)).then_some(log.last_offset),
                takes_snapshot: newest.contains(&base),
            }
        })
    }

    fn newest_bases(&self) -> &'a [i64] {
        let from = self.segment_bases.len().saturating_sub(2);
        self.segment_bases.get(from..).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn log(segment_bases: &[i64]) -> LogShape<'_> {
        LogShape { segment_bases, log_start: 0, last_offset: 45 }
    }

    #[test]
    fn r68_replay_begins_in_the_segment_of_the_map_end_and_ends_at_the_last_offset() {
        let replay: Vec<_> = log(&[0, 10, 20, 40]).replay(12).collect();
        let segment = |base_offset, from, until, takes_snapshot| ReplaySegment {
            base_offset,
            from,
            until,
            takes_snapshot,
        };
        let want = [
            segment(10, 12, None, false),
            segment(20, 20, None, true),
            segment(40, 40, Some(45), true),
        ];
        assert_eq!(replay, want);
        let raised = LogShape { log_start: 30, ..log(&[20, 40]) };
        let from: Vec<i64> = raised.replay(0).map(|segment| segment.from).collect();
        assert_eq!(from, [30, 40]);
    }

    #[test]
    fn r68_nothing_is_replayed_if_the_snapshot_reaches_the_last_offset() {
        assert_eq!(log(&[0, 10]).replay(45).count(), 0);
        assert_eq!(log(&[]).replay(0).count(), 0);
        assert!(log(&[0]).was_empty(true, 45));
        assert!(!log(&[0]).was_empty(true, 44));
        assert!(!log(&[0]).was_empty(false, 45));
    }

    #[test]
    fn r68_a_clean_log_without_snapshots_forgets_its_producers() {
        assert!(log(&[0]).skips_files(true, &[]));
        assert!(!log(&[0]).skips_files(true, &[10]));
        assert!(!log(&[0]).skips_files(false, &[]));
        assert_eq!(log(&[0, 10, 20, 40]).snapshot_points(), [20, 40, 45]);
        assert_eq!(log(&[40]).snapshot_points(), [40, 45]);
    }
}
