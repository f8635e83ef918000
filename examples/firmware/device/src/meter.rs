//! What is sent: readings of a meter that remembers them.

use fencepost::ids::Timestamp;
use fencepost::journal::Cursor;
use fencepost::wire::{BatchBuilder, BatchHeader, BatchOptions, RecordToWrite};

use crate::board::{Board, Fields};
use crate::request::MEASURE;
use crate::trouble::Trouble;

/// Readings in a batch, at most.
const PER_BATCH: u8 = 8;
/// Bytes that a batch of them takes at most: its header, and for each its length, its attributes,
/// two deltas, no key, eight bytes of value and no headers.
pub(crate) const BATCH_LEN: usize = BatchHeader::LEN + PER_BATCH as usize * 32;

/// Readings, as a record batch that has no producer's numbers yet.
pub(crate) struct Readings<'b> {
    pub(crate) bytes: &'b mut [u8],
    pub(crate) count: u32,
    /// When the newest was taken.
    pub(crate) newest: Timestamp,
}

/// The readings from `first` on, as many as a batch may have; `None` if there are none yet.
pub(crate) fn readings<'b>(
    board: &Board,
    first: u32,
    buffer: &'b mut [u8],
) -> Result<Option<Readings<'b>>, Trouble> {
    let mut builder = BatchBuilder::new(buffer, BatchOptions::default())?;
    let (mut count, mut newest) = (0, i64::MIN);
    let mut answer = [0; 12 * PER_BATCH as usize];
    let wanted = [&first.to_be_bytes()[..], &[PER_BATCH]];
    let mut fields = Fields(board.ask(MEASURE, &wanted, &mut answer));
    while let (Some([a, b, c, d]), Some(time)) = (fields.take(), fields.take()) {
        let timestamp = i64::from_be_bytes(time);
        let [e, f, g, h] = (first + count).to_be_bytes();
        let value = [e, f, g, h, a, b, c, d];
        builder.push(&RecordToWrite { timestamp, value: Some(&value), ..Default::default() })?;
        newest = newest.max(timestamp);
        count += 1;
    }
    if count == 0 {
        return Ok(None);
    }
    let newest = Timestamp::from_millis(newest);
    Ok(Some(Readings { bytes: builder.finish(None)?, count, newest }))
}

/// Says that everything before the reading `next` is in a batch.
pub(crate) fn cursor(next: u32) -> Cursor {
    Cursor::new(&next.to_be_bytes()).unwrap_or(Cursor::NONE)
}

/// The reading behind a cursor.
pub(crate) fn behind(cursor: Cursor) -> u32 {
    cursor.as_bytes().first_chunk().map_or(0, |next| u32::from_be_bytes(*next))
}
