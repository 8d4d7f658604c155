"""Where a push goes and with which token; that nothing shows the token."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from connector.config import PushSettings, Settings
from connector.errors import ConfigError, NotSetUpError
from connector.glean.destination import SERVER, TOKEN, Destination, Token, destination_of, token_of
from connector.glean.remote import Remote


def settings(**push: object) -> Settings:
    return Settings.model_validate({"push": push})


def test_the_configuration_goes_before_the_environment() -> None:
    there = {SERVER: "https://environment-be.glean.com/"}
    assert destination_of(settings(), there) == Destination("https://environment-be.glean.com", "transcripts")
    assert destination_of(settings(server="acme-be.glean.com"), there).server == "https://acme-be.glean.com"
    assert destination_of(settings(server="http://[::1]:8080/"), {}).server == "http://[::1]:8080"
    with pytest.raises(NotSetUpError, match="no server"):
        destination_of(settings(), {})


@pytest.mark.parametrize(
    "server",
    ["http://acme-be.glean.com", "ftp://acme", "https://", "https://a:99999999", "https://user:pw@acme", "https://a/x"],
)
def test_addresses_that_are_no_server_or_would_show_the_token(server: str) -> None:
    with pytest.raises(ConfigError) as caught:
        destination_of(settings(server=server), {})
    assert "pw" not in caught.value.message


def test_the_token_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-a-file\n")
    assert token_of(PushSettings(token_file=file), {TOKEN: "other"}).secret == "from-a-file"
    assert token_of(PushSettings(), {TOKEN: "from-there"}).secret == "from-there"
    for push in (PushSettings(), PushSettings(token_file=tmp_path / "none")):
        with pytest.raises(NotSetUpError):
            token_of(push, {})


@pytest.mark.parametrize("secret", ["two words-4711", "a\nb-4711", "größe-4711", "a\x1b[0m-4711"])
def test_what_is_no_token_is_refused_unseen(tmp_path: Path, secret: str) -> None:
    file = tmp_path / "token"
    file.write_text(secret)
    with pytest.raises(ConfigError) as caught:
        token_of(PushSettings(token_file=file), {})
    assert "4711" not in f"{caught.value!r} {caught.value.hint}"


def test_a_token_is_never_told() -> None:
    token = Token("secret-4711")
    assert "4711" not in f"{token} {token!r} {[token]} {Destination('https://a', 'b')}"
    assert token.scrubbed("Bearer secret-4711 is bad") == "Bearer [token] is bad"


@pytest.mark.parametrize(
    "told",
    ['a"b/c+d\\e=', r"a\"b/c+d\\e=", r"a\"b\/c+d\\e=", "a%22b%2Fc%2Bd%5Ce%3D", "a%22b%2fc%2bd%5ce%3d"],
)
def test_a_token_is_taken_out_in_whatever_form_it_is_repeated(told: str) -> None:
    assert "c" not in Token('a"b/c+d\\e=').scrubbed(told)


def test_without_the_client_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "glean.api_client", None)
    with pytest.raises(NotSetUpError) as caught:
        Remote(Destination("http://127.0.0.1:9", "transcripts"), Token("t"))
    assert "pip install 'transcript-connector[glean]'" in caught.value.hint
