//! What becomes of a write whose acknowledgement is lost?
//!
//! A producer writes an order, the broker appends it, the answer never arrives, and the producer
//! does what it must: it sends the same bytes again. Once to a broker that tracks producers, once
//! to one that does not.

use std::io::{self, Write};

use fencepost::ids::{Epoch, Identity, ProducerId, Sequence, Stamp};
use fencepost::wire::stamp;

use crate::broker::{Broker, batch, wrong};
use crate::paint::Paint;

/// A batch of this value, stamped with producer 1000, epoch 0 and a sequence.
fn stamped(value: &str, base_sequence: i32) -> io::Result<Vec<u8>> {
    let mut bytes = batch(value)?;
    let id = ProducerId::new(1000).ok_or_else(|| wrong("a producer id is not negative"))?;
    let base_sequence =
        Sequence::new(base_sequence).ok_or_else(|| wrong("a sequence is not negative"))?;
    let identity = Identity { id, epoch: Epoch::ZERO };
    stamp(&mut bytes, Stamp { identity, base_sequence }).map_err(wrong)?;
    Ok(bytes)
}

/// The story, told twice.
pub(crate) fn write(out: &mut impl Write, paint: Paint) -> io::Result<()> {
    writeln!(out, "\n{}", paint.title("A write whose acknowledgement is lost"))?;
    for with_tracking in [false, true] {
        tell(out, paint, with_tracking)?;
    }
    Ok(())
}

fn tell(out: &mut impl Write, paint: Paint, with_tracking: bool) -> io::Result<()> {
    let mut broker = Broker::new(with_tracking);
    let title = if with_tracking { "with tracking" } else { "without tracking" };
    writeln!(out, "\n  {}", paint.title(title))?;

    let order = stamped("order 17: 2 fence posts", 0)?;
    let next = stamped("order 18: 1 gate", 1)?;
    let steps = [
        ("writes order 17", &order, "the answer is lost"),
        ("sends order 17 again", &order, ""),
        ("writes order 18", &next, ""),
    ];
    for (what, bytes, fate) in steps {
        let answer = broker.produce(bytes)?;
        match fate {
            "" => writeln!(out, "    producer {what:<21} ──▶ {answer}")?,
            fate => {
                writeln!(out, "    producer {what:<21} ──✗ {answer}; {}", paint.note(fate))?;
            }
        }
    }
    let orders = broker.write_log(out, paint)?;
    let copies = orders.iter().filter(|value| value.starts_with("order 17")).count();
    let sum = format!("order 17 is on the log {copies} time{}", if copies == 1 { "" } else { "s" });
    let sum = if copies == 1 { paint.good(sum) } else { paint.bad(sum) };
    writeln!(out, "      {sum}")
}
