"""The errors of this package.

ModelError
  CheckpointError    a checkpoint, or the state of an unfinished training, cannot be read
  TextError          a text to learn from cannot be read
  TrainingError      a training cannot be done, or came to nothing
  MemoryShortage     a training found too little memory; at another time it may do
"""


class ModelError(Exception):
    """Whatever the model has to say to whoever asked; the message is meant for people."""


class CheckpointError(ModelError):
    """What is on disk cannot be read; the message names the file and says why."""


class TextError(ModelError):
    """A text to learn from cannot be read; the message names it and says why."""


class TrainingError(ModelError):
    """A training cannot be done, or came to nothing. What was on disk before it is still there."""


class MemoryShortage(ModelError):  # noqa: N818  # MemoryError is Python's
    """A training found too little memory. No TrainingError: it says nothing of the text, and later it may do."""
