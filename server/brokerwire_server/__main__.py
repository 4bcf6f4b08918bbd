"""The `brokerwire` command, also as `python -m brokerwire_server`."""

import sys


def main() -> None:
    """Run the command line, or say what to install where only the client is there."""
    try:
        from brokerwire_server.cli import main as command_line  # noqa: PLC0415 - may not be installed

        code = command_line()
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in {"brokerwire", "brokerwire_server"}:
            raise
        sys.stderr.write(
            f"brokerwire: the command line and the server need packages that are not installed ({error.name})\n"
            "  install them with: pip install 'brokerwire[server]'\n"
        )
        code = 1
    sys.exit(code)


if __name__ == "__main__":
    main()
