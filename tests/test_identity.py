"""Who is who in identity.yaml: groups of a person, groups within groups, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import ConfigError
from connector.identity import Identity, asker, load_identity, route
from indexer import Asker

NESTED = """
users:
- {email: Ann@example.com, name: Ann Lee, groups: [backend]}
- {email: bob@example.com}
groups:
- {name: backend, groups: [engineering]}
- {name: engineering, groups: [staff]}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "identity.yaml"
    file.write_text(text)
    return file


def test_without_the_file_everybody_is_a_member_of_no_group(tmp_path: Path) -> None:
    assert load_identity(tmp_path / "identity.yaml") is None
    assert asker(" Ann@Example.com ", tmp_path / "identity.yaml") == Asker("ann@example.com", member=True)


def test_groups_within_groups_count(tmp_path: Path) -> None:
    file = written(tmp_path, NESTED)
    assert asker("ann@example.com", file).groups == {"backend", "engineering", "staff"}
    assert asker("bob@example.com", file) == Asker("bob@example.com", member=True)
    assert asker("eve@example.com", file) == Asker("eve@example.com", member=False)


def test_the_way_to_a_group(tmp_path: Path) -> None:
    identity = load_identity(written(tmp_path, NESTED))
    assert identity and identity.group_names() == ["backend", "engineering", "staff"]
    assert route(["backend"], "staff", identity.parents()) == ("backend", "engineering", "staff")
    assert route(["staff"], "backend", identity.parents()) == ()


def test_a_person_written_twice_is_in_the_groups_of_both() -> None:
    users = [{"email": "a@x.example", "groups": ["one"]}, {"email": "A@x.example", "groups": ["two", "one"]}]
    assert Identity.model_validate({"users": users}).groups_of("a@x.example") == {"one", "two"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("users: [{email: ann}]", "identity.yaml:1: `users.0.email`: must be an e-mail address"),
        ("groups:\n- {name: a, groups: [b]}\n- {name: b, groups: [a]}", "the group `a` is in itself: a in b in a"),
        ("groups:\n- {name: a, group: [b]}", "did you mean `groups`"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=r"identity\.yaml") as error:
        load_identity(written(tmp_path, text))
    assert told in error.value.message


NAMES = st.sampled_from("abcdef")


@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=3), max_size=6), st.lists(NAMES, max_size=3))
def test_groups_are_those_there_is_a_way_to(nesting: dict[str, list[str]], own: list[str]) -> None:
    earlier = {name: [parent for parent in parents if parent < name] for name, parents in nesting.items()}
    identity = Identity.model_validate(
        {
            "users": [{"email": "a@x.example", "groups": own}],
            "groups": [{"name": name, "groups": parents} for name, parents in earlier.items()],
        }
    )
    reached = {name for name in "abcdef" if route(own, name, earlier)}
    assert identity.groups_of("a@x.example") == reached
