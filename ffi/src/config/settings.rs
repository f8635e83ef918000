//! The settings as a program has them, and whose rules hold.

use core::ffi::c_char;

use fencepost::config::{ClientRelease, ProducerSettings, Setting, Value};

use crate::boundary::{Extent, InBytes, InSlice, Out, Versioned, apart, call, options};
use crate::status::fencepost_status::{self, *};

/// A setting of Kafka's Java producer that bears on what is promised or refused, in the order of
/// Kafka's definition: of several bad values the first is reported.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum fencepost_setting {
    /// buffer.memory: bytes for batches that wait.
    FENCEPOST_SETTING_BUFFER_MEMORY = 0,
    /// retries: how often a batch is sent again.
    FENCEPOST_SETTING_RETRIES = 1,
    /// acks: whose acknowledgement counts.
    FENCEPOST_SETTING_ACKS = 2,
    /// compression.type: one of five codecs.
    FENCEPOST_SETTING_COMPRESSION_TYPE = 3,
    /// batch.size: bytes of a batch.
    FENCEPOST_SETTING_BATCH_SIZE = 4,
    /// linger.ms: how long a batch waits for records.
    FENCEPOST_SETTING_LINGER_MS = 5,
    /// delivery.timeout.ms: the deadline of a record.
    FENCEPOST_SETTING_DELIVERY_TIMEOUT_MS = 6,
    /// client.id: the client's name in the broker's logs.
    FENCEPOST_SETTING_CLIENT_ID = 7,
    /// max.request.size: bytes of a request.
    FENCEPOST_SETTING_MAX_REQUEST_SIZE = 8,
    /// retry.backoff.ms: the wait before the first retry.
    FENCEPOST_SETTING_RETRY_BACKOFF_MS = 9,
    /// retry.backoff.max.ms: the longest wait, since 3.7.
    FENCEPOST_SETTING_RETRY_BACKOFF_MAX_MS = 10,
    /// max.block.ms: how long a send may block.
    FENCEPOST_SETTING_MAX_BLOCK_MS = 11,
    /// request.timeout.ms: how long an answer may take.
    FENCEPOST_SETTING_REQUEST_TIMEOUT_MS = 12,
    /// max.in.flight.requests.per.connection: requests without an answer.
    FENCEPOST_SETTING_MAX_IN_FLIGHT = 13,
    /// enable.idempotence: the switch.
    FENCEPOST_SETTING_ENABLE_IDEMPOTENCE = 14,
    /// transaction.timeout.ms: when a broker aborts.
    FENCEPOST_SETTING_TRANSACTION_TIMEOUT_MS = 15,
    /// transactional.id: the name of a transactional producer.
    FENCEPOST_SETTING_TRANSACTIONAL_ID = 16,
    /// transaction.two.phase.commit.enable: no transaction expires; since 4.1.
    FENCEPOST_SETTING_TWO_PHASE_COMMIT_ENABLE = 17,
}

/// The number of a setting: they stand in the core's order, which a test holds.
pub(super) fn number(setting: Setting) -> u32 {
    let place = Setting::ALL.iter().position(|known| *known == setting);
    place.and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX)
}

/// One line of a configuration. What it points to stays the caller's. Frozen: it never grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_config_entry {
    /// Kafka's name of a setting, such as "acks": UTF-8, no NUL needed. One that is none of
    /// fencepost_setting is passed over, as the client does. Of several entries of one name the
    /// last counts.
    pub name: *const c_char,
    /// Bytes of the name.
    pub name_len: usize,
    /// The value as text, as in a file: UTF-8, no NUL needed. NULL for Java's null, a key without a
    /// value, which is something else than an empty text.
    pub value: *const c_char,
    /// Bytes of the value.
    pub value_len: usize,
}

/// Whose rules hold: the release of Kafka's Java client. All 0 is the newest one that the library
/// knows, 4.4.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct fencepost_client_version {
    /// sizeof(fencepost_client_version).
    pub struct_size: u32,
    /// Of 3.9.1 it is 3.
    pub major: u16,
    /// Of 3.9.1 it is 9.
    pub minor: u16,
    /// Of 3.9.1 it is 1; of 0.11.0.3 it is 0.
    pub patch: u16,
    /// 0.
    pub reserved: [u16; 3],
}

// SAFETY: it is `repr(C)`, begins with its size, and has integers only.
unsafe impl Versioned for fencepost_client_version {
    const FIRST: usize = size_of::<Self>();
}

impl fencepost_client_version {
    fn read(&self) -> Result<ClientRelease, fencepost_status> {
        if self.reserved != [0; 3] {
            return Err(FENCEPOST_VALUE);
        }
        match (self.major, self.minor, self.patch) {
            (0, 0, 0) => Ok(ClientRelease::Kafka4_1),
            (major, minor, patch) => ClientRelease::of(major, minor, patch).ok_or(FENCEPOST_VALUE),
        }
    }
}

/// A configuration that was read.
pub(super) struct Given<'a> {
    pub(super) settings: ProducerSettings<'a>,
    pub(super) release: ClientRelease,
    entries: InSlice<'a, fencepost_config_entry>,
    version_at: Extent,
}

impl<'a> Given<'a> {
    /// Reads the entries and the version.
    ///
    /// # Safety
    /// If the pointers say nothing against it, all of it can be read for `'a`, and nobody writes
    /// there meanwhile.
    pub(super) unsafe fn read(
        entries: *const fencepost_config_entry,
        entries_len: usize,
        version: *const fencepost_client_version,
    ) -> Result<Self, fencepost_status> {
        // SAFETY: the caller promises the same.
        let entries = unsafe { InSlice::new(entries, entries_len) }?;
        // SAFETY: the same.
        let (version, version_at) = unsafe { options(version) }?;
        let mut settings = ProducerSettings::new();
        for entry in entries.get() {
            // SAFETY: the same of what an entry points to.
            let (name, value) = unsafe { (text(entry.name, entry.name_len)?, entry.value()?) };
            if let Some(setting) = Setting::of(name) {
                settings.put(setting, Some(value));
            }
        }
        Ok(Self { settings, release: version.read()?, entries, version_at })
    }

    /// Whether what is written lies apart from all that was given.
    pub(super) fn apart<const W: usize>(
        &self,
        written: [Extent; W],
    ) -> Result<(), fencepost_status> {
        apart(written, [self.entries.extent(), self.version_at])?;
        for entry in self.entries.get() {
            let name = Extent::new(entry.name, entry.name_len);
            let value = if entry.value.is_null() { 0 } else { entry.value_len };
            apart(written, [name, Extent::new(entry.value, value)])?;
        }
        Ok(())
    }

    /// Which entry gave a setting its value: the last of its name; how many there are if none did.
    pub(super) fn place_of(&self, setting: Setting) -> usize {
        let entries = self.entries.get();
        let is_it = |entry: &fencepost_config_entry| {
            // SAFETY: `read` checked it, and its caller promised the rest.
            let name = unsafe { text(entry.name, entry.name_len) };
            name.is_ok_and(|name| name == setting.name())
        };
        entries.iter().rposition(is_it).unwrap_or(entries.len())
    }
}

impl fencepost_config_entry {
    /// # Safety
    /// As of [`Given::read`].
    unsafe fn value<'a>(&self) -> Result<Value<'a>, fencepost_status> {
        if self.value.is_null() {
            return if self.value_len == 0 { Ok(Value::Null) } else { Err(FENCEPOST_NULL_POINTER) };
        }
        // SAFETY: the caller promises the same.
        unsafe { text(self.value, self.value_len) }.map(Value::Text)
    }
}

/// # Safety
/// As of [`Given::read`].
unsafe fn text<'a>(pointer: *const c_char, len: usize) -> Result<&'a str, fencepost_status> {
    // SAFETY: the caller promises the same.
    let bytes = unsafe { InBytes::new(pointer.cast::<u8>(), len) }?;
    core::str::from_utf8(bytes.get()).map_err(|_| FENCEPOST_TEXT)
}

/// The setting of a name, given as name_len bytes of UTF-8: a fencepost_setting. O(settings). Any
/// thread, any time.
///
/// Errors: FENCEPOST_CONFIG_UNKNOWN for one that Kafka does not know, or that is none of these.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencepost_setting_from_name(
    name: *const c_char,
    name_len: usize,
    setting: *mut u32,
) -> fencepost_status {
    call(|| {
        // SAFETY: pointers are good for what they are named for: the header asks for it.
        let (name, out) =
            unsafe { (InBytes::new(name.cast::<u8>(), name_len)?, Out::new(setting)?) };
        apart([out.extent()], [name.extent()])?;
        let name = core::str::from_utf8(name.get()).map_err(|_| FENCEPOST_CONFIG_UNKNOWN)?;
        out.write(number(Setting::of(name).ok_or(FENCEPOST_CONFIG_UNKNOWN)?));
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_c_stand_in_the_order_of_the_core() {
        let source = include_str!("settings.rs");
        let rows = source.lines().filter(|line| line.starts_with("    FENCEPOST_SETTING_"));
        let mut seen = 0;
        for (place, row) in rows.enumerate() {
            let doc = source[..source.find(row).unwrap()].lines().last().unwrap();
            let name = doc.trim().trim_start_matches("/// ").split(':').next().unwrap();
            assert_eq!(name, Setting::ALL[place].name());
            assert!(row.ends_with(&std::format!("= {place},")), "{row}");
            seen += 1;
        }
        assert_eq!(seen, Setting::ALL.len());
    }
}
