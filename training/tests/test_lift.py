"""That a lift is what it says it is, and that an exported file can be gone on from."""
import sys
import tempfile
import unittest
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from data import Batches, TrainingSet  # noqa: E402
from export import export, restore, to_onnx  # noqa: E402
from lift import SIDE, clean_views, lift  # noqa: E402
from test_losses import write_set  # noqa: E402
from test_recipe import random_net  # noqa: E402


class Lift(unittest.TestCase):
    def test_only_the_biases_of_the_head_rise_each_by_its_share_of_a_deviation(self):
        net, pictures = random_net(), [torch.randn(4, 3, 96, 96) for _ in range(2)]
        before = {key: value.clone() for key, value in net.state_dict().items()}
        with torch.no_grad():
            rising = torch.cat([net.head(net.begin(batch, 16)) for batch in pictures])
        lift(net, pictures, 0.6)
        for key, value in net.state_dict().items():
            self.assertEqual(torch.equal(value, before[key]), key != 'head.norm.bias', key)
        rise = net.head.norm.bias - before['head.norm.bias']
        self.assertLess(float((rise - 0.6 * rising.movedim(1, 0).flatten(1).std(1)).abs().max()), 1e-5)

    def test_more_places_answer_after_a_lift(self):
        net, pictures = random_net(), torch.randn(4, 3, 96, 96)
        with torch.no_grad():
            before = (net(pictures) > 0).float().mean()
            lift(net, [pictures])
            self.assertGreater(float((net(pictures) > 0).float().mean()), float(before))

    def test_the_pictures_it_is_measured_on_are_decided_by_the_seed(self):
        with tempfile.TemporaryDirectory() as name:
            write_set(Path(name), 'nette')
            runs = []
            for _ in range(2):
                torch.manual_seed(3)
                batches = Batches({'nette': TrainingSet(Path(name), 'nette', 3)}, {'nette': 5}, 'cpu')
                runs.append(torch.stack(list(clean_views(batches, 2))))
        self.assertEqual(tuple(runs[0].shape), (2, 5, 3, SIDE, SIDE))
        self.assertTrue(torch.equal(*runs))


class Restore(unittest.TestCase):
    def test_a_restored_net_is_exported_to_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            weights, file = Path(folder) / 'final.pt', Path(folder) / 'a.onnx'
            torch.save(random_net().state_dict(), weights)
            export(weights, file)
            self.assertEqual(to_onnx(restore(file)), file.read_bytes())


if __name__ == '__main__':
    unittest.main()
