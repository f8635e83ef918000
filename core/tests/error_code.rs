//! The table of codes is Kafka 4.4.0's own, dumped by `verify/fixtures/make.py`.

use fencepost::error_code::ErrorCode;

const ERRORS: &str = include_str!("../../verify/fixtures/data/errors.tsv");

#[test]
fn every_code_has_kafkas_name_and_retriability_and_there_are_no_others() {
    let mut seen = 0;
    for line in ERRORS.lines() {
        let mut fields = line.split('\t');
        let Some(Ok(code)) = fields.next().map(str::parse::<i16>) else {
            continue;
        };
        let name = fields.next().expect("a name");
        let retriable = fields.next().expect("retriable").eq_ignore_ascii_case("true");
        let ours = ErrorCode::new(code);
        assert_eq!(ours.name(), Some(name));
        assert_eq!(ErrorCode::from_name(name), Some(ours));
        assert_eq!(ours.is_retriable(), retriable, "{ours}");
        seen += 1;
    }
    assert_eq!(seen, ErrorCode::ALL.len());
    assert!(seen > 100, "the file was read");
}

#[test]
fn an_unknown_code_is_carried_and_named_as_unknown() {
    let code = ErrorCode::new(32_000);
    assert_eq!((code.get(), code.name(), code.is_retriable()), (32_000, None, false));
    assert_eq!(code.to_string(), "unknown error code 32000");
    assert_eq!(
        ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER.to_string(),
        "OUT_OF_ORDER_SEQUENCE_NUMBER(45)"
    );
}
