//! Probes of the journal's room: numbering through it, failing writes, writing it anew, and reading
//! any bytes back, over memory of a length that the optimizer does not know.

use core::hint::black_box;

use fencepost::ids::{Epoch, Identity, ProducerId, Timestamp};
use fencepost::journal::{
    ClusterId, Cursor, Journal, Journaled, Parts, Payload, Piece, Recovery, TopicPartition, Track,
    newer_of,
};
use fencepost::producer::{
    Answer, BatchId, Described, Fatal, Kind, NewBatch, Producer, Response, Settings, Slot,
};

use crate::any;
use crate::texts::say;

type Both<'m> = Journaled<&'m mut [Slot<8>], &'m mut [Track<8>], 8>;

fn any_time() -> Timestamp {
    Timestamp::from_millis(any(1))
}

#[inline(never)]
fn send_what_is_kept(both: &mut Both<'_>, out: &mut [u8]) -> Option<()> {
    let (partition, now) = (any(0), any_time());
    let of = TopicPartition { topic_id: any([1; 16]), partition: any(2) };
    match both.bind(partition, of, now) {
        Ok(bound) => drop(black_box(bound)),
        Err(refused) => say(&refused),
    }
    let batch = NewBatch { records: any(1), max_timestamp: any_time(), created: any_time() };
    let payload = Payload { bytes: any(b"bytes"), cursor: Cursor::new(any(b"cursor"))? };
    let permit = both.assign(partition, batch, payload, now, out).ok();
    let again = both.resend(partition, now, out).ok();
    let parts = Parts { first_records: any(1), first: payload, second: any(b"second") };
    let _ = black_box(both.split(partition, BatchId::from_number(any(1)), parts, now, out));
    let _ = black_box(both.trim(partition, out));
    if any(true) {
        both.synced();
    } else {
        both.lost(now);
    }
    if let Ok(attempt) = both.claim(permit?) {
        let _ = black_box(both.handle_response(attempt, Answer::Response(Response::ok(1)), now));
    }
    let _ = black_box(both.claim(again?));
    black_box(both.needs_trim(partition));
    while let Some(ended) = both.take_verdict(partition) {
        black_box(ended);
    }
    both.handle_disconnect(partition, now);
    both.handle_timeout(partition, now);
    let _ = black_box(both.describe(partition));
    let _ = black_box(both.handle_described(partition, any(Described::Failed), now));
    both.handle_fatal(any(Fatal::Fenced), now);
    Some(())
}

#[inline(never)]
fn write_the_journal_anew(both: &mut Both<'_>, old: &[u8], out: &mut [u8]) -> Option<()> {
    let _ = black_box(both.journal().should_compact());
    both.compact().ok()?;
    while let Some(piece) = both.next_piece() {
        let bytes = match piece {
            Piece::Record => &[][..],
            Piece::Batch { at, len } => {
                let rest = old.get(usize::try_from(at).ok()?..)?;
                rest.get(..usize::try_from(len).ok()?)?
            }
        };
        if both.rewrite(bytes, out).is_err() {
            both.keep_old();
            return None;
        }
    }
    both.replaced().ok()
}

#[inline(never)]
fn read_a_journal(tracks: &mut [Track<8>], bytes: &[u8]) -> Option<()> {
    let cluster = ClusterId::new(any(b"cluster"))?;
    let mut recovery = Recovery::new(&mut *tracks, cluster, any(1), any(2));
    loop {
        let rest = bytes.get(usize::try_from(recovery.offset()).ok()?..)?;
        match recovery.push(rest, any(true)) {
            Ok(0) => break,
            Ok(wanted) => drop(black_box(wanted)),
            Err(error) => {
                say(&error);
                return None;
            }
        }
    }
    let summary = recovery.finish().map(|(mut journal, summary)| {
        journal.hold(any([1; 16]));
        black_box(&journal);
        summary
    });
    let _ = black_box(newer_of(summary, summary));
    Some(())
}

pub(crate) fn reach() {
    let mut slots = [const { Slot::EMPTY }; 2];
    let mut tracks = [const { Track::EMPTY }; 2];
    let (mut out, old) = (any([0; 2048]), any([0; 512]));
    let (Some(out), Some(old)) = (out.get_mut(..any(2048)), old.get(..any(512))) else { return };
    let Some(mine) = tracks.get_mut(..any(2)) else { return };
    black_box(read_a_journal(mine, old));
    let (Some(slots), Some(mine)) = (slots.get_mut(..any(2)), tracks.get_mut(..any(2))) else {
        return;
    };
    let Some(cluster) = ClusterId::new(any(b"cluster")) else { return };
    let producer = Producer::new(slots, Settings::new(any(Kind::Idempotent)));
    let Ok(mut both) = Journaled::new(producer, Journal::new(mine, cluster, any(1))) else {
        return;
    };
    let (Some(id), Some(epoch)) = (ProducerId::new(any(1)), Epoch::new(any(2))) else { return };
    let _ = black_box(both.handle_identity(Identity { id, epoch }));
    while any(true) {
        black_box(send_what_is_kept(&mut both, out));
        black_box(write_the_journal_anew(&mut both, old, out));
    }
}
