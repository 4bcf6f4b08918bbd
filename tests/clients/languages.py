"""The languages of the suite: what each needs, and how it is built, checked, tested and run.

To add one, add a row. Commands run in the root of the repository, without a shell.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
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
    setup: Command = ()
    """Installs its tools and libraries, where it may; with --check it says which are missing, one a line."""
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
    release: tuple[Command, ...] = ()
    """Builds the driver as users build their programs, for measuring; empty where `build` does so already."""
    run_release: Command = ()
    """Starts that one; empty where `run` does."""

    def missing(self) -> list[str]:
        """Return the tools and libraries that are not on this machine."""
        lacking = [tool for tool in self.tools if shutil.which(tool) is None]
        if lacking or not self.setup:
            return lacking
        check = subprocess.run((*self.setup, "--check"), cwd=ROOT, capture_output=True, text=True, check=True)
        return check.stdout.split()

    def supply(self) -> str:
        """Install libraries that are missing, where that may be; return why it could not be done, if so."""
        if not self.setup or not self.missing():
            return ""
        done = subprocess.run(self.setup, cwd=ROOT, stdout=sys.stderr, stderr=subprocess.PIPE, text=True, check=False)
        return done.stderr.strip() if done.returncode else ""

    def as_released(self) -> Language:
        """Return this language with the driver that is fit to be measured."""
        return replace(self, build=self.release or self.build, run=self.run_release or self.run)


CPP = "build/clients/cpp"
CPP_SOURCES = tuple(
    str(path.relative_to(ROOT)) for path in sorted((ROOT / "clients/cpp").rglob("*.*")) if path.suffix in {".h", ".cc"}
)


def _cmake(folder: str) -> Command:
    return ("cmake", "-S", "clients/cpp", "-B", folder, "-G", "Ninja", "-DBROKERWIRE_DEVELOP=ON")


def _in_go(*arguments: str) -> Command:
    return ("go", "-C", "clients/go", *arguments)


def _cargo(task: str, *arguments: str) -> Command:
    where = ("--manifest-path", "clients/rust/Cargo.toml", "--target-dir", "build/clients/rust")
    return ("cargo", task, "--quiet", *where, *arguments)


def _maven(*arguments: str) -> Command:
    # Not --quiet, which hides the warning that fails a build.
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
    return ("mvn", "-B", quiet, "-f", "clients/java/pom.xml", *arguments)


# Made once, with everything that a program needs.
_JAVA_LIB = str(ROOT / "build/clients/java/lib/*")
_JAVA_DRIVER = ("-cp", f"{ROOT / 'build/clients/java/test-classes'}:{_JAVA_LIB}", "dev.brokerwire.driver.Driver")


def _node(script: str, *arguments: str) -> Command:
    return ("node", str(ROOT / "clients/typescript" / script), *arguments)


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
        Language("asyncio", "Python, asyncio", run=(sys.executable, "clients/python/aio_driver.py")),
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
            "rust",
            "Rust",
            tools=("cargo",),
            run=("build/clients/rust/debug/driver",),
            build=(_cargo("build", "--workspace", "--all-targets", "--jobs", "2"),),
            lint=(
                ("cargo", "fmt", "--manifest-path", "clients/rust/Cargo.toml", "--all", "--check"),
                ("cargo", "fmt", "--manifest-path", "clients/rust/tools/Cargo.toml", "--check"),
                _cargo("clippy", "--workspace", "--all-targets", "--jobs", "2", "--", "--deny", "warnings"),
                _cargo("rustdoc", "--lib", "--jobs", "2", "--", "--deny", "warnings"),
            ),
            test=(_cargo("test", "--jobs", "2"),),
            example=(str(ROOT / "build/clients/rust/debug/examples/strategy"),),
            readme=("clients/rust/run-program", "FILE"),
            program="main.rs",
            release=(_cargo("build", "--release", "--package", "driver", "--jobs", "2"),),
            run_release=("build/clients/rust/release/driver",),
        ),
        Language(
            "cpp",
            "C++",
            setup=("scripts/setup-cpp",),
            run=(f"{CPP}/driver",),
            build=(
                _cmake(CPP),
                ("cmake", "--build", CPP, "--parallel", "2"),
                ("cmake", "--install", CPP, "--prefix", f"{CPP}/installed"),
            ),
            lint=(("clang-format", "--dry-run", "--Werror", *CPP_SOURCES),),
            test=((f"{CPP}/unit_tests", "--gtest_brief=1"),),
            example=(str(ROOT / CPP / "example"),),
            readme=("cmake", "-P", "clients/cpp/tests/readme.cmake", "FILE"),
            program="strategy.cc",
            release=(
                (*_cmake(f"{CPP}/release"), "-DCMAKE_BUILD_TYPE=Release"),
                ("cmake", "--build", f"{CPP}/release", "--parallel", "2", "--target", "driver"),
            ),
            run_release=(f"{CPP}/release/driver",),
        ),
        Language(
            "java",
            "Java",
            tools=("java", "mvn"),
            run=("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *_JAVA_DRIVER),  # which starts soonest
            run_release=("java", *_JAVA_DRIVER),
            build=(_maven("package", "-DskipTests"),),
            lint=(_maven("spotless:check"),),
            test=(_maven("surefire:test"),),
            example=("java", "-cp", _JAVA_LIB, str(ROOT / "clients/java/example/Strategy.java")),
            readme=("java", "-cp", _JAVA_LIB, "FILE"),
            program="Strategy.java",
        ),
        Language(
            "typescript",
            "TypeScript",
            tools=("node", "npm"),
            run=_node("dist/driver/main.js"),
            build=(_node("scripts/make.js", "build"),),
            lint=(
                _node("scripts/make.js", "install"),
                ("npm", "run", "--silent", "--prefix", "clients/typescript", "lint"),
            ),
            test=(("npm", "test", "--silent", "--prefix", "clients/typescript"),),
            example=_node("dist/example/strategy.js"),
            readme=_node("scripts/try.js", "FILE"),
            program="strategy.mts",
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
