"""The command `fencepost`.

Each module in this folder whose name has no leading underscore is a subcommand: it is found by
itself, is imported only when it is asked for, and holds a `click.Command` called `command`.

Exit codes: 0 all is well, 1 something was found, 2 the input or the call was wrong.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

import click

from fencepost import FencepostError, __version__
from fencepost.cli._output import complain

__all__ = ("main",)


class _Subcommands(click.Group):
    """A group whose commands are the modules of this folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        names = (module.name for module in pkgutil.iter_modules(__path__))
        return sorted(name for name in names if not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{__name__}.{cmd_name}")
        command = module.command
        assert isinstance(command, click.Command)
        return command


@click.command(cls=_Subcommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fencepost")
def _cli() -> None:
    """Why there are duplicates, and whether a configuration is safe."""


def main(args: list[str] | None = None) -> None:
    """Runs the command and ends the process with its exit code; bad input is told without a traceback."""
    try:
        code = _cli.main(args, prog_name="fencepost", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        complain("stopped")
        code = 130
    except SystemExit:
        # Who reads us has seen enough: only then click ends the process itself, and with 1, which says that
        # something was found.
        code = 141
    except (FencepostError, UnicodeError) as error:
        complain(str(error))
        code = 2
    except OSError as error:
        # A command tells of its files itself.
        named = error.filename is not None
        complain(str(error) if named else f"standard output: {error.strerror or error}")
        code = 2
    sys.exit(code if isinstance(code, int) else 0)
