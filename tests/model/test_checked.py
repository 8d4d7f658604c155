"""Descriptions and weights whose checksums are right and that are no checkpoint all the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model import CheckpointError, GPTConfig, list_checkpoints
from model.checkpoint import load, load_newest, publish
from model.files import seal, to_json
from model.gpt import GPT
from model.outcome import TrainResult
from model.report import Report
from model.report_files import read_report, save_report
from model.run_state import load_run, read_run_info, save_run
from tests.model.conftest import TINY
from tests.model.test_checkpoint import ALPHABET, put, state

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([10**400, 2.0]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
BAD_NUMBERS = [2.0, True, "many", -1, None, 10**400, [], {}]
BAD_LOSSES = [True, "2.0", -0.5, None, 10**400, []]


def sealed(value: dict[str, Any]) -> bytes:
    """As `seal`, of what it refuses too."""
    try:
        return seal(value)
    except ValueError:
        return json.dumps({**value, "seal": "0" * 64}).encode()


def described(root: Path) -> tuple[Path, dict[str, Any]]:
    """A published checkpoint's description."""
    path = root / "checkpoints" / put(root, 1).id / "checkpoint.json"
    return path, _without_seal(path)


def run_described(root: Path) -> tuple[Path, dict[str, Any]]:
    save_run(root, state(1))
    return root / "run" / "run.json", _without_seal(root / "run" / "run.json")


def _without_seal(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_bytes())
    del value["seal"]
    return value


def refused(read: Callable[[], object]) -> bool:
    """Whether it is; anything but a CheckpointError is none of its business."""
    try:
        read()
    except CheckpointError:
        return True
    return False


class TestAnyJson:
    """Whatever stands in a description, reading it raises nothing but CheckpointError."""

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_in_a_checkpoint(self, data: st.DataObject) -> None:
        with TemporaryDirectory() as folder:
            path, value = described(Path(folder))
            path.write_bytes(sealed(_changed(data, value)))
            list_checkpoints(Path(folder))
            refused(lambda: load(Path(folder), path.parent.name))
            load_newest(Path(folder))

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_in_an_unfinished_training(self, data: st.DataObject) -> None:
        with TemporaryDirectory() as folder:
            path, value = run_described(Path(folder))
            path.write_bytes(sealed(_changed(data, value)))
            assert refused(lambda: read_run_info(Path(folder))) <= refused(lambda: load_run(Path(folder)))

    @settings(max_examples=60, deadline=None)
    @given(data=st.data())
    def test_in_a_report(self, trained: tuple[Path, TrainResult], data: st.DataObject) -> None:
        value = json.loads(to_json(Report.of(trained[1], "now").with_samples(["a text"], "a text").to_json()))
        with TemporaryDirectory() as folder:
            (Path(folder) / "report.json").write_text(json.dumps(_changed(data, value)))
            try:
                report = read_report(Path(folder))
            except CheckpointError:
                return
            assert report is not None and save_report(Path(folder), report), "and it makes a page"


def _changed(data: st.DataObject, value: dict[str, Any]) -> dict[str, Any]:
    """A field or two of the object, or of an object in it, are anything or missing; or it is anything itself."""
    if data.draw(st.integers(0, 9)) == 0:
        return data.draw(st.dictionaries(st.text(max_size=5), JSON))
    for _ in range(data.draw(st.integers(1, 2))):
        name = data.draw(st.sampled_from(sorted(value)))
        if isinstance(value[name], dict) and value[name] and data.draw(st.booleans()):
            value[name] = _changed(data, dict(value[name]))
        elif data.draw(st.integers(0, 5)):
            value[name] = data.draw(JSON)
        elif len(value) > 1:
            del value[name]
    return value


class TestFields:
    @pytest.mark.parametrize("bad", BAD_NUMBERS, ids=lambda bad: repr(bad)[:9])
    @pytest.mark.parametrize("field", ["steps", "origin_characters"])
    def test_counts(self, root: Path, field: str, bad: object) -> None:
        path, value = described(root)
        path.write_bytes(seal({**value, field: bad}))
        with pytest.raises(CheckpointError, match=f"checkpoint.json.*{field}"):
            load(root, path.parent.name)

    @pytest.mark.parametrize("bad", BAD_LOSSES, ids=lambda bad: repr(bad)[:9])
    def test_losses(self, root: Path, bad: object) -> None:
        path, value = described(root)
        path.write_bytes(seal({**value, "validation_loss": bad}))
        assert refused(lambda: load(root, path.parent.name)) and list_checkpoints(root) == []
        path, value = run_described(root)
        path.write_bytes(seal({**value, "best_loss": bad}))
        assert refused(lambda: load_run(root))

    @pytest.mark.parametrize(
        "gpt",
        [{"layers": 2.0}, {"layers": 10**9}, {"width": 10**9}, {"context": 10**9}, {"layers": True}, {"depth": 1}],
    )
    def test_shapes(self, root: Path, gpt: dict[str, Any]) -> None:
        path, value = described(root)
        path.write_bytes(seal({**value, "gpt": value["gpt"] | gpt}))
        assert refused(lambda: load(root, path.parent.name))
        path, value = run_described(root)
        path.write_bytes(seal({**value, "gpt": value["gpt"] | gpt}))
        assert refused(lambda: read_run_info(root))

    def test_a_shape_that_its_file_does_not_have_is_not_built(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path, value = described(root)
        path.write_bytes(seal({**value, "gpt": value["gpt"] | {"layers": 1000, "width": 65_536, "reach": 1000}}))
        monkeypatch.setattr(GPT, "__init__", None)
        with pytest.raises(CheckpointError, match="not the weights of this network"):
            load(root, path.parent.name)

    @pytest.mark.parametrize(
        "text", ['{"seal": NaN, "a": NaN}', "[" * 100_000, '{"a":' * 100_000, '{"seal": "\\ud800"}']
    )
    def test_odd_json(self, root: Path, text: str) -> None:
        path, _ = described(root)
        path.write_text(text)
        assert refused(lambda: load(root, path.parent.name))
        (path.parent / "report.json").write_text(text)
        assert refused(lambda: read_report(path.parent))

    @pytest.mark.parametrize("sha256", ["../../../x", "", None, 3, "\x00" * 64, "0" * 64])
    def test_names_of_states(self, root: Path, sha256: object) -> None:
        path, value = run_described(root)
        path.write_bytes(seal({**value, "sha256": sha256}))
        assert refused(lambda: load_run(root))

    def test_verdicts(self, trained: tuple[Path, TrainResult], tmp_path: Path) -> None:
        value = Report.of(trained[1], "now").to_json()
        value["judgement"]["verdict"] = "splendid"
        (tmp_path / "report.json").write_bytes(to_json(value))
        with pytest.raises(CheckpointError, match="verdict"):
            read_report(tmp_path)


@pytest.mark.parametrize("broken", [torch.nan, torch.inf])
def test_weights_that_are_no_numbers_are_refused_by_name(root: Path, broken: float) -> None:
    good = put(root, 1)
    weights = load(root, good.id).weights
    weights["head.weight"][3, 4] = broken
    told = {"gpt": TINY, "vocabulary": ALPHABET, "steps": 1, "train_loss": 1.0, "validation_loss": 1.0, "read": ()}
    told |= {"validation_split": "document", "validation_manifest": "m", "origin_characters": 1, "created": ""}
    bad = publish(root, weights, parent=good, **told)  # type: ignore[arg-type]
    with pytest.raises(CheckpointError, match=f"{bad.id}.*head.weight holds what is no number; the file is damaged"):
        load(root, bad.id)
    assert load_newest(root).info.id == good.id  # type: ignore[union-attr]


@pytest.mark.parametrize("gpt", [TINY, GPTConfig(), GPTConfig(layers=1, heads=3, width=12, reach=1, context=8)])
def test_weights_are_counted_without_being_made(gpt: GPTConfig) -> None:
    assert gpt.parameters(77) == GPT(gpt, 77).parameter_count()
