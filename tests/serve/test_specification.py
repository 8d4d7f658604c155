"""The specification that is shipped: of every call that is served, what Glean's files say of it, and no less."""

from __future__ import annotations

import json

import pytest

from connector.serve.specification import FOLDER, calls
from tests.serve.condense import condensed, read, served_paths, text
from tests.support import SHARED


def test_every_call_that_is_served_is_specified_and_no_other() -> None:
    assert set(calls()) == served_paths() and len(served_paths()) > 30


@pytest.mark.parametrize("name", ["indexing", "client"])
def test_it_is_what_gleans_files_say(name: str) -> None:
    if not (file := SHARED / "glean" / "spec" / f"{name}.yaml").is_file():
        pytest.skip("the specification files are not beside this checkout")
    made = condensed(read(file), served_paths())
    assert text(made) == (FOLDER / f"{name}.json").read_text("utf-8")
    assert json.loads(text(made)) == made
