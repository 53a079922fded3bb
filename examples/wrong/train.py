"""A training script that resumes well on a quiet day, and is wrong in five ways. README.md says which drills find them."""

import json
import os
import random
import sys
import time
from pathlib import Path

ROOT = Path(os.environ.get("SPOTRELAY_ML_ROOT", "/opt/ml"))
CHECKPOINTS = Path(os.environ.get("SPOTRELAY_CHECKPOINT_DIR", ROOT / "checkpoints"))
MODEL = Path(os.environ.get("SM_MODEL_DIR", ROOT / "model"))


def load():
    names = sorted(os.listdir(CHECKPOINTS))
    if not names:
        return None
    # Wrong (1): the last of a listing need not be a checkpoint. Wrong (2): a damaged one ends the script.
    return json.loads((CHECKPOINTS / names[-1]).read_text())


def save(epoch, state):
    # Wrong (3): the only good checkpoint goes before its successor is there. Wrong (4): that is written in place.
    for name in os.listdir(CHECKPOINTS):
        os.remove(CHECKPOINTS / name)
    with open(CHECKPOINTS / f"checkpoint-{epoch:08d}.json", "w") as file:
        json.dump(state, file)


def main():
    path = ROOT / "input/config/hyperparameters.json"
    given = json.loads(path.read_text()) if path.exists() else {}
    epochs = int(given.get("epochs", 160))
    every = int(given.get("checkpoint_every", 8))
    seconds = int(given.get("epoch_milliseconds", 25)) / 1000

    CHECKPOINTS.mkdir(parents=True, exist_ok=True)
    state = load()
    if state is None:
        print("no checkpoint: starting from epoch 0")
        state = {"epoch": 0, "weights": [0.0] * 200}
    elif state["epoch"] == epochs:
        # Wrong (5): a checkpoint of the last epoch does not mean that the model has been kept.
        print("nothing left to do")
        return
    else:
        print(f"resumed from epoch {state['epoch']}")

    while state["epoch"] < epochs:
        state["epoch"] += 1
        noise = random.Random(state["epoch"])
        state["weights"] = [weight * 0.9 + noise.random() for weight in state["weights"]]
        time.sleep(seconds)
        if state["epoch"] % every == 0:
            save(state["epoch"], state)
            print(f"epoch={state['epoch']}")

    (MODEL / "model.json").write_text(json.dumps(state["weights"]))


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    main()
