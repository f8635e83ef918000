//! Which of the operations before a difference does it need?

use fencepost::broker::Profile;

use crate::java::KafkaError;
use crate::kafka::Kafka;
use crate::op::Op;
use crate::run::{Difference, replay};

/// Leaves operations out while a difference stays: first many at once, then each.
pub(crate) fn shrink(
    kafka: &mut Kafka,
    profile: Profile,
    mut operations: Vec<Op>,
) -> Result<Difference, KafkaError> {
    let mut part = operations.len() / 2;
    while part > 0 {
        let mut at = 1;
        let mut left_out = false;
        while at < operations.len() {
            let until = (at + part).min(operations.len());
            let mut fewer = operations[..at].to_vec();
            fewer.extend_from_slice(&operations[until..]);
            match replay(kafka, profile, &fewer)? {
                Some((n, ..)) => {
                    fewer.truncate(n + 1);
                    operations = fewer;
                    left_out = true;
                }
                None => at = until,
            }
        }
        if !left_out || part > 1 {
            part /= 2;
        }
    }
    fewer_batches(kafka, profile, &mut operations)?;
    let (core, answer) = match replay(kafka, profile, &operations)? {
        Some((_, step, answer)) => (step.expected, answer),
        None => ("a difference that does not come again".into(), String::new()),
    };
    let operations_named = operations.iter().map(|op| format!("{op:?}")).collect();
    let vector = crate::vector::vector(profile, &operations, &answer);
    Ok(Difference { operations: operations_named, vector, core, kafka: answer })
}

/// Leaves batches out of appends of several.
fn fewer_batches(
    kafka: &mut Kafka,
    profile: Profile,
    operations: &mut Vec<Op>,
) -> Result<(), KafkaError> {
    for n in 0..operations.len() {
        let mut at = 0;
        while let Some(fewer) = without(&operations[n], at) {
            let mut tried = operations.clone();
            tried[n] = fewer;
            if replay(kafka, profile, &tried)?.is_some() {
                *operations = tried;
            } else {
                at += 1;
            }
        }
    }
    Ok(())
}

fn without(op: &Op, at: usize) -> Option<Op> {
    let mut op = op.clone();
    let (Op::Follower { batches, .. } | Op::Leader { batches, .. }) = &mut op else { return None };
    if batches.len() < 2 || at >= batches.len() {
        return None;
    }
    batches.remove(at);
    Some(op)
}
