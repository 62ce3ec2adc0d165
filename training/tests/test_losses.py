"""What the losses reward, and that batches come in an order that only the seed decides."""
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from data import TrainingSet, draw_batch  # noqa: E402
from losses import WEIGHTS, Heads, Lesson, _divergence, _without_diagonal, distillation_losses  # noqa: E402
from model import CHANNELS  # noqa: E402
from pack import pack, unpack  # noqa: E402
from teacher import Told  # noqa: E402


def write_set(folder: Path, name: str, count: int = 20, **more) -> None:
    random = np.random.default_rng(0)
    arrays = {'pictures': random.integers(0, 256, (count, 32, 32, 3), np.uint8), 'boxes': np.ones((count, 2), np.float32),
              'classes': np.arange(count) % 4, **more}
    for key, array in arrays.items():
        np.save(folder / f'{name}.{key}.npy', array)


class Losses(unittest.TestCase):
    def test_the_divergence_is_0_for_the_same_likeness_and_grows_with_disorder(self):
        torch.manual_seed(0)
        unit = lambda values: F.normalize(values)
        told = unit(torch.rand(32, 24))
        close, other = unit(told + 0.02 * torch.rand(32, 24)), unit(torch.rand(32, 24))
        distance = lambda x: float(_divergence(_without_diagonal(x @ x.T), _without_diagonal(told @ told.T)))
        self.assertLess(distance(told), 1e-6)
        self.assertLess(distance(close), distance(other))

    def test_without_diagonal(self):
        square = torch.arange(16.0).view(4, 4)
        self.assertEqual(_without_diagonal(square).tolist(), [[1, 2, 3], [4, 6, 7], [8, 9, 11], [12, 13, 14]])

    def test_every_loss_has_a_weight_and_reaches_the_features(self):
        with tempfile.TemporaryDirectory() as name:
            write_set(Path(name), 'nette', colours=np.arange(20) % 3 - 1, sleeves=np.full(20, -1))
            sets = {'nette': TrainingSet(Path(name), 'nette', 1)}
            torch.manual_seed(0)
            heads = Heads(sets)
            heads.dense_std.fill_(1)
            told = Told(F.normalize(torch.rand(6, 2560)), torch.rand(6, 1280, 3, 3), torch.randn(6, 1000))
            lesson = Lesson(torch.rand(6, 3, 96, 96), torch.ones(6, 1, 96, 96), [('nette', 0, 6, torch.arange(6))], told)
            catalogue, photo = (torch.rand(6, CHANNELS, 6, 6, requires_grad=True) for _ in range(2))
            losses = distillation_losses(heads, catalogue, photo, torch.rand(6, 64, 64, 2) * 2 - 1, lesson, sets)
        self.assertEqual(set(heads.labels), {'nette-classes', 'nette-colours'})
        self.assertEqual(set(losses), set(WEIGHTS))
        for name, loss in losses.items():
            gradients = torch.autograd.grad(loss, (catalogue, photo), retain_graph=True, allow_unused=True)
            self.assertEqual(gradients[0] is None, name == 'hidden', name)
            self.assertEqual(gradients[1] is None, name in ('catalogue', 'dense'), name)
            self.assertGreater(sum(float(gradient.abs().sum()) for gradient in gradients if gradient is not None), 0, name)

    def test_what_is_hidden_is_asked_where_the_photo_shows_it(self):
        """A photo that shows the right half of its view must answer as the teacher does there, and only where the subject is."""
        with tempfile.TemporaryDirectory() as name:
            write_set(Path(name), 'nette', classes=np.full(20, -1))
            sets = {'nette': TrainingSet(Path(name), 'nette', 1)}
        heads = Heads(sets)
        heads.dense_std.fill_(1)
        heads.dense.weight.data = torch.eye(1280, CHANNELS)[..., None, None]
        heads.dense.bias.data.zero_()
        features = torch.zeros(1, 1280, 4, 4)
        features[:, 0, :, :2], features[:, 1, :, 2:] = 1, 1
        told = Told(F.normalize(torch.rand(1, 2560)), features, torch.randn(1, 1000))
        subjects = torch.ones(1, 1, 64, 64)
        subjects[..., :32, :] = 0
        lesson = Lesson(torch.rand(1, 3, 64, 64), subjects, [('nette', 0, 1, torch.arange(1))], told)
        axis = (torch.arange(64) + 0.5) / 32 - 1
        points = torch.stack([(axis / 2 + 0.5).expand(64, 64), axis[:, None].expand(64, 64)], 2)[None]
        photo = torch.zeros(1, CHANNELS, 4, 4)
        photo[:, 1, 2:] = 1
        hidden = lambda photo: float(distillation_losses(heads, torch.rand(1, CHANNELS, 4, 4), photo, points, lesson, sets)['hidden'])
        self.assertLess(hidden(photo), 0.05)
        self.assertGreater(hidden(photo.roll(1, 1)), 0.9)
        self.assertGreater(hidden(photo.flip(2)), 0.9)


class Data(unittest.TestCase):
    def test_the_seed_decides_the_order_and_each_picture_comes_once_before_any_comes_again(self):
        with tempfile.TemporaryDirectory() as name:
            write_set(Path(name), 'nette')
            orders = []
            for _ in range(2):
                sets = {'nette': TrainingSet(Path(name), 'nette', 3)}
                orders.append([draw_batch(sets, {'nette': 5})[0].chosen.tolist() for _ in range(8)])
        self.assertEqual(orders[0], orders[1])
        self.assertEqual(sorted(sum(orders[0][:4], [])), list(range(20)))
        self.assertNotEqual(sorted(orders[0][:4]), sorted(orders[0][4:]))

    def test_what_is_packed_comes_out_again(self):
        with tempfile.TemporaryDirectory() as name:
            here, there, packed = (Path(name) / part for part in ('here', 'there', 'packed.npz'))
            (here / 'sets').mkdir(parents=True)
            masks = np.where(np.arange(20 * 32 * 32).reshape(20, 32, 32) % 3, 255, 0).astype(np.uint8)
            write_set(here / 'sets', 'myntra', masks=masks, colours=np.arange(20) % 3)
            write_set(here, 'dev-clothing', labels=np.array(['a', 'b'] * 10))
            self.assertEqual(pack(here, packed, ['myntra', 'dev-clothing']), packed.stat().st_size)
            self.assertEqual(unpack(packed, there), {'dev-clothing': 20, 'myntra': 20})
            same = lambda file: np.array_equal(np.load(here / file), np.load(there / file))
            for key in ('boxes', 'classes', 'colours', 'masks'):
                self.assertTrue(same(f'sets/myntra.{key}.npy'), key)
            self.assertTrue(same('dev-clothing.labels.npy'))
            self.assertEqual(np.load(there / 'sets/myntra.pictures.npy').shape, (20, 32, 32, 3))


if __name__ == '__main__':
    unittest.main()
