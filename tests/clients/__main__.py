"""`python -m tests.clients build|lint|test [LANGUAGE ...]`: for every client whose toolchain is here.

Libraries that a client needs are installed by its script where that may be; a toolchain that is missing all the same
is a notice, with CI=true an error.
"""

from __future__ import annotations

import sys

from tests.clients.languages import LANGUAGES, Language, build, carry_out, in_ci


def problem(language: Language, task: str) -> str:
    """Carry a task out for one language and return what is wrong, else nothing."""
    why = language.supply()
    missing = language.missing()
    if missing:
        notice = f"{language.title} client: {', '.join(missing)} not found, so it is left out. {why}".rstrip()
        if in_ci():
            return notice
        print(notice, file=sys.stderr)  # noqa: T201 - a command
        return ""
    if task == "build":
        return build(language)
    return carry_out({"lint": language.lint, "test": language.test}[task])


def main(task: str, *names: str) -> int:
    """Carry a task out for the languages named, or for all."""
    problems = [problem(LANGUAGES[name], task) for name in names or LANGUAGES]
    for text in filter(None, problems):
        print(text, file=sys.stderr)  # noqa: T201 - a command
    return int(any(problems))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
