"""A training's report as one page: words, figures, curves. Complete: no script, no other host, all escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape

from model.outcome import Curve
from model.plot import Line, plot
from model.report import MEMORISED_GAP, Report, share_told

BITS = 1 / math.log(2)  # of a nat
SHOWN_CHARACTERS = 400  # of a new alphabet; Chinese has thousands

STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #1c1e21; --faint: #62676e; --rule: #d9dce0;
  --training: #1769aa; --validation: #b5470b; --mark: #1c1e21; --bad: #a32020; --fair: #8a5a00; --good: #1c7038; }
@media (prefers-color-scheme: dark) { :root { --ground: #15171a; --ink: #e8eaed; --faint: #a2a8b0; --rule: #383d44;
  --training: #6db5f2; --validation: #f3a063; --mark: #e8eaed; --bad: #ff8a80; --fair: #ffc766; --good: #81d69a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 44rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.3rem; margin: 0 0 .5rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
.verdict { border-left: .4rem solid var(--colour); padding: .1rem 0 .1rem 1rem; }
.verdict strong { color: var(--colour); font-size: 1.5rem; }
.verdict p { margin: .4rem 0; }
.bad { --colour: var(--bad); } .fair { --colour: var(--fair); } .good { --colour: var(--good); }
.faint, figcaption { color: var(--faint); font-size: .9rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .8rem; margin: 0; }
dt { color: var(--faint); font-size: .85rem; } dd { margin: 0; font-variant-numeric: tabular-nums; }
figure { margin: 0; } svg { width: 100%; height: auto; max-width: 40rem; display: block; }
svg text { fill: var(--faint); font: 14px system-ui, sans-serif; }
path { fill: none; stroke-width: 2; stroke-linejoin: round; }
.line-training { stroke: var(--training); } .dot-training { fill: var(--training); }
.line-validation { stroke: var(--validation); stroke-dasharray: 7 3; } .dot-validation { fill: var(--validation); }
.line-gap { stroke: var(--ink); } .dot-gap { fill: var(--ink); }
line.grid { stroke: var(--rule); } line.axis { stroke: var(--faint); }
line.mark, line.limit { stroke: var(--mark); stroke-dasharray: 2 4; } circle.mark { fill: var(--mark); }
.key { display: inline-block; width: 1.8rem; margin: 0 .4rem .25rem 0; border-top: 3px solid; }
.key.training { color: var(--training); } .key.validation { color: var(--validation); border-top-style: dashed; }
.legend span { margin-right: 1.2rem; white-space: nowrap; }
blockquote { margin: .8rem 0; padding: .1rem 0 .1rem 1rem; border-left: 2px solid var(--rule); white-space: pre-wrap; }
code { font: .9rem ui-monospace, monospace; white-space: pre-wrap; }
"""

COLOURS = {"fine": "good", "stopped early": "fair", "too little text": "fair", "memorised": "bad"}


def page(report: Report) -> str:
    """The page, a whole HTML document."""
    judgement = report.judgement
    title = f"Training report of {report.checkpoint}"
    origin = f"continued from {report.continued_from}" if report.continued_from else "from nothing"
    parts = [
        f"<h1>{_safe(title)}</h1>",
        f'<p class="faint">{_safe(f"{report.created}; {origin}; it ended since: {report.reason}")}</p>',
        f'<section class="verdict {COLOURS[judgement.verdict]}"><strong>{_safe(judgement.verdict)}</strong>',
        f"<p>{_safe(judgement.why)}</p><p><b>What to do.</b> {_safe(judgement.what_to_do)}</p></section>",
        f"<h2>Figures</h2><dl>{''.join(_figure(name, value) for name, value in figures(report))}</dl>",
        *curves(report),
        *_samples(report),
        *_vocabulary(report),
        *_notes(report),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f'<meta name="robots" content="noindex">\n<title>{_safe(title)}</title>\n<style>{STYLE}</style>\n</head>\n'
        "<body>\n" + "\n".join(parts) + "\n</body>\n</html>\n"
    )


def figures(report: Report) -> list[tuple[str, str]]:
    """Every figure with its name, for the page and for the terminal."""
    drawn = report.sampled
    words = (
        [
            ("words of samples in the text", f"{share_told(drawn.known)}, in {drawn.count:,} samples"),
            ("longest run copied", f"{len(drawn.copied):,} characters"),
        ]
        if drawn
        else []
    )
    new = len(report.new_characters)
    vocabulary = f"{report.vocabulary:,} characters, {f'{new:,} of them' if new else 'none'} new"
    if report.tokenizer == "bpe":
        vocabulary = f"{report.vocabulary:,} byte-pair tokens, {report.characters_per_token:.2f} characters each"
    return [
        ("training loss", f"{report.train_loss:.3f} nats a character"),
        ("validation loss", f"{report.validation_loss:.3f} nats a character"),
        ("bits a character", f"{report.bits:.2f}, on {report.validation_characters:,} characters held out"),
        ("gap", f"{report.gap:.2f} nats a character"),
        *words,
        ("vocabulary", vocabulary),
        ("text", f"{report.train_characters:,} characters, read {report.readings:,.1f} times"),
        ("steps", f"{report.steps:,}, the best was {report.best_step:,}"),
        ("time", f"{report.seconds:,.0f} s"),
        ("speed", f"{report.characters_per_second:,.0f} characters/s"),
        ("network", f"{report.parameters:,} parameters"),
    ]


def gaps(training: Curve, validation: Curve) -> list[tuple[float, float]]:
    """(step, validation loss less training loss) at every evaluation but that of the beginning."""
    losses: list[tuple[float, float]] = []
    at = 0
    for point in validation:
        while at + 1 < len(training) and training[at + 1].step <= point.step:
            at += 1
        if training and training[at].step <= point.step:
            losses.append((point.step, point.loss - training[at].loss))
    return losses


def curves(report: Report) -> list[str]:
    """The losses and the gap between them by step, as HTML with SVG in it; colours are classes. None where nothing was
    trained.
    """
    if not report.training:
        return []
    training, validation = ([(p.step, p.loss) for p in curve] for curve in (report.training, report.validation))
    steps = f"steps ({report.steps:,} in {report.seconds:,.0f} s)"
    best = min(report.validation, key=lambda point: abs(point.step - report.best_step), default=None)
    mark = best and (float(best.step), best.loss, f"best step {report.best_step:,}: {best.loss:.2f}")
    losses = plot(
        [Line("training", training), Line("validation", validation)],
        title="Training and validation loss by step",
        x_name=steps,
        y_name="nats a character",
        right_name="bits a character",
        right_factor=BITS,
        mark=mark,
    )
    gap = plot(
        [Line("gap", gaps(report.training, report.validation))],
        title="Gap between validation and training loss by step",
        x_name=steps,
        y_name="nats a character",
        limit=(MEMORISED_GAP, "memorised above this"),
    )
    return [
        '<h2>Loss</h2><figure><figcaption class="legend"><span><i class="key training"></i>training, smoothed</span>'
        f'<span><i class="key validation"></i>validation</span></figcaption>{losses}</figure>',
        "<h2>Gap</h2><figure><figcaption>How much worse it is on text it has not read; a rise says that it learns its"
        f" text by heart.</figcaption>{gap}</figure>",
    ]


def _samples(report: Report) -> list[str]:
    drawn = report.sampled
    if drawn is None:
        return []
    return [
        '<h2>Samples</h2><p class="faint">Generated by the model; nobody said this.</p>',
        *(f"<blockquote>{_safe(text)}</blockquote>" for text in drawn.texts),
        f"<p>The longest run copied from the text: <code>{_safe(drawn.copied)}</code></p>" if drawn.copied else "",
    ]


def _vocabulary(report: Report) -> list[str]:
    new = report.new_characters
    if not new:
        return []
    shown = " ".join(NAMES.get(c, c) for c in new[:SHOWN_CHARACTERS])
    more = f" and {len(new) - SHOWN_CHARACTERS:,} more" * (len(new) > SHOWN_CHARACTERS)
    return [f"<h2>New characters</h2><p><code>{_safe(shown)}</code>{more}</p>"]


NAMES = {" ": "space", "\n": "newline", "\t": "tab", "\r": "return", "\N{NO-BREAK SPACE}": "no-break-space"}


def _notes(report: Report) -> Iterable[str]:
    items = "".join(f"<li>{_safe(note)}</li>" for note in report.notes)
    return [f"<h2>Notes</h2><ul>{items}</ul>"] if items else []


def _figure(name: str, value: str) -> str:
    return f"<div><dt>{_safe(name)}</dt><dd>{_safe(value)}</dd></div>"


def _safe(text: str) -> str:
    """Text of a file or of a model, in a page: no markup, nothing that turns or hides what stands beside it."""
    return escape(visible(text))


def visible(text: str) -> str:
    """``text`` without characters that turn or hide what stands beside them."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
