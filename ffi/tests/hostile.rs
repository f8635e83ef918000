//! Bad input from C: every function that is exported is called with NULL anywhere, short buffers,
//! struct sizes of any age, handles that are none, numbers of no enum, sizes near SIZE_MAX,
//! misaligned and overlapping pointers, under AddressSanitizer, UndefinedBehaviorSanitizer and
//! valgrind. The answer is a status, never a crash.

#[path = "support/declared.rs"]
mod declared;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use declared::{Field, Function, Parameter, enumerations, functions, handles, structs};
use support::{SYSTEM, has, library, package, read, repository, run, scratch};

/// What a live handle of each type is made by: options, and calls that bring it into use.
const LIVE: [(&str, &str, &str); 11] = [
    (
        "fencepost_partition",
        "fencepost_partition_config options = {sizeof options, 4, 4, 4, 4, 0, 7, 0, 0, 0, 0, 0, 0, \
         0, 0};",
        "&options, ",
    ),
    (
        "fencepost_producer",
        "fencepost_producer_settings options = {sizeof options, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
         0, 0};",
        "&options, ",
    ),
    ("fencepost_builder", "", ""),
    ("fencepost_journal_reader", "", "0, "),
    ("fencepost_block_allocator", "", ""),
    ("fencepost_id_generator", "", ""),
    (
        "fencepost_transaction",
        "fencepost_transaction_config options = {sizeof options, 1, 7, 5, 0, 0};",
        "&options, ",
    ),
    (
        "fencepost_transaction_manager",
        "fencepost_transaction_manager_config options = {sizeof options, 4, 0, 0, 0, 0};",
        "&options, ",
    ),
    (
        "fencepost_storage",
        "fencepost_storage_config options = {sizeof options, 9, 9, 9, 9, 0};",
        "&options, ",
    ),
    (
        "fencepost_scratch",
        "fencepost_scratch_config options = {sizeof options, 4, 4, 0};",
        "&options, ",
    ),
    (
        "fencepost_audit",
        "fencepost_audit_config options = {sizeof options, 4, 5, 4, 0, 7, 0, 0, 0, 0};",
        "&options, ",
    ),
];

/// More live handles of a type, each made by a function of `hostile.h` with that name.
const MORE: [(&str, &[&str]); 3] = [
    (
        "fencepost_producer",
        &["closed_journal", "stored_journal", "filed_journal", "begun_journal", "read_journal"],
    ),
    ("fencepost_partition", &["undecided_partition"]),
    (
        "fencepost_transaction_manager",
        &[
            "manager_initializing",
            "manager_ready",
            "manager_in_transaction",
            "manager_adding",
            "manager_adding_offsets",
            "manager_sending_offsets",
            "manager_ending",
        ],
    ),
];

/// Options that are right, each by an expression of `hostile.h`.
const RIGHT: [(&str, &str); 1] = [("fencepost_journal_options", "journal_options()")];

/// Options that say how much memory a handle takes: a machine has only so much.
const CAPACITIES: [&str; 8] = [
    "producers",
    "transactions",
    "guards",
    "undecided",
    "partitions",
    "trails",
    "slots",
    "capacity",
];

struct Header {
    functions: Vec<Function>,
    structs: BTreeMap<String, Vec<Field>>,
    handles: Vec<String>,
}

/// The type a pointer points to, if it is one.
fn pointee(kind: &str) -> Option<&str> {
    let inner = kind.strip_suffix('*')?.trim();
    Some(inner.strip_prefix("const ").unwrap_or(inner))
}

fn is_length_of(name: &str, pointer: &str) -> bool {
    name == format!("{pointer}_len") || name == format!("{pointer}_size")
}

impl Header {
    fn read() -> Self {
        let text = read(&repository().join("include/fencepost.h"));
        let (functions, structs, handles) = (functions(&text), structs(&text), handles(&text));
        let named: Vec<&str> = LIVE.iter().map(|(name, ..)| *name).collect();
        for handle in &handles {
            assert!(named.contains(&handle.as_str()), "no live {handle} is made: add it to LIVE");
        }
        let committed = read(&package().join("symbols.txt"));
        let committed: Vec<&str> = committed.lines().collect();
        let mut declared: Vec<&str> = functions.iter().map(|f| f.name.as_str()).collect();
        declared.sort_unstable();
        assert_eq!(declared, committed, "the functions seen here are those of symbols.txt");
        Self { functions, structs, handles }
    }

    /// Whether its bytes are pointers that may be followed.
    fn has_pointers(&self, name: &str) -> bool {
        self.structs.get(name).is_some_and(|fields| fields.iter().any(|f| f.kind.contains('*')))
    }

    /// A function that fills a struct in.
    fn fill(&self, name: &str, fields: &[Field]) -> String {
        let mut text = format!("static void fill_{name}(void *to) {{\n  {name} *it = to;\n");
        text.push_str("  scribble(it, sizeof *it);\n");
        for (n, field) in fields.iter().enumerate() {
            let place = format!("it->{}", field.name);
            let length = fields.iter().skip(n + 1).chain(&fields[..n]);
            let mut length = length.filter(|other| is_length_of(&other.name, &field.name));
            if let Some(kind) = pointee(&field.kind) {
                let Some(length) = length.next().map(|other| &other.name) else {
                    writeln!(text, "  {place} = draw(8) ? NULL : (void *)nothing;").unwrap();
                    continue;
                };
                let made = self.array("len", kind);
                let kind = fields.iter().find(|f| f.name == *length).map_or("", |f| &f.kind);
                writeln!(text, "  {{ size_t len; {place} = {made}; it->{length} = ({kind})len;")
                    .unwrap();
                // A length that the member can't say is another one.
                writeln!(text, "    if (it->{length} != len) it->{length} = 0; }}").unwrap();
            } else if field.array.is_empty() && field.kind != "bool" && !is_struct(&field.kind) {
                let is_length = fields.iter().any(|other| {
                    other.kind.contains('*') && is_length_of(&field.name, &other.name)
                });
                let number = match field.name.as_str() {
                    _ if is_length => continue,
                    name if name.ends_with("reserved") => "mild || draw(8) ? 0 : number()",
                    name if CAPACITIES.contains(&name) => "capacity()",
                    _ => "draw(2) ? draw(4) : number()",
                };
                writeln!(text, "  {place} = ({})({number});", field.kind).unwrap();
            } else if field.name.ends_with("reserved") {
                writeln!(text, "  if (mild || draw(8)) memset(&{place}, 0, sizeof {place});")
                    .unwrap();
            }
        }
        if let Some((_, right)) = RIGHT.iter().find(|(of, _)| *of == name) {
            writeln!(text, "  if (mild) *it = {right};").unwrap();
        }
        text.push_str("}\n");
        text
    }

    fn array(&self, len: &str, kind: &str) -> String {
        match kind {
            "uint8_t" | "char" | "void" => format!("bytes_of(&{len})"),
            _ if self.has_pointers(kind) => {
                format!("array_of(sizeof({kind}), &{len}, fill_{kind})")
            }
            _ => format!("array_of(sizeof({kind}), &{len}, NULL)"),
        }
    }

    /// The expression for one parameter of a call.
    fn argument(&self, function: &Function, n: usize) -> String {
        let Parameter { kind, name } = &function.parameters[n];
        let previous = n.checked_sub(1).map(|n| &function.parameters[n]);
        if previous.is_some_and(|p| p.kind.contains('*') && is_length_of(name, &p.name)) {
            return format!("len{}", n - 1);
        }
        let Some(inner) = pointee(kind) else { return format!("({kind})number()") };
        let next = function.parameters.get(n + 1);
        let has_length = next.is_some_and(|next| is_length_of(&next.name, name));
        if self.handles.iter().any(|handle| handle == inner) {
            return format!("any_{inner}({})", ends(&function.name));
        }
        if function.name == "fencepost_builder_begin" && name == "buffer" {
            return format!("kept_bytes(&len{n})");
        }
        if name == "path" && has_length {
            return format!("path_of(&len{n})");
        }
        if inner == "void" && has_length {
            return format!("memory_of(&len{n})");
        }
        if has_length {
            return self.array(&format!("len{n}"), inner);
        }
        match self.structs.get(inner) {
            Some(fields) if fields[0].name == "struct_size" => format!("options_{inner}()"),
            Some(_) if !self.has_pointers(inner) => format!("plain_{inner}()"),
            _ => format!("plain(sizeof({}))", kind.strip_suffix('*').unwrap_or(kind).trim()),
        }
    }

    fn call(&self, function: &Function) -> String {
        let mut text = format!("static void call_{}(void) {{\n", function.name);
        let mut arguments = Vec::new();
        for (n, parameter) in function.parameters.iter().enumerate() {
            let next = function.parameters.get(n + 1);
            if next.is_some_and(|next| is_length_of(&next.name, &parameter.name)) {
                writeln!(text, "  size_t len{n} = 0;").unwrap();
            }
        }
        for (n, parameter) in function.parameters.iter().enumerate() {
            let kind = parameter.kind.replace("const ", "");
            writeln!(text, "  {kind} a{n} = {};", self.argument(function, n)).unwrap();
            arguments.push(format!("a{n}"));
        }
        let call = format!("{}({})", function.name, arguments.join(", "));
        if let Some(handle) = function.name.strip_suffix("_new") {
            // What it made is given back.
            let last = arguments.last().map_or("", String::as_str);
            writeln!(
                text,
                "  {{ fencepost_status status = {call};\n    seen_status((uint32_t)status, \
                 \"{handle}_new\");\n    if (!status) {handle}_free(*{last}); }}\n  \
                 call_ends();\n}}"
            )
            .unwrap();
            return text;
        }
        let remembered = self.remember(function);
        match function.result.as_str() {
            "fencepost_status" if remembered.is_empty() => {
                writeln!(text, "  CHECK_STATUS({call});")
            }
            "fencepost_status" => writeln!(
                text,
                "  {{ uint32_t status = (uint32_t){call};\n    seen_status(status, \"{}\");\n    \
                 if (!status) {{ {remembered}}} }}",
                function.name
            ),
            "void" => writeln!(text, "  {call};"),
            _ => writeln!(text, "  (void){call};"),
        }
        .unwrap();
        text.push_str("  call_ends();\n}\n");
        text
    }

    /// Keeps what a call has written, for calls that take the like of it.
    fn remember(&self, function: &Function) -> String {
        let mut text = String::new();
        for (n, Parameter { kind, name }) in function.parameters.iter().enumerate() {
            let next = function.parameters.get(n + 1);
            let is_array = next.is_some_and(|next| is_length_of(&next.name, name));
            let Some(inner) = pointee(kind).filter(|_| !kind.starts_with("const") && !is_array)
            else {
                continue;
            };
            if self.structs.contains_key(inner) && !self.has_pointers(inner) {
                let keep = format!("if (a{n}) {{ last_{inner} = *a{n}; seen_{inner} = true;");
                text.push_str(&keep);
                let parts = &self.structs[inner];
                let parts = parts.iter().filter(|f| is_struct(&f.kind) && f.array.is_empty());
                for Field { kind, name, .. } in parts {
                    write!(text, " last_{kind} = a{n}->{name}; seen_{kind} = true;").unwrap();
                }
                text.push_str(" } ");
            }
        }
        text
    }

    /// The whole program.
    fn program(&self) -> String {
        let mut text = String::from("#include \"hostile.h\"\n\n");
        let mut filled: Vec<&String> = self.structs.keys().collect();
        // What others point to comes first.
        filled.sort_by_key(|name| self.structs[*name].iter().any(|f| f.kind.contains("fencepost")));
        for name in filled {
            let fields = &self.structs[name];
            if !self.has_pointers(name) {
                writeln!(text, "static {name} last_{name};\nstatic bool seen_{name};").unwrap();
            }
            text.push_str(&self.fill(name, fields));
            if fields[0].name == "struct_size" {
                let make = "{ {T} it; fill_{T}(&it); {S} return sized(&it, sizeof it, {P}); }";
                let pointers = self.has_pointers(name);
                let seen =
                    if pointers { "" } else { "if (mild && seen_{T} && draw(2)) it = last_{T};" };
                let make = make.replace("{S}", seen).replace("{P}", &pointers.to_string());
                let make = make.replace("{T}", name);
                writeln!(text, "static void *options_{name}(void) {make}").unwrap();
            } else if !self.has_pointers(name) {
                let make = "{ void *made = plain(sizeof({T})); if (mild && seen_{T} && draw(4)) \
                            memcpy(made, &last_{T}, sizeof({T})); return made; }";
                let make = make.replace("{T}", name);
                writeln!(text, "static void *plain_{name}(void) {make}").unwrap();
            }
        }
        text.push_str(&self.live());
        for function in &self.functions {
            text.push_str(&self.call(function));
        }
        text.push_str("static void (*const all[])(void) = {\n");
        for function in &self.functions {
            writeln!(text, "  call_{},", function.name).unwrap();
        }
        text.push_str("};\n");
        for (table, kind) in [("const char *const names", "name"), ("const bool gives_status", "")]
        {
            writeln!(text, "static {table}[] = {{").unwrap();
            for function in &self.functions {
                match kind {
                    "name" => writeln!(text, "  \"{}\",", function.name),
                    _ => writeln!(text, "  {},", function.result == "fencepost_status"),
                }
                .unwrap();
            }
            text.push_str("};\n");
        }
        text.push_str(MAIN);
        text
    }

    fn live(&self) -> String {
        let mut text = String::new();
        for (name, ..) in LIVE {
            writeln!(text, "static {name} *heap_{name}, *mine_{name}, *ended_{name};").unwrap();
            writeln!(text, "static _Alignas(64) unsigned char room_{name}[2][1 << 15];").unwrap();
        }
        for (name, kinds) in MORE {
            writeln!(text, "static {name} *more_{name}[{}];", kinds.len()).unwrap();
        }
        for (name, options, give) in LIVE {
            let more = MORE.iter().filter(|(of, _)| *of == name).flat_map(|(_, kinds)| *kinds);
            let (mut begin, mut end, mut count) = (String::new(), String::new(), 0);
            for (n, kind) in more.enumerate() {
                writeln!(begin, "  more_{name}[{n}] = {kind}();").unwrap();
                writeln!(end, "  {name}_free(more_{name}[{n}]);").unwrap();
                count += 1;
            }
            let more = match count {
                0 => String::new(),
                _ => format!("  if (draw(2)) return more_{name}[draw({count})];\n"),
            };
            let others: Vec<_> = LIVE.iter().filter(|(other, ..)| *other != name).collect();
            let other = others[0].0;
            writeln!(
                text,
                "static {name} *any_{name}(int ends) {{\n  switch (mild ? 15 : draw(16)) {{\n  \
                 case 0: return NULL;\n  case 1: return ({name} *)(void *)nothing;\n  \
                 case 2: return ({name} *)(void *)(nothing + 1 + draw(60));\n  \
                 case 3: return ended_{name};\n  \
                 case 4: return ({name} *)(void *)mine_{other};\n  \
                 case 5: return ({name} *)(UINTPTR_MAX & ~(uintptr_t)63);\n  \
                 default: break;\n  }}\n  \
                 if (ends == 1) return draw(2) ? NULL : mine_{name};\n  \
                 if (ends == 2) return heap_{name};\n{more}  \
                 return draw(2) ? heap_{name} : mine_{name};\n}}\n\
                 static void begin_{name}(void) {{\n  {options}\n  \
                 if (fencepost_{short}_new({give}&heap_{name})) abort();\n  \
                 if (fencepost_{short}_init(room_{name}[0], sizeof room_{name}[0], {give}\
                 &mine_{name})) abort();\n  \
                 if (fencepost_{short}_init(room_{name}[1], sizeof room_{name}[1], {give}\
                 &ended_{name})) abort();\n  \
                 if (fencepost_{short}_fini(ended_{name})) abort();\n{begin}}}\n\
                 static void end_{name}(void) {{\n{end}  \
                 if (fencepost_{short}_fini(mine_{name})) abort();\n  \
                 fencepost_{short}_free(heap_{name});\n}}",
                short = name.trim_start_matches("fencepost_"),
            )
            .unwrap();
        }
        text.push_str("static void begin_all(void) {\n");
        for (name, ..) in LIVE {
            writeln!(text, "  begin_{name}();").unwrap();
        }
        text.push_str("}\nstatic void end_all(void) {\n");
        for (name, ..) in LIVE {
            writeln!(text, "  end_{name}();").unwrap();
        }
        text.push_str("}\n");
        text
    }
}

const MAIN: &str = "
/* After how many rounds all begins anew. */
#ifdef PLANTED
#define ROUNDS 1
#else
#define ROUNDS 50
#endif
int main(int argc, char **argv) {
  unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
  random_state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  is_bounded = argc > 3;
  {
    fencepost_builder *builder;
    fencepost_batch_options options = {sizeof options, 0, 0, 0, 0, 0, 0};
    fencepost_record record = {sizeof record, 0, 5, (const uint8_t *)\"k\", 1,
                               (const uint8_t *)\"value\", 5, NULL, NULL};
    fencepost_stamp stamp = {7, 0, 0, 0};
    if (fencepost_builder_new(&builder)) abort();
    if (fencepost_builder_begin(builder, batch_bytes, sizeof batch_bytes, &options, NULL)) abort();
    if (fencepost_builder_push(builder, &record, NULL)) abort();
    if (fencepost_builder_finish(builder, &stamp, &batch_len, NULL)) abort();
    fencepost_builder_free(builder);
  }
  for (unsigned long round = 0; round < rounds; round++) {
    /* Now and then all begins anew, so that no handle stays in a state that refuses everything. */
    if (round % ROUNDS == 0) {
      if (round) end_all();
      begin_all();
      has_panicked = false;
    }
    for (calling = 0; calling < sizeof all / sizeof *all; calling++) {
      mild = draw(2);
      if (draw(20) == 0) plant(1);
      all[calling]();
      plant(0);
    }
  }
  end_all();
  for (size_t n = 0; n < sizeof all / sizeof *all; n++) {
    if (gives_status[n] && !done_by[n]) printf(\"never done: %s\\n\", names[n]);
#ifdef PLANTED
    if (gives_status[n] && !panicked_by[n]) {
      fprintf(stderr, \"%s was never seen to panic\\n\", names[n]);
      return 1;
    }
#endif
  }
  printf(\"%zu functions, %lu calls with a status: %lu done, %lu refused as wrong, %lu refused\\n\",
         sizeof all / sizeof *all, calls, done, refused_before, refused_after);
  return done && refused_before && refused_after ? 0 : 1;
}
";

fn is_struct(kind: &str) -> bool {
    kind.starts_with("fencepost_")
}

/// Which live handles a function must not be given: 1 what is freed, 2 what is ended in place.
fn ends(function: &str) -> u8 {
    match function {
        name if name.ends_with("_free") => 1,
        name if name.ends_with("_fini") => 2,
        _ => 0,
    }
}

/// Compiles the program; gives its path.
fn compile(name: &str, folder_of_library: &Path, options: &[&str]) -> PathBuf {
    let folder = scratch("hostile");
    let source = folder.join(format!("{name}.c"));
    std::fs::write(&source, Header::read().program()).expect("the scratch folder can be written");
    let binary = folder.join(name);
    run(Command::new("gcc")
        .args(["-std=c11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function"])
        .args(["-Wno-unused-variable"])
        .args(options)
        .arg("-I")
        .arg(repository().join("include"))
        .arg("-I")
        .arg(package().join("tests/c"))
        .arg(&source)
        .arg(folder_of_library.join("libfencepost.a"))
        .args(SYSTEM)
        .arg("-o")
        .arg(&binary));
    binary
}

fn report(said: &str) {
    let line = said.lines().find(|line| line.contains("calls with a status"));
    println!("{}", line.expect("the program says what it did"));
}

#[test]
fn no_call_from_c_does_more_than_refuse_whatever_it_is_given() {
    if !has("gcc") {
        return;
    }
    let binary = compile(
        "sanitized",
        &support::library_under_sanitizer(),
        &["-fsanitize=address,undefined", "-fno-sanitize-recover"],
    );
    let rounds = std::env::var("FENCEPOST_HOSTILE").unwrap_or_else(|_| "3000".into());
    let mut never: Option<BTreeSet<String>> = None;
    for seed in ["1", "2"] {
        let said = run(Command::new(&binary)
            .args([rounds.as_str(), seed, "bounded"])
            .current_dir(scratch("hostile-sanitized"))
            .env("ASAN_OPTIONS", "allocator_may_return_null=1:max_allocation_size_mb=256"));
        report(&said);
        let lines = said.lines().filter_map(|line| line.strip_prefix("never done: "));
        let lines: BTreeSet<String> = lines.map(str::to_owned).collect();
        never = Some(never.map_or(lines.clone(), |others| &others & &lines));
    }
    // Calls that mean no harm get somewhere, so what comes behind the first checks is reached.
    let never = never.unwrap_or_default();
    println!("refused at each call: {never:?}");
    // Which of them by chance do not is another one with every function that is added.
    let journal: Vec<_> = never.iter().filter(|name| name.contains("_journal_")).collect();
    assert!(journal.len() < 4 || rounds != "3000", "never did what they are for: {journal:?}");
}

/// In any call a panic may come: the caller is told, and whatever comes next, nothing is read or
/// written that must not be, and every handle can be ended.
#[test]
fn a_panic_crosses_from_no_function_and_all_that_it_poisoned_can_be_ended() {
    if !has("gcc") {
        return;
    }
    let archive = support::library_with_a_planted_panic();
    let options = ["-DPLANTED", "-fsanitize=address,undefined", "-fno-sanitize-recover"];
    let binary = compile("planted", &archive, &options);
    let said = run(Command::new(&binary)
        .args(["800", "4", "bounded"])
        .current_dir(scratch("hostile-planted"))
        .env("RUST_BACKTRACE", "0")
        .env("ASAN_OPTIONS", "allocator_may_return_null=1:max_allocation_size_mb=256"));
    report(&said);
}

#[test]
fn valgrind_finds_nothing_in_the_same_calls() {
    if !has("gcc") || !has("valgrind") {
        return;
    }
    let binary = compile("plain", &library("dev"), &[]);
    report(&valgrind(&binary, "60"));
}

fn valgrind(binary: &Path, rounds: &str) -> String {
    run(Command::new("valgrind")
        .args(["--quiet", "--error-exitcode=9", "--leak-check=full", "--show-reachable=no"])
        .args(["--undef-value-errors=no"])
        .arg(binary)
        .args([rounds, "3"])
        .current_dir(scratch("hostile-plain")))
}

#[test]
fn an_enum_of_the_header_begins_with_its_type_and_is_never_a_parameter() {
    let text = read(&repository().join("include/fencepost.h"));
    let enums = enumerations(&text);
    for function in functions(&text) {
        for parameter in function.parameters {
            assert!(
                !enums.contains_key(&parameter.kind),
                "{}: {} is an enum of Rust, which a number from C may not be",
                function.name,
                parameter.name
            );
        }
    }
}
