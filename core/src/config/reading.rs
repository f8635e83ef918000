//! What does a release read from the settings, value by value?

use super::error::ConfigError;
use super::release::ClientRelease;
use super::resolve::{ClientId, Conflicts, Idempotence, OffBy, OnBy};
use super::setting::Setting;
use super::settings::ProducerSettings;
use super::value::{Acks, Parsed, Value, java, parse};

/// The settings as one release reads them. A value that can't be read is `None` everywhere, and so
/// is one of a setting that the release does not know.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) release: ClientRelease,
    settings: ProducerSettings<'a>,
}

impl<'a> Reading<'a> {
    pub(super) const fn new(settings: &ProducerSettings<'a>, release: ClientRelease) -> Self {
        Self { release, settings: *settings }
    }

    pub(super) fn is_set(&self, setting: Setting) -> bool {
        setting.exists_in(self.release) && self.settings.is_set(setting)
    }

    pub(super) fn given_or_default(&self, setting: Setting) -> Value<'a> {
        self.settings.get(setting).unwrap_or(setting.default(self.release))
    }

    /// Why the value given can't be read, if it can't.
    pub(super) fn unreadable(&self, setting: Setting) -> Option<ConfigError<'a>> {
        if !setting.exists_in(self.release) {
            return None;
        }
        let value = self.settings.get(setting)?;
        let rule = parse(setting.kind(self.release), value).err()?;
        Some(ConfigError { setting, value, rule })
    }

    fn parsed(&self, setting: Setting) -> Option<Parsed<'a>> {
        if !setting.exists_in(self.release) {
            return None;
        }
        parse(setting.kind(self.release), self.given_or_default(setting)).ok()
    }

    pub(super) fn is_null(&self, setting: Setting) -> bool {
        self.is_set(setting) && self.parsed(setting) == Some(Parsed::Null)
    }

    pub(super) fn boolean(&self, setting: Setting) -> Option<bool> {
        match self.parsed(setting)? {
            Parsed::Bool(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn long(&self, setting: Setting) -> Option<i64> {
        match self.parsed(setting)? {
            Parsed::Number(number) => Some(number),
            _ => None,
        }
    }

    pub(super) fn int(&self, setting: Setting) -> Option<i32> {
        self.long(setting).and_then(|number| i32::try_from(number).ok())
    }

    pub(super) fn text(&self, setting: Setting) -> Option<&'a str> {
        match self.parsed(setting)? {
            Parsed::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn acks(&self) -> Option<Acks> {
        self.text(Setting::Acks).and_then(java::acks)
    }

    /// The client computes with 32 bits, and caps what has more.
    pub(super) fn linger_ms(&self) -> Option<i32> {
        self.long(Setting::LingerMs).map(|linger| i32::try_from(linger).unwrap_or(i32::MAX))
    }

    /// What stands against idempotence. Before 3.0.1 a setting that is not set adapts to it, and
    /// is no conflict.
    pub(super) fn conflicts(&self) -> Conflicts {
        let counts = |setting| self.release.idempotent_by_default() || self.is_set(setting);
        let most = self.release.most_in_flight();
        Conflicts {
            retries: counts(Setting::Retries) && self.int(Setting::Retries) == Some(0),
            acks: self.acks().filter(|acks| counts(Setting::Acks) && *acks != Acks::All),
            in_flight: self
                .int(Setting::MaxInFlight)
                .filter(|requests| counts(Setting::MaxInFlight) && *requests > most),
        }
    }

    /// `None` if the switch can't be read.
    pub(super) fn idempotence(&self) -> Option<Idempotence> {
        let switch = self.boolean(Setting::EnableIdempotence)?;
        if self.is_set(Setting::EnableIdempotence) {
            return Some(if switch {
                Idempotence::On(OnBy::Request)
            } else {
                Idempotence::Off(OffBy::Request)
            });
        }
        if !self.release.idempotent_by_default() {
            return Some(if self.is_set(Setting::TransactionalId) {
                Idempotence::On(OnBy::TransactionalId)
            } else {
                Idempotence::Off(OffBy::Default)
            });
        }
        let mut conflicts = self.conflicts();
        if !self.release.in_flight_drops_idempotence() {
            conflicts.in_flight = None;
        }
        Some(if conflicts.is_empty() {
            Idempotence::On(OnBy::Default)
        } else {
            Idempotence::Off(OffBy::Conflicts(conflicts))
        })
    }

    /// The deadline that `linger.ms` and `request.timeout.ms` ask for, if the one in effect is
    /// below it (config spec 4).
    pub(super) fn delivery_too_short(&self) -> Option<i32> {
        let deadline = self.int(Setting::DeliveryTimeoutMs)?;
        let linger = self.linger_ms()?;
        let request = self.int(Setting::RequestTimeoutMs)?;
        let least = if self.release == ClientRelease::Kafka2_1 {
            linger.wrapping_add(request)
        } else {
            linger.saturating_add(request)
        };
        (deadline < least).then_some(least)
    }

    pub(super) fn client_id(&self) -> ClientId<'a> {
        let given = self.text(Setting::ClientId).filter(|_| self.is_set(Setting::ClientId));
        // Empty is the default, and up to 2.4 the client can't tell them apart.
        let given =
            given.filter(|id| self.release.is_from(ClientRelease::Kafka2_5) || !id.is_empty());
        let transactional = match self.settings.get(Setting::TransactionalId) {
            // 2.4 forgets to trim.
            Some(Value::Text(id)) if self.release == ClientRelease::Kafka2_4 => Some(id),
            _ if self.release.is_from(ClientRelease::Kafka2_5) => {
                self.text(Setting::TransactionalId)
            }
            _ => None,
        };
        match (given, transactional) {
            (Some(id), _) => ClientId::Given(id),
            (None, Some(id)) => ClientId::OfTransactionalId(id),
            (None, None) => ClientId::Counted,
        }
    }
}
