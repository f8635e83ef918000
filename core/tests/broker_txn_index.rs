//! Which transactions were aborted: the `.txnindex` file, R57 and R58 (broker spec 7.10).

mod common;

use common::{abort, commit, log, rules, txn};
use fencepost::broker::{
    AbortedTransaction, TXN_INDEX_ENTRY_LEN, TxnIndex, TxnIndexError, check_txn_index_append,
};
use fencepost_model as model;
use proptest::prelude::*;

fn aborted(producer_id: i64, first: i64, last: i64, stable: i64) -> AbortedTransaction {
    AbortedTransaction {
        producer_id,
        first_offset: first,
        last_offset: last,
        last_stable_offset: stable,
    }
}

fn file(entries: &[AbortedTransaction]) -> Vec<u8> {
    entries.iter().flat_map(AbortedTransaction::encode).collect()
}

fn read(bytes: &[u8]) -> Result<Vec<AbortedTransaction>, TxnIndexError> {
    TxnIndex::new(bytes).collect()
}

#[test]
fn r57_an_entry_is_kafkas_34_bytes() {
    let want = "000000000000000003e800000000000003ea00000000000004350000000000000436";
    let bytes = aborted(1000, 1002, 1077, 1078).encode();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, want);
    assert_eq!(read(&bytes), Ok(vec![aborted(1000, 1002, 1077, 1078)]));
}

#[test]
fn r57_only_the_first_byte_of_the_version_is_looked_at_and_only_above_zero_refused() {
    let mut bytes = file(&[aborted(1, 0, 1, 2), aborted(2, 0, 3, 4)]);
    bytes[34] = 0x80;
    bytes[35] = 0xFF;
    assert_eq!(read(&bytes).unwrap().len(), 2, "negative, and 255 in the second byte");
    bytes[34] = 1;
    let error = TxnIndexError::UnknownVersion { entry: 1, version: 1 };
    assert_eq!(read(&bytes), Err(error));
    assert!(error.to_string().contains("entry 1"));
    let mut index = TxnIndex::new(&bytes);
    assert!(
        index.next().unwrap().is_ok() && index.next().unwrap().is_err() && index.next().is_none()
    );
    assert_eq!(TxnIndex::new(&bytes).truncate_to(1), Ok(Some((0, None))), "the cut comes first");
    assert_eq!(TxnIndex::new(&bytes).truncate_to(2), Err(error));
}

#[test]
fn r57_a_tail_shorter_than_an_entry_is_ignored() {
    let bytes = file(&[aborted(1, 0, 1, 2)]);
    for len in 0..34 {
        assert_eq!(read(&bytes[..len]), Ok(vec![]));
        assert_eq!(read(&[&bytes[..], &bytes[..len]].concat()).unwrap().len(), 1);
    }
}

#[test]
fn r57_a_marker_must_come_after_the_last_one_that_is_known() {
    let entry = aborted(1, 0, 10, 11);
    assert_eq!(check_txn_index_append(None, &entry), Ok(()));
    assert_eq!(check_txn_index_append(Some(9), &entry), Ok(()));
    let refused = check_txn_index_append(Some(10), &entry);
    assert_eq!(refused, Err(TxnIndexError::NotAfterLast { last: 10, got: 10 }));
}

#[test]
fn r57_an_abort_has_an_index_entry_and_a_commit_has_none() {
    let mut log = log(rules());
    log.send(txn(1, 0, 0, 1)).at(0);
    log.send(txn(2, 0, 0, 1)).at(1);
    assert_eq!(log.coordinate(commit(1, 0)).at(2)[0].index_entry(), None);
    assert_eq!(log.coordinate(abort(2, 0)).at(3)[0].index_entry(), Some(aborted(2, 1, 3, 4)));
}

#[test]
fn r57_an_index_whose_entry_ends_before_its_segment_is_corrupt() {
    let bytes = file(&[aborted(1, 0, 10, 11), aborted(2, 0, 4, 11)]);
    assert_eq!(TxnIndex::new(&bytes).check(4), Ok(()));
    let error = TxnIndexError::BeforeSegment { entry: 1, base_offset: 5, got: 4 };
    assert_eq!(TxnIndex::new(&bytes).check(5), Err(error));
    assert!(error.to_string().contains("offset 4"));
}

#[test]
fn r58_truncation_cuts_at_the_first_entry_that_ends_at_or_after_the_offset() {
    let bytes = file(&[aborted(1, 0, 10, 11), aborted(2, 5, 15, 13), aborted(3, 6, 25, 26)]);
    let cut = |offset| TxnIndex::new(&bytes).truncate_to(offset).unwrap();
    assert_eq!(cut(26), None);
    assert_eq!(cut(25), Some((2 * TXN_INDEX_ENTRY_LEN, Some(15))));
    assert_eq!(cut(15), Some((TXN_INDEX_ENTRY_LEN, Some(10))));
    assert_eq!(cut(0), Some((0, None)));
}

#[test]
fn r58_a_fetch_is_told_of_what_it_meets_until_an_entry_is_stable_behind_it() {
    let bytes = file(&[aborted(1, 0, 10, 11), aborted(2, 5, 15, 13), aborted(3, 18, 35, 25)]);
    let told = |from, to| {
        let mut told = Vec::new();
        let complete =
            TxnIndex::new(&bytes).collect_aborted(from, to, |txn| told.push(txn.producer_id));
        (told, complete.unwrap())
    };
    assert_eq!(told(0, 100), (vec![1, 2, 3], false));
    assert_eq!(told(0, 11), (vec![1], true));
    assert_eq!(told(0, 12), (vec![1, 2], true));
    assert_eq!(told(11, 18), (vec![2], true));
    assert_eq!(told(16, 19), (vec![3], true));
    assert_eq!(told(36, 40), (vec![], false));
}

fn offset() -> impl Strategy<Value = i64> {
    prop_oneof![9 => 0..20_i64, 1 => any::<i64>()]
}

fn entries() -> impl Strategy<Value = Vec<AbortedTransaction>> {
    let entry =
        (0..4_i64, offset(), offset(), offset()).prop_map(|(p, f, l, s)| aborted(p, f, l, s));
    prop::collection::vec(entry, 0..9)
}

fn of_model(entries: &[AbortedTransaction]) -> model::TxnIndex {
    let entries = entries.iter().map(|entry| model::AbortedTxn {
        producer_id: entry.producer_id,
        first_offset: entry.first_offset,
        last_offset: entry.last_offset,
        last_stable_offset: entry.last_stable_offset,
    });
    model::TxnIndex { entries: entries.collect(), last_offset: None }
}

proptest! {
    #[test]
    fn r58_truncation_and_look_up_are_the_models(
        entries in entries(),
        from in offset(),
        to in offset(),
        tail in prop::collection::vec(any::<u8>(), 0..34),
    ) {
        let bytes = [file(&entries), tail].concat();
        let index = TxnIndex::new(&bytes);
        prop_assert_eq!(read(&bytes).unwrap(), entries.clone());

        let want = of_model(&entries).collect(from, to);
        let mut told = Vec::new();
        let complete = index.clone().collect_aborted(from, to, |txn| told.push(txn)).unwrap();
        prop_assert_eq!(of_model(&told).entries, want.transactions);
        prop_assert_eq!(complete, want.complete);

        let mut cut = of_model(&entries);
        cut.truncate_to(to);
        match index.truncate_to(to).unwrap() {
            Some((len, last)) => {
                prop_assert_eq!(of_model(&read(&bytes[..len]).unwrap()).entries, cut.entries);
                prop_assert_eq!(last, cut.last_offset);
            }
            None => prop_assert_eq!(cut.entries.len(), entries.len()),
        }
    }

    #[test]
    fn r57_any_bytes_are_entries_or_an_error_that_names_one(
        mut bytes in prop::collection::vec(any::<u8>(), 0..200),
        offset in any::<i64>(),
        zeroed in any::<bool>(),
    ) {
        if zeroed {
            bytes.chunks_mut(TXN_INDEX_ENTRY_LEN).for_each(|entry| entry[0] = 0);
        }
        let whole = bytes.len() / TXN_INDEX_ENTRY_LEN;
        let mut entries = bytes.chunks_exact(TXN_INDEX_ENTRY_LEN);
        let bad = entries.position(|entry| entry[0].cast_signed() > 0);
        match (read(&bytes), bad) {
            (Ok(entries), None) => prop_assert_eq!(entries.len(), whole),
            (Err(TxnIndexError::UnknownVersion { entry, version }), Some(bad)) => {
                prop_assert_eq!(entry, bad);
                prop_assert_eq!(version, bytes[bad * TXN_INDEX_ENTRY_LEN].cast_signed());
            }
            (have, bad) => prop_assert!(false, "{:?}, the bad one is {:?}", have, bad),
        }
        if let Ok(Some((len, _))) = TxnIndex::new(&bytes).truncate_to(offset) {
            prop_assert!(len < bytes.len() && len % TXN_INDEX_ENTRY_LEN == 0);
        }
        if let Err(TxnIndexError::BeforeSegment { got, .. }) = TxnIndex::new(&bytes).check(offset) {
            prop_assert!(got < offset);
        }
        let _told = TxnIndex::new(&bytes).collect_aborted(offset, offset.wrapping_add(5), |_| ());
    }
}
