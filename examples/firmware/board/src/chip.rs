//! What does a NOR flash chip do, and what is left if the power is lost in the middle of it?
//!
//! Erasing makes every bit of a block 1, programming makes bits 0 and nothing else. A command that
//! the power interrupts has done its work up to some word; of that word some bits, by chance.

use fastrand::Rng;

use crate::request::{
    CAPACITY, DONE, ERASE_SIZE, NOT_ALIGNED, NOT_ERASED, OUT_OF_BOUNDS, WRITE_SIZE,
};

/// The chip's memory, which needs no power.
#[derive(Debug)]
pub struct Chip {
    cells: Vec<u8>,
}

/// How much of a command is done before the power is lost.
#[derive(Debug)]
pub enum Power<'r> {
    /// All of it.
    Stays,
    /// Up to a word, and some bits of that word.
    Fails(&'r mut Rng),
}

impl Default for Chip {
    /// As it comes from the factory: erased.
    fn default() -> Self {
        Self { cells: vec![0xff; CAPACITY] }
    }
}

impl Chip {
    /// The bytes of a range.
    #[must_use]
    pub fn read(&self, address: u32, len: u16) -> Option<&[u8]> {
        self.cells.get(range(address, usize::from(len))?)
    }

    /// Makes bits 0. Gives the chip's word.
    pub fn program(&mut self, address: u32, bytes: &[u8], power: Power<'_>) -> u8 {
        let aligned = |n: usize| n.is_multiple_of(WRITE_SIZE);
        let Some(range) = range(address, bytes.len()) else { return OUT_OF_BOUNDS };
        if !aligned(range.start) || !aligned(range.end) {
            return NOT_ALIGNED;
        }
        let Some(cells) = self.cells.get_mut(range) else { return OUT_OF_BOUNDS };
        if cells.iter().zip(bytes).any(|(cell, byte)| cell & byte != *byte) {
            return NOT_ERASED;
        }
        change(cells, bytes, power);
        DONE
    }

    /// Makes all bits of blocks 1. Gives the chip's word.
    pub fn erase(&mut self, from: u32, to: u32, power: Power<'_>) -> u8 {
        let Some(len) = to.checked_sub(from) else { return OUT_OF_BOUNDS };
        let Some(range) = range(from, len as usize) else { return OUT_OF_BOUNDS };
        if !range.start.is_multiple_of(ERASE_SIZE) || !range.end.is_multiple_of(ERASE_SIZE) {
            return NOT_ALIGNED;
        }
        let Some(cells) = self.cells.get_mut(range) else { return OUT_OF_BOUNDS };
        let erased = vec![0xff; cells.len()];
        change(cells, &erased, power);
        DONE
    }
}

fn range(address: u32, len: usize) -> Option<std::ops::Range<usize>> {
    let start = usize::try_from(address).ok()?;
    Some(start..start.checked_add(len)?)
}

/// Makes the cells what they are to be, as far as the power lasts.
fn change(cells: &mut [u8], to: &[u8], power: Power<'_>) {
    let Power::Fails(random) = power else { return cells.copy_from_slice(to) };
    let done = random.usize(..=to.len() / WRITE_SIZE) * WRITE_SIZE;
    for (index, (cell, to)) in cells.iter_mut().zip(to).enumerate() {
        if index < done {
            *cell = *to;
        } else if index < done + WRITE_SIZE {
            let changed = random.u8(..);
            *cell = (*cell & !changed) | (*to & changed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programming_makes_bits_0_and_only_erasing_makes_them_1() {
        let mut chip = Chip::default();
        assert_eq!(chip.program(4, &[0x0f; 4], Power::Stays), DONE);
        assert_eq!(chip.program(4, &[0x03; 4], Power::Stays), DONE);
        assert_eq!(chip.program(4, &[0x07; 4], Power::Stays), NOT_ERASED);
        assert_eq!(chip.read(4, 4), Some(&[0x03; 4][..]));
        assert_eq!(chip.erase(0, 4096, Power::Stays), DONE);
        assert_eq!(chip.read(4, 4), Some(&[0xff; 4][..]));
    }

    #[test]
    fn a_command_that_is_not_aligned_or_leaves_the_chip_does_nothing() {
        let mut chip = Chip::default();
        let end = u32::try_from(CAPACITY).unwrap();
        assert_eq!(chip.program(2, &[0; 4], Power::Stays), NOT_ALIGNED);
        assert_eq!(chip.program(4, &[0; 3], Power::Stays), NOT_ALIGNED);
        assert_eq!(chip.program(end, &[0; 4], Power::Stays), OUT_OF_BOUNDS);
        assert_eq!(chip.erase(0, 100, Power::Stays), NOT_ALIGNED);
        assert_eq!(chip.erase(100, 4096, Power::Stays), NOT_ALIGNED);
        assert_eq!(chip.erase(0, end + 4096, Power::Stays), OUT_OF_BOUNDS);
        assert_eq!(chip.erase(4096, 0, Power::Stays), OUT_OF_BOUNDS);
        assert_eq!(chip.read(end, 1), None);
        assert!(chip.cells.iter().all(|cell| *cell == 0xff));
    }

    #[test]
    fn a_lost_power_leaves_whole_words_then_a_torn_one_then_what_was_there() {
        let mut torn = 0;
        for seed in 0..200 {
            let mut chip = Chip::default();
            let power = Power::Fails(&mut Rng::with_seed(seed));
            assert_eq!(chip.program(0, &[0; 64], power), DONE);
            let words: Vec<&[u8]> = chip.cells[..64].chunks(WRITE_SIZE).collect();
            let done = words.iter().take_while(|word| **word == [0; 4]).count();
            let behind = words.get(done + 1..).unwrap_or_default();
            assert!(behind.iter().all(|word| **word == [0xff; 4]), "seed {seed}: {words:?}");
            torn += u32::from(words.get(done).is_some_and(|word| **word != [0xff; 4]));
        }
        assert!(torn > 100, "{torn} of 200 were torn");
    }
}
