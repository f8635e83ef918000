//! What is checked is what runs: a producer under resolved settings.

use fencepost::config::{Acks, ClientRelease, ProducerSettings, Setting, resolve};
use fencepost::producer::transactions::Config;
use fencepost::producer::{Kind, Settings};

#[test]
fn kafkas_defaults_are_the_producers_defaults() {
    let settings = ProducerSettings::new();
    let resolved = resolve(&settings, ClientRelease::of(4, 4, 0).unwrap()).unwrap();
    assert_eq!(resolved.producer(), Some(Settings::new(Kind::Idempotent)));
    assert_eq!(resolved.transactions(), None);
}

#[test]
fn what_is_set_is_what_the_producer_goes_by() {
    let settings = ProducerSettings::new()
        .with(Setting::TransactionalId, "orders")
        .with(Setting::DeliveryTimeoutMs, 200_000)
        .with(Setting::Retries, 7)
        .with(Setting::MaxInFlight, 2)
        .with(Setting::RequestTimeoutMs, 100_000)
        .with(Setting::TransactionTimeoutMs, 10_000);
    let resolved = resolve(&settings, ClientRelease::of(4, 4, 0).unwrap()).unwrap();
    let want = Settings::new(Kind::Transactional)
        .delivery_timeout_ms(200_000)
        .retries(7)
        .max_in_flight(2)
        .request_lifetime_ms(130_000);
    assert_eq!(resolved.producer(), Some(want));
    assert_eq!(resolved.transactions(), Some(Config::new().transaction_timeout_ms(10_000)));
}

#[test]
fn without_idempotence_there_is_nothing_to_number() {
    let settings = ProducerSettings::new().with(Setting::Acks, Acks::One);
    let resolved = resolve(&settings, ClientRelease::of(4, 4, 0).unwrap()).unwrap();
    assert_eq!(resolved.producer(), None);
}
