//! Probes of the pipeline's room: batches begun, settled in every way, and what may come meanwhile.

use core::hint::black_box;

use fencepost::broker::Verification;
use fencepost::pipeline::{Admission, Pipeline, Ticket, Undecided};
use fencepost::window::ContentTag;

use crate::any;
use crate::broker::{Kept, any_batch, any_context, any_time};
use crate::texts::{say, told};

#[inline(never)]
pub(crate) fn pipelined(partition: Kept<'_>) {
    let mut pool = any([Undecided::<ContentTag>::EMPTY; 8]);
    let mut bigger = any([Undecided::<ContentTag>::EMPTY; 9]);
    let Some(pool) = pool.get_mut(..any(8)) else { return };
    let mut pipeline = Pipeline::new(partition, pool);
    for _ in 0..any(9) {
        match pipeline.admit(&any_batch(), &any_context()) {
            Ok(Admission::Append(permit)) => {
                black_box(told(pipeline.begin(permit)));
            }
            Ok(other) => {
                let _ = black_box(other);
            }
            Err(refusal) => {
                black_box(refusal.error_code().name());
                say(refusal);
            }
        }
        black_box(told(pipeline.record(Ticket::from_bits(any(5)), any(6))));
        black_box(told(pipeline.abandon(Ticket::from_bits(any(5)), |gone| {
            black_box(gone);
        })));
        black_box(told(pipeline.abandon_from(Ticket::from_bits(any(5)), |gone| {
            black_box(gone);
        })));
        black_box(told(pipeline.mark_unknown(Ticket::from_bits(any(5)))));
        let wanted = Verification {
            producer_id: any(9),
            producer_epoch: any(0),
            base_sequence: any(0),
            supports_epoch_bump: any(true),
        };
        black_box(told(pipeline.start_verification(&wanted, any_time())));
        black_box(pipeline.expire(any_time(), any(3)));
        black_box(pipeline.undecided().rev().last());
        black_box((pipeline.len(), pipeline.is_empty()));
    }
    black_box(pipeline.grow_pool(&mut bigger[..]).is_ok());
    if any(true) {
        pipeline.abandon_all(|gone| {
            black_box(gone);
        });
    }
    black_box(pipeline.partition_mut().is_some());
    black_box(pipeline.into_parts());
}
