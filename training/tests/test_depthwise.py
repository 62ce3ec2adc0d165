"""Our kernels compute what torch's do. Without a GPU they run in Triton's interpreter, which has to be asked for before they are imported: in a process of its own."""
import os
import subprocess
import sys
import unittest
from importlib.util import find_spec
from pathlib import Path

CHECK = '''
import torch, depthwise
from torch.nn import functional as F
torch.manual_seed(0)
for channels, size, stride, padding, side in ((40, 3, 1, 1, 9), (70, 5, 1, 2, 7), (32, 6, 2, 2, 12), (33, 8, 2, 3, 12)):
    x = torch.randn(3, channels, side, side).bfloat16().requires_grad_()
    weight = torch.randn(channels, 1, size, size, requires_grad=True)
    expected_x, expected_weight = x.detach().float().requires_grad_(), weight.detach().clone().requires_grad_()
    y, expected = depthwise.Depthwise.apply(x, weight, stride, padding), F.conv2d(expected_x, expected_weight, None, stride, padding, groups=channels)
    gradient = torch.randn_like(expected).bfloat16()
    y.backward(gradient)
    expected.backward(gradient.float())
    for found, wanted in ((y, expected), (x.grad, expected_x.grad), (weight.grad, expected_weight.grad)):
        missed = float((found.detach().float() - wanted.detach()).norm() / wanted.detach().norm())
        assert missed < 0.005, (channels, size, stride, missed)
'''


@unittest.skipIf(find_spec('triton') is None, 'Triton is not installed')
class DepthwiseKernels(unittest.TestCase):
    def test_forward_and_both_gradients_are_those_of_torch_but_for_rounding(self):
        environment = {**os.environ, 'TRITON_INTERPRET': '1', 'PYTHONPATH': str(Path(__file__).resolve().parents[1])}
        run = subprocess.run([sys.executable, '-c', CHECK], env=environment, capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)


if __name__ == '__main__':
    unittest.main()
