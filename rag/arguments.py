"""How commands take their arguments: a parser that speaks Dutch, the options that commands share, the settings."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from rag.config import Config, load_config
from rag.errors import UsageError


class DutchParser(argparse.ArgumentParser):
    """An argument parser that speaks Dutch and leaves with status 2."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401
        super().__init__(add_help=False, formatter_class=_DutchHelp, allow_abbrev=False, **settings)
        self._positionals.title = "argumenten"
        self._optionals.title = "opties"
        self.add_argument("-h", "--help", action="help", help="toon deze uitleg")

    def error(self, message: str) -> NoReturn:
        """Say in Dutch what is wrong with the arguments."""
        for english, dutch in _DUTCH:
            message = message.replace(english, dutch)
        raise UsageError(f"{message[:1].upper()}{message[1:]}. Uitleg: {self.prog} --help")


class _DutchHelp(argparse.HelpFormatter):
    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:  # noqa: ANN401
        super().add_usage(usage, actions, groups, "gebruik: " if prefix is None else prefix)


_DUTCH = (
    ("the following arguments are required:", "wat ontbreekt:"),
    ("unrecognized arguments:", "onbekend:"),
    ("invalid choice:", "bestaat niet:"),
    ("choose from", "kies uit"),
    ("invalid int value:", "geen geheel getal:"),
    ("expected one argument", "hier hoort een waarde bij"),
    ("expected at least one argument", "hier hoort ten minste één waarde bij"),
    ("not allowed with argument", "kan niet samen met"),
    ("argument ", "bij "),
)


def command(
    commands: Any,  # noqa: ANN401 - argparse's own class is private
    name: str,
    run: Callable[[argparse.Namespace], int],
    summary: str,
) -> argparse.ArgumentParser:
    """A command with what all of them have: which index, which settings."""
    command: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(run=run)
    command.add_argument("--index", metavar="MAP", help="de map van de index (standaard: index)")
    command.add_argument("--config", metavar="BESTAND", help="instellingen (standaard: raadwijzer.toml)")
    return command


def shown_arguments(command: argparse.ArgumentParser) -> None:
    """What of the index is there at all for this command."""
    shown = command.add_argument_group("wat er te zien is")
    shown.add_argument(
        "--collection", action="append", default=[], metavar="NAAM", help="alleen deze collectie; mag vaker"
    )
    shown.add_argument("--besloten", action="store_true", help="ook besloten documenten")


def config_of(options: argparse.Namespace) -> Config:
    """The settings, with what the arguments say of them."""
    return load_config(
        options.config,
        index=options.index,
        answerer=getattr(options, "answerer", None),
        collections=tuple(getattr(options, "collection", ())) or None,
        closed=getattr(options, "besloten", False) or None,
    )
