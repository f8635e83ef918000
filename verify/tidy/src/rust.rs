//! Where do functions begin and end in Rust source, and which of them are tests?

/// A function with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of its `fn`, from 1.
    pub line: usize,
    /// Lines from its `fn` to its last brace.
    pub lines: usize,
}

/// A test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// Its doc comment.
    pub doc: String,
}

/// The source before its `#[cfg(test)]`, which ends a file here.
#[must_use]
pub fn outside_tests(source: &str) -> &str {
    source.split("#[cfg(test)]").next().unwrap_or_default()
}

/// The functions of some source, in order. A trait's functions without a body are none.
#[must_use]
pub fn functions(source: &str) -> Vec<Function> {
    let code: Vec<char> = blank(source).chars().collect();
    let mut found = Vec::new();
    let (mut line, mut at) = (1, 0);
    while at < code.len() {
        if let Some(name) = function_name(&code, at) {
            if let Some(lines) = body_lines(&code[at..]) {
                found.push(Function { name, line, lines });
            }
        }
        line += usize::from(code[at] == '\n');
        at += 1;
    }
    found
}

/// The tests of some source, in order.
#[must_use]
pub fn tests(source: &str) -> Vec<Test> {
    let (mut doc, mut is_test, mut found) = (String::new(), false, Vec::new());
    for line in source.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            doc.push_str(text);
        } else if line == "#[test]" {
            is_test = true;
        } else if let Some(rest) = line.strip_prefix("fn ").filter(|_| is_test) {
            let name: String = rest.chars().take_while(|c| is_in_name(*c)).collect();
            found.push(Test { name, doc: std::mem::take(&mut doc) });
            is_test = false;
        } else if !line.starts_with("#[") {
            doc.clear();
            is_test = false;
        }
    }
    found
}

fn is_in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The name, if `fn name` begins here.
fn function_name(code: &[char], at: usize) -> Option<String> {
    let begins = at == 0 || !is_in_name(code[at - 1]);
    let rest = code[at..].strip_prefix(&['f', 'n', ' ']).filter(|_| begins)?;
    let name: String = rest.iter().take_while(|c| is_in_name(**c)).collect();
    (!name.is_empty()).then_some(name)
}

/// Lines to the brace that closes the first one opened; none if a `;` comes before any.
fn body_lines(code: &[char]) -> Option<usize> {
    let (mut depth, mut brackets, mut lines) = (0_usize, 0_usize, 1);
    for &c in code {
        match c {
            '\n' => lines += 1,
            '[' => brackets += 1,
            ']' => brackets = brackets.saturating_sub(1),
            // `[u8; 4]` in a signature ends nothing.
            ';' if depth == 0 && brackets == 0 => return None,
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(lines);
                }
            }
            _ => {}
        }
    }
    None
}

/// The source with comments, strings and characters blanked out; lines stay lines.
fn blank(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let taken = literal_len(rest, out.chars().last().is_some_and(is_in_name));
        let (gone, after) = rest.split_at(if taken > 0 { taken } else { c.len_utf8() });
        if taken > 0 {
            out.extend(gone.chars().map(|c| if c == '\n' { c } else { ' ' }));
        } else {
            out.push(c);
        }
        rest = after;
    }
    out
}

/// Bytes of the comment or literal that begins here, 0 if none does.
fn literal_len(source: &str, in_name: bool) -> usize {
    let until = |end: &str, from: usize| {
        source[from..].find(end).map_or(source.len(), |at| from + at + end.len())
    };
    if source.starts_with("//") {
        return source.find('\n').unwrap_or(source.len());
    }
    if source.starts_with("/*") {
        return until("*/", 2);
    }
    if source.starts_with('"') {
        return quoted_len(source, '"');
    }
    if source.starts_with('r') && !in_name {
        let hashes = source[1..].chars().take_while(|c| *c == '#').count();
        if source[1 + hashes..].starts_with('"') {
            return until(&format!("\"{}", "#".repeat(hashes)), 2 + hashes);
        }
    }
    if source.starts_with('\'') {
        // A lifetime has no closing quote behind its first character.
        let mut after = source.chars().skip(1);
        let (first, second) = (after.next(), after.next());
        if first == Some('\\') || second == Some('\'') {
            return quoted_len(source, '\'');
        }
    }
    0
}

fn quoted_len(source: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in source.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    source.len()
}

#[cfg(test)]
mod own_tests {
    use super::*;

    #[test]
    fn a_function_ends_where_its_first_brace_closes_whatever_strings_and_comments_say() {
        let source = "trait A {\n    fn none(x: [u8; 2]);\n}\nfn b<'a>(x: &'a str) -> char {\n    \
            // }\n    let _ = (r#\"}\"#, \"\\\"}\", '}', '\\'');\n    { 'x' }\n}\nfn c() {}\n";
        let found = functions(source);
        let want = [("b", 4, 5), ("c", 9, 1)];
        let want = want.map(|(name, line, lines)| Function { name: name.into(), line, lines });
        assert_eq!(found, want);
    }

    #[test]
    fn a_test_is_what_has_the_attribute_with_the_doc_in_front_of_it() {
        let source = "/// Helps.\nfn help() {}\n\n/// R7: why.\n#[test]\n#[ignore]\nfn r8_x() {}\n";
        let want = Test { name: "r8_x".into(), doc: " R7: why.".into() };
        assert_eq!(tests(source), [want]);
    }
}
