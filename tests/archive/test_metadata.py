"""Sidecars: nearest wins, mistakes are named, a source cannot speak for its own permissions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.archive.metadata import Metadata, from_source, layers_for, load_layer, merge, unused_labels
from connector.errors import ConfigError
from connector.permissions import OWNER_ONLY
from connector.transcripts.transcript import Cue


def test_the_nearest_layer_wins_key_by_key(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    source = folder / "talk.srt"
    (tmp_path / "_folder.yaml").write_text("language: en\ntags: [far]\ntitle: far\n")
    (folder / "_folder.yaml").write_text("tags: [near]\n")
    (folder / "links.csv").write_text("file,url,offset\ntalk.srt,https://v.example.com/1,00:10:00\n")
    (folder / "talk.meta.yaml").write_text("title: Nearest\nrecorded: 2025-01-14\n")
    metadata = merge(layers_for(source, tmp_path), source, "a/b")
    assert metadata.title == "Nearest"
    assert metadata.tags == ["near"]
    assert metadata.language == "en"
    assert metadata.url == "https://v.example.com/1"
    assert metadata.offset == 600
    assert metadata.collection == "a/b"
    assert metadata.recorded == datetime(2025, 1, 14, tzinfo=UTC)


def test_links_of_a_parent_folder_name_the_path_below_it(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "links.csv").write_text("file,url\nx/talk.srt,https://v.example.com/2\n")
    source = tmp_path / "x" / "talk.srt"
    assert merge(layers_for(source, tmp_path), source, "").url == "https://v.example.com/2"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("titel: x\n", "talk.meta.yaml:1: unknown key `titel`; did you mean `title`?"),
        ("# a talk\n\nTITLE: x\n", "talk.meta.yaml:3: unknown key `TITLE`; did you mean `title`?"),
        ("date: 2025-01-14\n", "did you mean `recorded`?"),
        ("titel:\n", "did you mean `title`?"),
        ("xyz: 1\n", "known keys: author, collection, fps,"),
        ("recorded: yesterday\n", "such as 2025-01-14"),
        ("url: javascript:alert(1)\n", "https://"),
        ("fps: fast\n", "`fps`: must be a number (found 'fast')"),
        ("fps: 0.5\n", "`fps`: must be greater than or equal to 1"),
        ("offset: 90 minutes\n", "`offset`: must be a number"),
        ("offset: 1:30\n", "such as 01:00:00:00"),
        ("offset: 1h\n", "a number of seconds, or a time such as 01:00:00:00 (found '1h')"),
        ("language: Klingon\n", "`language`: is no language; write a code such as en"),
        ("language: Germann\n", "did you mean `German`?"),
        ("offset: -5\n", "`offset`: must be greater than or equal to 0"),
        ("title: ''\n", "`title`: must not be empty"),
        (f"title: {'x' * 501}\n", "`title`: must not be longer than 500"),
        ("title: [a]\n", "`title`: must be text"),
        ("title: yes\n", "`title`: must be text (found True)"),
        ("tags: bread\n", "`tags`: must be a list, such as [one, two] (found 'bread')"),
        ("tags:\n- bread\n- {a: b}\n", ":3: `tags.1`: must be text"),
        ("speakers: [Ann]\n", "`speakers`: must be `key: value` lines"),
        ("title: x\nspeakers:\n  Speaker 1: Ann\n  Speaker 2: [Bob]\n", ":4: `speakers.Speaker 2`: must be text"),
        ("title: x\ntitle: y\n", ":2: `title` is there already, in line 1"),
        (
            "permissions: {allowedGroups: [a]}\npermissions: {allowedGroups: [b]}\n",
            ":2: `permissions` is there already",
        ),
        ("permissions: everybody\n", "must be `key: value` lines (allowAllDatasourceUsersAccess, allowAnonymousAccess"),
        ("permissions: [a@b.c]\n", "must be `key: value` lines (allow"),
        (
            "permissions:\n  allowedUsers:\n  - {emial: a@b.c}\n",
            ":3: unknown key `permissions.allowedUsers.0.emial`; did",
        ),
        ("permissions: {allowedGroupIntersections: [{requiredGroup: [a]}]}\n", "did you mean `requiredGroups`?"),
        ("permissions: {allowed_users: [a@b.c]}\n", "did you mean `allowedUsers`?"),
        ("", "is empty"),
        ("permissions:\n", "is empty; say who may see it"),
        ("permissions: {allowedGroups: [' ']}\n", "allowedGroups"),
        ("permissions: {allowedUsers: [a@b@c]}\n", "e-mail"),
        ("permissions: {allowedUser: [a@b.c]}\n", "did you mean `allowedUsers`"),
        ("permissions: {allowedUsers: [nobody]}\n", "e-mail"),
        ("permissions: {allowAllDatasourceUsersAccess: 'yes'}\n", "allowAllDatasourceUsersAccess"),
        ("- a list\n", "key: value"),
        ("title: [unclosed\n", ":2"),
        ("a: &x [1]\ntitle: *x\n", "aliases"),
        ("{a: " * 200_000, "nested more than"),
        ("[" * 500_000, "nested more than"),
        ("title: " + "[" * 30_000 + "]" * 30_000, "nested more than"),
        ("- " * 300_000, "nested more than"),
        ("title: !!python/object/apply:os.system [ls]\n", "YAML"),
    ],
    ids=lambda text: repr(text)[:30],
)
def test_a_mistake_names_file_and_mend(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "talk.meta.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_layer(file)
    assert str(file) in str(caught.value) and named in str(caught.value)


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    """Keys written twice, unknown ones and wrong values; of the sidecar, the table and the folder."""
    sidecar, table, folder = (tmp_path / name for name in ("talk.meta.yaml", "links.csv", "_folder.yaml"))
    sidecar.write_text("fps: fast\ntitel: x\noffset: -3\nfps: 25\nfps: slow\n")
    table.write_text("file,ur,ofset\n")
    folder.write_text("id: kickoff\ntags: bread\n")
    with pytest.raises(ConfigError) as caught:
        layers_for(tmp_path / "talk.srt", tmp_path)
    told = [line.partition(": ") for line in caught.value.message.splitlines()]
    assert [(place.rpartition("/")[2], what[:12]) for place, _, what in told] == [
        ("talk.meta.yaml:1", "`fps`: must "), ("talk.meta.yaml:2", "unknown key "),
        ("talk.meta.yaml:3", "`offset`: mu"), ("talk.meta.yaml:4", "`fps` is the"),
        ("talk.meta.yaml:5", "`fps` is the"),
        ("links.csv:1", "unknown colu"), ("links.csv:1", "unknown colu"), ("links.csv:1", "needs the co"),
        ("_folder.yaml:1", "`id`: is one"), ("_folder.yaml:2", "`tags`: must"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: b\n---\nc: d\n", ":2: more than one document"),
        ("? [a]\n: b\n", ":1: a key must be a plain value"),
        ("title: x\ntags: !!set {x}\n", ":2: YAML's tags (tag:yaml.org,2002:set) are not allowed"),
        ("title: x\n<<: {tags: [a]}\n", ":2: unknown key `<<`"),
    ],
)
def test_what_of_yaml_no_sidecar_needs_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "talk.meta.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_layer(tmp_path / "talk.meta.yaml")
    assert told in caught.value.message


def test_a_source_cannot_grant_itself_anything() -> None:
    told = {
        "title": "T",
        "permissions": {"allowAnonymousAccess": True},
        "id": "x",
        "url": "ftp://x",
        "tags": ["a"],
    }
    metadata = from_source(told)
    assert metadata.permissions is None and metadata.id is None and metadata.url is None
    assert metadata.title == "T" and metadata.tags == ["a"]


@pytest.mark.parametrize("said", [{}, {"allowedUsers": ["x@y.z"]}, {"allowedUser": True}, "Mira alone", None])
def test_a_source_that_is_not_for_all_is_the_owner_s_until_a_person_says_more(said: object, tmp_path: Path) -> None:
    closed = from_source({"permissions": said})
    assert closed.permissions == OWNER_ONLY
    sidecar = Metadata.model_validate({"permissions": {"allowedGroups": ["bakers"]}})
    assert merge([sidecar, closed], tmp_path / "talk.md", "").permissions == sidecar.permissions


@pytest.mark.parametrize(("value", "rate"), [("30000/1001", 29.97), ("25", 25), ("29.97", 29.97)])
def test_frame_rates(tmp_path: Path, value: str, rate: float) -> None:
    (tmp_path / "t.meta.yaml").write_text(f"fps: {value}\n")
    assert load_layer(tmp_path / "t.meta.yaml").fps == pytest.approx(rate, abs=0.001)


def test_what_nobody_says_the_name_tells(tmp_path: Path) -> None:
    assert merge([], tmp_path / "42_training-a-tokenizer.srt", "").title == "42 Training a tokenizer"
    told = merge([], tmp_path / "Ovens-2025-01-14 [dQw4w9WgXcQ].pt-BR.vtt", "")
    assert (told.title, told.language) == ("Ovens", "pt-BR")
    assert told.recorded == datetime(2025, 1, 14, tzinfo=UTC)
    assert told.url == "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


def test_the_name_is_the_last_to_be_asked(tmp_path: Path) -> None:
    source = tmp_path / "Ovens-2025-01-14 [dQw4w9WgXcQ].de.vtt"
    layers = [
        from_source({"title": "T", "recorded": "2024-02-03", "language": "en", "url": "https://v.example.com/1"}),
    ]
    metadata = merge(layers, source, "")
    assert (metadata.title, metadata.language, metadata.url) == ("T", "en", "https://v.example.com/1")
    assert metadata.recorded == datetime(2024, 2, 3, tzinfo=UTC)


def test_a_key_with_nothing_after_it_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "_folder.yaml").write_text("tags: [far]\ntitle: Far\nrecorded: 2025-01-14\n")
    (tmp_path / "talk.meta.yaml").write_text("title:\nrecorded:\ntags:\nspeakers:\noffset:\nurl:\nid:\n")
    source = tmp_path / "talk.srt"
    metadata = merge(layers_for(source, tmp_path), source, "")
    assert (metadata.title, metadata.tags, metadata.offset) == ("Far", ["far"], None)


def test_an_empty_list_or_nought_is_said_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "_folder.yaml").write_text("tags: [far]\noffset: 01:00:00\n")
    (tmp_path / "talk.meta.yaml").write_text("tags: []\noffset: 0\n")
    source = tmp_path / "talk.srt"
    metadata = merge(layers_for(source, tmp_path), source, "")
    assert metadata.tags == [] and metadata.offset == 0


def test_speakers_are_merged_label_by_label(tmp_path: Path) -> None:
    (tmp_path / "_folder.yaml").write_text("speakers: {Speaker 1: Ann, Speaker 2: cy@example.com}\n")
    (tmp_path / "talk.meta.yaml").write_text("speakers:\n  Speaker 1: Bob\n  3:  Dee\n  ' Speaker  4 ': Eve\n")
    source = tmp_path / "talk.srt"
    speakers = merge(layers_for(source, tmp_path), source, "").speakers
    assert speakers == {"Speaker 1": "Bob", "Speaker 2": "cy@example.com", "3": "Dee", "Speaker 4": "Eve"}
    cues = [Cue(0, 1, "Speaker 1", "Rise."), Cue(1, 2, "3", "Shine."), Cue(2, 3, None, "Rest.")]
    assert unused_labels(speakers, cues) == ["Speaker 2", "Speaker 4"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("01:00:00:00", 3600), ("1:00:00:00", 3600), ("10:00:00:00", 36000), ("10:00:00;12", 36000),
        ("01;00;00;00", 3600), ("1:00:00", 3600), ("00:10:00.500", 600), ("90", 90), ("12.5", 12.5), ("0", 0),
    ],
)  # fmt: skip
def test_where_a_programme_starts(tmp_path: Path, value: str, seconds: float) -> None:
    """Without quotes, YAML 1.1 takes some of these for numbers to the base of 60."""
    (tmp_path / "t.meta.yaml").write_text(f"offset: {value}\n")
    assert load_layer(tmp_path / "t.meta.yaml").offset == seconds


def test_numbers_stay_as_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "t.meta.yaml").write_text("title: 10:30\nid: 0123\ncollection: 2025\n")
    layer = load_layer(tmp_path / "t.meta.yaml")
    assert (layer.title, layer.id, layer.collection) == ("10:30", "0123", "2025")


def test_an_id_is_one_recordings(tmp_path: Path) -> None:
    (tmp_path / "_folder.yaml").write_text("id: kickoff\n")
    with pytest.raises(ConfigError, match="one recording's"):
        layers_for(tmp_path / "talk.srt", tmp_path)


def test_a_sidecar_that_is_a_link_out_of_the_inbox_is_refused(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (tmp_path / "passwords").write_text("root: secret")
    (inbox / "talk.meta.yaml").symlink_to(tmp_path / "passwords")
    with pytest.raises(ConfigError, match="leads out of the inbox") as caught:
        layers_for(inbox / "talk.srt", inbox)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("folder", [" ", "a" * 600, "tab\there"])
def test_any_folder_name_makes_a_collection_that_can_be_read_back(tmp_path: Path, folder: str) -> None:
    metadata = merge([], tmp_path / "talk.srt", folder)
    assert Metadata.model_validate_json(metadata.model_dump_json(exclude_unset=True)) == metadata
