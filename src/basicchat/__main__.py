"""`python -m basicchat` is `basicchat`."""

from basicchat.cli import main

main()
