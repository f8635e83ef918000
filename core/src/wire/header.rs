//! What does a batch header say?

use super::bytes::{Writer, take};
use super::frame::BatchError;
use crate::ids::{NO_PRODUCER_ID, Stamp, raw};

/// The attribute bits of a batch. Only the low byte means something; the rest is carried as it came
/// (R5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Attributes(pub i16);

impl Attributes {
    /// Bits 0 to 2: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd; 5 to 7 name no codec.
    pub const CODEC_MASK: i16 = 0x07;
    /// Bit 3: the timestamp is the broker's append time, not the client's.
    pub const LOG_APPEND_TIME: i16 = 0x08;
    /// Bit 4: the batch is part of a transaction.
    pub const TRANSACTIONAL: i16 = 0x10;
    /// Bit 5: the batch is a control batch (a marker), not data.
    pub const CONTROL: i16 = 0x20;
    /// Bit 6: the base timestamp holds the delete horizon.
    pub const DELETE_HORIZON: i16 = 0x40;

    /// Bits 0 to 6, the ones that mean something; a broker that rewrites the attributes clears the
    /// others.
    pub const USED: i16 = 0x7f;

    /// With these bits set as well: `Attributes::default().with(Attributes::TRANSACTIONAL)`.
    #[must_use]
    pub const fn with(self, bits: i16) -> Self {
        Self(self.0 | bits)
    }

    /// The codec's number, 0 to 7.
    #[must_use]
    pub const fn codec(self) -> i16 {
        self.0 & Self::CODEC_MASK
    }

    /// Whether the batch is part of a transaction.
    #[must_use]
    pub const fn is_transactional(self) -> bool {
        self.0 & Self::TRANSACTIONAL != 0
    }

    /// Whether the batch is a control batch.
    #[must_use]
    pub const fn is_control(self) -> bool {
        self.0 & Self::CONTROL != 0
    }

    /// Whether the timestamp is the broker's append time.
    #[must_use]
    pub const fn is_log_append_time(self) -> bool {
        self.0 & Self::LOG_APPEND_TIME != 0
    }

    /// Whether the base timestamp holds the delete horizon.
    #[must_use]
    pub const fn has_delete_horizon(self) -> bool {
        self.0 & Self::DELETE_HORIZON != 0
    }
}

/// The 61 bytes of a batch header (format v2, magic 2) as raw integers, none of them trusted.
///
/// Values are as on the wire and big-endian there; any may stand in any field. Derived values wrap
/// as Java's do. The fields lie as in C's `fencepost_batch_header`, large ones first, so that a
/// batch of a C program is read where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(C)]
pub struct BatchHeader {
    /// Offset of the first record.
    pub base_offset: i64,
    /// Timestamp of the first record, or the delete horizon. Milliseconds.
    pub base_timestamp: i64,
    /// Largest timestamp in the batch. Milliseconds.
    pub max_timestamp: i64,
    /// Producer id, or -1.
    pub producer_id: i64,
    /// Bytes after this field; the batch takes 12 more.
    pub batch_length: i32,
    /// Set by the leader; outside the CRC.
    pub partition_leader_epoch: i32,
    /// CRC-32C of the bytes from offset 21 to the end.
    pub crc: u32,
    /// Last offset minus base offset; also last sequence minus base sequence.
    pub last_offset_delta: i32,
    /// Sequence of the first record, or -1.
    pub base_sequence: i32,
    /// Number of records; 0 is legal after compaction.
    pub records_count: i32,
    /// Codec, timestamp type, transactional and control bits.
    pub attributes: Attributes,
    /// Producer epoch, or -1.
    pub producer_epoch: i16,
}

impl BatchHeader {
    /// Bytes a header takes.
    pub const LEN: usize = 61;

    /// Whether an idempotent or transactional producer wrote the batch: `producer_id > -1` (R1).
    #[must_use]
    pub const fn has_producer_id(&self) -> bool {
        self.producer_id > NO_PRODUCER_ID
    }

    /// Offset of the last record, wrapping.
    #[must_use]
    pub fn last_offset(&self) -> i64 {
        self.base_offset.wrapping_add(i64::from(self.last_offset_delta))
    }

    /// Offset after the last record, wrapping.
    #[must_use]
    pub fn next_offset(&self) -> i64 {
        self.last_offset().wrapping_add(1)
    }

    /// Sequence of the last record, -1 if the batch has none (R4).
    #[must_use]
    pub const fn last_sequence(&self) -> i32 {
        raw::last_sequence(self.base_sequence, self.last_offset_delta)
    }

    /// The magic of format v2.
    pub const MAGIC: i8 = 2;

    /// Reads the header at the start of `bytes`; what follows its 61 bytes is not looked at.
    ///
    /// Only the magic is checked, because it says what the other bytes mean. Any other field may
    /// hold any value, the length too: [`frame`](super::frame()) judges that (broker spec 2.1).
    ///
    /// # Errors
    /// [`BatchError::Truncated`] for fewer than 61 bytes, [`BatchError::Legacy`] or
    /// [`BatchError::Magic`] for another magic than 2.
    #[inline]
    pub fn parse(bytes: &[u8]) -> Result<Self, BatchError> {
        let Some((magic, header)) = Self::fields(bytes) else {
            return Err(BatchError::Truncated { wanted: Self::LEN, got: bytes.len() });
        };
        match magic {
            Self::MAGIC => Ok(header),
            magic @ (0 | 1) => Err(BatchError::Legacy { magic }),
            got => Err(BatchError::Magic { got }),
        }
    }

    /// The magic, and the other fields as format v2 places them.
    #[inline]
    fn fields(bytes: &[u8]) -> Option<(i8, Self)> {
        let mut bytes: &[u8] = bytes.first_chunk::<{ Self::LEN }>()?;
        let base_offset = i64::from_be_bytes(take(&mut bytes)?);
        let batch_length = i32::from_be_bytes(take(&mut bytes)?);
        let partition_leader_epoch = i32::from_be_bytes(take(&mut bytes)?);
        let magic = i8::from_be_bytes(take(&mut bytes)?);
        let header = Self {
            base_offset,
            batch_length,
            partition_leader_epoch,
            crc: u32::from_be_bytes(take(&mut bytes)?),
            attributes: Attributes(i16::from_be_bytes(take(&mut bytes)?)),
            last_offset_delta: i32::from_be_bytes(take(&mut bytes)?),
            base_timestamp: i64::from_be_bytes(take(&mut bytes)?),
            max_timestamp: i64::from_be_bytes(take(&mut bytes)?),
            producer_id: i64::from_be_bytes(take(&mut bytes)?),
            producer_epoch: i16::from_be_bytes(take(&mut bytes)?),
            base_sequence: i32::from_be_bytes(take(&mut bytes)?),
            records_count: i32::from_be_bytes(take(&mut bytes)?),
        };
        Some((magic, header))
    }

    /// Writes the 61 bytes, every field as it is, the CRC too: [`seal`](super::seal) computes that.
    pub fn write(&self, out: &mut [u8; Self::LEN]) {
        let mut writer = Writer::new(out);
        let written = self.put(&mut writer);
        debug_assert!(written.is_some(), "the fields take exactly the header's length");
    }

    fn put(&self, writer: &mut Writer<'_>) -> Option<()> {
        writer.field(self.base_offset.to_be_bytes())?;
        writer.field(self.batch_length.to_be_bytes())?;
        writer.field(self.partition_leader_epoch.to_be_bytes())?;
        writer.field(Self::MAGIC.to_be_bytes())?;
        writer.field(self.crc.to_be_bytes())?;
        writer.field(self.attributes.0.to_be_bytes())?;
        writer.field(self.last_offset_delta.to_be_bytes())?;
        writer.field(self.base_timestamp.to_be_bytes())?;
        writer.field(self.max_timestamp.to_be_bytes())?;
        writer.field(self.producer_id.to_be_bytes())?;
        writer.field(self.producer_epoch.to_be_bytes())?;
        writer.field(self.base_sequence.to_be_bytes())?;
        writer.field(self.records_count.to_be_bytes())
    }

    /// Puts a producer's identity and first sequence into the header's fields.
    pub const fn stamp(&mut self, stamp: Stamp) {
        self.producer_id = stamp.identity.id.get();
        self.producer_epoch = stamp.identity.epoch.get();
        self.base_sequence = stamp.base_sequence.get();
    }

    /// Sets the base offset so that the last record gets `last_offset`, as a leader does (broker
    /// spec 2.3).
    pub fn set_last_offset(&mut self, last_offset: i64) {
        self.base_offset = last_offset.wrapping_sub(i64::from(self.last_offset_delta));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r5_only_the_low_byte_of_the_attributes_means_something_and_every_bit_is_carried() {
        let high = Attributes(0x7f00);
        assert_eq!(high.codec(), 0);
        assert!(!high.is_transactional() && !high.is_control() && !high.is_log_append_time());
        assert!(!high.has_delete_horizon());

        let mut bytes = [0; BatchHeader::LEN];
        // A frame of exactly a header, of format v2, with every attribute bit set.
        for (at, byte) in [(11, 49), (16, 2), (21, 0xff), (22, 0xff)] {
            bytes[at] = byte;
        }
        let header = BatchHeader::parse(&bytes).expect("a header");
        assert_eq!(header.attributes, Attributes(-1));
        assert_eq!(header.attributes.codec(), 7);
        let mut written = [0; BatchHeader::LEN];
        header.write(&mut written);
        assert_eq!(written, bytes);
    }
}
