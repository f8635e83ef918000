//! Does this producer configuration keep the guarantee?
//!
//! [`resolve()`] says what Kafka's Java client of a release makes of [`ProducerSettings`]:
//! idempotence on, off, dropped without an error, or refused. [`guarantee()`] says what is left of
//! exactly once, and [`later()`] what brokers refuse of a producer that starts. [`problems`] names
//! everything for which it does not start, where the client names the first.
//!
//! ```
//! use fencepost::config::{
//!     Acks, ClientRelease, ProducerSettings, Promise, Setting, guarantee, resolve,
//! };
//!
//! // One acknowledgement is enough, somebody thought, and nobody said a word about idempotence.
//! let settings = ProducerSettings::new().with(Setting::Acks, Acks::One);
//! let release = ClientRelease::of(4, 4, 0).unwrap();
//! let resolved = resolve(&settings, release)?;
//! assert!(!resolved.idempotence.is_on());
//! assert_eq!(
//!     resolved.warnings[0].to_string(),
//!     "idempotence is dropped without an error because acks is 1"
//! );
//! assert_eq!(guarantee(&resolved).promise, Promise::AtLeastOnce);
//!
//! // The same with the switch written out is refused.
//! let settings = settings.with(Setting::EnableIdempotence, true);
//! let refused = resolve(&settings, release).unwrap_err();
//! assert_eq!(refused.to_string(), "acks is \"1\": idempotence needs acks=all");
//!
//! // And so is the way out of it.
//! let settings = settings.with(Setting::Acks, "all");
//! let resolved = resolve(&settings, release)?;
//! assert_eq!(guarantee(&resolved).promise, Promise::ExactlyOncePerSession);
//! # Ok::<(), fencepost::config::ConfigError>(())
//! ```
//!
//! Values are read as Java reads them ([`java`]), from text or from a program's objects. Reading
//! files is the caller's part, and so is ignoring keys that [`Setting::of`] does not know. Whose
//! rules hold is a [`ClientRelease`].
//!
//! Times are in milliseconds, sizes in bytes. Nothing here fails but by a value.

mod error;
mod guarantee;
mod later;
mod producer;
mod reading;
mod release;
mod resolve;
mod setting;
mod settings;
mod value;
mod warning;

pub use error::{ConfigError, Rule};
pub use guarantee::{Guarantee, MAX_REASONS, Promise, Reason, guarantee};
pub use later::{Brokers, Cluster, Later, MAX_LATER, Moment, Outcome, later, record_too_large};
pub use release::ClientRelease;
pub use resolve::{
    ClientId, Conflicts, Idempotence, OffBy, OnBy, Resolved, Transactional, problems, resolve,
};
pub use setting::{Kind, Setting};
pub use settings::ProducerSettings;
pub use value::{Acks, Value, java};
pub use warning::{MAX_WARNINGS, Warning, Warnings};
