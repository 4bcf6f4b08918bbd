"""The languages of the suite: what each needs, and how it is built, checked, tested and run.

To add one, add a row. Commands run in the root of the repository, without a shell.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

Command = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """One client."""

    name: str
    title: str
    """Head of its column in the table."""
    run: Command
    """Starts the driver."""
    tools: tuple[str, ...] = ()
    """Executables that must be there; without one the language is skipped, with a notice, or fails in CI."""
    build: tuple[Command, ...] = ()
    """Makes the driver, and whatever else of the client must compile. Must be quick when nothing has changed."""
    lint: tuple[Command, ...] = ()
    """Formatter and linter. gofmt complains on its output alone."""
    test: tuple[Command, ...] = ()
    """The client's own unit tests."""
    example: Command = ()
    """Runs the client's example, with a gateway at BROKERWIRE_ADDRESS: it trades, and says what it bought."""
    readme: Command = ()
    """Runs the first program of the client's README, with its file in the place of FILE; it prints `filled ...`."""
    program: str = ""
    """Name of that file."""

    def missing(self) -> list[str]:
        """Return the tools that are not on this machine."""
        return [tool for tool in self.tools if shutil.which(tool) is None]


def _in_go(*arguments: str) -> Command:
    return ("go", "-C", "clients/go", *arguments)


def _maven(*arguments: str) -> Command:
    # Not --quiet, which hides the warning that fails a build.
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
    return ("mvn", "-B", quiet, "-f", "clients/java/pom.xml", *arguments)


# Made once, with everything that a program needs.
_JAVA_LIB = str(ROOT / "build/clients/java/lib/*")

LANGUAGES = {
    language.name: language
    for language in (
        Language(
            "python",
            "Python",
            run=(sys.executable, "clients/python/driver.py"),
            example=(sys.executable, str(ROOT / "clients/python/examples/strategy.py")),
            readme=(sys.executable, "FILE"),
            program="strategy.py",
        ),
        Language(
            "go",
            "Go",
            tools=("go",),
            run=("build/clients/go/driver",),
            build=(
                _in_go("build", "./..."),
                _in_go("build", "-o", "../../build/clients/go/", "./internal/driver", "./example"),
            ),
            lint=(("gofmt", "-l", "clients/go"), _in_go("vet", "./...")),
            test=(_in_go("test", "./..."),),
            example=(str(ROOT / "build/clients/go/example"),),
            readme=_in_go("run", "FILE"),
            program="main.go",
        ),
        Language(
            "java",
            "Java",
            tools=("java", "mvn"),
            run=(
                "java",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                f"{ROOT / 'build/clients/java/test-classes'}:{_JAVA_LIB}",
                "dev.brokerwire.driver.Driver",
            ),
            build=(_maven("package", "-DskipTests"),),
            lint=(_maven("spotless:check"),),
            test=(_maven("surefire:test"),),
            example=("java", "-cp", _JAVA_LIB, str(ROOT / "clients/java/example/Strategy.java")),
            readme=("java", "-cp", _JAVA_LIB, "FILE"),
            program="Strategy.java",
        ),
    )
}


def in_ci() -> bool:
    """Tell whether everything must be there."""
    return os.environ.get("CI") == "true"


def build(language: Language) -> str:
    """Build a client, one process at a time; return what is wrong, else nothing."""
    lock = ROOT / "build/clients" / f"{language.name}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        return carry_out(language.build)


def carry_out(commands: tuple[Command, ...]) -> str:
    """Run commands one after another; return what the first that complains has to say, else nothing."""
    for command in commands:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        said = (done.stdout + done.stderr).strip()
        if done.returncode != 0 or (command[0] == "gofmt" and said):
            return f"{' '.join(command)}: exit code {done.returncode}\n{said}"
    return ""
