"""python -m unittest discover -s training/tests: what the recipe promises, without data, teacher or network."""
import hashlib
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from augment import _moved, _text, _words, challenge, swap_grounds, view  # noqa: E402
from export import export, read_exported, to_onnx  # noqa: E402
from model import CHANNELS, MEAN, SHARP, SIDE, STD, Blurred, Even, WhymatchS, embed, finished, go_on_from, peaked, strided_layers, warm_start  # noqa: E402
from labels import is_held_out  # noqa: E402
from teacher import Folded  # noqa: E402
from prepare import _has_plain_border, _indices, _subject  # noqa: E402


def random_net() -> WhymatchS:
    torch.manual_seed(0)
    net = WhymatchS()
    net.train()
    with torch.no_grad():
        for _ in range(3):  # norms with statistics of their own, so that folding them in is put to the test
            net(torch.randn(4, 3, 96, 96))
    return net.eval()


class Export(unittest.TestCase):
    def test_exporting_twice_gives_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            weights = Path(folder) / 'final.pt'
            torch.save(random_net().state_dict(), weights)
            first = export(weights, Path(folder) / 'a.onnx')
            second = export(weights, Path(folder) / 'b.onnx')
            self.assertEqual(first['sha256'], second['sha256'])
            self.assertEqual(hashlib.sha256((Path(folder) / 'b.onnx').read_bytes()).hexdigest(), first['sha256'])
            self.assertLess(first['bytes'], 16e6)
            again = export(Path(folder) / 'a.onnx', Path(folder) / 'c.onnx')
            self.assertEqual(again['sha256'], first['sha256'], 'from the file itself')

    def test_the_file_computes_what_the_net_does(self):
        import onnxruntime

        net = random_net()
        session = onnxruntime.InferenceSession(to_onnx(net))
        pictures = torch.randn(2, 3, SIDE, SIDE)
        (features,) = session.run(['features'], {'image': pictures.numpy()})
        with torch.no_grad():
            expected = peaked(net(pictures))
        self.assertEqual(features.shape, (2, CHANNELS, SIDE // 16, SIDE // 16))
        self.assertGreater(float((embed(torch.from_numpy(features)) * embed(expected)).sum(1).min()), 0.9999)
        self.assertGreaterEqual(features.min(), 0)

    def test_the_mean_of_peaked_features_is_between_the_mean_and_the_maximum(self):
        features = torch.rand(2, 5, 4, 4) ** 4
        features[1, 3] = 0
        mean, spread = features.mean((2, 3)), features.square().mean((2, 3)).sqrt()
        found = peaked(features).mean((2, 3))
        torch.testing.assert_close(found, mean + SHARP * spread)
        self.assertEqual(float(found[1, 3]), 0, 'a channel that is silent')

    def test_an_exported_net_can_be_trained_on(self):
        """It computes what it did, and its norms know what they see: the same as in training."""
        net, pictures = random_net(), torch.randn(8, 3, 96, 96)
        with tempfile.TemporaryDirectory() as folder:
            torch.save(net.state_dict(), Path(folder) / 'final.pt')
            export(Path(folder) / 'final.pt', Path(folder) / 'a.onnx')
            old, again = finished(read_exported(Path(folder) / 'a.onnx')), WhymatchS()
        go_on_from(again, old, [pictures])
        with torch.no_grad():
            expected, same, found, training = net(pictures), old(pictures), again.eval()(pictures), again.train()(pictures)
        for features in (same, found, training):
            self.assertLess(float((features - expected).abs().max() / expected.abs().max()), 0.015)

    def test_weights_beyond_float16_are_refused(self):
        net = random_net()
        net.stem.norm.weight.data[0] = 1e9
        with self.assertRaisesRegex(ValueError, 'stem.weight'):
            to_onnx(net)


class WarmStart(unittest.TestCase):
    def setUp(self):
        from efficientnet_lite_pytorch import EfficientNet

        torch.manual_seed(0)
        self.lite, self.net = EfficientNet.from_name('efficientnet-lite2').eval(), WhymatchS()
        warm_start(self.net, self.lite, torch.arange(CHANNELS))
        self.net.eval()

    def test_the_stem_answers_a_plain_picture_as_the_published_one_does(self):
        """Away from the border, where the normalised grey of the padding differs; a plain picture, since even kernels see the same of it."""
        views = torch.rand(4, 3, 1, 1).expand(4, 3, 64, 64)
        with torch.no_grad():
            x = self.net.stem((views - MEAN.view(1, 3, 1, 1)) / STD.view(1, 3, 1, 1))
            y = self.lite._bn0(F.conv2d((views * 255 - 127) / 128, self.lite._conv_stem.weight, stride=2))
        self.assertLess(float((x[..., 2:-2, 2:-2] - y[..., 2:30, 2:30]).abs().max()), 1e-4)

    def test_what_is_carried_back_through_any_strided_kernel_is_even(self):
        self.assertEqual(len(strided_layers(self.net)), 4)
        for layer in strided_layers(self.net):
            places = torch.ones(1, layer.conv.out_channels, 8, 8)
            back = F.conv_transpose2d(places, layer.conv.weight, stride=2, padding=layer.conv.padding, groups=layer.conv.groups)
            inner = back[..., 4:-4, 4:-4]
            self.assertLess(float((inner - inner.mean((2, 3), keepdim=True)).abs().max()), 1e-5)

    def test_what_is_carried_back_is_interpolated(self):
        """A slope stays a slope at every phase of the stride: no grid where what is carried back varies either. Not so the stem's."""
        for layer in strided_layers(self.net)[1:]:
            slope = torch.arange(16.0).expand(1, layer.conv.out_channels, 16, 16)
            for places in (slope, slope.mT):
                back = F.conv_transpose2d(places, layer.conv.weight, stride=2, padding=layer.conv.padding, groups=layer.conv.groups)
                inner = back[..., 5:-5, 5:-5]
                for axis in (2, 3):
                    self.assertLess(float(inner.diff(n=2, dim=axis).abs().max()), 1e-4 * max(1, float(inner.abs().max())))

    def test_a_kernel_is_changed_least(self):
        """Making a kernel even, or blurred, is a projection: what it takes away is orthogonal to what stays, and a second time it takes nothing."""
        torch.manual_seed(6)
        kernel = torch.randn(5, 3, 6, 6)
        for kind in (Blurred(4), Even()):
            near = kind(kind.right_inverse(kernel))
            self.assertGreater(float((kernel - near).abs().max()), 0.1)
            self.assertLess(abs(float(((kernel - near) * near).sum())), 1e-3)
            self.assertLess(float((kind(kind.right_inverse(near)) - near).abs().max()), 1e-5)


class FoldedTeacher(unittest.TestCase):
    def test_norms_folded_in_change_nothing(self):
        from efficientnet_lite_pytorch import EfficientNet

        torch.manual_seed(8)
        net = EfficientNet.from_name('efficientnet-lite0').train()
        with torch.no_grad():
            net.extract_features(torch.randn(4, 3, 96, 96))
            pictures = torch.randn(2, 3, 128, 128)
            expected = net.eval().extract_features(pictures)
            self.assertLess(float((Folded(net)(pictures) - expected).abs().max()), 1e-3 * float(expected.abs().max()))


class Views(unittest.TestCase):
    def test_views_stay_pictures_and_show_grey_outside(self):
        torch.manual_seed(1)
        pictures = torch.full((64, 40, 40, 3), 255, dtype=torch.uint8)
        views, subjects = view(pictures, torch.ones(64, 2), 48, torch.full((64, 40, 40), 255, dtype=torch.uint8))
        self.assertEqual(tuple(views.shape), (64, 3, 48, 48))
        self.assertTrue(bool(((views >= 0) & (views <= 1)).all()))
        outside = subjects[:, 0] == 0
        self.assertTrue(bool(outside.any()))
        self.assertLess(float((views.movedim(1, -1)[outside] - 128 / 255).abs().max()), 1e-5)

    def test_a_challenge_spares_some_views_and_keeps_the_range(self):
        torch.manual_seed(2)
        views = torch.rand(200, 3, 32, 32)
        after, points = challenge(views, torch.ones(200, 1, 32, 32), views, 32)
        self.assertEqual(tuple(points.shape), (200, 32, 32, 2))
        same = (after == views).flatten(1).all(1).float().mean()
        self.assertTrue(0.04 < float(same) < 0.2)
        self.assertTrue(bool(((after >= 0) & (after <= 1)).all()))

    def test_a_challenge_gives_the_size_that_is_asked_for_in_every_kind(self):
        torch.manual_seed(4)
        views, others = torch.rand(300, 3, 40, 40), torch.rand(5, 3, 40, 40)
        self.assertEqual(tuple(challenge(views, torch.ones(300, 1, 40, 40), others, 24)[0].shape), (300, 3, 24, 24))

    def test_points_say_where_in_its_view_a_photo_looks(self):
        """Views that show their own places: what the photo shows there, where nothing else was done to it, is the point."""
        torch.manual_seed(5)
        y, x = torch.meshgrid(*2 * [(torch.arange(48) + 0.5) / 24 - 1], indexing='ij')
        views = torch.stack([(x + 1) / 2, (y + 1) / 2, torch.zeros(48, 48)])[None].repeat(200, 1, 1, 1)
        photos, points = _moved(views, torch.ones(1, 3, 48, 48), 48)
        inside = (points.abs() < 0.9).all(3)
        self.assertGreater(float(inside.float().mean()), 0.3)
        self.assertLess(float((photos[:, :2].movedim(1, 3)[inside] * 2 - 1 - points[inside]).abs().max()), 0.02)

    def test_a_word_is_inside_its_view_and_the_same_from_run_to_run(self):
        bank, widths = _words('cpu')
        self.assertEqual(tuple(bank.shape[1:]), (1, 40, 320))
        self.assertGreater(float(bank.mean((1, 2, 3)).min()), 0.1)
        self.assertTrue(bool((widths > 0.5).all()))
        self.assertTrue(torch.equal(bank, _words.__wrapped__('cpu')[0]))
        _, letters = _text(64, 96, 'cpu')
        self.assertGreater(float((letters.amax((1, 2, 3)) > 0.9).float().mean()), 0.8)

    def test_a_swapped_ground_leaves_the_subject(self):
        torch.manual_seed(3)
        views = torch.ones(32, 3, 8, 8)
        subjects = torch.zeros(32, 1, 8, 8)
        subjects[..., 2:6, 2:6] = 1
        after = swap_grounds(views, subjects, torch.zeros(4, 3, 8, 8), probability=1)
        self.assertTrue(bool((after[..., 2:6, 2:6] == 1).all()))
        self.assertTrue(bool((after[..., 0, 0] < 1).any()))


class Preparation(unittest.TestCase):
    def test_titles_are_held_out_by_their_trimmed_lower_case(self):
        titles = [f'Brand {i} Men Blue Shirt' for i in range(500)]
        self.assertEqual([is_held_out(t) for t in titles], [is_held_out(f'  {t.upper()} ') for t in titles])
        self.assertTrue(0.14 < np.mean([is_held_out(t) for t in titles]) < 0.26)

    def test_a_plain_ground_is_cut_away_but_not_the_white_inside(self):
        content = np.full((40, 40, 3), 255, np.uint8)
        content[10:30, 10:30] = 60
        content[18:22, 18:22] = 255
        mask = _subject(content)
        self.assertEqual((mask[0, 0], mask[12, 12], mask[20, 20]), (0, 255, 255))

    def test_a_plain_border_is_told_from_a_natural_one(self):
        content = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
        self.assertFalse(_has_plain_border(content))
        content[:, [0, -1]] = content[[0, -1]] = 250
        self.assertTrue(_has_plain_border(content))
        content[:, [0, -1]] = content[[0, -1]] = 90
        self.assertTrue(_has_plain_border(content))

    def test_labels_are_numbered_and_unknown_ones_are_minus_1(self):
        self.assertEqual(_indices(['b', None, 'a', 'b']).tolist(), [1, -1, 0, 1])
        self.assertEqual(_indices([None, None]).tolist(), [-1, -1])

    def test_a_picture_without_plain_ground_is_all_subject(self):
        self.assertTrue((_subject(np.full((20, 20, 3), 90, np.uint8)) == 255).all())


if __name__ == '__main__':
    unittest.main()
