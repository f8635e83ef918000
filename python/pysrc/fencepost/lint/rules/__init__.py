"""Every rule of the linter, with its page: what the client really does, why it matters, how to fix it.

`fencepost explain` prints these pages, and `docs/lint-rules.md` is made of them.
"""

from __future__ import annotations

from .frameworks import FRAMEWORKS
from .java import JAVA
from .librdkafka import LIBRDKAFKA
from .others import OTHERS
from .page import Example, Rule
from .python import PYTHON

__all__ = ["RULES", "Example", "Rule"]

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in sorted(
        (*JAVA, *LIBRDKAFKA, *PYTHON, *OTHERS, *FRAMEWORKS), key=lambda rule: rule.id
    )
}
