"""What can be set: the network's shape, a training, a sampling.

Values only. This module must not know torch, files or the network: the service reads and checks these long
before it pays for importing torch.
"""

from __future__ import annotations

from dataclasses import dataclass

DEVICES = ("auto", "cpu", "cuda", "mps")
TOKENIZERS = ("characters", "bpe")
UNBOUNDED = 1e9  # seconds: of a training that steps alone bound


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)


@dataclass(frozen=True, kw_only=True, slots=True)
class GPTConfig:
    """Shape of the network. The vocabulary's size is not in it: it grows with the text.

    The defaults, 0.85 million parameters, are those of the base that comes with the package. `context` is in tokens,
    characters by default; `reach` is how many of them each position starts from. Raises ValueError for a shape that
    cannot be built.
    """

    layers: int = 4
    heads: int = 2
    width: int = 128
    context: int = 256
    reach: int = 4

    def __post_init__(self) -> None:
        _require(
            min(self.layers, self.heads, self.width, self.reach) >= 1, "layers, heads, width, reach must be at least 1"
        )
        _require(self.width % self.heads == 0, f"width {self.width} is no multiple of {self.heads} heads")
        _require(self.width // self.heads % 2 == 0, "width / heads must be even: rotary positions turn pairs")
        _require(self.context >= 8, "context must be at least 8 tokens")
        _require(
            max(self.layers, self.reach) <= 1_000 and max(self.width, self.context) <= 65_536,
            "layers and reach must be at most 1,000, width and context at most 65,536",
        )

    def parameters(self, vocabulary: int) -> int:
        """How many weights the network has for so many tokens, without building it."""
        return (self.reach + 1) * vocabulary * self.width + self.layers * 12 * self.width**2


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainConfig:
    """One training: how long, how fast, how safe.

    A training ends at `budget_seconds` of work, or at `max_steps` or after `max_epochs` readings of the text,
    whichever comes first; the learning rates anneal towards that end. Intervals are in steps
    (`eval_interval`), in seconds (`save_seconds`) or in evaluations without a better one (`patience`).
    A training from a base runs at `continue_rate` of the learning rates, one from a checkpoint at less of them still;
    it reads old text for at most the share `replay` of every batch. `dropout`, and `embed_dropout` of where positions
    start, are for texts small beside the network; a large one is not read often enough to need it.
    `batch_size` counts windows of the context's length. `threads` 0 leaves torch's own choice. `device` is auto
    (CUDA, else Apple's MPS, else the processor), cpu, cuda or mps. `tokenizer` is characters or bpe: byte pairs, a
    vocabulary of at most `bpe_size` tokens learned from the text. Raises ValueError for what makes no sense.
    """

    budget_seconds: float = 120.0
    max_steps: int = 1_000_000
    max_epochs: float = 8.0
    batch_size: int = 6
    matrix_rate: float = 0.03
    vector_rate: float = 0.02
    weight_decay: float = 0.1
    dropout: float = 0.2
    embed_dropout: float = 0.0
    warmup_steps: int = 10
    continue_rate: float = 0.16
    replay: float = 0.75
    eval_interval: int = 50
    eval_windows: int = 48
    patience: int = 12
    save_seconds: float = 15.0
    keep: int = 5
    seed: int = 1
    threads: int = 0
    device: str = "auto"
    tokenizer: str = "characters"
    bpe_size: int = 512

    def __post_init__(self) -> None:
        _require(self.budget_seconds > 0, "budget_seconds must be above 0")
        _require(self.max_epochs > 0, "max_epochs must be above 0")
        for name in (
            "max_steps",
            "batch_size",
            "warmup_steps",
            "eval_interval",
            "eval_windows",
            "patience",
            "keep",
        ):
            _require(getattr(self, name) >= 1, f"{name} must be at least 1")
        for name in ("matrix_rate", "vector_rate", "continue_rate", "weight_decay", "save_seconds"):
            _require(getattr(self, name) >= 0, f"{name} must not be negative")
        for name in ("dropout", "embed_dropout", "replay"):
            _require(0 <= getattr(self, name) < 1, f"{name} must be in [0, 1)")
        _require(self.threads >= 0 and self.seed >= 0, "threads and seed must not be negative")
        _require(self.device in DEVICES, f"device must be one of {', '.join(DEVICES)}")
        _require(self.tokenizer in TOKENIZERS, f"tokenizer must be one of {', '.join(TOKENIZERS)}")
        _require(258 <= self.bpe_size <= 4096, "bpe_size must be in [258, 4096]: all bytes, and two reserved")


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleConfig:
    """One sampling: `count` texts a prompt, of at most `length` characters; temperature 0 is greedy.

    `top_k` 0, `top_p` 1 and `min_p` 0 leave the whole alphabet open; `model.sample.choose` defines them. `stop`: a
    text ends where the model ends the document, else it never does. Sample number i has seed `seed + i`.
    """

    count: int = 1
    length: int = 300
    temperature: float = 0.8
    top_k: int = 40
    top_p: float = 1.0
    min_p: float = 0.0
    stop: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        _require(self.count >= 1 and self.length >= 1, "count and length must be at least 1")
        _require(self.temperature >= 0 and self.top_k >= 0, "temperature and top_k must not be negative")
        _require(0 < self.top_p <= 1, "top_p must be above 0 and at most 1")
        _require(0 <= self.min_p <= 1, "min_p must be in [0, 1]")
        _require(self.seed >= 0, "seed must not be negative")


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """A network and a training that go together; `about` says what for."""

    about: str
    gpt: GPTConfig
    train: TrainConfig


# nanoGPT's configurations of config/train_shakespeare_char.py, by the names its README gives them. The networks are
# ours: of no more parameters and the same context, trained in fewer steps.
PRESETS = {
    "cpu": Preset(
        about="nanoGPT's CPU recipe: 0.6 million parameters, context 64, a minute",
        gpt=GPTConfig(layers=3, heads=2, width=128, context=64, reach=4),
        train=TrainConfig(budget_seconds=60.0, batch_size=24, matrix_rate=0.035, eval_windows=32, dropout=0.0),
    ),
    "baby": Preset(
        about="nanoGPT's GPU recipe: 10.6 million parameters, context 256",
        gpt=GPTConfig(layers=6, heads=6, width=384, context=256, reach=4),
        train=TrainConfig(
            budget_seconds=600.0,
            max_epochs=20.0,
            batch_size=64,
            matrix_rate=0.02,
            vector_rate=0.006,
            dropout=0.3,
            embed_dropout=0.6,
            eval_interval=250,
            eval_windows=256,
        ),
    ),
}
