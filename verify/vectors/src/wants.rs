//! Is what a step wants something that the step could ever answer?
//!
//! A want is compared as JSON, so one of the wrong shape would be a difference that no
//! implementation can mend.

use serde_json::Value;

use crate::errors::code_of;

fn bad<T>(expected: &str, got: &Value) -> Result<T, String> {
    Err(format!("field `want`: want {expected}, got {got}"))
}

fn is_int(value: &Value) -> bool {
    value.as_i64().is_some()
}

fn is_int_or_null(value: &Value) -> bool {
    value.is_null() || is_int(value)
}

fn is_ints(value: &Value, len: usize) -> bool {
    value.as_array().is_some_and(|items| items.len() == len && items.iter().all(is_int))
}

fn is_list_of(value: &Value, each: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|items| items.iter().all(each))
}

fn is_error(value: &Value) -> bool {
    let name = value.get("err").and_then(Value::as_str);
    name.is_some_and(|name| code_of(name).is_some()) && len_of(value) == 1
}

fn len_of(value: &Value) -> usize {
    value.as_object().map_or(0, serde_json::Map::len)
}

/// `[pid, first, last, "A" or "C", lso]`.
fn is_done(value: &Value) -> bool {
    let Some([pid, first, last, kind, lso]) = value.as_array().map(Vec::as_slice) else {
        return false;
    };
    [pid, first, last, lso].into_iter().all(is_int) && matches!(kind.as_str(), Some("A" | "C"))
}

pub(crate) fn append(want: &Value) -> Result<(), String> {
    let written = want.get("ok").is_some_and(|ok| is_ints(ok, 2));
    let done = want.get("done").is_some_and(|done| is_list_of(done, is_done));
    let duplicate = want.get("dup").is_some_and(|dup| is_ints(dup, 3));
    let fits = match len_of(want) {
        1 => written || duplicate || is_error(want),
        2 => written && done,
        _ => false,
    };
    if fits { Ok(()) } else { bad("ok (and done), dup, or a known err", want) }
}

pub(crate) fn verify(want: &Value, labels: &[String]) -> Result<(), String> {
    let fits = match want.as_str() {
        Some("new" | "sentinel") => true,
        Some(other) => other.strip_prefix("same:").is_some_and(|l| labels.iter().any(|x| x == l)),
        None => is_error(want),
    };
    if fits { Ok(()) } else { bad("new, sentinel, same:<known label>, or a known err", want) }
}

pub(crate) fn entry(want: &Value) -> Result<(), String> {
    let is = |name: &str, test: fn(&Value) -> bool| want.get(name).is_some_and(test);
    let fits = want.is_null()
        || (len_of(want) == 5
            && ["epoch", "cep", "ts"].into_iter().all(|name| is(name, is_int))
            && is("txn", is_int_or_null)
            && is("win", |win| is_list_of(win, |batch| is_ints(batch, 5))));
    if fits { Ok(()) } else { bad("null or {epoch, cep, ts, txn, win}", want) }
}

pub(crate) fn state(want: &Value) -> Result<(), String> {
    let Some(facts) = want.as_object().filter(|facts| !facts.is_empty()) else {
        return bad("an object with at least one fact", want);
    };
    for (name, value) in facts {
        let fits = match name.as_str() {
            "map_end" | "leo" | "last_stable" => is_int(value),
            "unstable" | "undecided" | "latest_snap" | "oldest_snap" => is_int_or_null(value),
            "empty" => value.is_boolean(),
            "pids" | "snaps" => is_list_of(value, is_int),
            "aborted" => is_list_of(value, |entry| is_ints(entry, 4)),
            "vstate" => is_verification_state(value),
            _ => return Err(format!("field `want`: unknown fact `{name}`")),
        };
        if !fits {
            return Err(format!("field `want`: fact `{name}` can't be {value}"));
        }
    }
    Ok(())
}

fn is_verification_state(value: &Value) -> bool {
    value.as_object().is_some_and(|producers| {
        let entry = |entry: &Value| entry.is_null() || is_ints(entry, 2);
        producers.iter().all(|(pid, state)| pid.parse::<i64>().is_ok() && entry(state))
    })
}

pub(crate) fn collect(want: &Value) -> Result<(), String> {
    let txns = want.get("txns").is_some_and(|txns| is_list_of(txns, |txn| is_ints(txn, 2)));
    let complete = want.get("complete").is_some_and(Value::is_boolean);
    if txns && complete && len_of(want) == 2 { Ok(()) } else { bad("{txns, complete}", want) }
}

pub(crate) fn outcome(want: &Value) -> Result<(), String> {
    if want == "ok" || is_error(want) { Ok(()) } else { bad("\"ok\" or a known err", want) }
}

pub(crate) fn boolean(want: &Value) -> Result<(), String> {
    if want.is_boolean() { Ok(()) } else { bad("true or false", want) }
}

pub(crate) fn integer(want: &Value) -> Result<(), String> {
    if is_int(want) { Ok(()) } else { bad("an integer", want) }
}

pub(crate) fn offset(want: &Value) -> Result<(), String> {
    if is_int_or_null(want) { Ok(()) } else { bad("an offset or null", want) }
}

pub(crate) fn text_or_null(want: &Value) -> Result<(), String> {
    if want.is_null() || want.is_string() { Ok(()) } else { bad("a string or null", want) }
}
