"""Checkpoints for a training that may be killed at any moment. Made to be copied: only Python's own modules are used.

`state` is whatever the training needs in order to go on, as JSON. One process writes; with several, let the first one do
it, or give each its own folder. SageMaker uploads the folder while the training runs, and fills it again before the next
attempt starts.
"""

import hashlib
import json
import os
import re
from pathlib import Path

KEPT = 2  # the newest, and one to fall back on should the newest turn out to be damaged
NAME = re.compile(r"checkpoint-\d{8}\.json")


def load_checkpoint(folder):
    """The newest state that is whole, or None. Whatever else lies in the folder is passed over."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for path in reversed(_checkpoints(folder)):
        try:
            saved = json.loads(path.read_bytes())
            if saved["sha256"] == _digest(saved["state"]):
                return saved["state"]
        except (ValueError, KeyError, TypeError):
            pass
        print(f"passing over {path.name}: it is truncated or damaged")
        path.unlink()  # or it would count as one of those to keep
    return None


def save_checkpoint(folder, step, total, state):
    """Call it on time, every few minutes, not on SIGTERM alone: nobody promises a signal before a spot instance goes."""
    folder = Path(folder)
    text = json.dumps({"sha256": _digest(state), "state": state})
    write_atomically(folder / f"checkpoint-{step:08d}.json", text)
    # Only now that the new one is whole may an old one go.
    for old in _checkpoints(folder)[:-KEPT]:
        old.unlink()
    # Tells Spotrelay how much work is safe; after the checkpoint, so that it never promises more than was saved.
    write_atomically(folder / "spotrelay-progress.json", json.dumps({"completed": step, "total": total}))


def write_atomically(path, text):
    """Readers see the old file or the new one, never half of it: a rename within one file system is a single step."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    with open(partial, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())  # without it the rename may reach the disk before the content does
    os.replace(partial, path)


def _checkpoints(folder):
    # Names carry the step padded with zeros, so that the order of names is the order of steps.
    return sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name))


def _digest(state):
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()
