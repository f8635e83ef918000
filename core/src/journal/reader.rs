//! Which records do these bytes hold, and is what ends them a torn tail or damage?
//!
//! A power cut leaves a tail of which no record is whole. So behind a record that is not good there
//! must be none that is: if one is found, what stands before it was damaged, and is not dropped in
//! silence.

use core::fmt;

use super::bytes::In;
use super::frame::{
    CRC_LEN, Chain, FRAME_LEN, HEAD_LEN, HEADER_FIXED, Head, Header, MAGIC, VERSION, after,
};
use super::record::{KINDS, Record};
use super::value::{ClusterId, MAX_CLUSTER_ID_LEN};
use crate::wire::crc32c;

/// What is wrong at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The bytes end before the record does.
    CutShort,
    /// A record can't be that long.
    Length(u32),
    /// The CRC is another one.
    Checksum {
        /// What stands there.
        stored: u32,
        /// What should.
        computed: u32,
    },
    /// The CRC is right, and the record has another number.
    Number {
        /// What stands there.
        got: u32,
        /// What should.
        wanted: u32,
    },
    /// The CRC is right, and there is no such kind of record, or a field can't be.
    Record {
        /// The kind.
        kind: u8,
    },
    /// The bytes do not begin as a journal does.
    NotAJournal,
    /// The header's own CRC, or its cluster id's length, is wrong.
    Header,
    /// The journal is of another version of the format.
    Version(u16),
    /// So much that could be a record follows the place that the search for one was given up.
    TooMuchToSearch,
}

/// A journal that can't be read: nothing before the place is wrong, and what is behind it may
/// matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where, in bytes from the journal's beginning.
    pub offset: u64,
    /// What is wrong there.
    pub reason: Reason,
    /// Where a good record stands behind it, if that is how it is known not to be a torn tail.
    pub next: Option<u64>,
}

/// How a journal ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// With a record.
    Clean,
    /// With a record, and bytes 0xff behind it: memory that was erased and not written.
    Erased,
    /// With a record that was not written to its end, because of this. What was written up to
    /// there counts; the rest must be cut off, or the journal written anew, before it goes on.
    Torn(Reason),
}

/// What the next bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read<'b> {
    /// The beginning.
    Header(Header),
    /// A record.
    Record {
        /// Where it begins.
        offset: u64,
        /// What it says.
        record: Record<'b>,
    },
    /// Bytes from [`Reader::offset`] on are wanted, at least this many if there are as many.
    More(usize),
    /// The end.
    End(Tail),
}

/// The search for a good record behind one that is not.
#[derive(Clone, Copy, Debug)]
struct Search {
    /// Where the bad one is.
    from: u64,
    reason: Reason,
    /// All bytes so far were 0xff.
    erased: bool,
    /// The one behind hangs on this CRC, if only the bad one's stored CRC is bad.
    guess: Option<(u64, u32)>,
    /// Bytes that may still be hashed.
    budget: u64,
}

/// Hashing this much takes less than a second, and no honest journal needs it.
const BUDGET: u64 = 1 << 27;

/// Reads a journal that is given in pieces: a window of bytes that begins at [`Reader::offset`].
/// Reading is O(bytes); a search behind damage hashes at most 128 MiB.
#[derive(Clone, Debug)]
pub struct Reader {
    max_body: u32,
    position: u64,
    chain: Option<Chain>,
    search: Option<Search>,
}

impl Reader {
    /// A reader of records whose bodies have at most `max_body` bytes: the window must be able to
    /// hold one, and [`FRAME_LEN`] bytes more. A longer one is an error.
    #[must_use]
    pub const fn new(max_body: u32) -> Self {
        Self { max_body, position: 0, chain: None, search: None }
    }

    /// Where the next window must begin.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.position
    }

    /// Where a writer would go on: behind the last good record.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.chain.map_or(0, |chain| chain.offset)
    }

    pub(super) const fn chain(&self) -> Option<Chain> {
        self.chain
    }

    /// What is at the beginning of `window`, whose first byte is at [`Reader::offset`]. `last`: no
    /// bytes follow it.
    ///
    /// # Errors
    /// [`Damage`]; the reader then stays where it is.
    pub fn read<'b>(&mut self, window: &'b [u8], last: bool) -> Result<Read<'b>, Damage> {
        if let Some(search) = self.search {
            return self.go_on(search, window, last);
        }
        let Some(chain) = self.chain else {
            return self.header(window, last);
        };
        if window.is_empty() && last {
            return Ok(Read::End(Tail::Clean));
        }
        let Some(head) = Head::parse(window) else {
            return if last {
                self.bad(Reason::CutShort, None, window, last)
            } else {
                more(HEAD_LEN)
            };
        };
        if head.body > self.max_body {
            return self.bad(Reason::Length(head.body), None, window, last);
        }
        let total = head.total();
        let Some(whole) = window.get(..total) else {
            return if last { self.bad(Reason::CutShort, None, window, last) } else { more(total) };
        };
        let Some((covered, stored)) = whole.split_last_chunk::<CRC_LEN>() else {
            return more(FRAME_LEN);
        };
        let (stored, computed) = (u32::from_be_bytes(*stored), chain.crc(covered));
        if stored != computed {
            let guess = Some((after(self.position, total), computed));
            return self.bad(Reason::Checksum { stored, computed }, guess, window, last);
        }
        if head.number != chain.number {
            return Err(self.damage(Reason::Number { got: head.number, wanted: chain.number }));
        }
        let body = covered.get(HEAD_LEN..).unwrap_or_default();
        let Some(record) = Record::parse(head.kind, body) else {
            return Err(self.damage(Reason::Record { kind: head.kind }));
        };
        let offset = self.position;
        if let Some(chain) = &mut self.chain {
            chain.step(stored, total);
            self.position = chain.offset;
        }
        Ok(Read::Record { offset, record })
    }

    const fn damage(&self, reason: Reason) -> Damage {
        Damage { offset: self.position, reason, next: None }
    }

    fn header<'b>(&mut self, window: &'b [u8], last: bool) -> Result<Read<'b>, Damage> {
        if last && window.is_empty() {
            return Ok(Read::End(Tail::Clean));
        }
        if last && window.iter().all(|byte| *byte == 0xff) {
            return Ok(Read::End(Tail::Erased));
        }
        let magic = window.get(..MAGIC.len()).unwrap_or(window);
        if !MAGIC.starts_with(magic) {
            return Err(self.damage(Reason::NotAJournal));
        }
        let mut from = In(window);
        let fields = from.take::<HEADER_FIXED>().map(|[_, _, _, _, v, w, len, zero, turn @ ..]| {
            (u16::from_be_bytes([v, w]), len, zero, u64::from_be_bytes(turn))
        });
        let Some((version, len, zero, turn)) = fields else {
            return if last { Err(self.damage(Reason::CutShort)) } else { more(HEADER_FIXED) };
        };
        if version != VERSION {
            return Err(self.damage(Reason::Version(version)));
        }
        let len = usize::from(len);
        if len == 0 || len > MAX_CLUSTER_ID_LEN || zero != 0 {
            return Err(self.damage(Reason::Header));
        }
        let covered = HEADER_FIXED.saturating_add(len);
        let total = covered.saturating_add(CRC_LEN);
        let (Some(cluster), Some(crc)) = (from.bytes(len), from.u32()) else {
            return if last { Err(self.damage(Reason::CutShort)) } else { more(total) };
        };
        let computed = crc32c(window.get(..covered).unwrap_or_default());
        let Some(cluster) = ClusterId::new(cluster).filter(|_| crc == computed) else {
            return Err(self.damage(Reason::Header));
        };
        self.position = after(0, total);
        self.chain = Some(Chain::behind(crc, self.position));
        Ok(Read::Header(Header { turn, cluster }))
    }

    /// What stands here is no good record. Is there one behind it?
    fn bad<'b>(
        &mut self,
        reason: Reason,
        guess: Option<(u64, u32)>,
        window: &'b [u8],
        last: bool,
    ) -> Result<Read<'b>, Damage> {
        let search = Search { from: self.position, reason, erased: true, guess, budget: BUDGET };
        self.go_on(search, window, last)
    }

    fn go_on<'b>(
        &mut self,
        mut search: Search,
        window: &'b [u8],
        last: bool,
    ) -> Result<Read<'b>, Damage> {
        let mut rest = window;
        while let Some((before, candidate)) = rest.split_first_chunk::<CRC_LEN>() {
            let at = after(self.position, CRC_LEN);
            let Some(head) = Head::parse(candidate) else { break };
            if self.plausible(&head, &search, at) {
                match candidate.get(..head.total()).and_then(<[u8]>::split_last_chunk::<CRC_LEN>) {
                    Some((covered, stored)) => {
                        search.budget = search.budget.saturating_sub(after(0, covered.len()));
                        let before = u32::from_be_bytes(*before);
                        let stored = u32::from_be_bytes(*stored);
                        if self.hangs(covered, stored, before, &search, at) {
                            return Err(search.damage(Some(at)));
                        }
                    }
                    None if last => {}
                    None => {
                        self.search = Some(search);
                        return more(head.total().saturating_add(CRC_LEN));
                    }
                }
            }
            if search.budget == 0 {
                search.reason = Reason::TooMuchToSearch;
                return Err(search.damage(None));
            }
            let Some((first, behind)) = rest.split_first() else { break };
            search.erased &= *first == 0xff;
            rest = behind;
            self.position = after(self.position, 1);
        }
        self.search = Some(search);
        if !last {
            return more(CRC_LEN.saturating_add(FRAME_LEN));
        }
        let erased = search.erased && rest.iter().all(|byte| *byte == 0xff);
        Ok(Read::End(if erased { Tail::Erased } else { Tail::Torn(search.reason) }))
    }

    /// Could a record with this head stand here, so many bytes behind the bad one?
    fn plausible(&self, head: &Head, search: &Search, at: u64) -> bool {
        let (Some(chain), Ok(frame)) = (self.chain, u64::try_from(FRAME_LEN)) else {
            return false;
        };
        let ahead = u64::from(head.number.wrapping_sub(chain.number));
        let most = at.saturating_sub(search.from).checked_div(frame).unwrap_or(0);
        let number = 0 < ahead && ahead <= most;
        number && head.body <= self.max_body && KINDS.contains(&head.kind)
    }

    /// The record hangs on the CRC in front of it, or on that which the bad one should have had.
    fn hangs(&self, covered: &[u8], stored: u32, before: u32, search: &Search, at: u64) -> bool {
        let Some(chain) = self.chain else { return false };
        let guess = search.guess.filter(|(place, _)| *place == at).map(|(_, crc)| crc);
        let lasts = [Some(before), guess];
        lasts.into_iter().flatten().any(|last| chain.crc_behind(last, covered) == stored)
    }
}

impl Search {
    const fn damage(&self, next: Option<u64>) -> Damage {
        Damage { offset: self.from, reason: self.reason, next }
    }
}

const fn more<'b>(wanted: usize) -> Result<Read<'b>, Damage> {
    Ok(Read::More(wanted))
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutShort => f.write_str("the record is cut short"),
            Self::Length(len) => write!(f, "no record has a body of {len} bytes"),
            Self::Checksum { stored, computed } => {
                write!(f, "the CRC is {computed:08x}, {stored:08x} is stored")
            }
            Self::Number { got, wanted } => write!(f, "record {got} stands where {wanted} should"),
            Self::Record { kind } => write!(f, "a record of kind {kind} that can't be"),
            Self::NotAJournal => f.write_str("it does not begin as a journal does"),
            Self::Header => f.write_str("the header is damaged"),
            Self::Version(version) => write!(f, "version {version} of the format is not known"),
            Self::TooMuchToSearch => f.write_str("too much behind it looks like records"),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "damage at byte {}: {}", self.offset, self.reason)?;
        match self.next {
            Some(next) => write!(f, "; a good record follows at byte {next}"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Damage {}
