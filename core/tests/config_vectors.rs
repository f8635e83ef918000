//! Do the vectors of config spec 7 come out as Kafka's own client has them? One test a vector.

use fencepost::config::{
    ClientId, ClientRelease, ProducerSettings, Resolved, Setting, Value, Warning, resolve,
};

/// Releases that behave as the snapshot of the vectors does.
const BEFORE_4: [ClientRelease; 2] = [ClientRelease::Kafka3_0_1, ClientRelease::Kafka3_7];
const FROM_4: [ClientRelease; 2] = [ClientRelease::Kafka4_0, ClientRelease::Kafka4_1];

type Given<'a> = &'a [(&'a str, Value<'a>)];

/// As Kafka takes a map: keys that it does not know are ignored.
fn settings<'a>(given: &[(&str, Value<'a>)]) -> ProducerSettings<'a> {
    let known = given.iter().filter_map(|(key, value)| Some((Setting::of(key)?, *value)));
    known.fold(ProducerSettings::new(), |settings, (key, value)| settings.with(key, value))
}

/// The notation of the vectors: `ok(idempotence, acks, retries, in flight, delivery)`, where `=` is
/// the default, or the setting and the rule of the error.
fn outcome(given: Given<'_>, release: ClientRelease) -> String {
    match resolve(&settings(given), release) {
        Ok(resolved) => shown(&resolved),
        Err(error) => format!("{}: {}", error.setting, error.rule),
    }
}

fn shown(resolved: &Resolved<'_>) -> String {
    let or_default = |value: i32, default| {
        if value == default { "=".to_owned() } else { value.to_string() }
    };
    format!(
        "ok({}, {}, {}, {}, {})",
        resolved.idempotence.is_on(),
        or_default(resolved.acks.get().into(), -1),
        or_default(resolved.retries, i32::MAX),
        or_default(resolved.max_in_flight, 5),
        or_default(resolved.delivery_timeout_ms.unwrap(), 120_000),
    )
}

/// `id { key = value, … } or { … } => outcome;`, and `=> outcome, from 4.0 outcome;` where the two
/// differ.
macro_rules! vectors {
    ($(
        $id:ident $({$($key:literal = $value:expr),*})or+
        => $want:expr $(, from 4.0 $later:expr)?;
    )*) => {$(
        #[test]
        fn $id() {
            let inputs: &[Given<'_>] = &[$(&[$(($key, Value::from($value))),*]),+];
            for given in inputs {
                for release in BEFORE_4 {
                    assert_eq!(outcome(given, release), $want, "{given:?} {release:?}");
                }
                #[allow(unused_variables, reason = "most vectors have one outcome")]
                let later = $want;
                $(let later = $later;)?
                for release in FROM_4 {
                    assert_eq!(outcome(given, release), later, "{given:?} {release:?}");
                }
            }
        }
    )*};
}

const SWITCH: &str = "enable.idempotence: it must be true or false";
const ACKS: &str = "acks: it must be one of all, -1, 0, 1";
const NO_RETRIES: &str = "retries: idempotence needs at least one retry";
const ACKS_ALL: &str = "acks: idempotence needs acks=all";
const RETRIES_RANGE: &str = "retries: it must be at least 0";
const IN_FLIGHT: &str = "max.in.flight.requests.per.connection: idempotence allows at most 5";
const IN_FLIGHT_UNASKED: &str = "max.in.flight.requests.per.connection: idempotence allows at \
                                 most 5, and is on unless enable.idempotence is false";
const NEEDS: &str = "transactional.id: transactions need idempotence, which is off because \
                     enable.idempotence is false";
const EMPTY: &str = "transactional.id: it must not be empty";

/// What the error of a deadline below `least` says.
fn deadline(least: i32) -> String {
    format!(
        "delivery.timeout.ms: it must be at least linger.ms and request.timeout.ms together, which \
         is {least}"
    )
}

vectors! {
    j01_nothing_is_set {} => "ok(true, =, =, =, =)";
    j02_acks_1_drops_idempotence { "acks" = "1" } => "ok(false, 1, =, =, =)";
    j04_acks_all_may_be_a_number_or_padded
        { "acks" = "all" } or { "acks" = "-1" } or { "acks" = " all " } or { "acks" = "-1 " }
        => "ok(true, =, =, =, =)";
    j05_acks_are_read_letter_by_letter { "acks" = "ALL" } => ACKS;
    j06_acks_are_one_of_four_words
        { "acks" = "2" } or { "acks" = "+1" } or { "acks" = "" } or { "acks" = Value::Null }
        => ACKS;
    j08_the_switch_is_read_in_any_case
        { "enable.idempotence" = "TRUE" } or { "enable.idempotence" = "tRuE" }
        or { "enable.idempotence" = " true " } or { "enable.idempotence" = true }
        => "ok(true, =, =, =, =)";
    j09_the_switch_is_true_or_false
        { "enable.idempotence" = "yes" } or { "enable.idempotence" = "1" }
        or { "enable.idempotence" = "" } => SWITCH;
    j10_a_switch_that_is_null_crashes { "enable.idempotence" = Value::Null }
        => "enable.idempotence: nothing checks this null, and the client fails with a null pointer";
    j12_asked_for_and_acks_1 { "enable.idempotence" = "true", "acks" = "1" } => ACKS_ALL;
    j13_asked_for_and_no_retries { "enable.idempotence" = "true", "retries" = "0" } => NO_RETRIES;
    j14_asked_for_and_6_in_flight
        { "enable.idempotence" = "true", "max.in.flight.requests.per.connection" = "6" }
        => IN_FLIGHT;
    j16_retries_are_reported_first
        { "enable.idempotence" = "true", "retries" = "0", "acks" = "1",
          "max.in.flight.requests.per.connection" = "6" } => NO_RETRIES;
    j17_acks_are_reported_before_in_flight
        { "enable.idempotence" = "true", "acks" = "1",
          "max.in.flight.requests.per.connection" = "6" } => ACKS_ALL;
    j18_no_retries_drop_idempotence { "retries" = "0" } or { "retries" = 0 }
        => "ok(false, =, 0, =, =)";
    j20_one_retry_is_enough { "retries" = "1" } => "ok(true, =, 1, =, =)";
    j20_a_number_may_have_a_sign_or_be_padded { "retries" = "+3" } or { "retries" = " 3 " }
        => "ok(true, =, 3, =, =)";
    j21_retries_are_not_negative { "retries" = "-1" } => RETRIES_RANGE;
    j22_retries_are_a_number_of_32_bits
        { "retries" = "2147483648" } or { "retries" = "3.0" } or { "retries" = "0x10" }
        or { "retries" = "1e3" } or { "retries" = "" }
        => "retries: it must be a whole number of 32 bits";
    j24_retries_are_not_null { "retries" = Value::Null } => "retries: it must not be null";
    j25_6_in_flight
        { "max.in.flight.requests.per.connection" = "6" }
        or { "max.in.flight.requests.per.connection" = 6 }
        => "ok(false, =, =, 6, =)", from 4.0 IN_FLIGHT_UNASKED;
    j26_some_request_is_in_flight { "max.in.flight.requests.per.connection" = "0" }
        => "max.in.flight.requests.per.connection: it must be at least 1";
    j28_any_number_in_flight { "max.in.flight.requests.per.connection" = "2147483647" }
        => "ok(false, =, =, 2147483647, =)", from 4.0 IN_FLIGHT_UNASKED;
    j29_switched_off_anything_goes
        { "enable.idempotence" = "false", "retries" = "0", "acks" = "0",
          "max.in.flight.requests.per.connection" = "100" } => "ok(false, 0, 0, 100, =)";
    j30_two_conflicts_drop_idempotence { "retries" = "0", "acks" = "1" } => "ok(false, 1, 0, =, =)";
    j32_a_transactional_id { "transactional.id" = "t" } => "ok(true, =, =, =, =)";
    j33_a_transactional_id_is_trimmed { "transactional.id" = " x " } => "ok(true, =, =, =, =)";
    j34_a_transactional_id_is_not_empty
        { "transactional.id" = "" } or { "transactional.id" = "  " } => EMPTY;
    j36_no_transactional_id { "transactional.id" = Value::Null } => "ok(true, =, =, =, =)";
    j37_a_transactional_id_that_is_null_counts_as_set
        { "transactional.id" = Value::Null, "enable.idempotence" = "false" } => NEEDS;
    j38_transactions_need_idempotence
        { "transactional.id" = "t", "enable.idempotence" = "false" } => NEEDS;
    j40_with_transactions_acks_are_reported
        { "transactional.id" = "t", "enable.idempotence" = "true", "acks" = "1" } => ACKS_ALL;
    j41_with_transactions_retries_are_reported_first
        { "transactional.id" = "t", "enable.idempotence" = "true", "acks" = "1",
          "retries" = "0" } => NO_RETRIES;
    j42_a_client_id_may_be_empty { "transactional.id" = "t", "client.id" = "" }
        => "ok(true, =, =, =, =)";
    j44_a_number_has_no_unit { "transaction.timeout.ms" = "60000ms" }
        => "transaction.timeout.ms: it must be a whole number of 32 bits";
    j45_a_deadline_of_one_request { "delivery.timeout.ms" = "30000" }
        => "ok(true, =, =, =, 30000)", from 4.0 deadline(30_005);
    j46_a_deadline_below_one_request { "delivery.timeout.ms" = "29999" }
        => deadline(30_000), from 4.0 deadline(30_005);
    j48_linger_fills_the_deadline { "linger.ms" = "90000" } => "ok(true, =, =, =, =)";
    j49_linger_raises_the_deadline { "linger.ms" = "90001" } => "ok(true, =, =, =, 120001)";
    j50_linger_is_capped { "linger.ms" = "9999999999" } => "ok(true, =, =, =, 2147483647)";
    j52_a_deadline_that_is_the_default_is_not_raised
        { "delivery.timeout.ms" = "120000", "linger.ms" = "100000" } => deadline(130_000);
    j53_the_sum_is_capped
        { "delivery.timeout.ms" = "2147483647", "linger.ms" = "2147483647",
          "request.timeout.ms" = "2147483647" } => "ok(true, =, =, =, 2147483647)";
    j54_a_deadline_one_below
        { "delivery.timeout.ms" = "2147483646", "linger.ms" = "2147483647",
          "request.timeout.ms" = "0" } => deadline(i32::MAX);
    j56_a_deadline_equal_to_the_sum
        { "delivery.timeout.ms" = "1", "linger.ms" = "0", "request.timeout.ms" = "1" }
        => "ok(true, =, =, =, 1)";
    j56_a_deadline_of_zero
        { "delivery.timeout.ms" = "0", "linger.ms" = "0", "request.timeout.ms" = "1" }
        => deadline(1);
    j57_a_deadline_is_not_negative { "delivery.timeout.ms" = "-1" }
        => "delivery.timeout.ms: it must be at least 0";
    j57_linger_is_not_negative { "linger.ms" = "-1" } => "linger.ms: it must be at least 0";
    j58_linger_is_defined_before_the_deadline
        { "delivery.timeout.ms" = "-1", "linger.ms" = "-1" } => "linger.ms: it must be at least 0";
    j60_linger_takes_objects_of_both_widths { "linger.ms" = 5 } or { "linger.ms" = 5_i64 }
        => "ok(true, =, =, =, =)";
    j61_retries_are_defined_before_acks { "retries" = "-1", "acks" = "2" } => RETRIES_RANGE;
    j62_acks_are_defined_before_the_rest
        { "acks" = "2", "max.in.flight.requests.per.connection" = "0" }
        or { "acks" = "2", "transactional.id" = "" } => ACKS;
    j64_the_switch_is_defined_before_the_transactional_id
        { "transactional.id" = "", "enable.idempotence" = "yes" } => SWITCH;
    j65_the_request_timeout_is_defined_before_in_flight
        { "request.timeout.ms" = "-1", "max.in.flight.requests.per.connection" = "0" }
        => "request.timeout.ms: it must be at least 0";
    j66_unknown_keys_are_ignored { "Enable.Idempotence" = "false", "unknown.key" = "x" }
        => "ok(true, =, =, =, =)";
    j68_switched_off_in_capitals { "enable.idempotence" = " FALSE ", "retries" = "0" }
        => "ok(false, =, 0, =, =)";
}

/// The client id and the transactional id in effect.
#[test]
fn j01_j32_j33_j36_j42_ids_come_from_where_the_vectors_say() {
    let null = Value::Null;
    let table: [(&str, Given<'_>, ClientId<'_>, Option<&str>); 5] = [
        ("j01", &[], ClientId::Counted, None),
        ("j32", &[("transactional.id", "t".into())], ClientId::OfTransactionalId("t"), Some("t")),
        ("j33", &[("transactional.id", " x ".into())], ClientId::OfTransactionalId("x"), Some("x")),
        ("j36", &[("transactional.id", null)], ClientId::Counted, None),
        (
            "j42",
            &[("transactional.id", "t".into()), ("client.id", "".into())],
            ClientId::Given(""),
            Some("t"),
        ),
    ];
    for release in BEFORE_4.into_iter().chain(FROM_4) {
        for (vector, given, client, transactional) in table {
            let settings = settings(given);
            let resolved = resolve(&settings, release).expect(vector);
            assert_eq!(resolved.client_id, client, "{vector} {release:?}");
            let id = resolved.transactional.map(|transactional| transactional.id);
            assert_eq!(id, transactional, "{vector} {release:?}");
        }
    }
}

#[test]
fn j49_a_raised_deadline_is_a_warning() {
    for release in BEFORE_4.into_iter().chain(FROM_4) {
        let settings = settings(&[("linger.ms", Value::from("90001"))]);
        let warnings = resolve(&settings, release).unwrap().warnings;
        assert_eq!(warnings[..], [Warning::DeliveryRaised { from: 120_000, to: 120_001 }]);
    }
}

/// 4.x names the number in its error; here it is the error's value.
#[test]
fn j25_from_4_0_the_error_names_the_requests_in_flight() {
    let settings = settings(&[("max.in.flight.requests.per.connection", Value::from("6"))]);
    let error = resolve(&settings, ClientRelease::Kafka4_1).unwrap_err();
    assert_eq!(error.value, Value::Text("6"));
}
