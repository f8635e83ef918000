use fencepost::audit::{Audit, Finding, Settings};

use crate::types::{self, Guards, Lines, Partition, Slots, Tag, Trails, Transactions};

type Bare = Audit<Slots, Lines, Transactions, Guards, Tag>;

/// `audit::Audit::new`
pub(crate) fn new(partition: Partition, settings: Settings) -> Bare {
    Audit::new(partition, settings)
}

/// `audit::Audit::with_trails`
pub(crate) fn with_trails(audit: Bare, trails: Trails) -> types::Audit {
    audit.with_trails(trails)
}

/// `audit::Audit::left_open`
pub(crate) fn left_open(audit: &types::Audit, see: fn(Finding)) {
    super::walk(audit.left_open(), see);
}
