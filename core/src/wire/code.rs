//! Which Kafka codes does this room answer with?

pub(super) const UNKNOWN_SERVER_ERROR: i16 = -1;
pub(super) const CORRUPT_MESSAGE: i16 = 2;
pub(super) const INVALID_TIMESTAMP: i16 = 32;
pub(super) const UNSUPPORTED_COMPRESSION_TYPE: i16 = 76;
pub(super) const INVALID_RECORD: i16 = 87;
