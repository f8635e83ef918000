//! A ticket as words: what it was, and refused if anything of it is not.

mod common;

use common::{Core, at, commit, data, partition, txn};
use fencepost::broker::{
    Admission, Batch, Config, Context, ForeignTicket, TICKET_WORDS, TransactionVersion,
};
use fencepost::window::ContentTag;

fn config() -> Config {
    Config::kafka_4_2().verification(false)
}

fn words(partition: &Core, batch: &Batch, context: &Context) -> [u64; TICKET_WORDS] {
    match partition.admit(batch, context) {
        Ok(Admission::Append(ticket)) => {
            let words = partition.ticket_to_words(&ticket);
            assert_eq!(partition.ticket_from_words(&words), Ok(ticket));
            words
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn law1_a_ticket_that_went_through_words_records_what_it_would_have() {
    let (mut straight, mut carried) = (partition(4, 4, 4, config()), partition(4, 4, 4, config()));
    let client = Context::client(at(5));
    let coordinator = Context::coordinator(at(6), TransactionVersion::V0);
    let steps = [
        (data(7, 0, 0, 3), client),
        (data(-1, -1, -1, 1), client),
        (data(7, 0, 3, 2), client),
        (txn(8, 0, 0, 1), client),
        (commit(8, 0), coordinator),
        (commit(8, 0), coordinator),
    ];
    for (offset, (batch, context)) in (0_i64..).step_by(10).zip(steps) {
        let Ok(Admission::Append(ticket)) = straight.admit(&batch, &context) else { panic!() };
        let words = words(&carried, &batch, &context);
        let ticket_again = carried.ticket_from_words(&words).unwrap();
        let (a, b) = (straight.record(ticket, offset), carried.record(ticket_again, offset));
        assert_eq!(a.unwrap(), b.unwrap());
        let [a, b] = [&straight, &carried].map(|partition| {
            let mut all: Vec<_> = partition.producers().cloned().collect();
            all.sort_by_key(|slot| slot.producer_id());
            (all, partition.map_end_offset(), partition.first_unstable_offset())
        });
        assert_eq!(a, b);
    }
}

#[test]
fn r67_a_ticket_of_words_is_stale_like_any_other_and_copies_of_it_are_refused() {
    let mut partition: Core = partition(4, 0, 0, config());
    let words = words(&partition, &data(7, 0, 0, 1), &Context::client(at(5)));
    let ticket = partition.ticket_from_words(&words).unwrap();
    partition.record(ticket, 0).unwrap();
    let again = partition.ticket_from_words(&words).unwrap();
    assert!(partition.record(again, 1).is_err(), "recorded twice");
}

#[test]
fn a_ticket_with_any_bit_changed_is_refused() {
    let partition: Core = partition(4, 4, 4, config());
    let good = words(&partition, &txn(7, 3, 0, 9), &Context::client(at(5)));
    for word in 0..TICKET_WORDS {
        for bit in 0..64 {
            let mut bad = good;
            bad[word] ^= 1 << bit;
            let refused = partition.ticket_from_words(&bad);
            assert_eq!(refused, Err(ForeignTicket), "word {word} bit {bit}");
        }
    }
    assert_eq!(partition.ticket_from_words(&[0; TICKET_WORDS]), Err(ForeignTicket));
}

#[test]
fn a_ticket_of_another_partition_is_refused() {
    let here: Core = partition(4, 0, 0, config());
    let mut there: Core = common::partition(4, 0, 0, config());
    let words = words(&here, &data(7, 0, 0, 1), &Context::client(at(5)));
    let ticket = there.ticket_from_words(&words).unwrap();
    // The same seed: the version decides, and these two have seen the same.
    assert!(there.record(ticket, 0).is_ok());
    let storage = fencepost::broker::Storage {
        slots: vec![fencepost::broker::Slot::EMPTY; 4],
        index: vec![fencepost::broker::IndexLine::EMPTY; 1],
        transactions: vec![],
        guards: vec![],
    };
    let elsewhere: Core = Core::new(storage, config().seed(0xbeef));
    assert_eq!(elsewhere.ticket_from_words(&words), Err(ForeignTicket));
}

#[test]
fn a_ticket_keeps_the_tag_of_its_batch() {
    let partition: Core<ContentTag> = partition(4, 0, 0, config());
    let context = Context::client(at(5)).with_tag(ContentTag(0xdead_beef));
    let Ok(Admission::Append(ticket)) = partition.admit(&data(7, 0, 0, 1), &context) else {
        panic!()
    };
    let words = partition.ticket_to_words(&ticket);
    assert_eq!(partition.ticket_from_words(&words), Ok(ticket));
}
