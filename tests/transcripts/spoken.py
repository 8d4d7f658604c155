"""Texts as people speak them, and the gate asked of them."""

from __future__ import annotations

from collections.abc import Sequence

from connector.transcripts.quality import Judgement, assess
from connector.transcripts.transcript import Cue

TALK = """
Good morning, everybody, and thank you for coming out so early.
Today I want to show you how we look after the old stone bridges in the valley.
There are eleven of them, and most of them are more than two hundred years old.
The first thing we do every spring is walk across each one and write down what we see.
Sometimes there is a crack that was not there in the autumn, and then we take a photograph.
Water is the enemy here, because it gets into the joints and freezes in the winter.
When it freezes it pushes the stones apart, a little bit more every year.
So we clean the drains, and we make sure that the rain can run off on both sides.
People often ask me why we do not just use concrete, and that is a fair question.
The answer is that the arch has to move a little, and concrete does not like to move.
We use a soft mortar made of lime and sand, the way they did when these were built.
It takes a long time to get hard, so you need some patience and some good weather.
Last year we did two arches in one summer, which is the most we have ever done.
The baker in the village brought us fresh bread every morning, so nobody complained.
If you want to help us, come to the mill on Saturday and bring a pair of boots.
I think that is all I have, and now I am happy to take your questions.
""".strip().splitlines()
GERMAN = [
    "Guten Morgen zusammen, und vielen Dank, dass ihr so früh gekommen seid.",
    "Heute möchte ich euch zeigen, wie wir uns um die alten Brücken im Tal kümmern.",
    "Es sind elf Stück, und die meisten davon sind über zweihundert Jahre alt.",
    "Jedes Frühjahr gehen wir über jede einzelne und schreiben auf, was wir sehen.",
]
SPANISH = [
    "Buenos días a todos, y muchas gracias por venir tan temprano esta mañana.",
    "Hoy quiero enseñarles cómo cuidamos los viejos puentes de piedra del valle.",
    "Son once en total, y la mayoría de ellos tienen más de doscientos años.",
    "Cada primavera caminamos por cada uno y apuntamos todo lo que vemos.",
]
JAPANESE = [
    "皆さん、おはようございます。朝早くからお集まりいただきありがとうございます。",
    "今日は、谷にある古い石の橋をどのように手入れしているかをお見せしたいと思います。",
    "全部で十一あり、そのほとんどが二百年以上前に造られたものです。",
    "毎年春になると、一つ一つの橋を歩いて渡り、見たことを書き留めます。",
]


def cues(lines: Sequence[str], *, every: float = 6.0, length: float = 5.5, speaker: str | None = None) -> list[Cue]:
    return [Cue(n * every, n * every + length, speaker, line) for n, line in enumerate(lines)]


def judge(lines: Sequence[str], **how: object) -> Judgement:
    return assess(cues(lines), **how)  # type: ignore[arg-type]
