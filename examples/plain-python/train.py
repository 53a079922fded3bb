"""Fits a line through the penguins by stochastic gradient descent, following SageMaker's rules for a training container.

It needs Python 3.9 or newer and no packages, and can be killed at any moment: the next attempt goes on from the newest
checkpoint and ends with the very same model.
"""

import csv
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from checkpoint import load_checkpoint, save_checkpoint, write_atomically

ROOT = Path(os.environ.get("SPOTRELAY_ML_ROOT", "/opt/ml"))
CHECKPOINTS = Path(os.environ.get("SPOTRELAY_CHECKPOINT_DIR", ROOT / "checkpoints"))
MODEL = Path(os.environ.get("SM_MODEL_DIR", ROOT / "model"))
TRAIN = Path(os.environ.get("SM_CHANNEL_TRAIN", ROOT / "input/data/train"))

TARGET = "Body Mass (g)"
INPUTS = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)"]

stop_requested = False


def request_stop(_signal, _frame):
    # Only a flag: the training saves itself between two epochs, where its state is whole.
    global stop_requested
    stop_requested = True


def main():
    signal.signal(signal.SIGTERM, request_stop)
    settings = read_settings()
    rows = read_rows()
    order = random.Random(settings["seed"])

    state = load_checkpoint(CHECKPOINTS)
    if state is None:
        print("no checkpoint: starting from epoch 0")
        epoch, weights = 0, [0.0] * (len(INPUTS) + 1)
    else:
        epoch, weights = state["epoch"], state["weights"]
        order.setstate(as_random_state(state["order"]))
        print(f"resumed from epoch {epoch}")

    epochs, every = settings["epochs"], settings["checkpoint_every"]
    while epoch < epochs:
        started = time.monotonic()
        loss = train_epoch(weights, rows, order, settings["learning_rate"])
        epoch += 1
        time.sleep(max(0.0, settings["epoch_milliseconds"] / 1000 - (time.monotonic() - started)))
        due = epoch % every == 0 or epoch == epochs
        if due or stop_requested:
            # All that shapes the rest: without the order's state, a resumed training would see the rows in another order.
            state = {"epoch": epoch, "weights": weights, "order": order.getstate()}
            save_checkpoint(CHECKPOINTS, epoch, epochs, state)
        if due:
            print(f"epoch={epoch} validation:loss={loss:.6f}")
        if stop_requested:
            print(f"SIGTERM: saved epoch {epoch} of {epochs}, stopping")
            return 128 + signal.SIGTERM

    write_atomically(MODEL / "model.json", json.dumps({"inputs": INPUTS, "target": TARGET, "weights": weights}))
    print(f"done: {epochs} epochs")
    return 0


def train_epoch(weights, rows, order, learning_rate):
    shuffled = list(rows)
    order.shuffle(shuffled)
    total = 0.0
    for inputs, target in shuffled:
        error = weights[-1] + sum(weight * value for weight, value in zip(weights, inputs)) - target
        for index, value in enumerate([*inputs, 1.0]):
            weights[index] -= learning_rate * error * value
        total += error * error
    return total / len(rows)


def read_rows():
    """Standardised, and only those that have all columns."""
    table = []
    for path in sorted(TRAIN.glob("*.csv")):
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                try:
                    table.append([float(row[name]) for name in [*INPUTS, TARGET]])
                except ValueError:
                    continue
                except KeyError as missing:
                    raise SystemExit(f"{path.name} has no column {missing}") from None
    if not table:
        raise SystemExit(f"no rows with numbers in {TRAIN}")
    columns = list(zip(*table))
    means = [sum(column) / len(column) for column in columns]
    deviations = [
        (sum((value - mean) ** 2 for value in column) / len(column)) ** 0.5 or 1.0
        for column, mean in zip(columns, means)
    ]
    scaled = [[(value - mean) / deviation for value, mean, deviation in zip(row, means, deviations)] for row in table]
    return [(row[:-1], row[-1]) for row in scaled]


def read_settings():
    """SageMaker hands over every value as text."""
    path = ROOT / "input/config/hyperparameters.json"
    given = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {
        "epochs": int(given.get("epochs", 160)),
        "checkpoint_every": int(given.get("checkpoint_every", 8)),
        "learning_rate": float(given.get("learning_rate", 0.001)),
        "epoch_milliseconds": int(given.get("epoch_milliseconds", 25)),  # stands for a bigger data set
        "seed": int(given.get("seed", 1)),
    }


def as_random_state(saved):
    """JSON has lists where `random` wants tuples."""
    version, numbers, gauss = saved
    return version, tuple(numbers), gauss


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    try:
        code = main()
    except (Exception, SystemExit) as problem:
        # SageMaker shows the first 1,024 characters of this file as the job's FailureReason.
        write_atomically(ROOT / "output/failure", f"{type(problem).__name__}: {problem}"[:1024])
        raise
    sys.exit(code)
