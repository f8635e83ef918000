//! What is to be sent now, and when is something to be sent next? (producer spec 15)

use super::failure::Unexpected;
use super::manager::{Completion, InFlight, Offsets, Phase, TransactionManager};
use super::partitions::PartitionFlag;
use super::request::{InitProducerId, Request, Wait};
use super::state::State;
use crate::ids::Timestamp;

/// A request that is wanted, and when it may go.
#[derive(Clone, Copy)]
struct Wanted {
    request: Request,
    wait: Wait,
}

impl<M: AsRef<[PartitionFlag]> + AsMut<[PartitionFlag]>> TransactionManager<M> {
    /// The request to be sent now, if there is one: never while another is in flight, and EndTxn
    /// never while the caller has `incomplete_batches`. O(1).
    ///
    /// In this order: InitProducerId; what adds to the transaction, first come first served;
    /// EndTxn. Before each the look-up of the coordinator it needs. Of two additions the second may
    /// go while the first waits for its backoff.
    ///
    /// May change with every command, every answer and time; asking again gives the same answer.
    #[must_use]
    pub fn poll_request(&self, incomplete_batches: bool, now: Timestamp) -> Option<Request> {
        let ready = |wanted: &Wanted| wanted.wait.is_over(now);
        self.wanted(incomplete_batches).into_iter().flatten().find(ready).map(|it| it.request)
    }

    /// When [`Self::poll_request`] has something to send: `now`, or when the backoff is over.
    /// `None` if it waits for something else than time: an answer, a command, or incomplete
    /// batches. O(1).
    #[must_use]
    pub fn poll_timeout(&self, incomplete_batches: bool, now: Timestamp) -> Option<Timestamp> {
        let wanted = self.wanted(incomplete_batches).into_iter().flatten();
        let ends = wanted.map(|it| it.wait.end(now));
        ends.reduce(|a, b| if a.millis_since(b) < 0 { a } else { b })
    }

    /// Marks a request from [`Self::poll_request`] as sent, with the correlation id its answer will
    /// carry. AddPartitions: then encode what [`Self::partitions_to_add`] lists. O(partitions).
    ///
    /// # Errors
    /// [`Unexpected::InFlight`], or [`Unexpected::NotAsked`] if something changed since it was
    /// polled; poll again.
    pub fn mark_sent(&mut self, request: Request, correlation_id: i32) -> Result<(), Unexpected> {
        if let Some(InFlight { kind, correlation_id }) = self.in_flight {
            return Err(Unexpected::InFlight { kind, correlation_id });
        }
        if !self.wanted(false).into_iter().flatten().any(|wanted| wanted.request == request) {
            return Err(Unexpected::NotAsked);
        }
        self.in_flight = request.kind().map(|kind| InFlight { kind, correlation_id });
        match request {
            Request::AddPartitions { .. } => self.partitions.send(),
            Request::AddOffsets { .. } => {
                if let Some(offsets) = &mut self.offsets {
                    offsets.phase = Phase::Add { sent: true };
                }
            }
            Request::SkipEndTxn => self.end_unsent(),
            _ => {}
        }
        Ok(())
    }

    /// The partitions of the AddPartitions that was marked as sent, in order of their index.
    /// O(partitions).
    pub fn partitions_to_add(&self) -> impl Iterator<Item = u32> + '_ {
        self.partitions.pending()
    }

    fn wanted(&self, incomplete_batches: bool) -> [Option<Wanted>; 2] {
        if self.in_flight.is_some() {
            return [None, None];
        }
        let asked = match self.state {
            State::Initializing => [Some(self.init_request()), None],
            State::InTransaction => self.additions(),
            State::Committing | State::Aborting => match self.additions() {
                [None, None] if incomplete_batches => [None, None],
                [None, None] => [self.end_request(), None],
                additions => additions,
            },
            _ => [None, None],
        };
        asked.map(|wanted| wanted.map(|wanted| self.look_up_first(wanted)))
    }

    fn look_up_first(&self, wanted: Wanted) -> Wanted {
        match wanted.request.needs() {
            Some(whose) if !self.lookup_of(whose).known => Wanted {
                request: Request::FindCoordinator(whose),
                wait: self.lookup_of(whose).wait,
            },
            _ => wanted,
        }
    }

    fn init_request(&self) -> Wanted {
        let request = Request::InitProducerId(InitProducerId {
            identity: if self.bumping { self.identity } else { None },
            transaction_timeout_ms: self.config.transaction_timeout_ms,
        });
        Wanted { request, wait: self.wait }
    }

    fn additions(&self) -> [Option<Wanted>; 2] {
        let (partitions, offsets) = (self.add_partitions_request(), self.offsets_request());
        match (partitions, offsets) {
            (None, _) => [offsets, None],
            (Some(_), Some(_)) if self.offsets_first => [offsets, partitions],
            _ => [partitions, offsets],
        }
    }

    fn add_partitions_request(&self) -> Option<Wanted> {
        let identity = self.identity.filter(|_| self.partitions.any_waiting())?;
        Some(Wanted { request: Request::AddPartitions { identity }, wait: self.add_wait })
    }

    fn offsets_request(&self) -> Option<Wanted> {
        let (identity, Offsets { group, phase, wait }) = self.identity.zip(self.offsets)?;
        let request = match phase {
            Phase::Add { .. } => Request::AddOffsets { identity, group },
            Phase::Commit => {
                let transaction_v2 = self
                    .completion
                    .map_or(self.transaction_v2, |completion| completion.transaction_v2);
                Request::TxnOffsetCommit { identity, group, transaction_v2 }
            }
            Phase::Done | Phase::Failed(_) => return None,
        };
        Some(Wanted { request, wait })
    }

    fn end_request(&self) -> Option<Wanted> {
        let (identity, Completion { commit, transaction_v2 }) =
            self.identity.zip(self.completion)?;
        let request = if self.started {
            Request::EndTxn { identity, commit, transaction_v2 }
        } else {
            Request::SkipEndTxn
        };
        Some(Wanted { request, wait: self.wait })
    }
}
