//! Does a subject agree over a hundred thousand mixed operations? (broker spec 9.5)

use std::fmt::Write as _;

use crate::subject::{Answer, Append, Batch, Entry, Guard, Origin, Profile, Subject};
use crate::subjects::Create;

/// The largest sequence.
const MAX_SEQUENCE: i32 = i32::MAX;

/// splitmix64, cut to what 9.5 draws.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (z >> 33) as i64 % bound
    }
}

/// FNV-1a, 64 bits.
struct Fnv(u64);

impl Fnv {
    fn line(&mut self, line: &str) {
        for byte in line.bytes().chain([10]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

/// One step's two lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// The step, from 1.
    pub step: u64,
    /// What happened.
    pub result: String,
    /// The state after it.
    pub state: String,
}

/// Runs `steps` steps from `seed` and returns the digest; `each` sees every step's lines.
pub fn run(
    create: Create,
    profile: Profile,
    seed: u64,
    steps: u64,
    each: &mut dyn FnMut(&Lines),
) -> u64 {
    let config = crate::Config { exp_ms: 1000, max_txn_ms: 200, verify: false, profile };
    let mut run = Run { subject: create(&config), draws: Draws(seed), now: 0, leo: 0 };
    let mut digest = Fnv(0xcbf2_9ce4_8422_2325);
    for step in 1..=steps {
        let result = run.step();
        let state = run.state();
        digest.line(&result);
        digest.line(&state);
        each(&Lines { step, result, state });
    }
    digest.0
}

struct Run {
    subject: Box<dyn Subject>,
    draws: Draws,
    now: i64,
    leo: i64,
}

impl Run {
    fn r(&mut self, bound: i64) -> i64 {
        self.draws.below(bound)
    }

    fn step(&mut self) -> String {
        match self.r(100) {
            0..60 => self.client_batch(),
            60..75 => self.marker(),
            75..85 => self.replicated_batch(),
            85..88 => {
                let to = (self.leo - self.r(5)).max(0);
                self.subject.high_watermark(to);
                format!("H:{to}")
            }
            88..92 => {
                self.now += self.r(400);
                format!("C:{}", self.now)
            }
            92..94 => {
                self.subject.expire(self.now);
                "X".to_owned()
            }
            94..96 => format!("P:{}", self.subject.take_snapshot().unwrap_or(-1)),
            96 => {
                let end = (self.leo - self.r(10)).max(0);
                self.subject.truncate_and_reload(0, end, self.now);
                self.leo = self.subject.map_end();
                self.subject.index_truncate(self.leo);
                format!("T:{end},{}", self.leo)
            }
            97 => {
                let to = self.r(self.leo + 1);
                self.subject.log_start(to);
                format!("L:{to}")
            }
            98 => {
                self.subject.truncate_fully(self.leo);
                self.subject.index_truncate(i64::MIN);
                format!("F:{}", self.leo)
            }
            _ => {
                let pid = 1 + self.r(4);
                let epoch = current_epoch(self.subject.entry(pid).as_ref());
                self.append(Origin::Replication, Batch::Empty { pid, epoch })
            }
        }
    }

    fn client_batch(&mut self) -> String {
        let pid = 1 + self.r(4);
        let entry = self.subject.entry(pid);
        let current = current_epoch(entry.as_ref());
        let window = entry.as_ref().map_or(&[][..], |entry| &entry.window);
        let next = window.last().map_or(0, |newest| self.subject.increment(newest.last_seq, 1));
        let raised = current.saturating_add(1);
        let (epoch, seq, n) = match self.draws.below(20) {
            0..10 => (current, next, self.draws.below(5) + 1),
            10..14 if window.is_empty() => (current, 0, 1),
            10..14 => {
                let at = self.draws.below(window.len() as i64);
                let old = &window[at as usize];
                (current, old.first_seq, old.last - old.first + 1)
            }
            14..16 => {
                let seq = self.draws.below(8) as i32;
                (current, seq, self.draws.below(3) + 1)
            }
            16 => (raised, 0, 1),
            17 => ((current - 1).max(0), next, 1),
            18 => {
                let seq = MAX_SEQUENCE - 7 + self.draws.below(8) as i32;
                (current, seq, self.draws.below(10) + 1)
            }
            _ => (raised, self.draws.below(3) as i32, 1),
        };
        let open = entry.is_some_and(|entry| entry.txn.is_some());
        let txn = if open { self.r(10) != 0 } else { self.r(4) == 0 };
        let ts = self.now + self.r(50);
        let batch = Batch::Data { pid, epoch, seq, n: n as i32, ts, txn };
        self.append(Origin::Client, batch)
    }

    fn marker(&mut self) -> String {
        let pid = 1 + self.r(4);
        let mut epoch = current_epoch(self.subject.entry(pid).as_ref());
        if self.r(6) == 0 {
            epoch = epoch.saturating_add(1);
        }
        if self.r(12) == 0 {
            epoch = (epoch - 1).max(0);
        }
        let abort = self.r(2) != 0;
        let cep = self.r(3) as i32;
        let ts = self.now + self.r(50);
        self.append(Origin::Coordinator, Batch::Marker { pid, epoch, abort, cep, ts })
    }

    fn replicated_batch(&mut self) -> String {
        let pid = 1 + self.r(4);
        let epoch = self.r(3) as i16;
        let seq = self.r(20) as i32;
        let n = 1 + self.r(3) as i32;
        let txn = self.r(2) == 0;
        let ts = self.now + self.r(50);
        self.append(Origin::Replication, Batch::Data { pid, epoch, seq, n, ts, txn })
    }

    fn append(&mut self, origin: Origin, batch: Batch) -> String {
        let answer = self.subject.append(&Append {
            base: self.leo,
            origin,
            raw: false,
            guard: Guard::Sentinel,
            tv: 0,
            now: self.now,
            batches: &[batch],
        });
        match answer {
            Answer::Appended { first, last, done } => {
                self.leo = last + 1;
                let mut line = format!("A:ok,{first},{last}");
                for (txn, lso) in done {
                    let aborted = i32::from(txn.abort);
                    let (pid, first, last) = (txn.pid, txn.first, txn.last);
                    let _ = write!(line, ";{pid},{first},{last},{aborted},{lso}");
                }
                line
            }
            Answer::Duplicate { first, last, ts } => format!("A:dup,{first},{last},{ts}"),
            Answer::Refused(code) => format!("A:err,{code}"),
        }
    }

    fn state(&self) -> String {
        let mut line = "S:".to_owned();
        for pid in 1..=4 {
            match self.subject.entry(pid) {
                None => line.push('-'),
                Some(entry) => {
                    let txn = entry.txn.unwrap_or(-1);
                    let _ = write!(line, "{},{},{},{txn}", entry.epoch, entry.cep, entry.ts);
                    for b in &entry.window {
                        let (first, last) = (b.first, b.last);
                        let _ =
                            write!(line, "/{},{},{first},{last},{}", b.first_seq, b.last_seq, b.ts);
                    }
                }
            }
            line.push('|');
        }
        let subject = &self.subject;
        let unstable = subject.first_unstable().unwrap_or(-1);
        let undecided = subject.first_undecided().unwrap_or(-1);
        let late = i32::from(subject.late(self.now));
        let latest = subject.latest_snapshot().unwrap_or(-1);
        let _ = write!(line, "{},{unstable},{undecided},{late},{latest}", subject.map_end());
        line
    }
}

/// The epoch that the generator builds on.
fn current_epoch(entry: Option<&Entry>) -> i16 {
    entry.map_or(0, |entry| entry.epoch.max(0))
}
