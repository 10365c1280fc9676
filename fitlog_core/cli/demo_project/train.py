"""Train a classifier on scikit-learn's images of handwritten digits, logged with fitlog.

    python train.py --lr 0.01 --width 64 --seed 1

The lines that say `fitlog` are all there is to copy into a training script of your own.
"""

import argparse

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import fitlog

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01, help="learning rate")
parser.add_argument("--width", type=int, default=64, help="hidden units")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--epochs", type=int, default=30)
parser.add_argument("--batch-size", type=int, default=64)
args = parser.parse_args()

fitlog.commit(__file__, f"digits, lr {args.lr}, width {args.width}")  # keep the code of this run
fitlog.set_log_dir("logs")  # the run becomes a folder in here
fitlog.add_hyper(args)
fitlog.set_rng_seed(args.seed, pytorch=False)  # scikit-learn draws from NumPy

# 1,797 images of 8 x 8 pixels: half to train on, a fifth to choose by, the rest to report on.
images, digits = load_digits(return_X_y=True)
train_x, rest_x, train_y, rest_y = train_test_split(
    images / 16, digits, test_size=0.5, random_state=0, stratify=digits
)
dev_x, test_x, dev_y, test_y = train_test_split(
    rest_x, rest_y, test_size=0.6, random_state=0, stratify=rest_y
)

model = MLPClassifier((args.width,), learning_rate_init=args.lr, random_state=args.seed)
starts = range(0, len(train_x), args.batch_size)
fitlog.add_progress(total_steps=args.epochs * len(starts))

step, best = 0, 0.0
for epoch in range(1, args.epochs + 1):
    order = np.random.permutation(len(train_x))
    for start in starts:
        batch = order[start : start + args.batch_size]
        model.partial_fit(train_x[batch], train_y[batch], classes=np.arange(10))
        step += 1
        fitlog.add_loss(model.loss_, name="Loss", step=step, epoch=epoch)
    accuracy = model.score(dev_x, dev_y)
    fitlog.add_metric({"dev": {"acc": accuracy}}, step=step, epoch=epoch)
    if accuracy > best:
        best = accuracy
        test_accuracy = model.score(test_x, test_y)
        fitlog.add_best_metric(
            {"dev": {"acc": best, "epoch": epoch}, "test": {"acc": test_accuracy}}
        )

print(f"dev accuracy {best:.3f}, test accuracy {test_accuracy:.3f}")
fitlog.finish()
