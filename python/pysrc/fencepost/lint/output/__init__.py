"""How findings are told: to people, to machines, to code hosting."""

from .github import workflow_commands
from .pages import page, pages
from .sarif import sarif
from .terminal import tell

__all__ = ["page", "pages", "sarif", "tell", "workflow_commands"]
