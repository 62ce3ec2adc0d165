"""Curves of a run: python training/plot.py LOG.jsonl CURVES.png"""
import json
import sys

import matplotlib

matplotlib.use('Agg')
from matplotlib import pyplot  # noqa: E402

LOSSES = ('catalogue', 'photo', 'pull', 'logits', 'dense', 'hidden', 'labels', 'places', 'stages')


def plot(log: str, target: str) -> None:
    with open(log) as file:
        entries = [json.loads(line) for line in file]
    steps = [e for e in entries if 'recall_at_1' not in e]
    measured = [e for e in entries if e.get('recall_at_1')]
    figure, axes = pyplot.subplots(1, 2 if measured else 1, figsize=(9 if measured else 5, 3.4), layout='constrained', squeeze=False)
    left, right = axes[0, 0], axes[0, -1]
    for name in (name for name in LOSSES if name in steps[0]):
        first = steps[0][name]
        left.plot([e['pictures'] / 1000 for e in steps], [e[name] / first for e in steps], label=f'{name} (1 = {first:.2f})')
    left.set(xlabel='thousand pictures seen', ylabel='loss, as a share of its first value', ylim=(0, 1.1))
    left.legend(fontsize=7)
    for name in measured[0]['recall_at_1'] if measured else ():
        right.plot([e['step'] * steps[0]['pictures'] / steps[0]['step'] / 1000 for e in measured], [e['recall_at_1'][name] for e in measured],
                   marker='o', label=name)
    if measured:
        right.set(xlabel='thousand pictures seen', ylabel='recall at 1, leave one out', ylim=(0.4, 1))
        right.legend(fontsize=7)
    figure.savefig(target, dpi=90, metadata={'Software': None})


if __name__ == '__main__':
    plot(*sys.argv[1:])
