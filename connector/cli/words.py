"""Commands whose arguments are words of a query: ``-word`` is one of them, and no row of short options."""

from __future__ import annotations

from itertools import islice
from typing import Any

from typer.core import TyperCommand


class OfWords(TyperCommand):
    """A command with long options alone, and ``-h``: whatever else begins with one hyphen is a word to leave out."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        known = [one for one in self.get_params(ctx) if one.param_type_name == "option"]
        valued = {name for one in known if not getattr(one, "is_flag", False) for name in one.opts}
        options: list[str] = []
        words: list[str] = []
        left = iter(args)
        for argument in left:
            if argument == "--":
                words += left
            elif argument.startswith("--") or argument in ctx.help_option_names:
                options.append(argument)
                if argument in valued:
                    value = list(islice(left, 1))
                    if not value:  # what is missing is told, and must not be taken from the words
                        return super().parse_args(ctx, options)
                    options += value
            else:
                words.append(argument)
        return super().parse_args(ctx, [*options, "--", *words] if words else options)
