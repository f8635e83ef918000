//! Probes of the snapshot room: both formats, in memory and as a stream, and the files' names.

use core::hint::black_box;

use fencepost::broker::{AbortedTransaction, TxnIndex, check_txn_index_append};
use fencepost::ids::Timestamp;
use fencepost::snapshot::{files, full, v1};
use fencepost::window::ContentTag;

use crate::any;
use crate::audit;
use crate::broker::Kept;
use crate::texts::{say, told};

#[inline(never)]
fn write(partition: &Kept<'_>, file: &mut [u8]) {
    told(v1::encode(partition.producers(), file));
    told(full::encode(partition.producers(), file));
    black_box((v1::header(partition.producers()), full::header(partition.producers())));
    for producer in partition.producers() {
        black_box((v1::entry(producer), full::entry(producer)));
    }
}

#[inline(never)]
fn read(partition: &mut Kept<'_>, file: &[u8]) {
    let now = Timestamp::from_millis(any(0));
    partition.begin_reload();
    for producer in told(v1::decode(file)).into_iter().flatten() {
        told(partition.load(&producer, now));
    }
    for producer in told(full::decode(file)).into_iter().flatten() {
        told(partition.load(&producer, now));
    }
    partition.finish_reload(any(8));
    partition.finish_reload_without_snapshot(any(8));
    if let Some(mut decoder) = told(full::Decoder::new(file, any(100))) {
        let mut rest = file;
        while let Some(Some((producer, used))) = told(decoder.entry::<ContentTag>(rest)) {
            black_box(producer);
            rest = rest.get(used..).unwrap_or(&[]);
        }
        if let Some((entries, _)) = told(decoder.entries::<ContentTag>(rest)) {
            told(partition.load_all(entries, now));
        }
        told(decoder.tail(rest));
        told(decoder.finish());
    }
}

#[inline(never)]
fn choose_files(partition: &Kept<'_>) {
    let offsets = any([1_i64, 2, 3]);
    let offsets = offsets.get(..any(2)).unwrap_or(&[]);
    black_box((files::latest(offsets), files::oldest(offsets)));
    say(files::deleted_name(any(3)));
    black_box(files::is_deleted(any("00000000000000000003.snapshot.deleted")));
    for offset in files::outside_log(offsets, any(1), any(2))
        .chain(files::before(offsets, any(2)))
        .chain(files::strays(offsets, offsets))
    {
        black_box(offset);
    }
    told(files::parse_name(any("00000000000000000003.snapshot")));
    black_box(partition.map_end_offset());
}

#[inline(never)]
fn read_transaction_index(bytes: &[u8]) {
    for entry in TxnIndex::new(bytes).filter_map(told) {
        black_box(entry.encode());
        told(check_txn_index_append(any(Some(5)), &entry));
    }
    told(TxnIndex::new(bytes).check(any(3)));
    told(TxnIndex::new(bytes).truncate_to(any(3)));
    let see = |aborted: AbortedTransaction| {
        black_box(aborted);
    };
    told(TxnIndex::new(bytes).collect_aborted(any(3), any(9), see));
}

pub(crate) fn see(partition: &mut Kept<'_>) {
    let mut file = any([0_u8; 1024]);
    let Some(file) = file.get_mut(..any(1000)) else { return };
    write(partition, file);
    read(partition, file);
    choose_files(partition);
    read_transaction_index(file);
    audit::see(partition);
}
