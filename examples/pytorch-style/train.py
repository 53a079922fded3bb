"""Trains a small network on the penguins with PyTorch, following SageMaker's rules for a training container.

It can be killed at any moment: the next attempt goes on from the newest checkpoint, on whatever device it finds.
"""

import csv
import json
import os
import signal
import sys
import time
from pathlib import Path

from checkpoint import load_checkpoint, save_checkpoint, write_atomically

ROOT = Path(os.environ.get("SPOTRELAY_ML_ROOT", "/opt/ml"))
CHECKPOINTS = Path(os.environ.get("SPOTRELAY_CHECKPOINT_DIR", ROOT / "checkpoints"))
MODEL = Path(os.environ.get("SM_MODEL_DIR", ROOT / "model"))
TRAIN = Path(os.environ.get("SM_CHANNEL_TRAIN", ROOT / "input/data/train"))
COLUMNS = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"]


def fail(reason):
    # SageMaker shows the first 1,024 characters of this file as the job's FailureReason.
    write_atomically(ROOT / "output/failure", lambda file: file.write(reason[:1024].encode()))
    sys.exit(f"error: {reason}")


try:
    import torch
except ImportError:
    fail("this example needs PyTorch, which is not installed: python3 -m pip install torch")

stop_requested = False


def request_stop(_signal, _frame):
    # Only a flag: the training saves itself between two epochs, where its state is whole.
    global stop_requested
    stop_requested = True


def main():
    signal.signal(signal.SIGTERM, request_stop)
    settings = read_settings()
    epochs = settings["epochs"]
    torch.manual_seed(settings["seed"])
    device = "cuda" if torch.cuda.is_available() else "cpu"
    inputs, targets = read_tensors(device)
    network = torch.nn.Sequential(torch.nn.Linear(3, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1)).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=settings["learning_rate"])

    # weights_only: a checkpoint is data, and is not allowed to run code. map_location: it may come from another device.
    state = load_checkpoint(CHECKPOINTS, lambda file: torch.load(file, map_location="cpu", weights_only=True))
    epoch = 0
    if state is None:
        print("no checkpoint: starting from epoch 0")
    else:
        epoch = state["epoch"]
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"])
        print(f"resumed from epoch {epoch}")

    while epoch < epochs:
        started = time.monotonic()
        loss = train_epoch(network, optimizer, inputs, targets)
        epoch += 1
        time.sleep(max(0.0, settings["epoch_milliseconds"] / 1000 - (time.monotonic() - started)))
        due = epoch % settings["checkpoint_every"] == 0 or epoch == epochs
        if due or stop_requested:
            # All that shapes the rest, the random state of the shuffling included. A network that is wrapped in
            # DistributedDataParallel is saved as network.module, so that it loads on any number of GPUs.
            state = {
                "epoch": epoch,
                "network": network.state_dict(),
                "optimizer": optimizer.state_dict(),
                "random": torch.get_rng_state(),
            }
            save_checkpoint(CHECKPOINTS, epoch, epochs, state, torch.save)
        if due:
            print(f"epoch={epoch} validation:loss={loss:.6f}")
        if stop_requested:
            print(f"SIGTERM: saved epoch {epoch} of {epochs}, stopping")
            return 128 + signal.SIGTERM

    weights = {name: tensor.cpu() for name, tensor in network.state_dict().items()}
    write_atomically(MODEL / "model.pt", lambda file: torch.save(weights, file))
    print(f"done: {epochs} epochs")
    return 0


def train_epoch(network, optimizer, inputs, targets):
    total = 0.0
    for batch in torch.randperm(len(inputs)).to(inputs.device).split(32):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(network(inputs[batch]), targets[batch])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(inputs)


def read_tensors(device):
    rows = []
    for path in sorted(TRAIN.glob("*.csv")):
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                try:
                    rows.append([float(row[name]) for name in COLUMNS])
                except ValueError:
                    continue  # a bird that was not measured
    if not rows:
        fail(f"no rows with numbers in {TRAIN}")
    table = torch.tensor(rows, device=device)
    table = (table - table.mean(0)) / table.std(0)
    return table[:, :-1], table[:, -1:]


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


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)
    try:
        code = main()
    except Exception as problem:
        fail(f"{type(problem).__name__}: {problem}")
    sys.exit(code)
