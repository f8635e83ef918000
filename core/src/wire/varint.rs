//! How are the integers inside a record written? Zigzag, then seven bits a byte, lowest first.

use super::bytes::{Reader, Writer};

/// Why a variable-length integer could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VarintError {
    /// The bytes end inside it.
    Truncated,
    /// Its last allowed byte still says that more follow.
    TooLong,
}

/// Bytes of the longest 32-bit integer.
const MAX_I32_BYTES: u32 = 5;
/// Bytes of the longest 64-bit integer.
const MAX_I64_BYTES: u32 = 10;

/// Reads a 32-bit integer of at most five bytes (R9).
///
/// As in Kafka a padded encoding (`80 00` for 0) is read, and bits that do not fit into 32 are
/// dropped.
pub(super) fn read_i32(reader: &mut Reader<'_>) -> Result<i32, VarintError> {
    let [a, b, c, d, ..] = read_unsigned(reader, MAX_I32_BYTES)?.to_le_bytes();
    let zigzag = u32::from_le_bytes([a, b, c, d]);
    Ok((zigzag >> 1).cast_signed() ^ (zigzag & 1).cast_signed().wrapping_neg())
}

/// Reads a 64-bit integer of at most ten bytes (R9).
pub(super) fn read_i64(reader: &mut Reader<'_>) -> Result<i64, VarintError> {
    let zigzag = read_unsigned(reader, MAX_I64_BYTES)?;
    Ok((zigzag >> 1).cast_signed() ^ (zigzag & 1).cast_signed().wrapping_neg())
}

fn read_unsigned(reader: &mut Reader<'_>, max_bytes: u32) -> Result<u64, VarintError> {
    let mut value = 0u64;
    for index in 0..max_bytes {
        let byte = reader.byte().ok_or(VarintError::Truncated)?;
        value |= u64::from(byte & 0x7f).wrapping_shl(index.wrapping_mul(7));
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(VarintError::TooLong)
}

const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// Bytes that `value` takes, 1 to 10. A 32-bit integer takes the same bytes whichever width it is
/// written with.
pub(super) const fn len(value: i64) -> usize {
    match zigzag(value).leading_zeros() {
        57.. => 1,
        50.. => 2,
        43.. => 3,
        36.. => 4,
        29.. => 5,
        22.. => 6,
        15.. => 7,
        8.. => 8,
        1.. => 9,
        0 => 10,
    }
}

/// Writes `value` in its shortest form.
pub(super) fn write(writer: &mut Writer<'_>, value: i64) -> Option<()> {
    let mut rest = zigzag(value);
    while rest > 0x7f {
        let [low, ..] = rest.to_le_bytes();
        writer.field([low | 0x80])?;
        rest >>= 7;
    }
    let [last, ..] = rest.to_le_bytes();
    writer.field([last])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn i32_of(bytes: &[u8]) -> Result<i32, VarintError> {
        read_i32(&mut Reader::new(bytes, 0))
    }

    #[test]
    fn r9_every_width_takes_as_many_bytes_as_len_says_and_reads_back() {
        let mut values = [0i64; 130];
        for (i, value) in values.iter_mut().enumerate() {
            *value = match i % 2 {
                0 => i64::MAX >> (i / 2).min(63),
                _ => i64::MIN >> (i / 2).min(63),
            };
        }
        let mut seen = 0;
        for value in values {
            let mut buffer = [0u8; 10];
            let size = len(value);
            write(&mut Writer::new(&mut buffer[..size]), value).unwrap();
            let mut reader = Reader::new(&buffer, 0);
            assert_eq!(read_i64(&mut reader), Ok(value));
            assert_eq!(reader.position(), size, "{value}");
            seen += 1;
        }
        assert_eq!(seen, 130);
    }

    #[test]
    fn r9_an_integer_of_six_bytes_is_too_long_and_padding_is_read() {
        assert_eq!(i32_of(&[0x80, 0x00]), Ok(0));
        assert_eq!(i32_of(&[0x80; 4]), Err(VarintError::Truncated));
        assert_eq!(i32_of(&[0x80; 6]), Err(VarintError::TooLong));
        assert_eq!(i32_of(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Ok(i32::MIN));
        // Kafka shifts the fifth byte's high bits out of the integer.
        assert_eq!(i32_of(&[0xff, 0xff, 0xff, 0xff, 0x7f]), Ok(i32::MIN));
    }
}
