"""config.yaml as frozen, validated settings. Its only reader; everything else is handed ``Settings``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo, field_validator

from connector.config_file import DATA, INBOX, INDEX, NO_MODEL, TOKENS, absolute, find, identity_file, in_full
from connector.errors import ConfigError
from connector.jargon_file import jargon_file
from connector.permissions import ALL_USERS, Permissions
from connector.transcripts.clean import Cleaning
from connector.transcripts.quality import Thresholds
from connector.transcripts.quality.plausibility import LIMIT
from connector.validation import NAME, NOT_BLANK, load_model
from indexer.languages import code_of
from model.base import SHIPPED

_GATE = Thresholds()
PORT = 8765
SHIPPED_ICON = "shipped"  # what `glean.icon` may say instead of an address
SHIPPED_BASE, NO_BASE = "shipped", "none"  # what `train.base` may say instead of a folder


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IngestSettings(_Section):
    """How files are taken from the inbox. Times in seconds."""

    settle: float = Field(default=0.5, ge=0.05, le=3600)
    rescan: float = Field(default=30.0, ge=1, le=86_400)
    on_delete: Literal["keep", "remove"] = "keep"
    duplicates: Literal["replace", "keep", "reject"] = "replace"
    ignore: list[str] = []
    max_megabytes: int = Field(default=256, ge=1, le=4096)


class CleanSettings(_Section):
    """Which steps of cleaning a transcript goes through before it is shown; what was said stays in the ledger."""

    markup: bool = True
    rolling: bool = True
    sounds: bool = True
    pauses: bool = True
    fillers: bool = True
    stutters: bool = True
    casing: bool = True
    spaces: bool = True

    @property
    def steps(self) -> Cleaning:
        return Cleaning(**self.model_dump())


class QualitySettings(_Section):
    """Where a transcript is held for a person to look at; each value alone does it, none leaves the sign out."""

    languages: list[str] = []
    unknown_words: float | None = Field(default=_GATE.unknown_words, gt=0, le=1)
    word_order: float | None = Field(default=_GATE.word_order, ge=0, lt=1.6)
    repetition: float | None = Field(default=_GATE.repetition, gt=0, le=1)
    invented: float | None = Field(default=_GATE.invented, gt=0, le=1)
    foreign: float | None = Field(default=_GATE.foreign, gt=0, le=1)
    characters_a_second: float | None = Field(default=_GATE.characters_a_second, gt=0, le=1000)
    words_a_second: float | None = Field(default=_GATE.words_a_second, gt=0, le=1000)
    coverage: float | None = Field(default=_GATE.coverage, ge=0, le=1)
    out_of_order: float | None = Field(default=_GATE.out_of_order, gt=0, le=1)
    confidence: float | None = Field(default=_GATE.confidence, gt=0, lt=1)
    bits_a_character: float | None = Field(default=LIMIT, gt=2.2, le=10)  # of the language model, asked afterwards

    @field_validator("languages")
    @classmethod
    def _known(cls, value: list[str]) -> list[str]:
        for language in value:
            if code_of(language) is None:
                raise ValueError(f"`{language}` is no language we can tell; write a code such as en, de or pt")
        return value

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(**self.model_dump(exclude={"languages", "bits_a_character"}))


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
    tokenizer: Literal["characters", "bpe"] = "characters"
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    base: str = SHIPPED_BASE
    tracking: Literal["none", "wandb"] = "none"

    @property
    def base_folder(self) -> Path | None:
        """The folder of the base that a first training starts from; None: from nothing."""
        return SHIPPED if self.base == SHIPPED_BASE else None if self.base == NO_BASE else Path(self.base)


class SampleSettings(_Section):
    """How samples are drawn after a training."""

    count: int = Field(default=5, ge=0, le=1000)
    length: int = Field(default=300, ge=1, le=100_000)
    temperature: float = Field(default=0.8, ge=0, le=10)
    top_k: int = Field(default=40, ge=0, le=10_000)
    top_p: float = Field(default=1.0, gt=0, le=1)
    min_p: float = Field(default=0.0, ge=0, le=1)
    stop: bool = True
    prompt_length: int = Field(default=40, ge=1, le=1000)
    seed: int = Field(default=1337, ge=0, lt=2**31)


class SemanticSettings(_Section):
    """Search by meaning: the embedding model, a folder or ``package:NAME``; none: by words alone."""

    model: str = NO_MODEL


class GleanSettings(_Section):
    """What Glean calls us, and what leaves for it."""

    datasource: str = Field(default="transcripts", pattern=NAME)
    display_name: str = Field(default="Transcripts", pattern=NOT_BLANK, max_length=100)
    object_types: list[Literal["Transcript", "TranscriptSegment", "TranscriptSample"]] = Field(
        default=["Transcript", "TranscriptSegment", "TranscriptSample"], min_length=1
    )
    samples: int = Field(default=5, ge=0, le=1000)
    test: bool = False
    icon: str = SHIPPED_ICON

    @field_validator("icon")
    @classmethod
    def _picture(cls, value: str) -> str:
        if value != SHIPPED_ICON and not value.startswith(("https://", "http://", "data:image/")):
            raise ValueError("must be `shipped`, a web address or data:image/svg+xml;base64,...")
        return value


class PushSettings(_Section):
    """Where and when to push. Times in seconds. What is empty here may come from the environment."""

    server: str = ""
    token_file: Path | None = None
    auto: bool = False
    debounce: float = Field(default=30.0, ge=0, le=86_400)
    bulk_above: int = Field(default=3000, ge=0)  # five minutes' worth at 600 documents a minute


class ServeSettings(_Section):
    """The pages and the local Glean; ``auto``: `connector run` serves them."""

    auto: bool = True
    host: str = Field(default="127.0.0.1", pattern=NOT_BLANK)
    port: int = Field(default=PORT, ge=0, le=65_535)
    tokens_file: str = Field(default=TOKENS, pattern=NOT_BLANK)
    rate_limits: bool = False
    validated: bool = Field(default=False, alias="validate")

    @property
    def address(self) -> str:
        """Where this machine opens the pages; of a port that nobody knows yet (0) the usual one is told."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port or PORT}"


class LogSettings(_Section):
    """How the daemon and the server write what they do."""

    format: Literal["text", "json"] = "text"


class Settings(_Section):
    """Everything in config.yaml; paths are absolute after ``load``."""

    inbox: Path = Path(INBOX)
    data: Path = Path(DATA)
    permissions: Permissions = ALL_USERS
    ingest: IngestSettings = IngestSettings()
    clean: CleanSettings = CleanSettings()
    quality: QualitySettings = QualitySettings()
    train: TrainSettings = TrainSettings()
    sample: SampleSettings = SampleSettings()
    semantic: SemanticSettings = SemanticSettings()
    glean: GleanSettings = GleanSettings()
    push: PushSettings = PushSettings()
    serve: ServeSettings = ServeSettings()
    # after `serve`, which it is made of where it is not told
    public_url: str = Field(default="", validate_default=True)
    log: LogSettings = LogSettings()

    _file: Path | None = PrivateAttr(default=None)

    @field_validator("public_url", mode="before")
    @classmethod
    def _as_served(cls, value: Any, info: ValidationInfo) -> Any:
        """Null or left out, it is where the pages are served: links stay right where that is changed."""
        return value or info.data.get("serve", ServeSettings()).address

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise ValueError("must be a web address such as https://talks.example.com")
        return value.rstrip("/")

    @field_validator("serve", mode="before")
    @classmethod
    def _switch(cls, value: Any) -> Any:
        """`serve: true` is what people write."""
        return {"auto": value} if isinstance(value, bool) else value

    @property
    def tokens_file(self) -> Path:
        """The hashes of people's tokens; as `serve.tokens_file` says, beside config.yaml."""
        return absolute(self._file or self.data / TOKENS, Path(self.serve.tokens_file))

    @property
    def jargon_file(self) -> Path | None:
        """The glossary beside config.yaml; None for settings that come from no file."""
        return self._file and jargon_file(self._file)

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

    @property
    def push_lock_file(self) -> Path:
        return self.data / "push.lock"


class Config(BaseModel):
    """Settings and the file they came from; ``jargon.yaml`` and ``identity.yaml`` lie beside it."""

    model_config = ConfigDict(frozen=True)

    file: Path
    settings: Settings

    @property
    def identity_file(self) -> Path:
        return identity_file(self.file)

    @property
    def jargon_file(self) -> Path:
        return jargon_file(self.file)


def load(explicit: Path | None = None) -> Config:
    """Reads and validates the configuration; relative paths are taken from the file's own folder."""
    file = find(explicit)
    settings = load_model(file, Settings)
    folders: dict[str, Any] = {"inbox": absolute(file, settings.inbox), "data": absolute(file, settings.data)}
    if settings.train.base not in (SHIPPED_BASE, NO_BASE):
        own = str(absolute(file, Path(settings.train.base)))
        folders["train"] = settings.train.model_copy(update={"base": own})
    if settings.push.token_file:
        folders["push"] = settings.push.model_copy(update={"token_file": absolute(file, settings.push.token_file)})
    folders["semantic"] = SemanticSettings(model=in_full(file, settings.semantic.model))
    settings = settings.model_copy(update=folders)
    settings._file = file
    if settings.inbox == settings.data or settings.inbox.is_relative_to(settings.data):
        raise ConfigError(
            f"{file}: `inbox` ({settings.inbox}) lies in `data` ({settings.data})",
            hint="Give them folders of their own: inbox: inbox, data: data",
        )
    return Config(file=file, settings=settings)
