"""Tells models that can chat from those for embeddings, speech, images and moderation."""

import re
from collections.abc import Iterable

# In a model's name, between separators or at its ends.
_OTHER = re.compile(
    r"(?:^|[^a-z])(?:text-)?(?:embed(?:ding|dings|der)?|rerank(?:er|ing)?|moderation|whisper|tts|stt"
    r"|asr|speech|transcribe|transcription|dall-?e|diffusion|sdxl|flux|imagen|veo|sora|kokoro|piper"
    r"|bge|gte|e5|minilm|mpnet|nomic|colbert|clip|siglip|jina-(?:clip|embeddings|reranker)"
    r"|gpt-image|realtime|babbage|davinci|voyage|musicgen|bark|parakeet|guard)(?:[^a-z]|$)"
    r"|embed"
)
_KINDS = re.compile(r"embed|rerank|speech|audio|tts|stt|transcri|image|moderation|classif|score")


def can_chat(name: str, kinds: Iterable[str] = ()) -> bool:
    """Whether a model can chat, as far as its name and its server tell.

    Args:
        kinds: types or tasks of the model, as its server names them.
    """
    known = [kind.lower() for kind in kinds if kind]
    if any(re.search(r"chat|llm|vlm|completion|generat|text2text", kind) for kind in known):
        return True
    if any(_KINDS.search(kind) for kind in known):
        return False
    return _OTHER.search(name.lower()) is None
