use fencepost::config::{
    self, ClientRelease, ConfigError, Conflicts, ProducerSettings, Setting, Value,
};

/// `config::problems`
pub(crate) fn problems(
    settings: &ProducerSettings<'static>,
    release: ClientRelease,
    see: fn(ConfigError<'static>),
) {
    super::walk(config::problems(settings, release), see);
}

/// `config::Conflicts::settings`
pub(crate) fn settings(conflicts: &Conflicts, see: fn(Setting)) {
    super::walk(conflicts.settings(), see);
}

/// `config::ProducerSettings::with`
pub(crate) fn with<'a>(
    settings: ProducerSettings<'a>,
    setting: Setting,
    value: Value<'a>,
) -> ProducerSettings<'a> {
    settings.with(setting, value)
}
