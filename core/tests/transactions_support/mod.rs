//! A transactional client over a manager, so that a test reads as the dialogue goes.

#![allow(dead_code, reason = "every test uses a part of it")]

use fencepost::error_code::ErrorCode;
use fencepost::ids::{Epoch, Identity, ProducerId, Timestamp};
use fencepost::producer::transactions::{
    Call, Config, Coordinator, FailedBatch, Failure, IdentityAnswer, PartitionFlag, Request,
    RequestKind, State, Step, TransactionManager,
};

pub(crate) const P: u32 = 0;
pub(crate) const Q: u32 = 1;
pub(crate) const G: u32 = 70;

pub(crate) fn identity(id: i64, epoch: i16) -> Identity {
    Identity { id: ProducerId::new(id).unwrap(), epoch: Epoch::new(epoch).unwrap() }
}

#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) manager: TransactionManager<[PartitionFlag; 4]>,
    pub(crate) now: i64,
    /// Whether the caller has incomplete batches.
    pub(crate) incomplete: bool,
    pub(crate) id: i32,
    pub(crate) sent: Option<Request>,
}

impl Client {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            manager: TransactionManager::new([PartitionFlag::NONE; 4], config),
            now: 1_000_000,
            incomplete: false,
            id: 0,
            sent: None,
        }
    }

    /// `txn(7, 5)` of the vectors: ready, and the coordinator can raise epochs.
    pub(crate) fn ready() -> Self {
        Self::ready_with(3, 0)
    }

    /// `txn(7, 5, nb)`: the coordinator is too old to raise epochs.
    pub(crate) fn ready_nb() -> Self {
        Self::ready_with(2, 0)
    }

    /// Transaction version 2.
    pub(crate) fn ready_v2() -> Self {
        Self::ready_with(5, 2)
    }

    fn ready_with(init_version: i16, transaction_version: i16) -> Self {
        let mut client = Self::new(Config::new());
        client.manager.handle_features(1, transaction_version);
        client.manager.handle_transaction_coordinator(init_version);
        client.manager.init().unwrap();
        client.ask("FindCoordinator(transaction)");
        let _ = client.answer(ErrorCode::NONE);
        client.ask("InitProducerId");
        assert_eq!(client.answer_identity(7, 5), Step::Identity(identity(7, 5)));
        client.acknowledge(Call::Init).unwrap();
        client
    }

    /// In a transaction to which P was added.
    pub(crate) fn with_p(mut self) -> Self {
        self.manager.begin().unwrap();
        self.manager.add_partition(P).unwrap();
        self.drive();
        assert!(self.manager.may_number(P));
        self
    }

    pub(crate) fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    pub(crate) fn poll(&self) -> Option<Request> {
        self.manager.poll_request(self.incomplete, self.at())
    }

    /// How long it is until something can be sent.
    pub(crate) fn wait(&self) -> Option<i64> {
        let time = self.manager.poll_timeout(self.incomplete, self.at())?;
        Some(time.millis_since(self.at()))
    }

    pub(crate) fn send(&mut self) -> Request {
        let request = self.poll().expect("a request is asked for");
        self.id += 1;
        self.manager.mark_sent(request, self.id).unwrap();
        self.sent = Some(request);
        request
    }

    /// Sends what is asked for, which must be this.
    pub(crate) fn ask(&mut self, wanted: &str) -> Request {
        let request = self.send();
        assert_eq!(name(&request), wanted);
        request
    }

    /// Waits for the backoff, which must be this long, and sends.
    pub(crate) fn ask_after(&mut self, millis: i64, wanted: &str) -> Request {
        assert_eq!(self.poll(), None, "nothing goes before the backoff");
        assert_eq!(self.wait(), Some(millis));
        self.now += millis;
        self.ask(wanted)
    }

    /// Answers what is in flight with a code, for each partition or offset the same one.
    pub(crate) fn answer(&mut self, code: ErrorCode) -> Step {
        let (id, now) = (self.id, self.at());
        match self.manager.in_flight().expect("a request is in flight") {
            RequestKind::FindCoordinator(_) => {
                self.manager.handle_find_coordinator(id, code, now).unwrap()
            }
            RequestKind::InitProducerId => {
                self.manager.handle_init_producer_id(id, IdentityAnswer::code(code), now).unwrap()
            }
            RequestKind::AddPartitions => {
                let asked: Vec<u32> = self.manager.partitions_to_add().collect();
                let results = asked.into_iter().map(|partition| (partition, code));
                self.manager.handle_add_partitions(id, results, now).unwrap()
            }
            RequestKind::AddOffsets => self.manager.handle_add_offsets(id, code, now).unwrap(),
            RequestKind::TxnOffsetCommit => {
                self.manager.handle_txn_offset_commit(id, 1, [code], now).unwrap()
            }
            RequestKind::EndTxn => {
                self.manager.handle_end_txn(id, IdentityAnswer::code(code), now).unwrap()
            }
        }
    }

    pub(crate) fn answer_identity(&mut self, producer_id: i64, producer_epoch: i16) -> Step {
        let (id, now) = (self.id, self.at());
        let answer = IdentityAnswer { code: ErrorCode::NONE, producer_id, producer_epoch };
        match self.manager.in_flight() {
            Some(RequestKind::InitProducerId) => {
                self.manager.handle_init_producer_id(id, answer, now).unwrap()
            }
            _ => self.manager.handle_end_txn(id, answer, now).unwrap(),
        }
    }

    pub(crate) fn answer_partitions(&mut self, results: &[(u32, ErrorCode)]) -> Step {
        let (id, now) = (self.id, self.at());
        self.manager.handle_add_partitions(id, results.iter().copied(), now).unwrap()
    }

    /// Answers all that is asked for without error, waits where it must, and says what it was.
    /// InitProducerId raises the epoch, EndTxn does in version 2.
    pub(crate) fn drive(&mut self) -> Vec<String> {
        let mut asked = Vec::new();
        while let Some(wait) = self.wait() {
            self.now += wait;
            let request = self.send();
            asked.push(name(&request));
            assert!(asked.len() < 20, "no end: {asked:?}");
            let next = self.manager.identity().map_or((7, 0), |old| {
                old.epoch.next().map_or((old.id.get() + 1, 0), |next| (old.id.get(), next.get()))
            });
            let _ = match request {
                Request::SkipEndTxn => continue,
                Request::InitProducerId(_) | Request::EndTxn { transaction_v2: true, .. } => {
                    self.answer_identity(next.0, next.1)
                }
                _ => self.answer(ErrorCode::NONE),
            };
        }
        asked
    }

    /// A numbered batch fails.
    pub(crate) fn batch_fails(&mut self, code: ErrorCode) -> Step {
        self.manager.handle_batch_failed(code, FailedBatch::Numbered).unwrap()
    }

    pub(crate) fn acknowledge(&mut self, call: Call) -> Result<(), Failure> {
        let (of, result) = self.manager.acknowledge().expect("a call has a result");
        assert_eq!(of, call);
        result
    }

    pub(crate) fn state(&self) -> State {
        self.manager.state()
    }
}

pub(crate) fn name(request: &Request) -> String {
    match request {
        Request::EndTxn { commit: true, .. } => "EndTxn(commit)".into(),
        Request::EndTxn { commit: false, .. } => "EndTxn(abort)".into(),
        Request::SkipEndTxn => "no EndTxn".into(),
        Request::FindCoordinator(Coordinator::Group(group)) => {
            format!("FindCoordinator(group {group})")
        }
        request => request.kind().unwrap().to_string(),
    }
}
