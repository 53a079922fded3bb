"""Checkpoints for a PyTorch training that may be killed at any moment. Made to be copied.

`dump(state, file)` and `load(file)` say how a state becomes a file: torch.save and torch.load, see train.py. The module
itself needs Python's own modules only. With several processes, let the one of rank 0 save, and all of them load.
"""

import json
import os
import re
from pathlib import Path

KEPT = 2  # the newest, and one to fall back on should the newest turn out to be damaged
NAME = re.compile(r"checkpoint-\d{8}\.pt")


def load_checkpoint(folder, load):
    """The newest state that can be read, or None. Whatever else lies in the folder is passed over."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for path in reversed(_checkpoints(folder)):
        try:
            with open(path, "rb") as file:
                return load(file)
        except Exception as problem:  # which kind a damaged file raises depends on where it was cut
            print(f"passing over {path.name}: {type(problem).__name__}")
            path.unlink()  # or it would count as one of those to keep
    return None


def save_checkpoint(folder, step, total, state, dump):
    """Call it on time, every few minutes, not on SIGTERM alone: nobody promises a signal before a spot instance goes."""
    folder = Path(folder)
    write_atomically(folder / f"checkpoint-{step:08d}.pt", lambda file: dump(state, file))
    # Only now that the new one is whole may an old one go.
    for old in _checkpoints(folder)[:-KEPT]:
        old.unlink()
    # Tells Spotrelay how much work is safe; after the checkpoint, so that it never promises more than was saved.
    progress = json.dumps({"completed": step, "total": total}).encode()
    write_atomically(folder / "spotrelay-progress.json", lambda file: file.write(progress))


def write_atomically(path, write):
    """Readers see the old file or the new one, never half of it: a rename within one file system is a single step."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    with open(partial, "wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())  # without it the rename may reach the disk before the content does
    os.replace(partial, path)


def _checkpoints(folder):
    # Names carry the step padded with zeros, so that the order of names is the order of steps.
    return sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name))
