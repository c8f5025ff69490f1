"""What visitors are told of a run whose process or server came to an end, or that was stopped."""

from __future__ import annotations

DIED = "The training process died; another one is being started, and the run goes on in it."
WENT_AWAY = "The training server went away; the run goes on when it is back."
BROKE_DOWN = "The training server broke down three times in this run."


def stopped_message(kept: int) -> str:
    """Of a run that was stopped with so many whole epochs.

    >>> stopped_message(0), stopped_message(3)
    ('Stopped before it had learned anything.', 'Stopped after epoch 3; what it had learned by \
then is kept.')
    """
    where = f"after epoch {kept}; what it had learned by then is kept" if kept else ""
    return f"Stopped {where or 'before it had learned anything'}."


def error_message(error: BaseException | None) -> str:
    """Of a run that ended on an error, or because its process was killed whenever it trained it."""
    if type(error).__name__ == "KilledWorker":
        return (
            "The training process was killed again and again while it trained this network, so it "
            "was given up. Try a smaller network or a smaller batch."
        )
    return f"Training ended on an error that is not yours: {str(error)[:200]}"
