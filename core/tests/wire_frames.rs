//! Where a batch ends and what a segment holds: the framing rules, each with its surprise.

mod wire_support;

use fencepost::wire::{BatchError, BatchView, Finding, FindingKind, Frame, Segment, frame};
use wire_support::{abort, emptied, two_records};

/// The first 17 bytes of a batch.
fn prefix(batch_length: i32, magic: i8) -> [u8; 17] {
    let mut bytes = [0; 17];
    bytes[8..12].copy_from_slice(&batch_length.to_be_bytes());
    bytes[16] = magic.to_be_bytes()[0];
    bytes
}

#[test]
fn r6_framing_in_kafkas_order() {
    // Fewer than 12 bytes: the end, whatever they are.
    assert_eq!(frame(&[0xff; 11]), Ok(Frame::Incomplete { missing: 6 }));
    assert_eq!(frame(&[]), Ok(Frame::Incomplete { missing: 17 }));
    // From 12 bytes on the length is judged; from 17 on the magic, and only then the size.
    let bad = prefix(13, 2);
    assert_eq!(frame(&bad[..12]), Err(BatchError::Length { got: 13 }));
    assert_eq!(frame(&prefix(-1, 9)), Err(BatchError::Length { got: -1 }));
    assert_eq!(frame(&prefix(i32::MAX, 2)[..16]), Ok(Frame::Incomplete { missing: 1 }));
    assert_eq!(frame(&prefix(14, 3)), Err(BatchError::Magic { got: 3 }));
    assert_eq!(frame(&prefix(14, -1)), Err(BatchError::Magic { got: -1 }));
    assert_eq!(frame(&prefix(14, 0)), Ok(Frame::Legacy { magic: 0, size: 26 }));
    assert_eq!(frame(&prefix(14, 1)), Ok(Frame::Legacy { magic: 1, size: 26 }));
    assert_eq!(frame(&prefix(49, 2)), Ok(Frame::Batch { size: 61 }));
    let largest = i32::MAX - 12;
    let size = usize::try_from(i32::MAX).unwrap();
    assert_eq!(frame(&prefix(largest, 2)), Ok(Frame::Batch { size }));
    for length in largest + 1..=i32::MAX {
        let error = BatchError::LengthOverflow { got: length };
        assert_eq!(frame(&prefix(length, 2)), Err(error));
        assert_eq!(error.error_code().get(), -1);
        if length == i32::MAX {
            break;
        }
    }
}

#[test]
fn r8_small_v2_batches_fail_a_request_as_a_whole_up_to_50_bytes_and_are_corrupt_up_to_60() {
    for size in 26..=60usize {
        let error = frame(&prefix(i32::try_from(size).unwrap() - 12, 2)).unwrap_err();
        assert_eq!(error, BatchError::TooSmall { size });
        assert_eq!(error.error_code().get(), if size <= 50 { -1 } else { 2 }, "{size}");
    }
}

#[test]
fn a_view_is_exactly_one_batch() {
    let batch = two_records();
    for cut in 0..batch.len() {
        let error = BatchView::new_checked(&batch[..cut]).unwrap_err();
        let wanted = if cut < 17 { 17 } else { 80 };
        assert_eq!(error, BatchError::Truncated { wanted, got: cut });
        assert_eq!((error.position(), error.error_code().get()), (cut, 87));
    }
    let mut longer = batch;
    longer.push(0);
    let error = BatchView::new_checked(&longer[..]).unwrap_err();
    assert_eq!(error, BatchError::Trailing { size: 80, got: 81 });
    assert_eq!(error.to_string(), "batch ends at byte 80, but 81 bytes were given");
}

#[test]
fn r6_a_segment_gives_batches_with_their_positions_and_names_a_torn_tail() {
    let log = [two_records(), abort(), emptied()].concat();
    let positions: Vec<_> = Segment::verified(&log).map(|item| item.unwrap().0).collect();
    assert_eq!(positions, [0, 80, 158]);
    for cut in 159..log.len() {
        let items: Vec<_> = Segment::verified(&log[..cut]).collect();
        assert_eq!(items.len(), 3);
        let got = cut - 158;
        let wanted = if got < 17 { 17 } else { 61 };
        let kind = FindingKind::Batch(BatchError::Truncated { wanted, got });
        let finding = items[2].as_ref().unwrap_err();
        assert_eq!(*finding, Finding { position: 158, kind });
        assert_eq!((finding.byte(), finding.is_skipped()), (cut, false));
    }
}

#[test]
fn r6_a_segment_goes_on_behind_a_wrong_crc_and_a_legacy_batch_and_ends_at_garbage() {
    let mut damaged = two_records();
    damaged[79] ^= 1;
    let mut legacy = emptied();
    legacy[16] = 1;
    let log = [damaged, legacy, abort(), vec![0; 40], abort()].concat();
    let items: Vec<_> = Segment::verified(&log).collect();
    assert_eq!(items.len(), 4);
    let crc = items[0].as_ref().unwrap_err();
    assert!(matches!(crc.kind, FindingKind::Crc(_)) && crc.is_skipped());
    assert_eq!((crc.position, crc.byte(), crc.error_code().get()), (0, 17, 2));
    let old = items[1].as_ref().unwrap_err();
    assert_eq!(old.kind, FindingKind::Batch(BatchError::Legacy { magic: 1 }));
    assert_eq!(old.byte(), 80 + 16);
    assert_eq!(items[2].as_ref().unwrap().0, 141);
    let zeros = items[3].as_ref().unwrap_err();
    assert_eq!(zeros.kind, FindingKind::Batch(BatchError::Length { got: 0 }));
    assert_eq!(zeros.to_string(), "batch at 219: batch length at byte 8 is 0, at least 14 wanted");
    // Headers only: the damaged batch is one like any other.
    assert_eq!(Segment::headers(&log).next().unwrap().unwrap().0, 0);
}
