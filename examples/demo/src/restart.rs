//! What becomes of five writes whose answers are lost when the broker is restarted?
//!
//! A broker's snapshot holds one batch of each producer, so after a restart it refuses the retries
//! of the others as out of order, although it has them. Kafka's own client, whose rules are played
//! here as they stand, takes that for "not written". fencepost's producer asks first.

use std::io::{self, Write};

use fencepost_reference::ours::Ours;
use fencepost_reference::rules::{Identity, Settings};
use fencepost_reference::subjects::Rules;
use fencepost_reference::world::{
    ScriptedBroker, Subject, Told, answers_lost_then_restart, settle,
};

use crate::paint::Paint;

const IDENTITY: Identity = Identity { id: 1000, epoch: 0 };

/// The story, told twice.
pub(crate) fn write(out: &mut impl Write, paint: Paint) -> io::Result<()> {
    writeln!(out, "\n{}", paint.title("A broker that is restarted while answers are lost"))?;
    tell(
        out,
        paint,
        "by the rules of Kafka's client",
        &mut Rules::new(Settings::default(), IDENTITY),
    )?;
    tell(out, paint, "by fencepost's producer", &mut Ours::idempotent(IDENTITY))
}

fn tell(
    out: &mut impl Write,
    paint: Paint,
    title: &str,
    producer: &mut dyn Subject,
) -> io::Result<()> {
    let mut broker = ScriptedBroker::default();
    writeln!(out, "\n  {}", paint.title(title))?;
    producer.append(0);
    settle(producer, &mut broker, 10);
    writeln!(out, "    writes order 0, which is acknowledged")?;
    let mut told = producer.outcomes();
    told.extend(answers_lost_then_restart(producer, &mut broker));
    writeln!(out, "    writes orders 1 to 5; {}", paint.note("all five answers are lost"))?;
    let restart = "    the broker is restarted, and the producer sends again, until it is content";
    writeln!(out, "{restart}\n    the log:")?;
    let mut seen = Vec::new();
    for logged in broker.log() {
        let (offset, payload) = (logged.base_offset, logged.sent.payload);
        let (epoch, sequence) = (logged.sent.identity.epoch, logged.sent.base_sequence);
        write!(
            out,
            "      offset {offset:<2}  epoch {epoch}  sequence {sequence}  order {payload}"
        )?;
        let mark = if seen.contains(&payload) { "  written twice" } else { "" };
        writeln!(out, "{}", paint.bad(mark))?;
        seen.push(payload);
    }
    let all_well = told.iter().all(|(_, told)| matches!(told, Told::Written(_)));
    let said =
        if all_well { "it says that all is written" } else { "it says that not all is written" };
    let copies = seen.len() - told.len();
    let sum = match copies {
        0 => format!("{said}; each order is on the log once"),
        copies => format!("{said}; {copies} orders are on the log twice"),
    };
    let sum = if copies == 0 { paint.good(sum) } else { paint.bad(sum) };
    writeln!(out, "      {sum}")
}
