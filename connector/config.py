"""config.yaml as frozen, validated settings. Its only reader; everything else is handed ``Settings``."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from connector.config_file import DATA, INBOX, INDEX, absolute, find, identity_file
from connector.errors import ConfigError
from connector.permissions import ALL_USERS, Permissions
from connector.validation import load_model


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IngestSettings(_Section):
    """How files are taken from the inbox. Times in seconds."""

    settle: float = Field(default=0.5, ge=0.05, le=3600)
    rescan: float = Field(default=30.0, ge=1, le=86_400)
    on_delete: Literal["keep", "remove"] = "keep"
    ignore: list[str] = []
    max_megabytes: int = Field(default=256, ge=1, le=4096)


class TrainSettings(_Section):
    """When and how long the character GPT learns. Times in seconds."""

    auto: bool = True
    train_on: Literal["open", "all"] = "open"
    debounce: float = Field(default=10.0, ge=0, le=86_400)
    budget: float = Field(default=60.0, ge=1, le=604_800)
    save_every: float = Field(default=15.0, ge=1, le=3600)
    keep: int = Field(default=3, ge=1, le=100)
    threads: int = Field(default=0, ge=0, le=256)
    seed: int = Field(default=1337, ge=0, lt=2**31)


class SampleSettings(_Section):
    """How samples are drawn after a training."""

    count: int = Field(default=5, ge=0, le=1000)
    length: int = Field(default=300, ge=1, le=100_000)
    temperature: float = Field(default=0.8, ge=0, le=10)
    top_k: int = Field(default=40, ge=0, le=10_000)
    prompt_length: int = Field(default=40, ge=1, le=1000)
    seed: int = Field(default=1337, ge=0, lt=2**31)


class GleanSettings(_Section):
    """What Glean calls us."""

    datasource: str = Field(default="transcripts", pattern=r"^[A-Za-z0-9]{1,50}$")


class Settings(_Section):
    """Everything in config.yaml; paths are absolute after ``load``."""

    inbox: Path = Path(INBOX)
    data: Path = Path(DATA)
    public_url: str = "http://127.0.0.1:8765"
    permissions: Permissions = ALL_USERS
    ingest: IngestSettings = IngestSettings()
    train: TrainSettings = TrainSettings()
    sample: SampleSettings = SampleSettings()
    glean: GleanSettings = GleanSettings()

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise ValueError("must be a web address such as https://talks.example.com")
        return value.rstrip("/")

    @property
    def ledger_file(self) -> Path:
        return self.data / "ledger.db"

    @property
    def index_folder(self) -> Path:
        return self.data / INDEX

    @property
    def model_folder(self) -> Path:
        return self.data / "model"

    @property
    def export_folder(self) -> Path:
        return self.data / "export"

    @property
    def log_folder(self) -> Path:
        return self.data / "log"

    @property
    def lock_file(self) -> Path:
        return self.data / "writer.lock"


class Config(BaseModel):
    """Settings and the file they came from; ``jargon.yaml`` and ``identity.yaml`` lie beside it."""

    model_config = ConfigDict(frozen=True)

    file: Path
    settings: Settings

    @property
    def identity_file(self) -> Path:
        return identity_file(self.file)


def load(explicit: Path | None = None) -> Config:
    """Reads and validates the configuration; relative paths are taken from the file's own folder."""
    file = find(explicit)
    settings = load_model(file, Settings)
    folders = {"inbox": absolute(file, settings.inbox), "data": absolute(file, settings.data)}
    settings = settings.model_copy(update=folders)
    if settings.inbox == settings.data or settings.inbox.is_relative_to(settings.data):
        raise ConfigError(
            f"{file}: `inbox` ({settings.inbox}) lies in `data` ({settings.data})",
            hint="Give them folders of their own: inbox: inbox, data: data",
        )
    return Config(file=file, settings=settings)


def default_text() -> str:
    """The commented config.yaml that ``connector init`` writes."""
    return resources.files("connector").joinpath("default_config.yaml").read_text(encoding="utf-8")
