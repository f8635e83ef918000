//! How does a producer hear of the world? With a journal as without one: the same verbs.

/// The methods of a Python class over a producer: those that are shared, and its own. Its `with`
/// locks it and gives it to a closure.
macro_rules! producing {
    ($name:ident, { $($own:tt)* }) => {
    #[pyo3::pymethods]
    impl $name {
        $($own)*

        /// Whether a producer id must be asked for (InitProducerId).
        fn poll_identity(this: &Bound<'_, Self>) -> PyResult<bool> {
            Self::with(this, |p| p.producer().poll_identity())
        }

        /// The identity that partitions begin with.
        #[getter]
        fn identity(this: &Bound<'_, Self>) -> PyResult<Option<Identity>> {
            Self::with(this, |p| p.producer().identity().map(Identity::of))
        }

        /// Takes the id and epoch that a coordinator gave.
        fn handle_identity(this: &Bound<'_, Self>, identity: &Identity) -> PyResult<()> {
            let identity: ids::Identity = identity.to_core()?;
            Self::with(this, |p| p.handle_identity(identity))?.map_err(unexpected)
        }

        /// Why the producer can't go on, if it can't.
        #[getter]
        fn fatal(this: &Bound<'_, Self>) -> PyResult<Option<String>> {
            Self::with(this, |p| p.producer().fatal().map(|fatal| fatal.to_string()))
        }

        /// Takes the answer to a sending: a `Response`, `"timed_out"`, `"disconnected"`, or
        /// `"not_sent"`. Give it every answer, also one to a batch whose verdict was taken:
        /// INVALID_PRODUCER_EPOCH is about the producer, and fences it whichever sending it
        /// answers.
        #[pyo3(signature = (attempt, answer, *, now))]
        fn handle_response(
            this: &Bound<'_, Self>,
            attempt: &Attempt,
            answer: Answered,
            now: i64,
        ) -> PyResult<()> {
            let (attempt, answer) = (attempt.to_core()?, answer.to_core()?);
            let now = millis(now);
            Self::with(this, |p| p.handle_response(attempt, answer, now))?.map_err(unexpected)
        }

        /// Takes answers in their order, as `handle_response` takes one: pairs of an attempt and
        /// its answer. The first that answers nothing ends it: `UnexpectedAnswerError` with
        /// `index`, which one it is; those before it are taken.
        #[pyo3(signature = (answers, *, now))]
        fn handle_responses(
            this: &Bound<'_, Self>,
            answers: crate::value::Many<(Attempt, Answered)>,
            now: i64,
        ) -> PyResult<()> {
            let pair = |(attempt, answer): &(Attempt, Answered)| {
                Ok((attempt.to_core()?, answer.to_core()?))
            };
            let pairs = answers.items().iter().map(pair).collect::<PyResult<Vec<_>>>()?;
            let taken = Self::with(this, |p| {
                pairs.into_iter().enumerate().try_for_each(|(index, (attempt, answer))| {
                    let taken = p.handle_response(attempt, answer, millis(now));
                    taken.map_err(|why| (index, why))
                })
            })?;
            taken.map_err(|(index, why)| crate::raise::at_index(this.py(), unexpected(why), index))
        }

        /// What to do for a partition now.
        #[pyo3(signature = (partition, *, now))]
        fn poll(this: &Bound<'_, Self>, partition: u32, now: i64) -> PyResult<Next> {
            Self::with(this, |p| Next::of(p.producer().poll(partition, millis(now))))
        }

        /// When `poll` will have something, if nothing comes from outside.
        fn poll_timeout(this: &Bound<'_, Self>, partition: u32) -> PyResult<Option<i64>> {
            let due = Self::with(this, |p| p.producer().poll_timeout(partition))?;
            Ok(due.map(ids::Timestamp::as_millis))
        }

        /// A time is over.
        #[pyo3(signature = (partition, *, now))]
        fn handle_timeout(this: &Bound<'_, Self>, partition: u32, now: i64) -> PyResult<()> {
            Self::with(this, |p| p.handle_timeout(partition, millis(now)))
        }

        /// The connection to the partition's leader is gone, with what was on the wire.
        #[pyo3(signature = (partition, *, now))]
        fn handle_disconnect(this: &Bound<'_, Self>, partition: u32, now: i64) -> PyResult<()> {
            Self::with(this, |p| p.handle_disconnect(partition, millis(now)))
        }

        /// The partition has another leader, or another leader epoch.
        #[pyo3(signature = (partition, *, now))]
        fn handle_leader_change(this: &Bound<'_, Self>, partition: u32, now: i64) -> PyResult<()> {
            Self::with(this, |p| p.handle_leader_change(partition, millis(now)))
        }

        /// The partition's leader is being asked for our producer id (DescribeProducers).
        fn describe(this: &Bound<'_, Self>, partition: u32) -> PyResult<()> {
            Self::with(this, |p| p.describe(partition))?.map_err(refused)
        }

        /// The leader lists our producer id so.
        #[pyo3(signature = (partition, *, epoch, last_sequence, now))]
        fn handle_listed(
            this: &Bound<'_, Self>,
            partition: u32,
            epoch: i32,
            last_sequence: i32,
            now: i64,
        ) -> PyResult<()> {
            let listed = core::Described::Listed { epoch, last_sequence };
            let now = millis(now);
            Self::with(this, |p| p.handle_described(partition, listed, now))?.map_err(unexpected)
        }

        /// The leader does not list our producer id.
        #[pyo3(signature = (partition, *, now, log_start_offset = None))]
        fn handle_not_listed(
            this: &Bound<'_, Self>,
            partition: u32,
            now: i64,
            log_start_offset: Option<i64>,
        ) -> PyResult<()> {
            let described = core::Described::NotListed { log_start_offset };
            let now = millis(now);
            Self::with(this, |p| p.handle_described(partition, described, now))?.map_err(unexpected)
        }

        /// No answer came, or a retriable error; `unsupported` if this broker or user can't ever
        /// ask.
        #[pyo3(signature = (partition, *, now, unsupported = false))]
        fn handle_describe_failed(
            this: &Bound<'_, Self>,
            partition: u32,
            now: i64,
            unsupported: bool,
        ) -> PyResult<()> {
            let described =
                if unsupported { core::Described::Unsupported } else { core::Described::Failed };
            let now = millis(now);
            Self::with(this, |p| p.handle_described(partition, described, now))?.map_err(unexpected)
        }

        /// What an operator must hear of this partition, once.
        fn take_notice(this: &Bound<'_, Self>, partition: u32) -> PyResult<Option<String>> {
            Self::with(this, |p| p.take_notice(partition).map(|notice| notice.to_string()))
        }

        /// Ends a batch by the caller's wish.
        #[pyo3(signature = (partition, batch, *, now))]
        fn give_up(this: &Bound<'_, Self>, partition: u32, batch: u64, now: i64) -> PyResult<()> {
            let id = core::BatchId::from_number(batch);
            Self::with(this, |p| p.give_up(partition, id, millis(now)))?.map_err(refused)
        }

        /// How many batches of a partition are sent and not answered.
        fn on_wire(this: &Bound<'_, Self>, partition: u32) -> PyResult<usize> {
            Self::with(this, |p| p.producer().on_wire(partition))
        }
    }
    };
}
pub(crate) use producing;
