"""The words of texts and queries in all languages; the same for every index and every answer."""
