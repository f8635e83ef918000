//! A transactional producer from end to end: its dialogue, its numbers, a coordinator and the
//! partitions of a broker, all of this crate.

use fencepost::broker::{
    Admission, Batch, Config, Context, IndexLine, OpenTransaction, Partition, Slot as Known,
    Storage, TransactionVersion, index_lines,
};
use fencepost::coordinator::{
    AddPartitions, Applied, EndStep, EndTransaction, InitProducerId, Release, TransactionMetadata,
    Transit,
};
use fencepost::error_code::ErrorCode;
use fencepost::ids::{Identity, ProducerId, Stamp, Timestamp};
use fencepost::producer::transactions::{
    Config as Dialogue, FailedBatch, IdentityAnswer, PartitionFlag, Request, Step,
    TransactionManager,
};
use fencepost::producer::{
    Answer, Attempt, Cause, Kind, NewBatch, Producer, Response, Settings, Slot, Verdict,
};
use fencepost::wire::{Attributes, BatchHeader, EndTxnMarker, MarkerKind};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const PARTITIONS: u32 = 2;

type Producers = Partition<Vec<Known>, Vec<IndexLine>, Vec<OpenTransaction>>;

/// A broker that is leader of both partitions and coordinator of the transactional id.
struct Broker {
    logs: Vec<(Producers, Vec<BatchHeader>)>,
    transaction: Option<TransactionMetadata>,
    added: Vec<u32>,
    version: TransactionVersion,
    next_id: i64,
}

impl Broker {
    fn new(version: TransactionVersion) -> Self {
        let log = |_| {
            let storage = Storage {
                slots: vec![Known::EMPTY; 4],
                index: vec![IndexLine::EMPTY; index_lines(4)],
                transactions: vec![OpenTransaction::EMPTY; 8],
                guards: [],
            };
            let mut partition = Partition::new(storage, Config::kafka_4_2());
            partition.set_verification(false);
            (partition, Vec::new())
        };
        let logs = (0..PARTITIONS).map(log).collect();
        Self { logs, transaction: None, added: Vec::new(), version, next_id: 4_000 }
    }

    fn append(&mut self, partition: u32, batch: &Batch) -> Response {
        let (producers, log) = &mut self.logs[partition as usize];
        let context = Context { transaction_version: self.version, ..Context::client(NOW) };
        let context = if batch.header.attributes.is_control() {
            Context { origin: fencepost::broker::Origin::Coordinator, ..context }
        } else {
            context
        };
        match producers.admit(batch, &context) {
            Ok(Admission::Append(ticket)) => {
                let offset = log.len() as i64;
                producers.record(ticket, offset).expect("a fresh ticket");
                log.push(batch.header);
                Response::ok(offset)
            }
            Ok(Admission::Duplicate(seen)) => Response::ok(seen.first_offset()),
            Err(refused) => Response::error(refused.error_code()),
        }
    }

    /// Under transaction version 2 a produce request adds its partition.
    fn produce(&mut self, partition: u32, stamp: Stamp) -> Response {
        if self.version == TransactionVersion::V2 {
            let code = self.add(stamp.identity, &[partition]);
            if code != ErrorCode::NONE {
                return Response::error(code);
            }
        }
        self.append(partition, &Batch::data(header(stamp)))
    }

    fn add(&mut self, identity: Identity, partitions: &[u32]) -> ErrorCode {
        let request = AddPartitions {
            producer_id: identity.id.get(),
            producer_epoch: identity.epoch.get(),
            version: self.version,
        };
        let all = partitions.iter().all(|partition| self.added.contains(partition));
        let transaction = self.transaction.as_mut().expect("it was initialized");
        match transaction.add_partitions(&request, all, NOW) {
            Ok(None) => ErrorCode::NONE,
            Ok(Some(transit)) => {
                let applied = transaction.appended(transit, NOW);
                assert_eq!(applied, Ok(Applied::PartitionsAdded));
                self.added.extend(
                    partitions
                        .iter()
                        .filter(|new| !self.added.contains(new))
                        .copied()
                        .collect::<Vec<_>>(),
                );
                ErrorCode::NONE
            }
            Err(refused) => refused.error_code(),
        }
    }

    fn init(&mut self, expected: Option<Identity>) -> IdentityAnswer {
        let expected = expected.map(|identity| (identity.id.get(), identity.epoch.get()));
        let (id, epoch) = expected.unwrap_or((-1, -1));
        let expected = fencepost::coordinator::Expected::parse(id, epoch).unwrap();
        let request = InitProducerId::new(60_000, 900_000, expected).unwrap();
        let (version, fresh) = (self.version, ProducerId::new(self.next_id).unwrap());
        self.next_id += 1;
        let transaction = self
            .transaction
            .get_or_insert_with(|| TransactionMetadata::new(fresh, 0, Release::Kafka4_4, NOW));
        match transaction.init_producer_id(&request, version, || Ok(fresh), NOW) {
            Ok(transit) => self.applied(transit),
            Err(refused) => IdentityAnswer::code(refused.error_code()),
        }
    }

    fn end(&mut self, identity: Identity, commit: bool) -> IdentityAnswer {
        let request = EndTransaction {
            producer_id: identity.id.get(),
            producer_epoch: identity.epoch.get(),
            verdict: if commit { MarkerKind::Commit } else { MarkerKind::Abort },
            version: self.version,
        };
        let fresh = ProducerId::new(self.next_id).unwrap();
        self.next_id += 1;
        let transaction = self.transaction.as_mut().expect("it was initialized");
        match transaction.end_transaction(&request, || Ok(fresh), NOW) {
            Ok(EndStep::Write(transit)) => self.applied(transit),
            Ok(EndStep::Done(identity)) => answer(identity),
            Err(refused) => IdentityAnswer::code(refused.error_code()),
        }
    }

    /// The record is written, and with an ending its markers too.
    fn applied(&mut self, transit: Transit) -> IdentityAnswer {
        let transaction = self.transaction.as_mut().expect("it was initialized");
        match transaction.appended(transit, NOW).expect("it was prepared here") {
            Applied::Initialized(identity) => IdentityAnswer::of(identity),
            Applied::Ending(ending) => {
                let said = match ending.answer {
                    Ok(identity) => answer(identity),
                    Err(refused) => IdentityAnswer::code(refused.error_code()),
                };
                for partition in std::mem::take(&mut self.added) {
                    let marker = EndTxnMarker {
                        kind: ending.marker.kind,
                        coordinator_epoch: ending.marker.coordinator_epoch,
                        timestamp: NOW.as_millis(),
                    };
                    let header = BatchHeader {
                        attributes: Attributes(0x30),
                        base_sequence: -1,
                        producer_id: ending.marker.producer_id,
                        producer_epoch: ending.marker.producer_epoch,
                        ..EMPTY
                    };
                    let written = self.append(partition, &Batch::end_transaction(header, marker));
                    assert_eq!(written.code, ErrorCode::NONE);
                }
                let done = ending.completion.when_none_left(0).expect("all have their marker");
                let transaction = self.transaction.as_mut().expect("it was initialized");
                assert_eq!(transaction.appended(done, NOW), Ok(Applied::Completed));
                said
            }
            other => panic!("{other:?}"),
        }
    }
}

fn answer(identity: Option<Identity>) -> IdentityAnswer {
    identity.map_or(IdentityAnswer::code(ErrorCode::NONE), IdentityAnswer::of)
}

const EMPTY: BatchHeader = BatchHeader {
    base_offset: 0,
    batch_length: 49,
    partition_leader_epoch: 0,
    crc: 0,
    attributes: Attributes(0x10),
    last_offset_delta: 0,
    base_timestamp: NOW.as_millis(),
    max_timestamp: NOW.as_millis(),
    producer_id: -1,
    producer_epoch: -1,
    base_sequence: -1,
    records_count: 1,
};

fn header(stamp: Stamp) -> BatchHeader {
    BatchHeader {
        producer_id: stamp.identity.id.get(),
        producer_epoch: stamp.identity.epoch.get(),
        base_sequence: stamp.base_sequence.get(),
        ..EMPTY
    }
}

struct Client {
    manager: TransactionManager<Vec<PartitionFlag>>,
    producer: Producer<Vec<Slot>>,
    requests: i32,
}

impl Client {
    fn new(transaction_version: i16) -> Self {
        let flags = vec![PartitionFlag::NONE; PARTITIONS as usize];
        let mut manager = TransactionManager::new(flags, Dialogue::new());
        manager.handle_features(1, transaction_version);
        let slots = vec![Slot::EMPTY; PARTITIONS as usize];
        let producer = Producer::new(slots, Settings::new(Kind::Transactional));
        Self { manager, producer, requests: 0 }
    }

    /// Sends what the dialogue asks for, and takes the answers.
    fn dialogue(&mut self, broker: &mut Broker) {
        for _ in 0..50 {
            let open = (0..PARTITIONS).any(|p| self.producer.oldest_undecided(p).is_some());
            let Some(request) = self.manager.poll_request(open, NOW) else { return };
            self.requests += 1;
            let id = self.requests;
            self.manager.mark_sent(request, id).expect("it polled");
            let manager = &mut self.manager;
            let step = match request {
                Request::FindCoordinator(_) => {
                    manager.handle_transaction_coordinator(5);
                    manager.handle_find_coordinator(id, ErrorCode::NONE, NOW).unwrap()
                }
                Request::InitProducerId(init) => {
                    let answer = broker.init(init.identity);
                    manager.handle_init_producer_id(id, answer, NOW).unwrap()
                }
                Request::AddPartitions { identity } => {
                    let new: Vec<u32> = manager.partitions_to_add().collect();
                    let code = broker.add(identity, &new);
                    let results = new.into_iter().map(|partition| (partition, code));
                    manager.handle_add_partitions(id, results, NOW).unwrap()
                }
                Request::EndTxn { identity, commit, .. } => {
                    manager.handle_end_txn(id, broker.end(identity, commit), NOW).unwrap()
                }
                Request::SkipEndTxn => continue,
                other => panic!("{other:?}"),
            };
            if let Step::Identity(identity) = step {
                self.producer.handle_identity(identity).expect("the transaction is over");
            }
        }
        panic!("the dialogue does not end");
    }

    fn send(&mut self, broker: &mut Broker, partition: u32) -> Attempt {
        self.manager.add_partition(partition).expect("a transaction is going on");
        self.dialogue(broker);
        assert!(self.manager.may_number(partition));
        let batch = NewBatch { records: 1, max_timestamp: NOW, created: NOW };
        self.producer.assign(partition, batch, NOW).expect("it may be numbered")
    }

    fn answered(&mut self, attempt: Attempt, answer: Answer) -> Option<Verdict> {
        self.producer.handle_response(attempt, answer, NOW).expect("it was sent");
        let ended = self.producer.take_verdict(attempt.partition)?;
        if let Verdict::NotWritten(cause) | Verdict::PossiblyWritten(cause) = ended.verdict {
            let code = match cause {
                Cause::Refused(code) => code,
                _ => ErrorCode::REQUEST_TIMED_OUT,
            };
            let _ = self.manager.handle_batch_failed(code, FailedBatch::Numbered);
        }
        Some(ended.verdict)
    }

    fn write(&mut self, broker: &mut Broker, partition: u32) -> Stamp {
        let attempt = self.send(broker, partition);
        let response = broker.produce(partition, attempt.stamp);
        let verdict = self.answered(attempt, Answer::Response(response));
        assert!(matches!(verdict, Some(Verdict::Written { .. })), "{verdict:?}");
        attempt.stamp
    }

    fn finish(&mut self, broker: &mut Broker, commit: bool) {
        let call = if commit { self.manager.commit() } else { self.manager.abort() };
        call.expect("it may end");
        self.dialogue(broker);
        let (_, result) = self.manager.acknowledge().expect("it is over");
        assert_eq!(result, Ok(()));
    }
}

fn story(version: TransactionVersion, number: i16) -> (Broker, Client) {
    let (mut broker, mut client) = (Broker::new(version), Client::new(number));
    client.manager.init().unwrap();
    client.dialogue(&mut broker);
    assert_eq!(client.manager.acknowledge().expect("it is over").1, Ok(()));
    (broker, client)
}

/// Every (id, epoch, sequence) on a log is there once.
fn no_identity_twice(broker: &Broker) {
    for (_, log) in &broker.logs {
        let data = log.iter().filter(|header| !header.attributes.is_control());
        let mut seen: Vec<_> =
            data.map(|h| (h.producer_id, h.producer_epoch, h.base_sequence)).collect();
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all);
    }
}

#[test]
fn two_transactions_commit_and_the_second_has_another_epoch_under_version_2() {
    let (mut broker, mut client) = story(TransactionVersion::V2, 2);
    for round in 0..2 {
        client.manager.begin().unwrap();
        for partition in 0..PARTITIONS {
            for sequence in 0..3 {
                let stamp = client.write(&mut broker, partition);
                assert_eq!(stamp.identity.epoch.get(), round);
                assert_eq!(stamp.base_sequence.get(), sequence);
            }
        }
        client.finish(&mut broker, true);
    }
    assert_eq!(broker.logs[0].1.len(), 2 * (3 + 1), "records and markers");
    no_identity_twice(&broker);
}

#[test]
fn sequences_go_on_over_transactions_under_version_1() {
    let (mut broker, mut client) = story(TransactionVersion::V1, 1);
    for round in 0..2 {
        client.manager.begin().unwrap();
        let stamp = client.write(&mut broker, 0);
        assert_eq!((stamp.identity.epoch.get(), stamp.base_sequence.get()), (0, round));
        client.finish(&mut broker, true);
    }
    no_identity_twice(&broker);
}

/// Law 2 in a transaction: what failed leaves a gap, and only another epoch closes it.
#[test]
fn after_a_failed_batch_the_transaction_aborts_and_the_next_one_has_another_epoch() {
    for (version, number) in [(TransactionVersion::V1, 1), (TransactionVersion::V2, 2)] {
        let (mut broker, mut client) = story(version, number);
        client.manager.begin().unwrap();
        client.write(&mut broker, 0);
        let failed = client.send(&mut broker, 0);
        let refused = Response::error(ErrorCode::INVALID_RECORD);
        let verdict = client.answered(failed, Answer::Response(refused));
        assert!(matches!(verdict, Some(Verdict::NotWritten(_))));
        assert!(client.producer.must_abort());
        assert!(client.manager.commit().is_err(), "it can only be aborted");
        client.finish(&mut broker, false);
        client.manager.begin().unwrap();
        let stamp = client.write(&mut broker, 0);
        assert!(stamp.identity.epoch > failed.stamp.identity.epoch, "{version:?}");
        assert_eq!(stamp.base_sequence.get(), 0);
        client.finish(&mut broker, true);
        no_identity_twice(&broker);
    }
}

/// A retry of a batch whose answer was lost is the same batch, inside its transaction.
#[test]
fn a_lost_answer_does_not_abort_a_transaction() {
    let (mut broker, mut client) = story(TransactionVersion::V2, 2);
    client.manager.begin().unwrap();
    let attempt = client.send(&mut broker, 1);
    broker.produce(1, attempt.stamp);
    assert_eq!(client.answered(attempt, Answer::TimedOut), None);
    client.manager.commit().unwrap();
    client.dialogue(&mut broker);
    assert_eq!(client.manager.acknowledge(), None, "it waits for the batch");
    let later = client.producer.poll_timeout(1).unwrap();
    let again = client.producer.resend(1, later).unwrap();
    let response = broker.produce(1, again.stamp);
    assert!(matches!(
        client.answered(again, Answer::Response(response)),
        Some(Verdict::Written { base_offset: Some(0) })
    ));
    client.dialogue(&mut broker);
    assert_eq!(client.manager.acknowledge().expect("it is over").1, Ok(()));
    assert_eq!(broker.logs[1].1.len(), 2, "the batch once, and its marker");
}
