"""What the machine has, its figures handed in, and its folders."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from connector.config import Settings
from connector.doctor import configured, examine, folders, machine
from tests.support import make_home, settings_of, talk

GB = 1 << 30
as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


class TestMachine:
    def test_python(self) -> None:
        assert machine.python((3, 11, 0)).state == "ok"
        assert machine.python((3, 10, 9)).state == "fail"

    @pytest.mark.parametrize(
        ("requirement", "version", "allowed"),
        [
            ("whoosh>=2.7.4", "2.7.4", True),
            ("whoosh>=2.7.4", "2.7.3", False),
            ("torch>=2.9", "2.10.0+cpu", True),
            ("py3langid>=0.4,<0.5", "0.5", False),
            ("py3langid>=0.4,<0.5", "0.4.9", True),
            ("mcp>=2.3,<3", "2.3.0", True),
            ("a==1.0", "1", True),
            ("a", "0", True),
        ],
    )
    def test_bounds(self, requirement: str, version: str, allowed: bool) -> None:
        assert machine.allows(requirement, version) == allowed

    def test_what_is_missing_or_too_old_is_named(self) -> None:
        def installed(name: str) -> str:
            if name == "gone":
                raise PackageNotFoundError(name)
            return "1.0"

        found = machine.packages(["gone>=1", "old>=2", "good>=1", "never>=3; extra == 'dev'"], installed)
        assert (found.state, found.found) == ("fail", "gone is missing; old 1.0 is not >=2")
        assert machine.packages(["good>=1"], installed).state == "ok"

    def test_extras_that_are_used_are_looked_at(self, home: Path) -> None:
        def installed(name: str) -> str:
            if name in ("mcp", "wandb"):
                raise PackageNotFoundError(name)
            return "1.0"

        required = [
            "typer>=9",
            'mcp>=2.3; extra == "mcp"',
            'glean-api-client>=2; extra == "glean"',
            "mcp; extra == 'dev'",
        ]
        assert configured.extras_used(settings_of(home)) == {}
        assert machine.extras({}, required, installed).state == "ok"
        settings = settings_of(make_home(home, serve="{validate: true}", train="{tracking: wandb}"))
        uses = configured.extras_used(settings)
        assert set(uses) == {"mcp", "glean", "wandb"}
        check = machine.extras(uses, required, installed)
        assert check.state == "warn" and check.todo == "pip install 'transcript-connector[mcp,glean]'"
        assert "mcp is missing: an assistant's door" in check.found and "glean-api-client 1.0 is not >=2" in check.found
        assert machine.extras(uses, required, lambda _: "2.9").found == "mcp, glean, wandb: installed"
        assert "extras" in [check.name for check in examine(home / "config.yaml")]

    @pytest.mark.parametrize(
        ("used", "free", "state"),
        [
            (0, 10 * GB, "ok"),
            (0, GB, "warn"),
            (0, GB // 10, "fail"),
            (3 * GB, 5 * GB, "warn"),
            (6 * GB, 5 * GB, "fail"),
        ],
    )
    def test_room(self, tmp_path: Path, used: int, free: int, state: str) -> None:
        assert machine.disk(tmp_path / "not" / "yet", used, free).state == state

    def test_clock(self) -> None:
        assert machine.clock(1e9, 1e9, 1e9, 1e9).state == "ok"
        assert machine.clock(1e9, None, None, 0).state == "ok"
        assert machine.clock(1e9, 1e9 + 1e6, None, 0).state == "fail"
        assert machine.clock(1e9, None, None, 1e9 + 1e6).state == "fail"
        assert machine.clock(1e9, None, 1e9 + 1e6, 0).state == "warn"

    def test_threads(self) -> None:
        assert machine.threads(0, lambda: 2).state == "ok"
        assert machine.threads(2, lambda: 2).state == "ok"
        assert machine.threads(8, lambda: 2).state == "warn"


class TestFolders:
    def test_the_inbox(self, settings: Settings) -> None:
        (settings.inbox / "a.srt").write_text(talk("alpha"))
        os.utime(settings.inbox / "a.srt", (1e9, 2e9))
        check, newest = folders.inbox(settings)
        assert (check.state, newest) == ("ok", 2e9) and "1 source" in check.found
        (settings.inbox / "a.srt").unlink()
        settings.inbox.rmdir()
        assert folders.inbox(settings)[0].state == "fail"
        settings.inbox.write_text("no folder")
        assert "is no folder" in folders.inbox(settings)[0].found

    def test_what_this_user_may_not_read_is_named(self, settings: Settings) -> None:
        """As the system would have it for another user: root, who may run this, reads everything."""
        secret = settings.inbox / "secret.srt"
        secret.write_text(talk("alpha"))
        check, newest = folders.inbox(settings, lambda path, _: path != secret)
        assert check.state == "fail" and "1 path cannot be read: secret.srt" in check.found and "chmod" in check.todo
        assert newest
        check, _ = folders.inbox(settings, lambda path, _: path != settings.inbox)
        assert check.state == "fail" and f"{settings.inbox} cannot be read" in check.found
        check, _ = folders.inbox(settings, lambda _, mode: mode != os.W_OK)
        assert check.state == "warn" and "read-only" in check.found

    @as_root
    def test_what_cannot_be_read_is_named(self, settings: Settings) -> None:
        (settings.inbox / "secret.srt").write_text(talk("alpha"))
        (settings.inbox / "secret.srt").chmod(0)
        check, _ = folders.inbox(settings)
        assert check.state == "fail" and "secret.srt" in check.found and "chmod" in check.todo
        settings.inbox.chmod(0o500)
        (settings.inbox / "secret.srt").chmod(0o600)
        assert folders.inbox(settings)[0].state == "warn" and folders.watching(settings).state == "warn"
        settings.inbox.chmod(0o700)

    def test_the_data_folder_is_for_its_owner(self, settings: Settings) -> None:
        assert folders.data(settings).state == "ok"
        settings.data.mkdir(mode=0o755)
        assert folders.data(settings).state == "warn"
        settings.data.chmod(0o700)
        assert folders.data(settings).state == "ok"

    def test_a_file_that_appears_is_reported_and_nothing_is_left(self, settings: Settings) -> None:
        assert folders.watching(settings).state == "ok"
        assert not list(settings.inbox.iterdir())

    def test_watching_that_does_not_work(self, settings: Settings, tmp_path: Path) -> None:
        def refused(_: Path) -> bool:
            raise OSError(24, "inotify instance limit reached")

        check = folders.watching(settings, probe=lambda _: False)
        assert check.state == "warn" and "all it needs" in check.todo
        assert "instance limit" in folders.watching(settings, probe=refused).found
        (tmp_path / "max_user_watches").write_text("1\n")
        (settings.inbox / "one" / "two").mkdir(parents=True)
        check = folders.watching(settings, limits=tmp_path)
        assert check.state == "fail" and "max_user_watches=12" in check.todo

    def test_folders_of_other_machines(self, tmp_path: Path) -> None:
        mounts = tmp_path / "mounts"
        place = tmp_path / "a share"
        place.mkdir()
        mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {str(place).replace(' ', chr(92) + '040')} nfs4 rw 0 0\n")
        assert folders.remote_kind(place, mounts) == "nfs4"
        assert folders.remote_kind(tmp_path, mounts) == ""
        assert folders.remote_kind(tmp_path, tmp_path / "none") == ""
        share = tmp_path / "Фото 日本\udcff"
        share.mkdir()
        mounts.write_bytes(b"//nas/x %s cifs rw 0 0\n" % os.fsencode(share).replace(b" ", rb"\040"))
        assert folders.remote_kind(share / "talks", mounts) == "cifs"
