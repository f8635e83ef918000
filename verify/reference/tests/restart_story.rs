//! A broker restart under lost answers: the story of a released client, run on its rules and on its
//! classes, and on our producer.

use fencepost_reference::kafka_or_skip;
use fencepost_reference::ours::Ours;
use fencepost_reference::rules::{Identity, Settings};
use fencepost_reference::subjects::{Kafka, Rules};
use fencepost_reference::world::{
    ScriptedBroker, Subject, Told, answers_lost_then_restart, settle,
};

const SEVEN: Identity = Identity { id: 7, epoch: 0 };

/// Every record twice on the log, and success for all: the second copies are new to the broker,
/// because the producer gave them a new epoch after 45.
fn writes_everything_twice_and_says_it_is_well(subject: &mut dyn Subject) {
    let mut broker = ScriptedBroker::default();
    let told = answers_lost_then_restart(subject, &mut broker);
    assert_eq!(broker.payloads(), [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
    let epochs: Vec<i16> = broker.log().iter().map(|logged| logged.sent.identity.epoch).collect();
    assert_eq!(epochs, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    let expected: Vec<(u64, Told)> =
        (1..=5).map(|n| (n, Told::Written(i64::try_from(n + 4).ok()))).collect();
    assert_eq!(told, expected);
}

#[test]
fn the_rules_of_the_reference_write_everything_twice_after_a_restart() {
    writes_everything_twice_and_says_it_is_well(&mut Rules::new(Settings::default(), SEVEN));
}

#[test]
fn kafkas_own_classes_write_everything_twice_after_a_restart() {
    let Some(java) = kafka_or_skip("the story of a restart").expect("the Java side") else {
        return;
    };
    let mut kafka = Kafka::new(java, Settings::default(), SEVEN).expect("the Java side answers");
    writes_everything_twice_and_says_it_is_well(&mut kafka);
}

/// The restarted broker could have been asked: it names the last sequence of the five.
#[test]
fn the_restarted_broker_still_names_the_last_sequence() {
    let mut broker = ScriptedBroker::default();
    let mut rules = Rules::new(Settings::default(), SEVEN);
    (1..=5).for_each(|payload| rules.append(payload));
    let sends: Vec<_> = (0..5).flat_map(|_| rules.turn()).collect();
    for sent in &sends {
        assert_eq!(broker.produce(sent).code, 0);
    }
    broker.restart();
    assert_eq!(broker.describe(7), Some((0, 4)));
    assert_eq!(broker.produce(&sends[0]).code, 45);
    // The last one is still known, and answered with the offset it has.
    let last = broker.produce(&sends[4]);
    assert_eq!((last.code, last.base_offset), (0, 4));
    assert_eq!(broker.payloads(), [1, 2, 3, 4, 5]);
}

/// Without a restart the same retries are all duplicates to the broker, and nothing is doubled.
#[test]
fn without_a_restart_nothing_is_doubled() {
    let mut broker = ScriptedBroker::default();
    let mut rules = Rules::new(Settings::default(), SEVEN);
    (1..=5).for_each(|payload| rules.append(payload));
    let sends: Vec<_> = (0..5).flat_map(|_| rules.turn()).collect();
    for sent in &sends {
        broker.produce(sent);
    }
    for sent in &sends {
        rules.lose(sent);
    }
    settle(&mut rules, &mut broker, 100);
    assert_eq!(broker.payloads(), [1, 2, 3, 4, 5]);
    let told = rules.outcomes();
    assert_eq!(told.len(), 5);
    assert!(told.iter().all(|(_, told)| matches!(told, Told::Written(Some(_)))), "{told:?}");
}

const SHORT: Settings = Settings {
    retries: i32::MAX.unsigned_abs(),
    delivery_timeout_ms: 1500,
    retry_backoff_ms: 100,
    one_in_flight: false,
    shared_epoch: false,
};

/// The answer to the first is lost late, when five others have been written and acknowledged: the
/// broker has forgotten the first, answers 45, and it is retried until it is called failed. It is
/// on the log.
fn calls_a_batch_failed_that_is_on_the_log(subject: &mut dyn Subject) {
    let mut broker = ScriptedBroker::default();
    let mut first = None;
    for payload in 1..=6 {
        subject.append(payload);
        for sent in subject.turn() {
            let answer = broker.produce(&sent);
            if payload == 1 {
                first = Some(sent);
            } else {
                subject.answer(&sent, &answer);
            }
        }
    }
    subject.lose(&first.expect("it was sent"));
    for _ in 0..20 {
        subject.pass(100);
        settle(subject, &mut broker, 1);
    }
    assert_eq!(broker.payloads(), [1, 2, 3, 4, 5, 6]);
    let written = |n: u64| (n, Told::Written(i64::try_from(n - 1).ok()));
    let mut expected: Vec<_> = (2..=6).map(written).collect();
    expected.push((1, Told::Failed));
    expected.sort_by_key(|(payload, _)| *payload);
    let mut told = subject.outcomes();
    told.sort_by_key(|(payload, _)| *payload);
    assert_eq!(told, expected);
}

#[test]
fn the_rules_of_the_reference_call_a_batch_failed_that_is_on_the_log() {
    calls_a_batch_failed_that_is_on_the_log(&mut Rules::new(SHORT, SEVEN));
}

#[test]
fn kafkas_own_classes_call_a_batch_failed_that_is_on_the_log() {
    let Some(java) = kafka_or_skip("the story of a late loss").expect("the Java side") else {
        return;
    };
    let mut kafka = Kafka::new(java, SHORT, SEVEN).expect("the Java side answers");
    calls_a_batch_failed_that_is_on_the_log(&mut kafka);
}

/// The same restart under our producer: five in flight after one acknowledgement, and every record
/// is on the log once, and told so.
#[test]
fn our_producer_writes_everything_once_after_a_restart() {
    let (mut broker, mut ours) = (ScriptedBroker::default(), Ours::idempotent(SEVEN));
    ours.append(0);
    settle(&mut ours, &mut broker, 10);
    assert_eq!(ours.outcomes(), [(0, Told::Written(Some(0)))]);
    let told = answers_lost_then_restart(&mut ours, &mut broker);
    assert_eq!(broker.payloads(), [0, 1, 2, 3, 4, 5]);
    let unknown = |payload| (payload, Told::Written(None));
    let last = (5, Told::Written(Some(5)));
    assert_eq!(told, [unknown(1), unknown(2), unknown(3), unknown(4), last]);
}

/// And the late loss: the later acknowledgements have said that the first is on the log too.
#[test]
fn our_producer_calls_no_batch_failed_that_is_on_the_log() {
    let (mut broker, mut ours) = (ScriptedBroker::default(), Ours::idempotent(SEVEN));
    ours.append(0);
    settle(&mut ours, &mut broker, 10);
    (1..=6).for_each(|payload| ours.append(payload));
    let sends = ours.turn();
    assert_eq!(sends.len(), 5, "as many as the broker remembers");
    let answers: Vec<_> = sends.iter().map(|sent| broker.produce(sent)).collect();
    for (sent, answer) in sends.iter().zip(&answers).skip(1) {
        ours.answer(sent, answer);
    }
    ours.lose(&sends[0]);
    settle(&mut ours, &mut broker, 20);
    assert_eq!(broker.payloads(), [0, 1, 2, 3, 4, 5, 6]);
    let told = ours.outcomes();
    assert_eq!(told.len(), 7);
    assert!(told.iter().all(|(_, told)| matches!(told, Told::Written(_))), "{told:?}");
}
