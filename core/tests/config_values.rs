//! Are values read as Java reads them (config spec 1)?

use fencepost::config::{
    Acks, ClientRelease, ConfigError, ProducerSettings, Rule, Setting, Value, java, problems,
    resolve,
};

const NOW: ClientRelease = ClientRelease::Kafka4_1;

#[test]
fn text_is_trimmed_up_to_the_space_and_no_further() {
    assert_eq!(java::trim("\u{0}\t\n a b \u{1f}"), "a b");
    assert_eq!(java::trim("\u{a0}1\u{2003}"), "\u{a0}1\u{2003}");
    assert_eq!(java::int("\u{a0}1"), None);
}

#[test]
fn booleans_are_two_words_in_any_case() {
    for text in ["true", "TRUE", "tRuE", " true "] {
        assert_eq!(java::boolean(text), Some(true), "{text:?}");
    }
    for text in ["false", "FALSE", "\tfAlSe"] {
        assert_eq!(java::boolean(text), Some(false), "{text:?}");
    }
    for text in ["", " ", "1", "0", "yes", "no", "on", "truee", "tru", "t", "\u{a0}true"] {
        assert_eq!(java::boolean(text), None, "{text:?}");
    }
}

/// `equalsIgnoreCase` folds by way of capitals, and U+017F has S for one.
#[test]
fn a_long_s_is_an_s() {
    assert_eq!(java::boolean("fal\u{17f}e"), Some(false));
    assert_eq!(java::boolean("\u{fb01}alse"), None);
}

#[test]
fn whole_numbers_have_a_sign_or_none_and_digits() {
    let table = [
        ("0", 0),
        ("00", 0),
        ("-0", 0),
        ("+3", 3),
        (" 3 ", 3),
        ("0000000000000000000000000000000000007", 7),
        ("2147483647", i32::MAX),
        ("-2147483648", i32::MIN),
    ];
    for (text, number) in table {
        assert_eq!(java::int(text), Some(number), "{text:?}");
        assert_eq!(java::long(text), Some(number.into()), "{text:?}");
    }
    let none =
        ["", " ", "+", "-", "+-1", "--1", "- 1", "0x10", "1e3", "3.0", "1_000", "5ms", "1 2", "٣x"];
    for text in none {
        assert_eq!((java::int(text), java::long(text)), (None, None), "{text:?}");
    }
}

#[test]
fn numbers_end_where_their_width_does() {
    assert_eq!(java::int("2147483648"), None);
    assert_eq!(java::int("-2147483649"), None);
    assert_eq!(java::long("9223372036854775807"), Some(i64::MAX));
    assert_eq!(java::long("-9223372036854775808"), Some(i64::MIN));
    assert_eq!(java::long("9223372036854775808"), None);
    assert_eq!(java::long("-9223372036854775809"), None);
    assert_eq!(java::long("99999999999999999999999999999999"), None);
}

/// `Integer.parseInt` knows the digits of every script, but looks at one UTF-16 unit at a time.
#[test]
fn digits_may_be_of_any_script_in_the_first_plane() {
    assert_eq!(java::int("\u{ff11}\u{0662}\u{abf3}"), Some(123));
    assert_eq!(java::int("-\u{966}\u{96f}"), Some(-9));
    assert_eq!(java::int("\u{1d7d8}"), None, "a digit of the second plane");
    assert_eq!(java::int("\u{b2}"), None, "a superscript");
    assert_eq!(java::int("\u{ff0b}1"), None, "a full-width plus");
    let digits = (0..=0xffff).filter_map(char::from_u32);
    let digits = digits.filter(|c| java::int(c.encode_utf8(&mut [0; 4])).is_some());
    assert_eq!(digits.count(), 370);
}

#[test]
fn acks_are_four_words() {
    let table = [("all", Acks::All), ("-1", Acks::All), ("0", Acks::Zero), (" 1 ", Acks::One)];
    for (text, acks) in table {
        assert_eq!(java::acks(text), Some(acks), "{text:?}");
    }
    for text in ["ALL", "All", "2", "+1", "00", "01", "-01", ""] {
        assert_eq!(java::acks(text), None, "{text:?}");
    }
    for acks in [Acks::Zero, Acks::One, Acks::All] {
        assert_eq!(java::acks(acks.name()), Some(acks));
        assert_eq!(Value::from(acks), Value::Text(acks.name()));
    }
    assert_eq!([Acks::Zero.get(), Acks::One.get(), Acks::All.get()], [0, 1, -1]);
}

fn rule(setting: Setting, value: Value<'_>) -> Option<Rule> {
    let settings = ProducerSettings::new().with(setting, value);
    problems(&settings, NOW).next().filter(|error| error.setting == setting).map(|error| error.rule)
}

#[test]
fn objects_have_to_be_of_the_settings_type() {
    let cases = [
        (Setting::Retries, Value::Int(3), None),
        (Setting::Retries, Value::Long(3), Some(Rule::Int)),
        (Setting::Retries, Value::Bool(true), Some(Rule::Int)),
        (Setting::LingerMs, Value::Int(3), None),
        (Setting::LingerMs, Value::Long(3), None),
        (Setting::LingerMs, Value::Other, Some(Rule::Long)),
        (Setting::EnableIdempotence, Value::Int(1), Some(Rule::Boolean)),
        (Setting::EnableIdempotence, Value::Other, Some(Rule::Boolean)),
        (Setting::Acks, Value::Int(-1), Some(Rule::Text)),
        (Setting::TransactionalId, Value::Int(7), Some(Rule::Text)),
        (Setting::ClientId, Value::Other, Some(Rule::Text)),
    ];
    for (setting, value, want) in cases {
        assert_eq!(rule(setting, value), want, "{setting} {value}");
    }
}

#[test]
fn codecs_are_those_of_the_release() {
    let zstd = ProducerSettings::new().with(Setting::CompressionType, "zstd");
    for release in ClientRelease::ALL {
        let is_known = resolve(&zstd, release).is_ok();
        assert_eq!(is_known, release.is_from(ClientRelease::Kafka2_1), "{release:?}");
    }
}

#[test]
fn an_error_names_the_setting_the_value_and_the_bound() {
    let told = |setting, value: Value<'_>| {
        let settings = ProducerSettings::new().with(setting, value);
        resolve(&settings, NOW).unwrap_err().to_string()
    };
    let table = [
        (Setting::Acks, "ALL".into(), "acks is \"ALL\": it must be one of all, -1, 0, 1"),
        (Setting::Acks, Value::Int(-1), "acks is -1: it must be text"),
        (Setting::Acks, Value::Null, "acks is null: it must be one of all, -1, 0, 1"),
        (Setting::Retries, "-1".into(), "retries is \"-1\": it must be at least 0"),
        (Setting::Retries, "".into(), "retries is \"\": it must be a whole number of 32 bits"),
        (
            Setting::Retries,
            Value::Long(3),
            "retries is 3 (64 bits): it must be a whole number of 32 bits",
        ),
        (
            Setting::MaxBlockMs,
            Value::Other,
            "max.block.ms is an object: it must be a whole number of 64 bits",
        ),
        (Setting::TransactionalId, " ".into(), "transactional.id is \" \": it must not be empty"),
        (
            Setting::DeliveryTimeoutMs,
            "30000".into(),
            "delivery.timeout.ms is \"30000\": it must be at least linger.ms and \
             request.timeout.ms together, which is 30005",
        ),
    ];
    for (setting, value, sentence) in table {
        assert_eq!(told(setting, value), sentence);
    }
}

/// Kafka names one at a time; a linter wants them all.
#[test]
fn problems_are_all_that_stands_in_the_way() {
    let named = |given: &[(Setting, Value<'static>)]| -> Vec<ConfigError<'static>> {
        let none = ProducerSettings::new();
        let settings =
            given.iter().fold(none, |settings, (key, value)| settings.with(*key, *value));
        problems(&settings, NOW).collect()
    };
    let keys = |errors: &[ConfigError<'_>]| -> Vec<Setting> {
        errors.iter().map(|error| error.setting).collect()
    };
    let asked = (Setting::EnableIdempotence, Value::Bool(true));
    let conflicts = named(&[
        asked,
        (Setting::Retries, "0".into()),
        (Setting::Acks, "1".into()),
        (Setting::MaxInFlight, "10".into()),
    ]);
    assert_eq!(keys(&conflicts), [Setting::Retries, Setting::Acks, Setting::MaxInFlight]);

    // What can't be read takes no part: not acks=1 itself, and not what an unreadable switch means.
    let unreadable = named(&[asked, (Setting::Acks, "2".into()), (Setting::Retries, "0".into())]);
    assert_eq!(keys(&unreadable), [Setting::Acks, Setting::Retries]);
    let switch = (Setting::EnableIdempotence, "yes".into());
    let unknown =
        named(&[switch, (Setting::Acks, "1".into()), (Setting::TransactionalId, "t".into())]);
    assert_eq!(keys(&unknown), [Setting::EnableIdempotence]);
    let linger = named(&[(Setting::LingerMs, "x".into()), (Setting::DeliveryTimeoutMs, 1.into())]);
    assert_eq!(keys(&linger), [Setting::LingerMs]);
}

#[test]
fn everything_wrong_at_once_is_18_bad_values() {
    let mut settings = ProducerSettings::new();
    for setting in Setting::ALL {
        settings.put(*setting, Some(Value::Other));
    }
    let named: Vec<Setting> = problems(&settings, NOW).map(|error| error.setting).collect();
    assert_eq!(named, Setting::ALL);
    for setting in Setting::ALL {
        settings.put(*setting, None);
    }
    assert_eq!(settings, ProducerSettings::new());
}

#[test]
fn a_value_is_shown_so_that_nothing_in_it_hides() {
    let shown = |text: &'static str| Value::Text(text).to_string();
    assert_eq!(shown("true"), r#""true""#);
    assert_eq!(shown(""), r#""""#);
    assert_eq!(shown(" all "), r#"" all ""#);
    assert_eq!(shown("größe-٣"), r#""größe-٣""#);
    assert_eq!(shown(r#"a"b\c"#), r#""a\"b\\c""#);
    assert_eq!(shown("a\t\r\n\0"), r#""a\t\r\n\u{0}""#);
    assert_eq!(shown("\u{a0}a\u{200b}\u{feff}\u{202e}"), r#""\u{a0}a\u{200b}\u{feff}\u{202e}""#);
    assert_eq!(Value::Null.to_string(), "null");
    assert_eq!(Value::Bool(true).to_string(), "true");
    assert_eq!(Value::Int(5).to_string(), "5");
    assert_eq!(Value::Long(5).to_string(), "5 (64 bits)");
    assert_eq!(Value::Other.to_string(), "an object");
}
