//! How is a refusal told?

use core::ffi::c_char;
use core::fmt::{self, Display, Write};

use fencepost::window::BatchMetadata;

use crate::boundary::{Extent, In, OutBytes, apart};
use crate::status::fencepost_status::{self, *};

/// A batch that a producer's window remembers. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_batch_metadata {
    /// Offset of the last record.
    pub last_offset: i64,
    /// Largest timestamp of the batch, in milliseconds since 1970.
    pub timestamp: i64,
    /// Sequence of the last record, or -1.
    pub last_sequence: i32,
    /// Last offset minus first offset.
    pub offset_delta: i32,
}

impl fencepost_batch_metadata {
    pub(crate) const NONE: Self =
        Self { last_offset: -1, timestamp: -1, last_sequence: -1, offset_delta: 0 };

    #[inline(always)]
    pub(crate) fn of(batch: BatchMetadata) -> Self {
        Self {
            last_offset: batch.last_offset,
            timestamp: batch.timestamp,
            last_sequence: batch.last_sequence,
            offset_delta: batch.offset_delta,
        }
    }
}

/// Why a call was refused.
///
/// Set it to FENCEPOST_ERROR_INIT, or set struct_size, sentence and sentence_size by hand. Where a
/// function takes one, NULL may be given. It is written when the function returns a status from 100
/// on, and left as it was for every other status.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_error {
    /// Set by the caller: sizeof(fencepost_error).
    pub struct_size: u32,
    /// What the function returned: a fencepost_status.
    pub status: u32,
    /// Set by the caller: where a sentence in English is to be written, ended by a NUL; NULL if
    /// none is wanted.
    pub sentence: *mut c_char,
    /// Set by the caller: how many bytes there are for it, NUL included. What has no room is cut
    /// off.
    pub sentence_size: usize,
    /// How many bytes the whole sentence has, without NUL: less than sentence_size if all of it was
    /// written. 0 if none was asked for.
    pub sentence_len: usize,
    /// Where: what is counted is said by the status. 0 if it has no place.
    pub position: u64,
    /// What would have been right: the status says of what. 0 if there is no such number.
    pub expected: i64,
    /// What came: the status says of what. 0 if there is no such number.
    pub got: i64,
    /// The producer that was refused; -1 if the status is not about one.
    pub producer_id: i64,
    /// The Kafka error code that answers it; -1 (UNKNOWN_SERVER_ERROR) if there is none.
    pub kafka_code: i16,
    /// The epoch that the producer came with; -1 if the status is not about one.
    pub producer_epoch: i16,
    /// How many batches of the producer the decision saw, at most 5.
    pub window_len: u32,
    /// These batches, oldest first.
    pub window: [fencepost_batch_metadata; 5],
}

/// What a core's error says beside its sentence.
pub(crate) struct Facts {
    pub(crate) status: fencepost_status,
    pub(crate) kafka_code: i16,
    pub(crate) position: u64,
    pub(crate) expected: i64,
    pub(crate) got: i64,
    pub(crate) producer: Option<(i64, i16)>,
}

impl Facts {
    pub(crate) const fn of(status: fencepost_status, kafka_code: i16) -> Self {
        Self { status, kafka_code, position: 0, expected: 0, got: 0, producer: None }
    }

    pub(crate) const fn at(self, position: u64) -> Self {
        Self { position, ..self }
    }

    pub(crate) const fn numbers(self, expected: i64, got: i64) -> Self {
        Self { expected, got, ..self }
    }

    pub(crate) const fn of_producer(self, id: i64, epoch: i16) -> Self {
        Self { producer: Some((id, epoch)), ..self }
    }
}

/// A core's error that can be told to C.
pub(crate) trait Tell: Display {
    fn facts(&self) -> Facts;

    /// The batches that the decision saw.
    fn window(&self) -> &[BatchMetadata] {
        &[]
    }
}

/// Where a refusal goes, if the caller wants to know.
#[derive(Clone, Copy)]
pub(crate) struct Teller {
    error: *mut fencepost_error,
    sentence: *mut c_char,
    sentence_size: usize,
}

impl Teller {
    /// Checks what the caller gave.
    ///
    /// # Safety
    /// If it is neither NULL nor misaligned, a fencepost_error is there for the whole call, and
    /// writable; so are its sentence's bytes, if it says that there are any.
    #[inline(always)]
    pub(crate) unsafe fn new(error: *mut fencepost_error) -> Result<Self, fencepost_status> {
        if error.is_null() {
            return Ok(Self { error, sentence: core::ptr::null_mut(), sentence_size: 0 });
        }
        // SAFETY: the caller promises the same.
        unsafe { Self::wanted(error) }
    }

    /// # Safety
    /// As of [`Teller::new`].
    #[inline(never)]
    unsafe fn wanted(error: *mut fencepost_error) -> Result<Self, fencepost_status> {
        // SAFETY: the caller promises that it can be read.
        let given = unsafe { In::new(error.cast_const()) }?.get();
        let (sentence, sentence_size) = (given.sentence, given.sentence_size);
        if (given.struct_size as usize) < size_of::<fencepost_error>() {
            return Err(FENCEPOST_STRUCT_SIZE);
        }
        let size = if sentence.is_null() { 0 } else { sentence_size };
        // SAFETY: the caller promises that it can be written.
        let buffer = unsafe { OutBytes::new(sentence.cast::<u8>(), size) }?;
        apart([Self { error, sentence, sentence_size }.extent()], [buffer.extent()])?;
        Ok(Self { error, sentence, sentence_size: size })
    }

    /// Whether what else a call writes lies apart from what it reads, and what this writes from
    /// both. Quick if nobody wants to know why a call is refused.
    #[inline(always)]
    pub(crate) fn apart<const R: usize>(
        self,
        written: Extent,
        read: [Extent; R],
    ) -> Result<(), fencepost_status> {
        apart([written], read)?;
        if self.error.is_null() { Ok(()) } else { self.lies_apart(written, read) }
    }

    #[inline(never)]
    fn lies_apart<const R: usize>(
        self,
        written: Extent,
        read: [Extent; R],
    ) -> Result<(), fencepost_status> {
        apart([self.extent(), self.text()], [written])?;
        apart([self.extent(), self.text()], read)
    }

    /// The struct's bytes.
    #[inline(always)]
    pub(crate) fn extent(&self) -> Extent {
        if self.error.is_null() {
            return Extent::NOTHING;
        }
        Extent::new(self.error, size_of::<fencepost_error>())
    }

    /// The sentence's bytes.
    #[inline(always)]
    pub(crate) fn text(&self) -> Extent {
        Extent::new(self.sentence, self.sentence_size)
    }

    /// Tells a refusal, and gives its status.
    #[cold]
    pub(crate) fn tell(self, why: &impl Tell) -> fencepost_status {
        self.tell_facts(why, why.facts())
    }

    /// The same of a refusal with another place.
    #[cold]
    pub(crate) fn tell_at(self, why: &impl Tell, position: u64) -> fencepost_status {
        self.tell_facts(why, why.facts().at(position))
    }

    fn tell_facts(self, why: &impl Tell, facts: Facts) -> fencepost_status {
        if self.error.is_null() {
            return facts.status;
        }
        // SAFETY: `wanted` checked both, and that they lie apart.
        let (error, text) = unsafe {
            let text = OutBytes::new(self.sentence.cast::<u8>(), self.sentence_size);
            (&mut *self.error, text)
        };
        let mut sentence = Sentence { room: text.map_or(&mut [], OutBytes::into_slice), len: 0 };
        // Writing to it never fails.
        let _ = write!(sentence, "{why}");
        error.sentence_len = sentence.finish();
        error.status = facts.status as u32;
        error.kafka_code = facts.kafka_code;
        (error.position, error.expected, error.got) = (facts.position, facts.expected, facts.got);
        (error.producer_id, error.producer_epoch) = facts.producer.unwrap_or((-1, -1));
        error.window = [fencepost_batch_metadata::NONE; 5];
        error.window_len = 0;
        for (place, batch) in error.window.iter_mut().zip(why.window()) {
            *place = fencepost_batch_metadata::of(*batch);
            error.window_len += 1;
        }
        facts.status
    }
}

/// Text in a buffer that may be too small for it.
pub(crate) struct Sentence<'a> {
    room: &'a mut [u8],
    len: usize,
}

impl<'a> Sentence<'a> {
    pub(crate) fn new(room: &'a mut [u8]) -> Self {
        Self { room, len: 0 }
    }

    /// Puts the NUL, behind the last whole character that has room. Gives the length of the whole
    /// text, 0 if there is no room at all.
    pub(crate) fn finish(self) -> usize {
        let Some(last) = self.room.len().checked_sub(1) else { return 0 };
        let mut end = self.len.min(last);
        if end < self.len {
            // A character's later bytes begin with the bits 10.
            while end > 0 && self.room.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
                end -= 1;
            }
        }
        if let Some(byte) = self.room.get_mut(end) {
            *byte = 0;
        }
        self.len
    }
}

impl Write for Sentence<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let rest = self.room.get_mut(self.len..).unwrap_or_default();
        for (place, byte) in rest.iter_mut().zip(text.bytes()) {
            *place = byte;
        }
        self.len = self.len.saturating_add(text.len());
        Ok(())
    }
}
