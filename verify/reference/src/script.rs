//! What may happen to a producer? Random scripts, hostile on purpose.

use fencepost_oracle::random::Random;

use crate::lines::Lines;

/// The first line of a script: a producer with some settings.
pub(crate) fn opening(random: &mut Random) -> (String, usize) {
    let partitions = 1 + random.below(4);
    let nodes = 1 + random.below(3);
    let retries = random.pick(&[i32::MAX, i32::MAX, i32::MAX, 0, 1, 2, 3]);
    let delivery = random.pick(&[i32::MAX, 1500, 1500, 400]);
    let backoff = random.pick(&[0, 0, 100]);
    let in_flight = random.pick(&[5, 5, 5, 1]);
    let line = format!(
        "new partitions={partitions} nodes={nodes} retries={retries} delivery={delivery} \
         backoff={backoff} inflight={in_flight}"
    );
    (line, usize::try_from(partitions).unwrap_or(1))
}

/// Codes by how often they come: success, the two of the window, retriable ones, refusals.
const CODES: [(i64, i16); 16] = [
    (60, 0),
    (25, 45),
    (15, 59),
    (10, 6),
    (8, 7),
    (6, 19),
    (4, 2),
    (4, 10),
    (5, 87),
    (4, 47),
    (4, 46),
    (2, 29),
    (1, -1),
    (1, 48),
    (1, 3),
    (1, 5),
];
/// Codes that end the producer.
const ENDS: [i16; 5] = [90, 49, 31, 35, 53];

fn code(random: &mut Random) -> i16 {
    if random.below(500) == 0 {
        return random.pick(&ENDS);
    }
    let all: i64 = CODES.iter().map(|(weight, _)| weight).sum();
    let mut at = random.below(all);
    for (weight, code) in CODES {
        at -= weight;
        if at < 0 {
            return code;
        }
    }
    0
}

/// The next line, with a look at what is on the wire.
pub(crate) fn line(random: &mut Random, rules: &Lines, partitions: usize, step: usize) -> String {
    let partition = random.below(i64::try_from(partitions).unwrap_or(1));
    if rules.waits_for_identity() && random.percent(60) {
        return identity(random, rules, step);
    }
    match random.below(100) {
        0..24 => format!("append {partition} {}", 1 + random.below(3)),
        24..52 => "loop".into(),
        52..86 => answer(random, rules, step).unwrap_or_else(|| "loop".into()),
        86..90 => lost(random, rules).unwrap_or_else(|| "loop".into()),
        90..95 => {
            format!("clock {}", random.pick(&[1, 50, 100, 100, 150, 200, 300, 400, 1500, -50]))
        }
        95 => format!("bump {partition}"),
        96 => format!("skip {partition} {}", i32::MAX - 1 - random.small(6)),
        97 => format!("node {} {}", 1 + random.below(2), random.pick(&["up", "up", "down"])),
        98 => format!("leader {partition} {} {}", random.below(3), step + 2),
        _ => "loop 3".into(),
    }
}

fn identity(random: &mut Random, rules: &Lines, step: usize) -> String {
    match random.below(100) {
        0..85 => {
            let epoch = random.pick(&[0, 0, 0, 5, i16::MAX - 1, i16::MAX]);
            format!("identity 0 {} {epoch}", step + 1)
        }
        85..93 => format!("identity {}", random.pick(&[14, 7, 51])),
        // Refused later, aborted batches stay tracked, and a bump then ends at the first of them in
        // the order of a hash set: which partitions it came to before is Kafka's chance.
        93..97 if !rules.had_identity() => format!("identity {}", random.pick(&[31, 53])),
        97 => format!("identity {}", random.pick(&[47, 90, 120, 42, -1])),
        _ => "loop".into(),
    }
}

fn answer(random: &mut Random, rules: &Lines, step: usize) -> Option<String> {
    let waiting: Vec<_> = rules.waiting().collect();
    // Mostly in the order of sending, as a connection answers.
    let oldest = random.percent(60);
    let at = if oldest { 0 } else { random.below(i64::try_from(waiting.len()).ok()?) };
    let send = waiting.get(usize::try_from(at).ok()?)?;
    let batch = send.handle.number();
    let code = match code(random) {
        10 if send.records > 1 => 87,
        code => code,
    };
    let offset = i64::try_from(step).unwrap_or(0) * 3 + random.below(5);
    Some(match code {
        0 if random.percent(4) => format!("answer B{batch} 0 -1"),
        0 => format!("answer B{batch} 0 {offset}"),
        46 => format!("answer B{batch} 46 {}", random.pick(&[-1, -1, offset])),
        59 => {
            let start = random.pick(&[-1, 0, 5, offset / 2, offset + 10]);
            format!("answer B{batch} 59 -1 {start}")
        }
        code => format!("answer B{batch} {code}"),
    })
}

fn lost(random: &mut Random, rules: &Lines) -> Option<String> {
    let whole: Vec<_> = rules.whole().collect();
    let at = usize::try_from(random.below(i64::try_from(whole.len()).ok()?)).ok()?;
    let batch = whole.get(at)?.handle.number();
    Some(format!("{} B{batch}", random.pick(&["disconnect", "disconnect", "timeout"])))
}
