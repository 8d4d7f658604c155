"""What is no backup, or was changed, is refused, and leaves what is there as it is."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import sqlite3
import tarfile
from pathlib import Path

import pytest

from connector.archive import restoring
from connector.archive.backup import LEDGER, MANIFEST, backup
from connector.archive.ledger import Ledger
from connector.archive.restoring import restore
from connector.archive.unpacking import manifest_in
from connector.errors import BadInputError, ConflictError
from tests.archive.backups import begun, config_of, listed, packed, unpacked
from tests.support import run


class TestRefused:
    @pytest.mark.parametrize("record", [{"GNU.sparse.map": "x,y"}, {"GNU.sparse.size": "x"}])
    def test_numbers_of_a_header_that_are_none(self, file: Path, tmp_path: Path, record: dict[str, str]) -> None:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
            for name, content in unpacked(file).items():
                member = tarfile.TarInfo(name)
                member.size, member.pax_headers = len(content), {} if name == MANIFEST else record
                tar.addfile(member, io.BytesIO(content))
        file.write_bytes(out.getvalue())
        self.refused(file, tmp_path)

    def test_a_full_disk_is_not_the_backups_fault(
        self, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_: Path) -> int:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

        monkeypatch.setattr(restoring, "schema_of", full)
        self.refused(file, tmp_path, sqlite3.OperationalError)

    @pytest.fixture
    def file(self, filled: Path, tmp_path: Path) -> Path:
        backup(config_of(filled), tmp_path / "good.tar.gz")
        return tmp_path / "good.tar.gz"

    def refused(self, file: Path, tmp_path: Path, error: type[Exception] = BadInputError) -> None:
        with pytest.raises(error):
            restore(file, tmp_path / "back" / "config.yaml")
        left = [path for path in (tmp_path / "back").rglob("*") if path.is_file()]
        assert left == [], "nothing has been done"

    def test_a_data_folder_that_holds_something(self, file: Path, tmp_path: Path) -> None:
        (tmp_path / "back" / "data").mkdir(parents=True)
        (tmp_path / "back" / "data" / "ledger.db").write_bytes(b"mine")
        with pytest.raises(ConflictError, match="not empty"):
            restore(file, tmp_path / "back" / "config.yaml")
        assert [path.name for path in (tmp_path / "back").rglob("*") if path.is_file()] == ["ledger.db"]

    def test_another_configuration_or_glossary(self, file: Path, tmp_path: Path) -> None:
        back = tmp_path / "back"
        back.mkdir()
        (back / "jargon.yaml").write_text("mine: yes\n")
        with pytest.raises(ConflictError, match="jargon"):
            restore(file, back / "config.yaml")
        assert [path.name for path in back.rglob("*") if path.is_file()] == ["jargon.yaml"]
        (back / "jargon.yaml").unlink()
        (back / "config.yaml").write_text("inbox: elsewhere\n")
        with pytest.raises(ConflictError, match=r"config\.yaml"):
            restore(file, back / "config.yaml")

    def test_over_what_init_made_with_the_same_configuration(self, file: Path, filled: Path, tmp_path: Path) -> None:
        back = tmp_path / "back"
        (back / "data" / "log").mkdir(parents=True)
        shutil.copy(filled / "config.yaml", back)
        assert restore(file, back / "config.yaml").settings.ledger_file.exists()

    @pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
    def test_cut_off(self, file: Path, tmp_path: Path, share: float) -> None:
        content = file.read_bytes()
        file.write_bytes(content[: int(len(content) * share)])
        self.refused(file, tmp_path)

    def test_no_backup_at_all(self, file: Path, tmp_path: Path) -> None:
        for content in (b"just words", gzip.compress(b"just words"), packed({"config.yaml": b"x"})):
            file.write_bytes(content)
            self.refused(file, tmp_path)

    def test_a_byte_that_was_changed(self, file: Path, tmp_path: Path) -> None:
        files = unpacked(file)
        files[LEDGER] = files[LEDGER][:-1] + bytes([files[LEDGER][-1] ^ 1])
        file.write_bytes(packed(files))
        self.refused(file, tmp_path)

    def test_a_file_that_is_missing(self, file: Path, tmp_path: Path) -> None:
        files = unpacked(file)
        del files[LEDGER]
        file.write_bytes(packed(files))
        self.refused(file, tmp_path)

    @pytest.mark.parametrize(
        "name", ["../evil", "/tmp/evil", "data/../../evil", "data/model/checkpoints/../x", "inbox/x"]
    )
    def test_a_name_that_leads_elsewhere(self, file: Path, tmp_path: Path, name: str) -> None:
        files = unpacked(file)
        told = json.loads(files[MANIFEST])
        told["files"][name] = {"size": 4, "sha256": "0" * 64}
        assert manifest_in(json.dumps(told).encode()) is None
        file.write_bytes(packed(files | {MANIFEST: json.dumps(told).encode(), name: b"evil"}))
        self.refused(file, tmp_path)
        file.write_bytes(packed(files | {name: b"evil"}))
        self.refused(file, tmp_path)

    def test_a_link_in_a_files_place(self, file: Path, tmp_path: Path) -> None:
        files = unpacked(file)
        file.write_bytes(packed(files, link="config.yaml"))
        self.refused(file, tmp_path)

    @pytest.mark.parametrize(
        "line",
        [
            "inbox: {}", "data: {}", "serve: {{tokens_file: {}/keys}}", "push: {{token_file: {}/keys}}",
            "train: {{base: {}}}", "semantic: {{model: {}}}", "inbox: ../elsewhere", "data: a/../../elsewhere",
            "serve: {{tokens_file: .ssh/authorized_keys}}", "inbox: talks/.config/autostart",
        ],
    )  # fmt: skip
    def test_a_configuration_that_leads_elsewhere(self, file: Path, tmp_path: Path, line: str) -> None:
        elsewhere = tmp_path / "elsewhere"
        files = unpacked(file) | {"config.yaml": line.format(elsewhere).encode(), "tokens.yaml": b"key\n"}
        file.write_bytes(packed(listed(files)))
        self.refused(file, tmp_path)
        assert not elsewhere.exists()

    def test_a_configuration_that_a_person_has_put_there_may_lead_elsewhere(self, file: Path, tmp_path: Path) -> None:
        config = b"data: ../elsewhere\n"
        file.write_bytes(packed(listed(unpacked(file) | {"config.yaml": config})))
        (tmp_path / "back").mkdir()
        (tmp_path / "back" / "config.yaml").write_bytes(config)
        restore(file, tmp_path / "back" / "config.yaml")
        assert (tmp_path / "elsewhere" / "ledger.db").exists()

    @staticmethod
    def forged(file: Path, tmp_path: Path, *statements: str) -> None:
        """The backup, with a ledger in which these were run, and a manifest that tells of it truly."""
        files, ledger = unpacked(file), tmp_path / "forged.db"
        ledger.write_bytes(files[LEDGER])
        db = sqlite3.connect(ledger, isolation_level=None)
        for statement in statements:
            db.execute(statement)
        db.close()
        file.write_bytes(packed(listed(files | {LEDGER: ledger.read_bytes()})))

    def test_nothing_is_carried_out_that_a_backup_asks_for(self, file: Path, tmp_path: Path) -> None:
        """What `backup` leaves out, somebody else may have put in."""
        asked = "INSERT INTO intents (command, arguments, state, answer) VALUES ('{}', '{{}}', '{}', 'null')"
        states = ("waiting", "working", "stopping", "done")
        held = "INSERT INTO state VALUES ('holder', '{\"pid\": 1}')"
        self.forged(file, tmp_path, *(asked.format("ingest", state) for state in states), held)
        restored = restore(file, tmp_path / "back" / "config.yaml")
        with Ledger.open(restored.settings.ledger_file) as ledger:
            ledger.reopen_intents()
            assert ledger.waiting_intents() == [] and ledger.get_state("holder") is None
            assert ledger.intent(1) == ("gone", None) and len(ledger.transcript_ids()) == 2

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TRIGGER t AFTER DELETE ON intents BEGIN INSERT INTO intents VALUES (1, '', '', 'waiting', ''); END",
            "CREATE VIEW asked AS SELECT * FROM intents",
        ],
    )
    def test_a_ledger_that_acts_by_itself(self, file: Path, tmp_path: Path, statement: str) -> None:
        self.forged(file, tmp_path, statement)
        self.refused(file, tmp_path)

    @pytest.mark.parametrize("content", [b"", b"just words " * 1000, "newer", "torn"])
    def test_a_ledger_that_is_none_newer_or_torn(self, file: Path, tmp_path: Path, content: bytes | str) -> None:
        """Though every hash is right."""
        files = unpacked(file)
        if isinstance(content, str):
            kept = tmp_path / "kept.db"
            kept.write_bytes(files[LEDGER])
            if content == "newer":
                db = sqlite3.connect(kept)
                db.execute("PRAGMA user_version = 1000")
                db.close()
                content = kept.read_bytes()
            else:
                half = len(files[LEDGER]) // 2
                content = files[LEDGER][:half] + b"\xff" * half
        file.write_bytes(packed(listed(files | {LEDGER: content})))
        self.refused(file, tmp_path)
        assert run(tmp_path, "restore", str(file), str(tmp_path / "back")).returncode == 5

    def test_more_than_there_is_room_for(self, file: Path, tmp_path: Path) -> None:
        files = unpacked(file)
        told = json.loads(files[MANIFEST])
        told["files"][LEDGER]["size"] = 10**18
        file.write_bytes(packed(files | {MANIFEST: json.dumps(told).encode()}))
        with pytest.raises(BadInputError, match="are left"):
            restore(file, tmp_path / "back" / "config.yaml")

    def test_a_size_that_no_file_has(self, file: Path, tmp_path: Path) -> None:
        files = unpacked(file)
        told = json.loads(files[MANIFEST])
        for size in (1 << 63, -1, True, 1.0, None, 10**400):
            told["files"][LEDGER]["size"] = size
            files[MANIFEST] = json.dumps(told).encode()
            assert manifest_in(files[MANIFEST]) is None, size
        file.write_bytes(packed(files))
        self.refused(file, tmp_path)

    @pytest.mark.parametrize(
        "kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_SPARSE]
    )
    @pytest.mark.parametrize("first", [True, False])
    def test_a_header_that_unpacks_to_more_than_memory_holds(
        self, file: Path, tmp_path: Path, kind: bytes, first: bool
    ) -> None:
        """It is refused by its size, before what it announces is read: all of it is not even there."""
        member = tarfile.TarInfo("././@LongLink")
        member.type, member.size = kind, 3 << 30
        files = unpacked(file)
        content = b"" if first else begun(files[MANIFEST])
        file.write_bytes(gzip.compress(content + member.tobuf(tarfile.GNU_FORMAT) + bytes(4 << 20)))
        with pytest.raises(BadInputError, match="no plain file"):
            restore(file, tmp_path / "back" / "config.yaml")

    @pytest.mark.parametrize("headers", [400, 5_000])
    def test_more_than_its_manifest_says(self, file: Path, tmp_path: Path, headers: int) -> None:
        member = tarfile.TarInfo("x")
        member.pax_headers = {"comment": "c" * 2000}
        header = member.tobuf(tarfile.PAX_FORMAT)[:-512]
        manifest = begun(unpacked(file)[MANIFEST])
        file.write_bytes(gzip.compress(manifest + header * headers))
        with pytest.raises(BadInputError, match=r"more than its manifest|recursion"):
            restore(file, tmp_path / "back" / "config.yaml")

    def test_a_damaged_ledger_makes_no_backup(self, filled: Path, tmp_path: Path) -> None:
        config = config_of(filled)
        size = config.settings.ledger_file.stat().st_size
        with config.settings.ledger_file.open("r+b") as opened:
            opened.seek(size // 2)
            opened.write(b"\xff" * (size // 4))
        assert run(filled, "backup", str(tmp_path / "bad.tar.gz")).returncode != 0
        assert not (tmp_path / "bad.tar.gz").exists() and not list(tmp_path.glob(".bad*"))
