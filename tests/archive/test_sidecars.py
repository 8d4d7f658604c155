"""Which files describe a source, what is wrong with a table of links, and what describes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.archive.metadata import layers_for, merge
from connector.archive.metadata.sidecars import describing_nothing, is_sidecar, sidecar_paths
from connector.errors import ConfigError


def title(source: Path, inbox: Path) -> str | None:
    return merge(layers_for(source, inbox), source, "").title


def url(source: Path, inbox: Path) -> str | None:
    return merge(layers_for(source, inbox), source, "").url


class TestNames:
    @pytest.mark.parametrize(
        ("source", "sidecar"),
        [
            ("talk.srt", "talk.meta.yaml"),
            ("talk.srt", "talk.meta.yml"),
            ("talk.srt", "talk.srt.meta.yaml"),
            ("talk.en.vtt", "talk.en.meta.yaml"),
            ("talk.en.vtt", "talk.meta.yaml"),
            ("talk.transcript.vtt", "talk.meta.yaml"),
            ("talk.srt", "_folder.yml"),
        ],
    )
    def test_a_sidecar_is_found(self, tmp_path: Path, source: str, sidecar: str) -> None:
        (tmp_path / sidecar).write_text("title: Told\n")
        assert title(tmp_path / source, tmp_path) == "Told"
        assert is_sidecar(sidecar)
        assert tmp_path / sidecar in set(sidecar_paths(tmp_path / source, tmp_path))

    def test_the_most_exact_name_goes_first(self, tmp_path: Path) -> None:
        names = ("talk.meta.yaml", "talk.en.meta.yaml", "talk.en.vtt.meta.yaml")
        for name in names:
            (tmp_path / name).write_text(f"title: {name}\n")
            assert title(tmp_path / "talk.en.vtt", tmp_path) == name
        assert title(tmp_path / "talk.de.vtt", tmp_path) == "talk.meta.yaml"

    @pytest.mark.parametrize("name", ["talk.yaml", "meta.yaml", "links.csv.txt", "folder.yaml", "talk.meta.json"])
    def test_others_are_none(self, name: str) -> None:
        assert not is_sidecar(name)

    @pytest.mark.parametrize("target", ["gone.yaml", "talk.meta.yaml"])
    def test_a_link_to_nothing_may_have_held_the_permissions(self, tmp_path: Path, target: str) -> None:
        (tmp_path / "talk.meta.yaml").symlink_to(tmp_path / target)
        with pytest.raises(ConfigError, match="no regular file"):
            layers_for(tmp_path / "talk.srt", tmp_path)

    def test_a_name_as_long_as_they_get_has_the_sidecars_it_can_have(self, tmp_path: Path) -> None:
        source = tmp_path / ("é" * 125 + ".srt")  # 254 bytes
        source.touch()
        (tmp_path / "_folder.yaml").write_text("title: Told\n")
        assert title(source, tmp_path) == "Told"
        assert not any(path.exists() for path in sidecar_paths(source, tmp_path) if path.name != "_folder.yaml")

    def test_a_folder_is_no_sidecar(self, tmp_path: Path) -> None:
        (tmp_path / "talk.meta.yaml").mkdir()
        with pytest.raises(ConfigError, match="no regular file"):
            layers_for(tmp_path / "talk.srt", tmp_path)


class TestLinks:
    @pytest.mark.parametrize(
        ("named", "source"),
        [
            ("talk.srt", "talk.srt"),
            ("talk", "talk.srt"),
            ("talk", "talk.en.vtt"),
            ("talk.mp4", "talk.srt"),
            ("talk.MP4", "talk.en.vtt"),
            ("./talk.srt", "talk.srt"),
            (" talk.srt ", "talk.srt"),
            ("x\\talk.srt", "x/talk.srt"),
            ("x/talk", "x/talk.srt"),
            ("cafe\u0301.srt", "caf\u00e9.srt"),
        ],
    )
    def test_what_a_row_may_call_a_file(self, tmp_path: Path, named: str, source: str) -> None:
        (tmp_path / "links.csv").write_text(f"file,url\n{named},https://v.example.com/1\n")
        assert url(tmp_path / source, tmp_path) == "https://v.example.com/1"
        assert describing_nothing(tmp_path, [tmp_path / source]) == []

    @pytest.mark.parametrize("named", ["talk.vtt", "x/talk.srt", "Talk.srt", "talk.de.srt", "tal"])
    def test_what_it_may_not(self, tmp_path: Path, named: str) -> None:
        (tmp_path / "links.csv").write_text(
            f"file,url\nother.srt,https://v.example.com/0\n{named},https://v.example.com/1\n"
        )
        assert url(tmp_path / "talk.srt", tmp_path) is None
        told = describing_nothing(tmp_path, [tmp_path / "talk.srt", tmp_path / "other.srt"])
        assert told == [f"{tmp_path / 'links.csv'}:3: there is no transcript `{named}`"]

    def test_the_exact_name_before_the_stem(self, tmp_path: Path) -> None:
        (tmp_path / "links.csv").write_text(
            "file,url\ntalk,https://v.example.com/1\ntalk.srt,https://v.example.com/2\n"
        )
        assert url(tmp_path / "talk.srt", tmp_path) == "https://v.example.com/2"
        assert url(tmp_path / "talk.vtt", tmp_path) == "https://v.example.com/1"

    @pytest.mark.parametrize("mark", [",", ";", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    def test_as_programs_write_it(self, tmp_path: Path, mark: str, encoding: str) -> None:
        rows = (("File", " URL ", "offset"), ("talk.srt", "https://v.example.com/1", "00:10:00"), ("", "", ""))
        text = "\r\n".join(mark.join(row) for row in rows) + "\r\n\r\n"
        (tmp_path / "links.csv").write_bytes(text.encode(encoding))
        metadata = merge(layers_for(tmp_path / "talk.srt", tmp_path), tmp_path / "talk.srt", "")
        assert (metadata.url, metadata.offset) == ("https://v.example.com/1", 600)

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("file,link\n", "links.csv:1: needs the columns file,url"),
            ("", "links.csv:1: needs the columns file,url"),
            ("file,url,ofset\n", "links.csv:1: unknown column `ofset`; did you mean `offset`?"),
            ("file,url\ntalk.srt,ftp://x\n", "links.csv:2: `url`: must begin with https://"),
            (
                "file,url,offset\n\ntalk.srt,,soon\n",
                "links.csv:3: `offset`: must be a number of seconds, or a time such as 01:00:00:00 (found 'soon')",
            ),
            ("file,url\ntalk.srt,https://v.example.com/1,2\n", "links.csv:2: has 3 fields for 2 columns"),
            ("file,url\ntalk.srt,https://a.b/1\ntalk.srt,https://a.b/2\n", "links.csv:3: `talk.srt` is there already"),
        ],
    )
    def test_a_mistake_names_file_and_line(self, tmp_path: Path, text: str, told: str) -> None:
        (tmp_path / "links.csv").write_text(text)
        with pytest.raises(ConfigError) as caught:
            layers_for(tmp_path / "talk.srt", tmp_path)
        assert told in str(caught.value)

    def test_a_wrong_row_is_the_trouble_of_its_own_file(self, tmp_path: Path) -> None:
        (tmp_path / "links.csv").write_text("file,url\na.srt,nowhere\nb.srt,https://v.example.com/b\n")
        assert url(tmp_path / "b.srt", tmp_path) == "https://v.example.com/b"
        with pytest.raises(ConfigError, match=r"links\.csv:2"):
            layers_for(tmp_path / "a.srt", tmp_path)

    def test_the_same_row_twice_is_no_trouble(self, tmp_path: Path) -> None:
        (tmp_path / "links.csv").write_text("file,url\na.srt,https://v.example.com/a\na.srt,https://v.example.com/a\n")
        assert url(tmp_path / "a.srt", tmp_path) == "https://v.example.com/a"

    def test_no_text_at_all(self, tmp_path: Path) -> None:
        (tmp_path / "links.csv").write_bytes(b"file,url\n\xff\xfe\x00")
        with pytest.raises(ConfigError, match="no readable CSV"):
            layers_for(tmp_path / "talk.srt", tmp_path)


def test_what_describes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "gone.meta.yaml").write_text("title: T\n")
    (tmp_path / "talk.meta.yaml").write_text("title: T\n")
    (tmp_path / "_folder.yaml").write_text("tags: [a]\n")
    (tmp_path / "links.csv").write_text("file,url\nx/talk.srt,https://v.example.com/1\n,https://v.example.com/2\n")
    (tmp_path / "x" / "links.csv").write_text("file,url\nold.srt,https://v.example.com/3\n")
    told = describing_nothing(tmp_path, [tmp_path / "talk.srt", tmp_path / "x" / "talk.srt"])
    assert told == [
        f"{tmp_path / 'gone.meta.yaml'}: there is no transcript of that name beside it",
        f"{tmp_path / 'links.csv'}:3: names no file",
        f"{tmp_path / 'x' / 'links.csv'}:2: there is no transcript `old.srt`",
    ]
