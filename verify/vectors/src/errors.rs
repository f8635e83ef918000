//! How is a Kafka error named in a vector? (broker spec 0.1)

const NAMES: [(&str, i16); 6] = [
    ("UNKNOWN_SERVER_ERROR", -1),
    ("OUT_OF_ORDER_SEQUENCE_NUMBER", 45),
    ("INVALID_PRODUCER_EPOCH", 47),
    ("INVALID_TXN_STATE", 48),
    ("TRANSACTION_COORDINATOR_FENCED", 52),
    ("INVALID_RECORD", 87),
];

/// The code of a name that a vector may want; none for any other name.
#[must_use]
pub fn code_of(name: &str) -> Option<i16> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code)
}

/// The name of `code`, or the code itself in words.
#[must_use]
pub fn name_of(code: i16) -> String {
    let known = NAMES.iter().find(|(_, known)| *known == code);
    known.map_or_else(|| format!("error code {code}"), |(name, _)| (*name).to_owned())
}
