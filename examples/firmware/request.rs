//! What can the device ask of the board it sits on? Both ends of the wire read this file.
//!
//! A request is a kind, the length of its body as 16 bits, and the body; an answer is a length and
//! a body. Numbers are big-endian. The device asks one thing at a time.

/// The longest body of a request or an answer, in bytes.
pub const MAX_BODY: usize = 1024;

/// Flash: address u32, length u16. Answered by the bytes.
pub const READ: u8 = b'R';
/// Flash: address u32, bytes. Answered by one of the words below.
pub const PROGRAM: u8 = b'P';
/// Flash: from u32, to u32. Answered by one of the words below.
pub const ERASE: u8 = b'E';
/// The meter: number u32 of a reading, and how many are wanted from there on, u8. Answered by value
/// i32 and time i64 of each that was taken already.
pub const MEASURE: u8 = b'M';
/// The clock: sleep until an i64, in milliseconds. Answered by the time then, i64.
pub const SLEEP: u8 = b'T';
/// The modem, InitProducerId. Answered by id i64, epoch i16; by nothing if no answer came.
pub const INIT: u8 = b'I';
/// The modem, Produce: a record batch, to be sent. Answered by nothing, at once.
pub const PRODUCE: u8 = b'S';
/// The modem, the answer to the oldest Produce that has none yet: code i16, base offset i64, log
/// append time i64, log start offset i64; nothing if none came in time.
pub const RECEIVE: u8 = b'A';
/// The modem, DescribeProducers: id i64. Answered by epoch i32, last sequence i32 if it is known;
/// by the log start offset i64 and a byte if not; by nothing if no answer came.
pub const DESCRIBE: u8 = b'D';

/// The flash did it.
pub const DONE: u8 = 0;
/// The address or length is no multiple of what it must be.
pub const NOT_ALIGNED: u8 = 1;
/// It ends behind the flash.
pub const OUT_OF_BOUNDS: u8 = 2;
/// A bit that is 0 was to become 1, which only erasing does.
pub const NOT_ERASED: u8 = 3;

/// Bytes that can be programmed at once, and on which they must begin.
pub const WRITE_SIZE: usize = 4;
/// Bytes that are erased at once.
pub const ERASE_SIZE: usize = 4096;
/// Bytes of flash.
pub const CAPACITY: usize = 4 * ERASE_SIZE;
