"""What a process that serves for days does about garbage collection."""

import gc

# New containers before the young ones are looked through: a request for a list makes some thousands, a batch a hundred thousand, hardly
# any of them in a cycle. Python's 700 looks for cycles so often that it took a third of a batch's time.
THRESHOLDS = (20_000, 20, 20)


def keep_what_is_loaded() -> None:
    """Put code and settings aside for good, once all is imported and before the fork: the collector never looks through them again,
    and what it doesn't touch, processes share."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
