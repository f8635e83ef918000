use fencepost::wire::{ControlBatch, MarkerError};

use crate::types::BatchView;

/// `wire::ControlBatch::read`
pub(crate) fn read(batch: &BatchView) -> Result<ControlBatch, MarkerError> {
    ControlBatch::read(batch)
}
