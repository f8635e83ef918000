//! Which of a few numbers that lie side by side are this one?
//!
//! On x86-64 with std all at once, by instructions that each such processor has; elsewhere in
//! words. Both say the same.

#[cfg(all(feature = "std", target_arch = "x86_64", target_feature = "sse2"))]
use safe_arch::{
    cmp_eq_mask_i8_m128i, cmp_eq_mask_i32_m128i, move_mask_i8_m128i, pack_i16_to_i8_m128i,
    pack_i32_to_i16_m128i, set_i32_m128i, set_i32_m128i_s, set_i64_m128i, set_splat_i8_m128i,
    set_splat_i32_m128i,
};

/// The first of twelve bytes that is this one. The four behind them are read with them, and mean
/// nothing.
#[cfg(all(feature = "std", target_arch = "x86_64", target_feature = "sse2"))]
#[inline(always)]
pub(crate) fn first_of_twelve(bytes: &[u8; 12], behind: [u8; 4], wanted: u8) -> Option<usize> {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = *bytes;
    let [m, n, o, p] = behind;
    let low = i64::from_le_bytes([a, b, c, d, e, f, g, h]);
    let high = i64::from_le_bytes([i, j, k, l, m, n, o, p]);
    let all = set_splat_i8_m128i(wanted.cast_signed());
    let equal = move_mask_i8_m128i(cmp_eq_mask_i8_m128i(set_i64_m128i(high, low), all)) & 0xFFF;
    if equal == 0 { None } else { usize::try_from(equal.trailing_zeros()).ok() }
}

/// The first of twelve bytes that is this one. The four behind them mean nothing.
#[cfg(not(all(feature = "std", target_arch = "x86_64", target_feature = "sse2")))]
#[inline(always)]
pub(crate) fn first_of_twelve(bytes: &[u8; 12], _behind: [u8; 4], wanted: u8) -> Option<usize> {
    in_words::first_of_twelve(bytes, wanted)
}

/// Which of five numbers are this one: bit `n` stands for the `n`th.
#[cfg(all(feature = "std", target_arch = "x86_64", target_feature = "sse2"))]
#[inline(always)]
pub(crate) fn equal_of_five(numbers: &[i32; 5], wanted: i32) -> u32 {
    let [a, b, c, d, e] = *numbers;
    let all = set_splat_i32_m128i(wanted);
    let four = cmp_eq_mask_i32_m128i(set_i32_m128i(d, c, b, a), all);
    let fifth = cmp_eq_mask_i32_m128i(set_i32_m128i_s(e), all);
    // Both packed to a byte each: one register less than the fifth by itself, and C has none left.
    let words = pack_i32_to_i16_m128i(four, fifth);
    move_mask_i8_m128i(pack_i16_to_i8_m128i(words, words)).cast_unsigned() & 0b1_1111
}

/// Which of five numbers are this one: bit `n` stands for the `n`th.
#[cfg(not(all(feature = "std", target_arch = "x86_64", target_feature = "sse2")))]
#[inline(always)]
pub(crate) fn equal_of_five(numbers: &[i32; 5], wanted: i32) -> u32 {
    in_words::equal_of_five(numbers, wanted)
}

#[cfg(any(test, not(all(feature = "std", target_arch = "x86_64", target_feature = "sse2"))))]
mod in_words {
    #[inline(always)]
    pub(super) fn first_of_twelve(bytes: &[u8; 12], wanted: u8) -> Option<usize> {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGH: u64 = ONES << 7;
        let [a, b, c, d, e, f, g, h, i, j, k, l] = *bytes;
        let wanted = u64::from(wanted).wrapping_mul(ONES);
        let first = u64::from_le_bytes([a, b, c, d, e, f, g, h]) ^ wanted;
        let rest = u64::from(u32::from_le_bytes([i, j, k, l])) ^ wanted;
        // What a subtraction takes for a 0 above a byte that is 0 is never the first.
        let first = first.wrapping_sub(ONES) & !first & HIGH;
        let rest = rest.wrapping_sub(ONES) & !rest & (HIGH >> 32);
        let both = u128::from(first) | (u128::from(rest) << 64);
        if both == 0 { None } else { usize::try_from(both.trailing_zeros() >> 3).ok() }
    }

    #[inline(always)]
    pub(super) fn equal_of_five(numbers: &[i32; 5], wanted: i32) -> u32 {
        let mut equal = 0;
        for (n, &number) in numbers.iter().enumerate() {
            equal |= u32::from(number == wanted) << n;
        }
        equal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Few different values: bytes that differ by 1 and by 0 make a subtraction borrow.
    fn drawn() -> impl FnMut(usize) -> usize {
        let mut random = 1_u64;
        move |n| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(random >> 33).unwrap() % n
        }
    }

    #[test]
    fn the_first_byte_is_the_first_whatever_lies_around_and_behind_it() {
        let mut draw = drawn();
        let mut byte = || [0, 1, 2, 3, 127, 128, 129, 255][draw(8)];
        for _ in 0..100_000 {
            let bytes: [u8; 12] = core::array::from_fn(|_| byte());
            let (behind, wanted) = ([byte(), byte(), byte(), byte()], byte());
            let want = bytes.iter().position(|&byte| byte == wanted);
            assert_eq!(first_of_twelve(&bytes, behind, wanted), want, "{bytes:?} {wanted}");
            assert_eq!(in_words::first_of_twelve(&bytes, wanted), want, "{bytes:?} {wanted}");
        }
    }

    #[test]
    fn each_of_five_numbers_that_is_the_wanted_one_has_its_bit_and_no_other() {
        let mut draw = drawn();
        let mut number = || [0, 1, -1, i32::MAX, i32::MIN][draw(5)];
        for _ in 0..100_000 {
            let (numbers, wanted) = (core::array::from_fn(|_| number()), number());
            let equal = equal_of_five(&numbers, wanted);
            for (n, number) in numbers.into_iter().enumerate() {
                assert_eq!(equal >> n & 1 == 1, number == wanted, "{numbers:?} {wanted}");
            }
            assert_eq!(equal >> 5, 0);
            assert_eq!(in_words::equal_of_five(&numbers, wanted), equal);
        }
    }
}
