"""Is this producer configuration safe? The linter behind `fencepost lint`.

>>> from fencepost.lint import lint, Options
>>> for finding in lint("acks=1", options=Options(dialect="java")).findings:
...     print(finding.line, finding.rule, finding.severity.value, finding.key)
1 PC020 warning acks
"""

from .check import Options, Producer, Report, fix, lint
from .model import Finding, InputError, Severity
from .registry import DIALECTS, Dialect
from .rules import RULES, Rule

__all__ = [
    "DIALECTS",
    "RULES",
    "Dialect",
    "Finding",
    "InputError",
    "Options",
    "Producer",
    "Report",
    "Rule",
    "Severity",
    "fix",
    "lint",
]
