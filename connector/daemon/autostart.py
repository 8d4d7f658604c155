"""`connector run` at login: a user unit of systemd (Linux) or an agent of launchd (macOS).

What is written is pure text of the command to run; whoever installs it writes the file and calls the manager.
"""

from __future__ import annotations

import os
import plistlib
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from connector.errors import NotSetUpError, RemoteError, UsageError

NAME = "transcript-connector"
LABEL = f"com.{NAME}"
STOP_WAIT = 60  # seconds until a stop is a kill: a training saves first
VARIABLES = "connector.env"  # beside config.yaml: NAME=VALUE a line, for tokens
CALL_WAIT = 60.0  # seconds

Call = tuple[str, ...]


@dataclass(frozen=True)
class Autostart:
    """A manager of services: its file, how it is told of it, and how it is asked (``look``). ``ours`` is in every file
    of this configuration.
    """

    manager: str
    file: Path
    content: bytes
    ours: bytes
    enable: tuple[Call, ...]
    disable: tuple[Call, ...]
    look: Call

    @property
    def is_installed(self) -> bool:
        return self.file.exists()

    def demand_ours(self) -> None:
        """UsageError where the file is another archive's."""
        if self.file.exists() and self.ours not in self.file.read_bytes():
            raise UsageError(
                f"{self.file} starts the connector of another archive",
                hint="With that one's --config, `connector service uninstall` takes it away.",
            )

    def install(self) -> tuple[Call, str] | None:
        """Writes the file, has the service started, now and at every login; the call that failed and why, if one did.

        One that runs is stopped first, so that what starts is of the new file. Raises UsageError where the file is
        another archive's.
        """
        self.demand_ours()
        if self.is_installed:
            _called(self.disable[:1])
        self.file.parent.mkdir(parents=True, exist_ok=True)
        work = self.file.with_name(f".{self.file.name}.new")
        work.write_bytes(self.content)
        work.replace(self.file)
        return _called(self.enable)

    def uninstall(self) -> tuple[Call, str] | None:
        """Has the service stopped and takes the file away; the call that failed and why, if one did.

        Raises UsageError where the file is another archive's.
        """
        self.demand_ours()
        failed = _called(self.disable[:1])
        self.file.unlink(missing_ok=True)
        return failed or _called(self.disable[1:])

    def told(self) -> str:
        """What the manager says of the service, be it that it does not run; RemoteError where it says nothing of it.

        Raises UsageError where the file is another archive's.
        """
        self.demand_ours()
        hint = f"{self.file} is installed."
        try:
            done = subprocess.run(self.look, capture_output=True, text=True, timeout=CALL_WAIT, check=False)  # noqa: S603
        except OSError as error:
            raise RemoteError(f"{self.look[0]}: {error.strerror}", hint=hint) from error
        except subprocess.TimeoutExpired as error:
            raise RemoteError(f"{self.look[0]} does not answer", hint=hint) from error
        if not done.stdout.strip():
            raise RemoteError(done.stderr.strip() or f"{self.look[0]}: exit code {done.returncode}", hint=hint)
        return done.stdout.strip()


def _called(calls: Sequence[Call]) -> tuple[Call, str] | None:
    for call in calls:
        try:
            done = subprocess.run(call, capture_output=True, text=True, timeout=CALL_WAIT, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as error:
            return call, str(error)
        if done.returncode:
            return call, done.stderr.strip() or f"exit code {done.returncode}"
    return None


def autostart(config_file: Path, log_folder: Path) -> Autostart:
    """That of this system; NotSetUpError where neither manager is there."""
    command = [*program(), "--config", str(config_file), "run"]
    home = Path(os.environ.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return launchd(command, config_file, home, log_folder, os.getuid())
    if sys.platform.startswith("linux"):
        settings = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
        return systemd(command, config_file, settings)
    raise NotSetUpError(
        f"there is neither systemd nor launchd on {sys.platform}",
        hint="Have what starts programs at login run: connector --config FILE run",
    )


def program() -> list[str]:
    """How this very connector is called, in full."""
    script = Path(sys.executable).with_name("connector")
    return [str(script)] if os.access(script, os.X_OK) else [sys.executable, "-P", "-m", "connector"]


def systemd(command: Sequence[str], config_file: Path, settings: Path) -> Autostart:
    """A user unit; ``settings`` is $XDG_CONFIG_HOME."""
    unit = f"{NAME}.service"
    control = ("systemctl", "--user")
    return Autostart(
        manager="systemd",
        file=settings / "systemd" / "user" / unit,
        content=os.fsencode(unit_text(command, config_file.with_name(VARIABLES))),
        ours=os.fsencode(quoted(str(config_file))),
        enable=((*control, "daemon-reload"), (*control, "enable", "--now", unit)),
        disable=((*control, "disable", "--now", unit), (*control, "daemon-reload")),
        look=(*control, "--no-pager", "status", unit),
    )


def unit_text(command: Sequence[str], variables: Path) -> str:
    """The unit. What a person must mend (usage, a wrong file) is not tried again; the rest is, every ten seconds: what
    is missing or held by another command may be there, or let go of, by then.
    """
    if "$" in command[0]:
        command = [shutil.which("env") or "/usr/bin/env", *command]  # the program's own name takes no escaped $
    return f"""\
[Unit]
Description=Transcript connector

[Service]
ExecStart={" ".join(map(quoted, command))}
EnvironmentFile=-{_specified(_matched(str(variables)))}
Restart=on-failure
RestartSec=10
RestartPreventExitStatus=2 5
SuccessExitStatus=143
KillMode=mixed
TimeoutStopSec={STOP_WAIT}

[Install]
WantedBy=default.target
"""


def quoted(word: str) -> str:
    """``word`` as one of a command line in a unit (systemd.service(5), Command lines; systemd.syntax(7), Quoting)."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{_specified(escaped)}"'


def _matched(path: str) -> str:
    """``path`` as a wildcard that matches it (systemd.exec(5), EnvironmentFile; glob(7)). What controls a terminal, and
    no escape says there, is matched as any sign.
    """

    def escaped(sign: re.Match[str]) -> str:
        return "\\\\" if sign[0] == "\\" else f"[{sign[0]}]" if sign[0].isprintable() else "?"

    return re.sub(r"[][*?\\\x00-\x1f\x7f]", escaped, path)


def _specified(text: str) -> str:
    """``text`` without specifiers (%h), and with its control characters written out: a line of a unit is one line."""
    written = "".join(f"\\x{ord(sign):02x}" if ord(sign) < 32 or ord(sign) == 127 else sign for sign in text)
    return written.replace("%", "%%")


def launchd(command: Sequence[str], config_file: Path, home: Path, log_folder: Path, user: int) -> Autostart:
    """An agent of the user with this number."""
    file = home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    domain = f"gui/{user}"
    content = {
        "Label": LABEL,
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 10,
        "ExitTimeOut": STOP_WAIT,
        "ProcessType": "Background",
        "StandardErrorPath": str(log_folder / "launchd.log"),
    }
    return Autostart(
        manager="launchd",
        file=file,
        content=plistlib.dumps(content),
        ours=f"<string>{escape(str(config_file))}</string>".encode(),
        enable=(("launchctl", "bootstrap", domain, str(file)),),
        disable=(("launchctl", "bootout", f"{domain}/{LABEL}"),),
        look=("launchctl", "print", f"{domain}/{LABEL}"),
    )
