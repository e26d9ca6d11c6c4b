"""At which verification levels transactions are held (LIM-09)."""

from core import instance


def held_levels() -> list[int]:
    return [int(level) for level in instance.value("transactions.held_levels")]


def is_held_level(level: int) -> bool:
    """Whether what a client of this level does is held. Ask under the client's lock: a change of level waits for it."""
    return level in held_levels()
