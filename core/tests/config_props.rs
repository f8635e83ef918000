//! Do the laws of resolving hold for any settings?

use fencepost::config::{
    Acks, ClientRelease, Cluster, Idempotence, OffBy, ProducerSettings, Promise, Setting, Value,
    guarantee, later, problems, resolve,
};
use proptest::prelude::*;

/// Values near every bound and of every form, and some of none.
const TEXTS: [&str; 24] = [
    "all",
    "-1",
    "0",
    "1",
    "2",
    "5",
    "6",
    "true",
    "FALSE",
    "",
    " ",
    " x ",
    "none",
    "zstd",
    "29999",
    "30000",
    "30005",
    "90001",
    "120000",
    "900001",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "ALL",
];

fn value() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![
        8 => prop::sample::select(&TEXTS[..]).prop_map(Value::Text),
        2 => any::<bool>().prop_map(Value::Bool),
        2 => prop_oneof![any::<i32>(), -1..=6].prop_map(Value::Int),
        2 => prop_oneof![any::<i64>(), -1_i64..=6].prop_map(Value::Long),
        1 => Just(Value::Null),
        1 => Just(Value::Other),
    ]
}

/// A few settings, because many are always refused.
fn settings() -> impl Strategy<Value = ProducerSettings<'static>> {
    let one = (prop::sample::select(Setting::ALL), value());
    prop::collection::vec(one, 0..6).prop_map(|given| {
        let none = ProducerSettings::new();
        given.into_iter().fold(none, |settings, (setting, value)| settings.with(setting, value))
    })
}

fn release() -> impl Strategy<Value = ClientRelease> {
    prop::sample::select(&ClientRelease::ALL[..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn settings_start_if_and_only_if_they_have_no_problem(
        settings in settings(), release in release(),
    ) {
        let found: Vec<_> = problems(&settings, release).collect();
        prop_assert!(found.len() <= 27);
        match resolve(&settings, release) {
            Ok(_) => prop_assert_eq!(found, []),
            Err(error) => {
                prop_assert_eq!(Some(&error), found.first());
                prop_assert!(error.to_string().starts_with(error.setting.name()));
            }
        }
    }

    #[test]
    fn idempotence_that_is_on_has_what_it_needs(settings in settings(), release in release()) {
        let Ok(resolved) = resolve(&settings, release) else { return Ok(()) };
        if resolved.idempotence.is_on() {
            prop_assert_eq!(resolved.acks, Acks::All);
            prop_assert!(resolved.retries > 0);
            prop_assert!((1..=release.most_in_flight()).contains(&resolved.max_in_flight));
        } else {
            prop_assert_eq!(resolved.transactional, None);
        }
    }

    #[test]
    fn a_switch_that_is_written_out_is_never_dropped(
        settings in settings(), release in release(), asked in any::<bool>(),
    ) {
        let settings = settings.with(Setting::EnableIdempotence, asked);
        let Ok(resolved) = resolve(&settings, release) else { return Ok(()) };
        prop_assert_eq!(resolved.idempotence.is_on(), asked);
        let dropped = matches!(resolved.idempotence, Idempotence::Off(OffBy::Conflicts(_)));
        prop_assert!(!dropped);
    }

    /// Mending every conflict that dropped idempotence turns it on again. What only idempotence
    /// uses is then used: a null among it crashes.
    #[test]
    fn without_the_conflicts_it_is_on(settings in settings(), release in release()) {
        prop_assume!(settings.get(Setting::TransactionTimeoutMs) != Some(Value::Null));
        let Ok(resolved) = resolve(&settings, release) else { return Ok(()) };
        let Idempotence::Off(OffBy::Conflicts(conflicts)) = resolved.idempotence else {
            return Ok(());
        };
        prop_assert!(!conflicts.is_empty());
        let mut mended = settings;
        conflicts.settings().for_each(|setting| mended.put(setting, None));
        prop_assert!(resolve(&mended, release).is_ok_and(|mended| mended.idempotence.is_on()));
    }

    #[test]
    fn a_deadline_covers_linger_and_one_request(settings in settings(), release in release()) {
        let Ok(resolved) = resolve(&settings, release) else { return Ok(()) };
        prop_assert_eq!(
            resolved.delivery_timeout_ms.is_some(),
            release.is_from(ClientRelease::Kafka2_1)
        );
        if release.is_from(ClientRelease::Kafka2_2) {
            let least = resolved.linger_ms.saturating_add(resolved.request_timeout_ms);
            prop_assert!(resolved.delivery_timeout_ms >= Some(least));
        }
    }

    #[test]
    fn exactly_once_is_promised_if_and_only_if_idempotence_is_on(
        settings in settings(), release in release(),
    ) {
        let Ok(resolved) = resolve(&settings, release) else { return Ok(()) };
        let promised = guarantee(&resolved);
        let exactly_once = matches!(
            promised.promise,
            Promise::ExactlyOncePerSession | Promise::ExactlyOnceAcrossSessions
        );
        prop_assert_eq!(exactly_once, resolved.idempotence.is_on());
        prop_assert!(!promised.reasons.is_empty());
        for found in later(&resolved, &Cluster::default()) {
            prop_assert!(!found.to_string().is_empty());
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), release in release()) {
        for setting in Setting::ALL {
            let settings = ProducerSettings::new().with(*setting, text.as_str());
            if let Err(error) = resolve(&settings, release) {
                prop_assert_eq!((error.setting, error.value), (*setting, Value::Text(&text)));
            }
        }
    }
}
