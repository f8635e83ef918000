//! Producer ids are handed out once (coordinator spec 1 to 3; vectors C-B of 14).

use fencepost::coordinator::{
    Allocation, BlockAllocator, BlockRefusal, IdBlock, IdGenerator, InitProducerId, NextProducerId,
    Refusal, UnusableBlock,
};
use fencepost::error_code::ErrorCode;
use fencepost::ids::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(0);

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn next(next: i64) -> NextProducerId {
    NextProducerId { broker_id: 1, broker_epoch: 100, next }
}

fn first(allocator: &BlockAllocator) -> i64 {
    allocator.allocate(1, 100, Some(100)).expect("ids are left").block.first
}

/// A generator whose request was sent and answered with `first .. first + len`.
fn filled(first: i64, len: i32) -> IdGenerator {
    let mut ids = IdGenerator::new();
    ids.generate(NOW).expect_err("it has no block yet");
    answer(&mut ids, first, len);
    ids
}

fn answer(ids: &mut IdGenerator, first: i64, len: i32) {
    assert!(ids.poll_request());
    ids.handle_sent();
    ids.handle_block(1, first, len, NOW).expect("the block is fine");
}

fn generate(ids: &mut IdGenerator, count: usize) -> Vec<i64> {
    let id = |_| ids.generate(NOW).ok().map(fencepost::ids::ProducerId::get);
    (0..count).map_while(id).collect()
}

/// As the reference.
#[test]
fn c_b1_first_block_begins_at_zero() {
    let want = Allocation {
        block: IdBlock { broker_id: 1, first: 0, len: 1000 },
        record: NextProducerId { broker_id: 1, broker_epoch: 100, next: 1000 },
    };
    assert_eq!(BlockAllocator::new().allocate(1, 100, Some(100)), Ok(want));
}

/// As the reference.
#[test]
fn c_b2_records_move_ids_forward_only() {
    let mut allocator = BlockAllocator::new();
    allocator.replay(next(42)).expect("42 is above 0");
    assert_eq!(first(&allocator), 42);
    for not_above in [40, 42] {
        let refused = allocator.replay(next(not_above));
        assert_eq!(refused, Err(BlockRefusal::NotAbove { next: 42, got: not_above }));
    }
    allocator.replay(next(50)).expect("50 is above 42");
    assert_eq!(first(&allocator), 50);
}

/// As the reference: a stale registration and none look the same.
#[test]
fn c_b3_a_broker_that_is_not_registered_so_gets_no_block() {
    let allocator = BlockAllocator::new();
    for (broker, epoch, registered) in [(99, 0, None), (1, 99, Some(100))] {
        let refused = allocator.allocate(broker, epoch, registered).expect_err("is not registered");
        assert_eq!(refused.error_code(), ErrorCode::STALE_BROKER_EPOCH);
    }
}

/// As the reference.
#[test]
fn c_b5_the_last_whole_block_is_given_and_then_no_more() {
    let mut allocator = BlockAllocator::new();
    allocator.replay(next(i64::MAX - 1000)).expect("is above 0");
    let last = allocator.allocate(1, 100, Some(100)).expect("one block is left");
    assert_eq!((last.block.first, last.block.last()), (i64::MAX - 1000, i64::MAX - 1));
    assert_eq!(last.record.next, i64::MAX);
    allocator.replay(last.record).expect("is above");
    let refused = allocator.allocate(1, 100, Some(100)).expect_err("none is left");
    assert_eq!(refused, BlockRefusal::Exhausted { next: i64::MAX });
    assert_eq!(refused.error_code(), ErrorCode::UNKNOWN_SERVER_ERROR);
}

/// As the reference.
#[test]
fn c_b6_blocks_of_several_brokers_follow_each_other() {
    let mut allocator = BlockAllocator::new();
    for i in 0..100 {
        let given = allocator.allocate(i % 4, 5, Some(5)).expect("ids are left");
        assert_eq!(given.block.first, i64::from(i) * 1000);
        allocator.replay(given.record).expect("is above");
    }
    let want = IdBlock { broker_id: 3, first: 100_000, len: 1000 };
    assert_eq!(allocator.next_block(), want);
}

/// As the reference (spec 1, surprise): only the record counts, and it counts once.
#[test]
fn two_allocations_without_a_replay_are_one_block_of_which_one_record_is_taken() {
    let mut allocator = BlockAllocator::new();
    let one = allocator.allocate(1, 100, Some(100)).expect("ids are left");
    let two = allocator.allocate(2, 7, Some(7)).expect("ids are left");
    assert_eq!(one.block.first, two.block.first);
    allocator.replay(one.record).expect("is above");
    allocator.replay(two.record).expect_err("is not above");
}

/// Deviates: Kafka takes any number in the first record, and would then give out negative ids.
#[test]
fn the_first_record_can_not_begin_below_zero() {
    let mut allocator = BlockAllocator::new();
    allocator.replay(next(-5)).expect_err("-5 is no producer id");
    assert_eq!(allocator, BlockAllocator::default());
    allocator.replay(next(0)).expect("0 is one");
    allocator.replay(next(0)).expect_err("0 is not above 0");
}

/// As the reference.
#[test]
fn c_b7_a_block_of_one_id_is_claimed_once() {
    let mut ids = filled(1, 1);
    assert_eq!(generate(&mut ids, 3), [1]);
    ids.generate(NOW).expect_err("is empty");
}

/// As the reference: the first call on a fresh broker fails at once, and asks (KAFKA-14694).
#[test]
fn c_b8_a_fresh_generator_fails_and_wants_a_block() {
    let mut ids = IdGenerator::new();
    assert!(!ids.poll_request());
    let refused = ids.generate(NOW).expect_err("it has no block yet");
    assert_eq!(refused.error_code(), ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
    assert!(ids.poll_request());
    ids.handle_sent();
    ids.generate(NOW).expect_err("the answer is not there");
    assert!(!ids.poll_request(), "it was sent");
}

/// As the reference.
#[test]
fn c_b9_the_next_block_is_fetched_at_the_901st_id() {
    let mut ids = filled(0, 1000);
    assert_eq!(generate(&mut ids, 900), (0..900).collect::<Vec<_>>());
    assert!(!ids.poll_request());
    assert_eq!(generate(&mut ids, 1), [900]);
    assert!(ids.poll_request());
}

/// As the reference.
#[test]
fn c_b10_the_fetched_block_is_used_when_the_current_one_is_empty() {
    let mut ids = filled(0, 1000);
    generate(&mut ids, 901);
    answer(&mut ids, 1000, 1000);
    assert_eq!(generate(&mut ids, 100), (901..1001).collect::<Vec<_>>());
    assert!(!ids.poll_request() && ids.next_block().is_none());
    // Nothing is in flight, so the block after it is asked for in time.
    assert_eq!(generate(&mut ids, 900).last(), Some(&1900));
    assert!(ids.poll_request());
}

/// As the reference.
#[test]
fn c_b11_a_block_of_one_id_asks_for_the_next_at_once() {
    let mut ids = filled(0, 1);
    assert_eq!(generate(&mut ids, 1), [0]);
    assert!(ids.poll_request());
}

/// As the reference: a block of ten asks at its last id.
#[test]
fn a_block_of_ten_ids_asks_for_the_next_at_its_last() {
    let mut ids = filled(0, 10);
    generate(&mut ids, 9);
    assert!(!ids.poll_request());
    assert_eq!(generate(&mut ids, 1), [9]);
    assert!(ids.poll_request());
}

/// As the reference: a timeout has no backoff, an error has one of 50 ms.
#[test]
fn c_b13_after_a_timeout_the_request_is_repeated_at_once() {
    let mut ids = IdGenerator::new();
    ids.generate(NOW).expect_err("it has no block yet");
    ids.handle_sent();
    ids.handle_timeout();
    assert!(!ids.poll_request(), "it waits for somebody to need an id");
    ids.generate(NOW).expect_err("it has no block yet");
    assert!(ids.poll_request());

    ids.handle_sent();
    ids.handle_error(at(1000));
    for (now, wants) in [(1000, false), (1049, false), (1050, true)] {
        ids.generate(at(now)).expect_err("it has no block yet");
        assert_eq!(ids.poll_request(), wants, "at {now}");
    }
}

/// As the reference.
#[test]
fn c_b14_what_is_no_range_of_ids_is_refused_and_backed_off() {
    for (first, len) in [(-1, 10), (5, -1), (i64::MAX - 1, 10), (i64::MIN, i32::MIN)] {
        let mut ids = IdGenerator::new();
        ids.generate(NOW).expect_err("it has no block yet");
        ids.handle_sent();
        ids.handle_block(1, first, len, NOW).expect_err("is no block");
        ids.generate(at(49)).expect_err("it has no block yet");
        assert!(!ids.poll_request());
        ids.generate(at(50)).expect_err("it has no block yet");
        assert!(ids.poll_request());
    }
}

/// As Kafka 4.4.0; deviates from 3.9 to 4.1 and the trunk of 2024-10, which take a block at the
/// last id of the one in use (9 here) and hand that id out twice.
#[test]
fn c_b15_a_block_that_is_not_above_the_one_in_use_is_refused() {
    for not_above in [8, 9] {
        let mut ids = filled(0, 10);
        generate(&mut ids, 10);
        ids.handle_sent();
        let refused = ids.handle_block(1, not_above, 10, NOW);
        assert_eq!(refused, Err(UnusableBlock::NotAbove { last: 9, got: not_above }));
        assert_eq!(generate(&mut ids, 1), []);
    }
    let mut ids = filled(0, 10);
    generate(&mut ids, 10);
    answer(&mut ids, 10, 10);
    assert_eq!(generate(&mut ids, 2), [10, 11]);
}

/// Deviates: the counter of Kafka 4.4.0's `ProducerIdsBlock` wraps at the highest number, so that
/// its last block gives out negative ids, from the second call after its end on.
#[test]
fn after_the_last_block_there_are_no_ids_and_no_negative_ones() {
    let mut ids = filled(i64::MAX - 1000, 1000);
    assert_eq!(generate(&mut ids, 1000).last(), Some(&(i64::MAX - 1)));
    for _ in 0..3 {
        ids.generate(NOW).expect_err("none is left");
    }
}

/// As the reference: a block without ids is asked for again.
#[test]
fn an_empty_block_gives_nothing_and_the_next_is_wanted() {
    let mut ids = filled(5, 0);
    ids.generate(NOW).expect_err("it is empty");
    assert!(ids.poll_request());
    answer(&mut ids, 5, 3);
    assert_eq!(generate(&mut ids, 9), [5, 6, 7]);
}

/// As the reference: an answer that came late, for a request that was given up, is a block too.
#[test]
fn two_answers_give_ids_of_the_later_block_only() {
    let mut ids = filled(0, 1);
    ids.handle_block(1, 10, 2, NOW).expect("is above");
    ids.handle_block(1, 20, 2, NOW).expect("is above");
    assert_eq!(generate(&mut ids, 9), [20, 21]);
}

/// As the reference.
#[test]
fn while_the_next_block_is_there_none_is_asked_for() {
    let mut ids = filled(0, 10);
    generate(&mut ids, 1);
    ids.handle_block(1, 10, 10, NOW).expect("is above");
    generate(&mut ids, 9);
    assert!(!ids.poll_request(), "the block after this one is there already");
    generate(&mut ids, 10);
    assert!(ids.poll_request());
}

#[test]
fn a_request_that_is_not_wanted_is_not_taken_as_sent() {
    let mut ids = IdGenerator::new();
    ids.handle_sent();
    ids.generate(NOW).expect_err("it has no block yet");
    assert!(ids.poll_request());
}

/// As the reference (spec 3, surprise 14): timeout and expectation count for nothing.
#[test]
fn without_a_transactional_id_a_producer_always_gets_a_fresh_id_with_epoch_zero() {
    let mut ids = filled(4000, 1000);
    let mut init = |pid, epoch| {
        InitProducerId::idempotent(pid, epoch, || ids.generate(NOW).map_err(|e| e.error_code()))
    };
    for (pid, epoch, want) in [(-1, -1, 4000), (4000, 0, 4001), (4000, 0, 4002)] {
        let identity = init(pid, epoch).expect("ids are left");
        assert_eq!((identity.id.get(), identity.epoch.get()), (want, 0));
    }
    let mut none = IdGenerator::new();
    let refused =
        InitProducerId::idempotent(-1, -1, || none.generate(NOW).map_err(|e| e.error_code()));
    let code = ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
    assert_eq!(refused, Err(Refusal::NoProducerId { code }));
}

#[test]
fn the_machines_of_ids_are_small() {
    assert_eq!(size_of::<BlockAllocator>(), 16);
    assert_eq!(size_of::<IdGenerator>(), 64);
}
