use fencepost::journal::{KeptBatch, Outcome, Outcomes};

use crate::types::Kept;

/// `journal::Outcomes::iter`
pub(crate) fn outcomes(outcomes: Outcomes<'_>, see: fn(Outcome)) {
    super::walk(outcomes.iter(), see);
}

/// `journal::Kept::batches`
pub(crate) fn kept_batches(kept: &Kept, see: fn(&KeptBatch)) {
    super::walk(kept.batches(), see);
}
