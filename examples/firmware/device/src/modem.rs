//! How does the device speak to the broker? An answer comes later, or never.

use fencepost::error_code::ErrorCode;
use fencepost::ids::{Epoch, Identity, ProducerId, Timestamp};
use fencepost::producer::{Answer, Described, Response};

use crate::board::{Board, Fields};
use crate::request::{DESCRIBE, INIT, PRODUCE, RECEIVE, SLEEP};

/// The time; after sleeping until `until`, if that is later.
pub(crate) fn sleep(board: &Board, until: Timestamp) -> Timestamp {
    let mut now = [0; 8];
    board.ask(SLEEP, &[&until.as_millis().to_be_bytes()], &mut now);
    Timestamp::from_millis(i64::from_be_bytes(now))
}

pub(crate) fn now(board: &Board) -> Timestamp {
    sleep(board, Timestamp::from_millis(i64::MIN))
}

/// InitProducerId; `None` if no answer came.
pub(crate) fn init_producer_id(board: &Board) -> Option<Identity> {
    let mut answer = [0; 10];
    let mut fields = Fields(board.ask(INIT, &[], &mut answer));
    let id = ProducerId::new(i64::from_be_bytes(fields.take()?))?;
    Some(Identity { id, epoch: Epoch::new(i16::from_be_bytes(fields.take()?))? })
}

/// Produce: the answer comes later.
pub(crate) fn send(board: &Board, batch: &[u8]) {
    board.ask(PRODUCE, &[batch], &mut []);
}

/// The answer to the oldest batch that was sent and has none.
pub(crate) fn receive(board: &Board) -> Answer {
    let mut answer = [0; 26];
    let mut fields = Fields(board.ask(RECEIVE, &[], &mut answer));
    let mut response = || {
        Some(Response {
            code: ErrorCode::new(i16::from_be_bytes(fields.take()?)),
            base_offset: i64::from_be_bytes(fields.take()?),
            log_append_time: i64::from_be_bytes(fields.take()?),
            log_start_offset: i64::from_be_bytes(fields.take()?),
        })
    };
    response().map_or(Answer::TimedOut, Answer::Response)
}

/// DescribeProducers.
pub(crate) fn describe(board: &Board, id: ProducerId) -> Described {
    let mut answer = [0; 9];
    match *board.ask(DESCRIBE, &[&id.get().to_be_bytes()], &mut answer) {
        [a, b, c, d, e, f, g, h] => Described::Listed {
            epoch: i32::from_be_bytes([a, b, c, d]),
            last_sequence: i32::from_be_bytes([e, f, g, h]),
        },
        [a, b, c, d, e, f, g, h, _] => {
            let start = i64::from_be_bytes([a, b, c, d, e, f, g, h]);
            Described::NotListed { log_start_offset: Some(start) }
        }
        _ => Described::Failed,
    }
}
