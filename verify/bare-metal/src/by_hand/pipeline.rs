use fencepost::pipeline::{NotUndecided, Ticket};

use crate::types::{Pipeline, Undecided};

/// `pipeline::Pipeline::undecided`
pub(crate) fn undecided(pipeline: &Pipeline, see: fn(&Undecided)) {
    super::walk(pipeline.undecided(), see);
    super::walk(pipeline.undecided().rev(), see);
}

/// `pipeline::Pipeline::abandon`
pub(crate) fn abandon(
    pipeline: &mut Pipeline,
    ticket: Ticket,
    abandoned: fn(Ticket),
) -> Result<(), NotUndecided> {
    pipeline.abandon(ticket, abandoned)
}

/// `pipeline::Pipeline::abandon_from`
pub(crate) fn abandon_from(
    pipeline: &mut Pipeline,
    ticket: Ticket,
    abandoned: fn(Ticket),
) -> Result<(), NotUndecided> {
    pipeline.abandon_from(ticket, abandoned)
}

/// `pipeline::Pipeline::abandon_all`
pub(crate) fn abandon_all(pipeline: &mut Pipeline, abandoned: fn(Ticket)) {
    pipeline.abandon_all(abandoned);
}
