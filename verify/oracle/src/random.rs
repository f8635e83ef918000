//! Where does chance come from? splitmix64, so that a seed says everything.

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A stream that the seed says.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// `0 .. n`; `n` is at least 1.
    pub fn below(&mut self, n: i64) -> i64 {
        i64::try_from((self.next() >> 33) % n.unsigned_abs().max(1)).unwrap_or(0)
    }

    /// The same in 32 bits.
    pub fn small(&mut self, n: i32) -> i32 {
        i32::try_from(self.below(i64::from(n))).unwrap_or(0)
    }

    /// True in so many of a hundred.
    pub fn percent(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }

    /// One of some.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let len = i64::try_from(of.len()).unwrap_or(1);
        of[usize::try_from(self.below(len)).unwrap_or(0)]
    }
}
