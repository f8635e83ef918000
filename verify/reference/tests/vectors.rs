//! Every vector of producer spec 18, on Kafka's classes and, as far as they go, on the rules.

use std::collections::BTreeSet;

use fencepost_oracle::java::Java;
use fencepost_reference::vectors::{Vector, all};
use fencepost_reference::{Lines, kafka_or_skip};

/// Every vector that the spec lists.
const LISTED: &str = "P1 P2 P3 P5 P6 P7 P9 P10 P11 Q2 Q3 Q4 Q6 Q7 Q8 Q10 R1 R2 R4 R5 R6 R8 R9 \
    K1 K3 K4 K5 K7 K8 K9 K11 K12 K13 K15 K16 K17 K19 K20 E1 E3 E4 E5 U2 U3 U4 U6 U7 U8 U10 U11 U12 \
    S1 S2 S3 S5 D1 D2 D4 D5 D6 T1 T2 T3 T5 T6 T7 T9 T10 T11 T13 T14 T15 T17 T18 T19 T21 T22 T23 \
    T25 T26 T27 T29";

fn vectors() -> Vec<Vector> {
    all().unwrap_or_else(|why| panic!("{why}"))
}

/// What went wrong; nothing, if all is well.
fn run_on_kafka(kafka: &mut Java, vector: &Vector) -> Option<String> {
    for step in &vector.steps {
        let answer = kafka.ask([step.line.as_str()]).expect("the Java side answers").concat();
        if !step.accepts(&answer) {
            let (id, line, wanted) = (&vector.id, &step.line, step.wanted());
            return Some(format!("{id}: {line}\n  wanted {wanted}\n  Kafka  {answer}"));
        }
    }
    None
}

#[test]
fn kafka_4_4_0_does_what_the_vectors_say() {
    let Some(mut kafka) = kafka_or_skip("the vectors").expect("the Java side") else { return };
    assert_eq!(kafka.ask(["release"]).expect("the Java side answers"), ["4.4.0"]);
    let vectors = vectors();
    let wrong: Vec<String> =
        vectors.iter().filter_map(|vector| run_on_kafka(&mut kafka, vector)).collect();
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
}

/// Not one is left out by a slip.
#[test]
fn every_vector_of_the_spec_is_there_and_none_is_told_twice() {
    let mut ids = BTreeSet::new();
    let mut numbers = BTreeSet::new();
    for vector in vectors() {
        assert!(vector.steps.len() >= 2, "{} does nothing", vector.id);
        assert_eq!(vector.snapshot.is_some(), vector.release.is_some(), "{}", vector.id);
        // Those of ours that the spec does not have begin with N.
        numbers.extend(vector.number().strip_prefix("V-").map(str::to_owned));
        assert!(ids.insert(vector.id.clone()), "{} is there twice", vector.id);
    }
    let listed: BTreeSet<String> = LISTED.split_whitespace().map(Into::into).collect();
    assert_eq!(numbers, listed);
}

/// Whether the rules cover the whole vector; what went wrong, if they do and differ.
fn run_on_rules(vector: &Vector) -> Option<Result<(), String>> {
    let (opening, steps) = vector.steps.split_first()?;
    let partitions = opening.line.contains("partitions=2");
    // In a hash map partition 1 of two comes first.
    let order = match (partitions, opening.line.contains("nodes=2")) {
        (false, _) => "order n0[0] n1[] n2[]",
        (true, false) => "order n0[1,0] n1[] n2[]",
        (true, true) => "order n0[0] n1[1] n2[]",
    };
    let mut rules = Lines::new(&opening.line, order).ok()?;
    for step in steps {
        let answer = rules.obey(&step.line, order).ok()?;
        if !step.accepts(&answer) {
            let (id, line, wanted) = (&vector.id, &step.line, step.wanted());
            return Some(Err(format!("{id}: {line}\n  wanted {wanted}\n  rules  {answer}")));
        }
    }
    Some(Ok(()))
}

#[test]
fn the_rules_do_what_the_vectors_say() {
    let results: Vec<_> = vectors().iter().filter_map(run_on_rules).collect();
    assert!(results.len() >= 40, "the rules cover only {} vectors", results.len());
    let wrong: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}
