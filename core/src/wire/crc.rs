//! What is the CRC-32C of these bytes, and what does a change far from the end do to it?

/// CRC-32C (Castagnoli, reflected, initial value and final xor all ones) of `bytes`. O(n).
#[must_use]
pub fn crc32c(bytes: &[u8]) -> u32 {
    crc32c_append(0, bytes)
}

/// CRC-32C of what `crc` covers followed by `bytes`; 0 covers nothing. O(n).
#[cfg(feature = "std")]
#[must_use]
pub fn crc32c_append(crc: u32, bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc, bytes)
}

/// CRC-32C of what `crc` covers followed by `bytes`; 0 covers nothing. O(n).
#[cfg(not(feature = "std"))]
#[must_use]
pub fn crc32c_append(crc: u32, bytes: &[u8]) -> u32 {
    // One table of 1 KiB. Sixteen tables are nine times as fast on a host, but take 16 KiB of
    // a device's flash, and hosts have the hardware's instruction behind the `std` feature.
    static CASTAGNOLI: crc::Crc<u32, crc::Table<1>> =
        crc::Crc::<u32, crc::Table<1>>::new(&crc::CRC_32_ISCSI);
    // The crate takes the register unreflected and before the final xor.
    let mut digest = CASTAGNOLI.digest_with_initial((!crc).reverse_bits());
    digest.update(bytes);
    digest.finalize()
}

/// The polynomial's lower 32 coefficients, reflected: bit 31 is x^0.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// x^8 modulo the polynomial: one byte further.
const ONE_BYTE: u32 = 0x0080_0000;

/// The product of two residues modulo the polynomial. 32 steps, no branches on the values.
const fn multiply(a: u32, b: u32) -> u32 {
    let mut product = 0;
    let mut factor = b;
    let mut bits = a;
    while bits != 0 {
        // Bit 31 is the coefficient of x^0: add the factor where `a` has one, then go on to the
        // next power.
        product ^= factor & (bits >> 31).wrapping_neg();
        factor = (factor >> 1) ^ (POLYNOMIAL & (factor & 1).wrapping_neg());
        bits <<= 1;
    }
    product
}

/// `POWERS[k]` is x^(8 * 2^k): what a residue is multiplied by to move it 2^k bytes further from
/// the end.
const POWERS: [u32; 32] = powers();

const fn powers() -> [u32; 32] {
    let mut table = [0; 32];
    let mut rest: &mut [u32] = &mut table;
    let mut power = ONE_BYTE;
    while let Some((slot, tail)) = rest.split_first_mut() {
        *slot = power;
        power = multiply(power, power);
        rest = tail;
    }
    table
}

/// Low bits of a distance that are walked by hashing zeros; the rest is multiplied.
///
/// A multiplication takes 37 ns whatever its power of two. Hashing zeros takes 0.13 ns a byte with
/// the hardware's instruction and 1.6 ns with the table: level at 256 bytes and at 24, so the bits
/// up to 2^7 and up to 2^4 are cheaper hashed. (Best of 200 rounds of 100 calls, release build, one
/// x86-64 core.) So one way serves every size and there is no threshold between two.
///
/// Restamping then takes, against stamping and computing the CRC anew (medians, same core): with
/// the table 31 and 47 ns at 61 bytes, 171 and 2,085 at 1 KiB, 448 and 2.1 ms at 1 MiB; in hardware
/// 27 and 12 ns at 61 bytes, 90 and 56 at 1 KiB, 142 and 173 at 4 KiB, 347 and 32,800 at 1 MiB. A
/// CRC computed anew is a little faster up to 2 KiB in hardware, but it would hide damage;
/// computing the old one too, to keep the damage, takes twice that.
const HASHED_BITS: usize = if cfg!(feature = "std") { 8 } else { 5 };

/// As many zeros as the hashed bits can ask for.
const ZEROS: [u8; 1 << HASHED_BITS] = [0; 1 << HASHED_BITS];

/// How a CRC changes when the bytes `difference` (old xor new) are followed by `distance` unchanged
/// ones (R19).
///
/// O(log distance): the changed bytes' residue is moved past the unchanged ones, which are never
/// read.
#[must_use]
pub(super) fn change(difference: &[u8], distance: u32) -> u32 {
    // A register of all ones is what the CRC 0xffffffff stands for once initial value and final xor
    // are taken out: an empty register. What remains is linear in the bytes.
    let residue = !crc32c_append(u32::MAX, difference);
    move_back(residue, distance)
}

/// Multiplies a residue by x^(8 * distance).
fn move_back(residue: u32, distance: u32) -> u32 {
    let [low, ..] = distance.to_le_bytes();
    let near = usize::from(low) & ZEROS.len().wrapping_sub(1);
    let mut residue = !crc32c_append(!residue, ZEROS.get(..near).unwrap_or_default());
    let mut bits = distance;
    for (k, power) in POWERS.iter().enumerate() {
        if k >= HASHED_BITS && bits & 1 != 0 {
            residue = multiply(residue, *power);
        }
        bits >>= 1;
    }
    residue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r7_the_check_value_of_the_algorithm_and_appending_in_parts() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c_append(crc32c(b"1234"), b"56789"), 0xe306_9283);
        assert_eq!(crc32c(b""), 0);
    }

    #[test]
    fn r19_moving_a_residue_is_hashing_zeros_behind_it_for_every_distance() {
        let mut hashed = 0x1234_5678u32;
        for distance in 0..=70_000 {
            assert_eq!(move_back(0x1234_5678, distance), hashed, "{distance}");
            hashed = !crc32c_append(!hashed, &[0]);
        }
    }

    #[test]
    fn r19_every_power_is_the_square_of_the_one_before() {
        for (k, pair) in POWERS.windows(2).enumerate() {
            assert_eq!(multiply(pair[0], pair[0]), pair[1], "power {k}");
        }
        assert_eq!(POWERS[0], !crc32c_append(!0x8000_0000, &[0]));
    }
}
