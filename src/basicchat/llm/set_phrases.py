"""Greetings, thanks and questions about the assistant, which no document answers."""

import re

_GREETING = re.compile(
    r"\W*(?:hi|hello|hey|hi there|hello there|good (?:morning|afternoon|evening|day)|hallo|moin|"
    r"guten (?:morgen|tag|abend)|servus|grüezi|bonjour|bonsoir|salut|hola|buen[oa]s (?:días|"
    r"tardes|"
    r"noches)|ciao|buongiorno|buonasera|olá|oi|bom dia|boa tarde|hoi|goedemorgen|goedendag|hej|"
    r"hei|"
    r"god dag|merhaba|selam|günaydın|привет|здравствуйте|добрый день|cześć|dzień dobry|ahoj|"
    r"你好|您好|早上好|こんにちは|おはよう(?:ございます)?|สวัสดี(?:ครับ|ค่ะ)?|안녕하세요|안녕|"
    r"مرحبا|السلام عليكم|नमस्ते)\W*",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\W*(?:(?:many )?thanks?(?: you)?(?: (?:very|so) much| a lot)?|thx|cheers|great|perfect|"
    r"ok(?:ay)?|"
    r"danke(?: (?:schön|sehr))?|vielen dank|merci(?: beaucoup)?|(?:muchas )?gracias|"
    r"grazie(?: mille)?|"
    r"obrigad[oa]|bedankt|dank je(?: wel)?|tack(?: så mycket)?|tak|takk|kiitos|teşekkür(?:ler|"
    r" ederim)|"
    r"sağ ol|спасибо(?: большое)?|dzięki|dziękuję|děkuji|谢谢(?:你|您)?|謝謝|"
    r"ありがとう(?:ございます)?|"
    r"ขอบคุณ(?:ครับ|ค่ะ)?|감사합니다|고마워요?|شكرا|धन्यवाद)\W*",
    re.IGNORECASE,
)
_ABILITIES = re.compile(
    r"\W*(?:help|what can you do(?: for me)?|what can i (?:do|ask)(?: here| you)?|who are you|"
    r"what are you|how do(?:es)? (?:you|this) work|hilfe|was kannst du(?: (?:alles|"
    r"für mich tun))?|"
    r"wer bist du|aide|que (?:peux-tu|pouvez-vous|sais-tu) faire|qui (?:es-tu|êtes-vous)|ayuda|"
    r"qué (?:puedes|sabes) hacer|quién eres|aiuto|cosa (?:puoi|sai) fare|chi sei|ajuda|"
    r"o que você pode fazer|wat kun je(?: doen)?|wie ben je|ne yapabilirsin|kimsin|что ты умеешь|"
    r"кто ты|помощь|你能做什么|你是谁|何ができますか|あなたは誰ですか|คุณทำอะไรได้บ้าง)\W*",
    re.IGNORECASE,
)
GREETING = "Hello! Ask me a question about your documents."
THANKS = "You are welcome."
ABILITIES = (
    "I search your documents and quote the sentences that answer a question, with their sources. "
    "You can also write “summarise” or “compare” with a subject or a document's title. "
    "No language model is connected, so I do not write texts of my own."
)


def set_reply(question: str) -> str | None:
    """The reply to a greeting, thanks, or a question about the assistant; None to any other."""
    for pattern, reply in ((_GREETING, GREETING), (_THANKS, THANKS), (_ABILITIES, ABILITIES)):
        if pattern.fullmatch(question):
            return reply
    return None
