//! Which partitions are in the transaction?

/// What the manager knows of one partition: one byte of the caller's memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartitionFlag(Flag);

impl PartitionFlag {
    /// Not in the transaction; to fill arrays with.
    pub const NONE: Self = Self(Flag::None);
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Flag {
    #[default]
    None,
    /// To be added.
    New,
    /// In an AddPartitions that was sent.
    Pending,
    /// Pending, and named by the answer that is being read.
    Answered,
    /// In the transaction.
    Added,
}

/// The caller's flags, and how many there are of each kind, so that questions are O(1).
#[derive(Clone, Debug)]
pub(super) struct Partitions<M> {
    flags: M,
    waiting: u32,
    added: u32,
}

impl<M: AsRef<[PartitionFlag]> + AsMut<[PartitionFlag]>> Partitions<M> {
    pub(super) fn new(flags: M) -> Self {
        let mut partitions = Self { flags, waiting: 0, added: 0 };
        partitions.clear();
        partitions
    }

    pub(super) fn capacity(&self) -> u32 {
        u32::try_from(self.flags.as_ref().len()).unwrap_or(u32::MAX)
    }

    fn flag(&self, partition: u32) -> Option<Flag> {
        self.flags.as_ref().get(usize::try_from(partition).ok()?).map(|flag| flag.0)
    }

    fn flag_mut(&mut self, partition: u32) -> Option<&mut Flag> {
        let index = usize::try_from(partition).ok()?;
        self.flags.as_mut().get_mut(index).map(|flag| &mut flag.0)
    }

    pub(super) fn is_added(&self, partition: u32) -> bool {
        self.flag(partition) == Some(Flag::Added)
    }

    pub(super) const fn none_added(&self) -> bool {
        self.added == 0
    }

    /// Whether there are partitions to be added, sent or not.
    pub(super) const fn any_waiting(&self) -> bool {
        self.waiting > 0
    }

    /// Whether there is memory for it.
    pub(super) fn has(&self, partition: u32) -> bool {
        self.flag(partition).is_some()
    }

    /// Lists it for the next AddPartitions, unless it is known already.
    pub(super) fn list(&mut self, partition: u32) {
        if let Some(flag @ Flag::None) = self.flag_mut(partition) {
            *flag = Flag::New;
            self.waiting = self.waiting.saturating_add(1);
        }
    }

    /// Adds it without asking (transaction version 2).
    pub(super) fn add(&mut self, partition: u32) {
        if let Some(flag @ Flag::None) = self.flag_mut(partition) {
            *flag = Flag::Added;
            self.added = self.added.saturating_add(1);
        }
    }

    /// The partitions of the AddPartitions that was sent.
    pub(super) fn pending(&self) -> impl Iterator<Item = u32> + '_ {
        let flags = self.flags.as_ref().iter();
        (0..=u32::MAX).zip(flags).filter(|(_, flag)| flag.0 == Flag::Pending).map(|(n, _)| n)
    }

    /// Everything listed goes out.
    pub(super) fn send(&mut self) {
        self.change(|flag| if flag == Flag::New { Flag::Pending } else { flag });
    }

    /// What was not sent yet is dropped.
    pub(super) fn drop_unsent(&mut self) {
        self.change(|flag| if flag == Flag::New { Flag::None } else { flag });
    }

    /// All that waits is dropped.
    pub(super) fn drop_waiting(&mut self) {
        self.change(|flag| if flag == Flag::Added { flag } else { Flag::None });
    }

    /// An answer names it. `false` if it was not asked about, or is named again.
    pub(super) fn answer(&mut self, partition: u32) -> bool {
        match self.flag_mut(partition) {
            Some(flag @ Flag::Pending) => {
                *flag = Flag::Answered;
                true
            }
            _ => false,
        }
    }

    /// The answer was read to its end: those it named are in the transaction, or else they are to
    /// be asked about again. Those it left out stay pending.
    pub(super) fn settle(&mut self, added: bool) {
        let to = if added { Flag::Added } else { Flag::Pending };
        self.change(|flag| if flag == Flag::Answered { to } else { flag });
    }

    /// The transaction has ended.
    pub(super) fn clear(&mut self) {
        self.change(|_| Flag::None);
    }

    fn change(&mut self, to: impl Fn(Flag) -> Flag) {
        let (mut waiting, mut added) = (0_u32, 0_u32);
        for PartitionFlag(flag) in self.flags.as_mut() {
            *flag = to(*flag);
            match flag {
                Flag::None => {}
                Flag::New | Flag::Pending | Flag::Answered => waiting = waiting.saturating_add(1),
                Flag::Added => added = added.saturating_add(1),
            }
        }
        self.waiting = waiting;
        self.added = added;
    }
}
