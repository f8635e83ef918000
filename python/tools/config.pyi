# Part of `_fencepost.pyi`: what `config.rs` gives to `fencepost.config`, typed more closely than its signatures are.
from collections.abc import Sequence
from typing import Final, final

@final
class ConfigResolved:
    idempotent: Final[bool]
    by: Final[str]
    conflicts: Final[tuple[bool, str | None, int | None]]
    transactional_id: Final[str | None]
    transaction_timeout_ms: Final[int | None]
    two_phase_commit: Final[bool]
    acks: Final[str]
    retries: Final[int]
    max_in_flight: Final[int]
    delivery_timeout_ms: Final[int | None]
    linger_ms: Final[int]
    request_timeout_ms: Final[int]
    retry_backoff_ms: Final[int]
    retry_backoff_max_ms: Final[int]
    max_block_ms: Final[int]
    batch_size: Final[int]
    buffer_memory: Final[int]
    max_request_size: Final[int]
    client_id: Final[str | None]
    warnings: Final[list[tuple[str, list[int], str]]]
    promise: Final[str]
    promise_text: Final[str]
    reasons: Final[list[str]]

def config_settings() -> list[str]: ...
def config_problems(
    settings: Sequence[tuple[str, object]], version: tuple[int, int, int]
) -> list[tuple[str, str, int | None, str | None, tuple[bool, str | None, int | None], str]]: ...
def config_resolve(
    settings: Sequence[tuple[str, object]], version: tuple[int, int, int]
) -> ConfigResolved | None: ...
def config_later(
    settings: Sequence[tuple[str, object]],
    version: tuple[int, int, int],
    cluster: tuple[int, bool, int, int, int, int],
) -> list[tuple[str, str, str, int | None, str]]: ...
