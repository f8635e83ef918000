use fencepost::snapshot::rebuild::{LogShape, ReplaySegment};
use fencepost::snapshot::{SnapshotError, files, full, v1};

use crate::any;
use crate::types::{
    DecoderFull, DecoderV1, EncoderFull, EncoderV1, EntriesFull, EntriesV1, Producers, Slot,
};

/// `snapshot::files::outside_log`
pub(crate) fn outside_log(snapshots: &[i64], log_start: i64, log_end: i64, see: fn(i64)) {
    super::walk(files::outside_log(snapshots, log_start, log_end), see);
}

/// `snapshot::files::before`
pub(crate) fn before(snapshots: &[i64], offset: i64, see: fn(i64)) {
    super::walk(files::before(snapshots, offset), see);
}

/// `snapshot::files::strays`
pub(crate) fn strays(snapshots: &[i64], segment_bases: &[i64], see: fn(i64)) {
    super::walk(files::strays(snapshots, segment_bases), see);
}

/// `snapshot::rebuild::LogShape::replay`
pub(crate) fn replay(log: &LogShape<'_>, map_end: i64, see: fn(ReplaySegment)) {
    super::walk(log.replay(map_end), see);
}

/// `snapshot::Decoder::entry`
pub(crate) fn decoder_entry(
    of_v1: &mut DecoderV1,
    of_full: &mut DecoderFull,
    bytes: &[u8],
    see: fn(Option<(v1::Entry, usize)>),
    see_full: fn(Option<(Slot, usize)>),
) -> Result<(), SnapshotError> {
    see(of_v1.entry(bytes)?);
    see_full(any(of_full).entry(bytes)?);
    Ok(())
}

/// `snapshot::Decoder::entries`
pub(crate) fn decoder_entries(
    of_v1: &mut DecoderV1,
    of_full: &mut DecoderFull,
    piece: &'static [u8],
    see: fn(Result<(EntriesV1, usize), SnapshotError>),
    see_full: fn(Result<(EntriesFull, usize), SnapshotError>),
) {
    see(of_v1.entries(piece));
    see_full(of_full.entries(piece));
}

/// `snapshot::v1::header`
pub(crate) fn v1_header(producers: Producers) -> [u8; v1::HEADER_LEN] {
    v1::header(producers)
}

/// `snapshot::v1::entry`
pub(crate) fn v1_entry(producer: &Slot) -> [u8; v1::ENTRY_LEN] {
    v1::entry(producer)
}

/// `snapshot::v1::encoder`
pub(crate) fn v1_encoder(producers: Producers) -> EncoderV1 {
    v1::encoder(producers)
}

/// `snapshot::v1::encode`
pub(crate) fn v1_encode(producers: Producers, out: &mut [u8]) -> Result<usize, SnapshotError> {
    v1::encode(producers, out)
}

/// `snapshot::v1::decode`
pub(crate) fn v1_decode(bytes: &'static [u8]) -> Result<EntriesV1, SnapshotError> {
    v1::decode(bytes)
}

/// `snapshot::full::encoded_len`
pub(crate) fn full_encoded_len(producers: Producers) -> usize {
    full::encoded_len(producers)
}

/// `snapshot::full::header`
pub(crate) fn full_header(producers: Producers) -> [u8; full::HEADER_LEN] {
    full::header(producers)
}

/// `snapshot::full::entry`
pub(crate) fn full_entry(producer: &Slot, see: fn(&[u8])) {
    see(&full::entry(producer));
}

/// `snapshot::full::encoder`
pub(crate) fn full_encoder(producers: Producers) -> EncoderFull {
    full::encoder(producers)
}

/// `snapshot::full::encode`
pub(crate) fn full_encode(producers: Producers, out: &mut [u8]) -> Result<usize, SnapshotError> {
    full::encode(producers, out)
}

/// `snapshot::full::decode`
pub(crate) fn full_decode(bytes: &'static [u8]) -> Result<EntriesFull, SnapshotError> {
    full::decode(bytes)
}
