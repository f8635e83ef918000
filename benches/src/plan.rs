//! How many rounds, and of how many producers?

/// The least number of rounds that medians are taken of.
const LEAST_ROUNDS: u64 = 11;

/// What a run of one of the tables measures.
#[derive(Debug)]
pub struct Plan {
    /// Rounds of each row.
    pub rounds: u64,
    /// Numbers of producers, one table part each.
    pub sizes: Vec<usize>,
    /// What a row's name must have in it; all rows if this is empty.
    pub rows: String,
}

impl Plan {
    /// Reads `[--rounds N] [--producers N]... [--rows TEXT]`; what is not said stays as it is.
    /// `None`, after a line of usage, for anything else, and for more producers than `most`.
    pub fn read(mut self, name: &str, most: u64) -> Option<Self> {
        let mut sizes = Vec::new();
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let value = args.next().unwrap_or_default();
            let number = value.parse::<u64>().ok();
            match (arg.as_str(), number) {
                ("--rows", _) if !value.is_empty() => self.rows = value,
                ("--rounds", Some(n)) if n >= LEAST_ROUNDS => self.rounds = n,
                ("--producers", Some(n)) if (100..=most).contains(&n) => sizes.push(n as usize),
                _ => {
                    eprintln!(
                        "usage: {name} [--rounds N, at least {LEAST_ROUNDS}] [--producers N]... \
                         [--rows TEXT]"
                    );
                    return None;
                }
            }
        }
        if !sizes.is_empty() {
            self.sizes = sizes;
        }
        Some(self)
    }
}
