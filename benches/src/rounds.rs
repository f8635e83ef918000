//! Runs beds in turns, and says what is typical.

use crate::{Bed, Operation};

/// The figures of one operation on one bed: nanoseconds an operation, one for each round.
#[derive(Clone, Debug)]
pub struct Figures(Vec<f64>);

impl From<Vec<f64>> for Figures {
    fn from(each_round: Vec<f64>) -> Self {
        Self(each_round)
    }
}

impl Figures {
    /// These rounds, and then those.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    /// The middle one.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The half in the middle lies between these.
    #[must_use]
    pub fn quartiles(&self) -> (f64, f64) {
        (self.quantile(0.25), self.quantile(0.75))
    }

    /// The middle one of the ratios round by round: what slows a whole round down cancels out.
    #[must_use]
    pub fn ratio(&self, to: &Self) -> f64 {
        Self(self.0.iter().zip(&to.0).map(|(this, that)| this / that).collect()).median()
    }

    /// What is left round by round when that is taken off.
    #[must_use]
    pub fn less(&self, that: &Self) -> Self {
        Self(self.0.iter().zip(&that.0).map(|(this, that)| this - that).collect())
    }

    fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let at = (sorted.len() - 1) as f64 * part;
        let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
        low + (high - low) * at.fract()
    }
}

/// Does `rounds` rounds of `count` operations on each bed in turn, after two rounds that don't
/// count. `None` for a bed that does not do the operation.
pub fn interleaved(
    beds: &mut [&mut dyn Bed],
    operation: Operation,
    rounds: u64,
    count: usize,
) -> Vec<Option<Figures>> {
    const WARM_UP: u64 = 2;
    let mut figures = vec![Some(Vec::new()); beds.len()];
    for round in 0..WARM_UP + rounds {
        // Whoever goes first finds other things in the caches, so each bed is first in some rounds.
        for turn in 0..beds.len() {
            let at = (turn + round as usize) % beds.len();
            let spent = beds[at].round(operation, round, count);
            match (spent, &mut figures[at]) {
                (Some(spent), Some(all)) if round >= WARM_UP => {
                    all.push(spent.as_nanos() as f64 / count as f64);
                }
                (Some(_), _) => {}
                (None, none) => *none = None,
            }
        }
    }
    figures.into_iter().map(|all| all.map(Figures)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    struct Steady(u64);

    impl Bed for Steady {
        fn round(&mut self, operation: Operation, round: u64, count: usize) -> Option<Duration> {
            let nanos = self.0 * (1 + round % 2) * count as u64;
            (operation == Operation::Hit).then(|| Duration::from_nanos(nanos))
        }
    }

    #[test]
    fn a_ratio_is_taken_round_by_round_and_a_median_over_all() {
        let (mut one, mut three) = (Steady(1), Steady(3));
        let mut beds: [&mut dyn Bed; 2] = [&mut one, &mut three];
        let figures = interleaved(&mut beds, Operation::Hit, 11, 10);
        let [Some(one), Some(three)] = figures.as_slice() else { panic!("{figures:?}") };
        assert_eq!((one.median(), one.quartiles()), (1.0, (1.0, 2.0)));
        assert_eq!(three.ratio(one), 3.0);
        assert_eq!(three.less(one).quartiles(), (2.0, 4.0));
        assert!(interleaved(&mut beds, Operation::Miss, 11, 10).iter().all(Option::is_none));
    }
}
