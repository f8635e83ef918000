//! A file that is not a vector file is refused in one line that names the place.

use std::path::Path;

use fencepost_vectors::cli;
use fencepost_vectors::format::{load, parse};

/// The message for a vector whose second step, on line 3, is `step`.
fn step_error(step: &str) -> String {
    let text = format!(
        "[\n{{\"id\":\"X1\",\"what\":\"w\",\"steps\":[{{\"op\":\"reopen\"}},\n{step}]}}\n]\n"
    );
    parse("f.json", &text).unwrap_err().to_string()
}

fn vector_error(vector: &str) -> String {
    parse("f.json", &format!("[\n{vector}\n]")).unwrap_err().to_string()
}

#[test]
fn a_bad_step_is_named_by_file_line_vector_and_step() {
    let place = "f.json:3: vector X1, step 2: ";
    for (step, reason) in [
        (r#"{"op":"fly"}"#, "unknown op `fly`"),
        (r#"{"pid":1}"#, "missing field `op`"),
        (r#"{"op":7}"#, "field `op`: want a string, got 7"),
        ("[]", "want an object, got []"),
        (r#"{"op":"hw"}"#, "missing field `to`"),
        (r#"{"op":"hw","to":"1"}"#, "field `to`: want a number, got \"1\""),
        (r#"{"op":"hw","to":1.5}"#, "field `to`: 1.5 is out of range for i64"),
        (
            r#"{"op":"hw","to":9223372036854775808}"#,
            "field `to`: 9223372036854775808 is out of range for i64",
        ),
        (r#"{"op":"hw","to":1,"now":2}"#, "unknown field `now`"),
        (r#"{"op":"verify_enabled","to":2}"#, "field `to`: want 0 or 1, got 2"),
        (r#"{"op":"stray","bases":[1,null]}"#, "field `bases`: want a number, got null"),
        (r#"{"op":"stray","bases":1}"#, "field `bases`: want a list, got 1"),
        (r#"{"op":"corrupt","offset":1,"how":"burn"}"#, "field `how`: unknown damage `burn`"),
        (r#"{"op":"put","offset":1,"hex":"abc"}"#, "field `hex`: not pairs of hex digits"),
        (r#"{"op":"put","offset":1,"hex":"é"}"#, "field `hex`: not pairs of hex digits"),
    ] {
        assert_eq!(step_error(step), format!("{place}{reason}"), "{step}");
    }
}

#[test]
fn a_bad_append_says_which_field() {
    let produce = |fields: &str| {
        step_error(&format!(r#"{{"op":"produce","pid":1,"seq":0,"ts":1,{fields}}}"#))
    };
    for (fields, reason) in [
        (
            r#""n":1,"epoch":32768,"want":{"ok":[0,0]}"#,
            "field `epoch`: 32768 is out of range for i16",
        ),
        (r#""n":0,"epoch":0,"want":{"ok":[0,0]}"#, "field `n`: 0 is out of range, 1 is the lowest"),
        (r#""n":1,"epoch":0"#, "missing field `want`"),
        (
            r#""n":1,"epoch":0,"tv":-2,"want":{"ok":[0,0]}"#,
            "field `tv`: -2 is out of range, -1 is the lowest",
        ),
        (r#""n":1,"epoch":0,"txn":2,"want":{"ok":[0,0]}"#, "field `txn`: want 0 or 1, got 2"),
        (
            r#""n":1,"epoch":0,"origin":"ME","want":{"ok":[0,0]}"#,
            "field `origin`: unknown origin `ME`",
        ),
        (
            r#""n":1,"epoch":0,"guard":"g","want":{"ok":[0,0]}"#,
            "field `guard`: no earlier verify is labelled `g`",
        ),
        (
            r#""n":1,"epoch":0,"want":{"err":"NO"}"#,
            "field `want`: want ok (and done), dup, or a known err, got {\"err\":\"NO\"}",
        ),
        (
            r#""n":1,"epoch":0,"want":{"ok":[0]}"#,
            "field `want`: want ok (and done), dup, or a known err, got {\"ok\":[0]}",
        ),
    ] {
        assert!(produce(fields).ends_with(reason), "{fields}: {}", produce(fields));
    }
    let append = |batches: &str| {
        step_error(&format!(r#"{{"op":"append","batches":{batches},"want":{{"ok":[0,0]}}}}"#))
    };
    assert!(append("[]").ends_with("field `batches`: want at least one batch"));
    assert!(
        append(r#"[{"k":"e","pid":1,"epoch":0},{"k":"z"}]"#)
            .ends_with("batch 2: field `k`: unknown kind `z`")
    );
    assert!(
        append(r#"[{"k":"m","pid":1,"epoch":0,"type":"X"}]"#)
            .ends_with("batch 1: field `type`: want A or C, got `X`")
    );
    assert!(
        append(r#"[{"k":"e","pid":1,"epoch":0,"ts":3}]"#).ends_with("batch 1: unknown field `ts`")
    );
}

#[test]
fn a_want_that_nothing_could_answer_is_refused() {
    for (step, reason) in [
        (r#"{"op":"state","want":{"height":1}}"#, "unknown fact `height`"),
        (r#"{"op":"state","want":{}}"#, "want an object with at least one fact, got {}"),
        (r#"{"op":"state","want":{"pids":1}}"#, "fact `pids` can't be 1"),
        (r#"{"op":"state","want":{"vstate":{"x":null}}}"#, "fact `vstate` can't be {\"x\":null}"),
        (
            r#"{"op":"entry","pid":1,"want":{"epoch":1}}"#,
            "want null or {epoch, cep, ts, txn, win}, got {\"epoch\":1}",
        ),
        (
            r#"{"op":"verify","pid":1,"seq":0,"epoch":0,"want":"same:g"}"#,
            "or a known err, got \"same:g\"",
        ),
        (r#"{"op":"late","now":0,"want":0}"#, "want true or false, got 0"),
        (r#"{"op":"snap","want":true}"#, "want an offset or null, got true"),
        (r#"{"op":"inc","a":0,"b":0,"want":null}"#, "want an integer, got null"),
        (
            r#"{"op":"collect","from":0,"to":1,"want":{"txns":[]}}"#,
            "want {txns, complete}, got {\"txns\":[]}",
        ),
        (
            r#"{"op":"complete","pid":1,"first":0,"last":1,"want":"no"}"#,
            "want \"ok\" or a known err, got \"no\"",
        ),
        (r#"{"op":"file","offset":0,"want":7}"#, "want a string or null, got 7"),
    ] {
        assert!(step_error(step).ends_with(reason), "{step}: {}", step_error(step));
    }
}

#[test]
fn a_bad_vector_is_named_as_far_as_it_is_known() {
    for (vector, message) in [
        ("7", "f.json:2: a vector has to be an object"),
        ("{}", "f.json:2: missing field `id`"),
        (r#"{"id":"Y"}"#, "f.json:2: vector Y: missing field `what`"),
        (r#"{"id":"Y","what":""}"#, "f.json:2: vector Y: missing field `steps`"),
        (r#"{"id":"Y","what":"","steps":3}"#, "f.json:2: vector Y: field `steps`: want a list"),
        (
            r#"{"id":"Y","what":"","steps":[]}"#,
            "f.json:2: vector Y: field `steps`: want at least one step",
        ),
        (
            r#"{"id":"Y","what":"","verify":2,"steps":[]}"#,
            "f.json:2: vector Y: field `verify`: want 0 or 1, got 2",
        ),
        (
            r#"{"id":"Y","what":"","profile":["5.0"],"steps":[]}"#,
            "f.json:2: vector Y: field `profile`: unknown profile \"5.0\"",
        ),
        (
            r#"{"id":"Y","what":"","profile":[],"steps":[]}"#,
            "f.json:2: vector Y: field `profile`: an empty list holds nowhere",
        ),
        (
            r#"{"id":"Y","what":"","expms":1,"steps":[]}"#,
            "f.json:2: vector Y: unknown field `expms`",
        ),
    ] {
        assert_eq!(vector_error(vector), message);
    }
    let twice = r#"{"id":"Y","what":"","steps":[{"op":"reopen"}]}"#;
    let text = format!("[{twice},\n{twice}]");
    let error = parse("f.json", &text).unwrap_err().to_string();
    assert_eq!(error, "f.json:2: vector Y: the id is already taken");
}

#[test]
fn what_is_not_json_is_named_by_line() {
    for text in ["", "{}", "[", "[\n{\"id\":\"X\",}]", "[1] 2"] {
        let error = parse("f.json", text).unwrap_err();
        assert!(error.line.is_some(), "{text}");
        assert!(error.to_string().starts_with("f.json:"), "{error}");
        assert!(error.reason.starts_with("not a JSON list") || text.contains("id"), "{error}");
    }
}

#[test]
fn a_file_without_a_vector_has_shown_nothing() {
    let error = parse("f.json", " [ ]\n").unwrap_err();
    assert_eq!(error.to_string(), "f.json: holds no vector");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (empty, other) = (folder.join("empty.json"), folder.join("other-profile.json"));
    std::fs::write(&empty, "[]").unwrap();
    let vector = r#"[{"id":"Y","what":"","profile":["4.2"],"steps":[{"op":"reopen"}]}]"#;
    std::fs::write(&other, vector).unwrap();
    let run = |path: &Path, profile| {
        vectors_command(&["--file", path.to_str().unwrap(), "--profile", profile])
    };
    let (code, out, err) = run(&empty, "4.2");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.ends_with("empty.json: holds no vector\n"), "{err}");
    let (code, out, err) = run(&other, "3.9");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.ends_with("other-profile.json: no vector holds at profile 3.9\n"), "{err}");
    assert_eq!(run(&other, "4.2").0, 0);
}

#[test]
fn a_file_that_is_not_there_is_refused() {
    let error = load(Path::new("no/such.json")).unwrap_err();
    assert!(error.to_string().starts_with("no/such.json: can't be read: "), "{error}");
}

#[test]
fn any_cut_of_a_good_file_is_refused_without_a_panic() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/log.json");
    let text = std::fs::read_to_string(path).unwrap();
    let whole = text.trim_end().len();
    for end in (0..whole).step_by(7).filter(|end| text.is_char_boundary(*end)) {
        assert!(parse("cut.json", &text[..end]).is_err(), "{end}");
    }
    assert!(parse("whole.json", &text[..whole]).is_ok());
}

fn vectors_command(args: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args = args.iter().map(|arg| (*arg).to_owned());
    let code = cli::vectors(args, &mut out, &mut err).unwrap();
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

fn digest_command(args: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args = args.iter().map(|arg| (*arg).to_owned());
    let code = cli::digest(args, &mut out, &mut err).unwrap();
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

#[test]
fn the_exit_code_tells_same_from_different_from_unusable() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/broker-3.9.json");
    let model = ["--subject", "model"];
    let run =
        |profile| vectors_command(&[&["--file", path, "--profile", profile], &model[..]].concat());
    let (code, out, err) = run("3.9");
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out, "79 vectors, 471 steps, 0 differences\n");
    let (code, out, _) = run("4.2");
    assert_eq!(code, 1);
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("H10 step 2 produce: want "), "{out}");
    assert_eq!(lines[1], "79 vectors, 471 steps, 1 differences");
}

#[test]
fn an_unusable_command_line_is_one_line_and_exit_code_2() {
    let cases: [&[&str]; 7] = [
        &[],
        &["--file"],
        &["--file", "no/such.json"],
        &["--file", "x", "--profile", "5.0"],
        &["--file", "x", "--subject", "nobody"],
        &["--fly", "x"],
        &["--seed", "1", "--file", "x"],
    ];
    for args in cases {
        let (code, out, err) = vectors_command(args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert_eq!(err.lines().count(), 1, "{args:?}: {err}");
    }
    let cases: [&[&str]; 4] = [
        &[],
        &["--seed", "1"],
        &["--seed", "x", "--steps", "1"],
        &["--seed", "1", "--steps", "-1"],
    ];
    for args in cases {
        let (code, out, err) = digest_command(args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert_eq!(err.lines().count(), 1, "{args:?}: {err}");
    }
}

#[test]
fn the_digest_is_the_last_line() {
    let args = ["--seed", "1", "--steps", "100", "--lines", "2", "--subject", "model"];
    let (code, out, err) = digest_command(&args);
    assert_eq!((code, err.as_str()), (0, ""));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("1 A:ok,0,0 S:"), "{out}");
    assert_eq!(lines[2], "918e29ec0f0f8437");
}
