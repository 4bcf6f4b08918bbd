"""A group that has something to do when no subcommand is named."""

import click


class DefaultGroup(click.Group):
    """Runs its subcommand `default` where the first word is not the name of one: `positions` is `positions list`."""

    def __init__(self, *args: object, default: str, **kwargs: object) -> None:
        """Name the subcommand."""
        kwargs.setdefault("no_args_is_help", False)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.default = default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default in front where no subcommand is named."""
        named = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        if not named and not ctx.resilient_parsing:
            args = [self.default, *args]
        return super().parse_args(ctx, args)
