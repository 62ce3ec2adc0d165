"""What the losses reward, and that batches come in an order that only the seed decides."""
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from data import Batches, TrainingSet  # noqa: E402
from losses import WEIGHTS, Heads, Lesson, _relation, distillation_losses  # noqa: E402
from model import CHANNELS  # noqa: E402


def write_set(folder: Path, name: str, count: int = 20, **more) -> None:
    random = np.random.default_rng(0)
    arrays = {'pictures': random.integers(0, 256, (count, 32, 32, 3), np.uint8), 'boxes': np.ones((count, 2), np.float32),
              'classes': np.arange(count) % 4, **more}
    for key, array in arrays.items():
        np.save(folder / f'{name}.{key}.npy', array)


class Losses(unittest.TestCase):
    def test_the_relation_is_0_for_the_same_likeness_and_grows_with_disorder(self):
        torch.manual_seed(0)
        told = F.normalize(torch.rand(32, 24))
        close = F.normalize(told + 0.02 * torch.rand(32, 24))
        other = F.normalize(torch.rand(32, 24))
        self.assertLess(float(_relation(told, told)), 1e-5)
        self.assertLess(float(_relation(close, told)), 0.3)
        self.assertGreater(float(_relation(other, told)), 0.7)

    def test_every_loss_has_a_weight_and_reaches_the_features(self):
        with tempfile.TemporaryDirectory() as name:
            write_set(Path(name), 'nette', colours=np.arange(20) % 3)
            sets = {'nette': TrainingSet(Path(name), 'nette', 1)}
            torch.manual_seed(0)
            heads = Heads(sets)
            for key in ('pooled_std', 'dense_std'):
                getattr(heads, key).fill_(1)
            told = torch.rand(6, 1280, 3, 3)
            lesson = Lesson(torch.rand(6, 3, 96, 96), torch.ones(6, 1, 96, 96), [('nette', 0, 6, torch.arange(6))], told, torch.randn(6, 1000))
            features = torch.rand(6, CHANNELS, 6, 6, requires_grad=True)
            losses = distillation_losses(heads, features, lesson, sets)
        self.assertEqual(set(losses), set(WEIGHTS))
        for name, loss in losses.items():
            (gradient,) = torch.autograd.grad(loss, features, retain_graph=True)
            self.assertGreater(float(gradient.abs().sum()), 0, name)


class Data(unittest.TestCase):
    def test_the_seed_decides_the_order_and_each_picture_comes_once_before_any_comes_again(self):
        with tempfile.TemporaryDirectory() as name:
            write_set(Path(name), 'nette')
            orders = []
            for _ in range(2):
                batches = Batches({'nette': TrainingSet(Path(name), 'nette', 3)}, {'nette': 5}, 'cpu')
                orders.append([batches.next()[0].chosen.tolist() for _ in range(8)])
        self.assertEqual(orders[0], orders[1])
        self.assertEqual(sorted(sum(orders[0][:4], [])), list(range(20)))
        self.assertNotEqual(sorted(orders[0][:4]), sorted(orders[0][4:]))


if __name__ == '__main__':
    unittest.main()
