"""What a question asks for, by its question words: a person, a time, a place or a number."""

import re
from typing import Literal

from basicchat.language.folding import folded

Kind = Literal["person", "time", "place", "number", "other"]

# Words without diacritics; of phrases, those that the question has one after the other.
_WORDS: dict[Kind, str] = {
    "number": "how many|how much|how long|how old|how far|how tall|how high|how large|how big|"
    "how often|how fast|what percentage|what percent|what number|wie viele?|wieviele?|wie lange?|"
    "wie hoch|wie gross|wie alt|wie weit|wie oft|wie teuer|wie schwer|combien|cuant[oa]s?|"
    "quant[oaei]s?|hoeveel|"
    "hur manga|hur mycket|hvor mange|hvor meget|hvor mye|montako|paljonko|kac|сколько|ile|kolik|"
    "cat[ei]|hany|mennyi|berapa|ποσ[οαεηι]\\w*|كم|कितन\\w*|क\u093fतन\\w*",
    "time": "when|what year|which year|what date|what day|what month|what century|what decade|"
    "wann|seit wann|welche[mns]? jahr|quand|(?:quelle|cette) annee|cuando|(?:que|cual) ano|quando|"
    "em que ano|che anno|wanneer|welk jaar|nar|vilket ar|hvornar|hvilket ar|milloin|ne zaman|"
    "hangi yil\\w*|когда|каком году|kiedy|kdy|cand|mikor|kapan|ποτε|متى|कब",
    "person": "who|whom|whose|wer|wem|wen|wessen|qui|quien(?:es)?|quem|chi|vem|hvem|kuka|kim\\w*|"
    "кто|кого|кому|кем|kto|kdo|cine|siapa|ποι[οα][ςσν]?|कौन",
    "place": "where|wo|woher|wohin|ou|donde|adonde|onde|dove|waar|hvor|missa|nere\\w*|где|куда|"
    "откуда|gdzie|kde|unde|hol|di mana|πο[υύ]|اين|أين|कहा\\w*",
}
_PATTERNS: dict[Kind, re.Pattern[str]] = {
    kind: re.compile(rf"(?<!\w)(?:{words})(?!\w)") for kind, words in _WORDS.items()
}
# Parts of questions in scripts without spaces between words.
_PARTS: dict[Kind, re.Pattern[str]] = {
    "number": re.compile(
        "多少|几个|几年|几次|幾|いくつ|いくら|何人|何個|"
        "何回|どのくらい|どれくらい|กี่|เท่าไร|เท่าไหร่|เท่าใด|얼마|몇"
    ),
    "time": re.compile(
        "何时|何時|什么时候|什麼時候|哪一?年|哪天|いつ|何年|"
        "何日|何世紀|เมื่อใด|เมื่อไร|เมื่อไหร่|ปีใด|ปีไหน|ปีอะไร|언제|몇 ?년"
    ),
    "person": re.compile("谁|誰|だれ|ใคร|누구|누가"),
    "place": re.compile("哪里|哪裡|何处|在哪|どこ|ที่ไหน|ที่ใด|어디"),
}


def kind_of(question: str) -> Kind:
    """What a question asks for."""
    plain = folded(question)
    for patterns, text in ((_PARTS, question), (_PATTERNS, plain)):
        for kind in ("time", "number", "person", "place"):
            if patterns[kind].search(text):
                return kind
    return "other"
