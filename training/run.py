"""The whole recipe in one command: python training/run.py --work DIR [--minutes N]; or one step of it: python training/run.py train --work DIR"""
import argparse
import os
from pathlib import Path

STEPS = ('fetch', 'prepare', 'train', 'evaluate', 'export')


def main() -> None:
    arguments = _parse()
    arguments.work.mkdir(parents=True, exist_ok=True)
    for step in [arguments.step] if arguments.step else STEPS:
        globals()[f'_{step}'](arguments)


def _parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('step', nargs='?', choices=[*STEPS, 'pack', 'unpack'],
                        help='one step; without it, all but the last two, in this order')
    parser.add_argument('--work', type=Path, required=True, help='folder for data, checkpoints and results, outside the repository')
    parser.add_argument('--local', type=Path, help='folder of copies of the repositories already here')
    parser.add_argument('--minutes', type=float, default=90, help='budget of training in all, over runs that go on (90)')
    parser.add_argument('--device', choices=('auto', 'cpu', 'cuda'), default='auto')
    parser.add_argument('--threads', type=int, default=os.cpu_count(), help='threads of PyTorch')
    parser.add_argument('--development', type=Path, help='folder with clothing/ and grocery/ to follow progress with')
    parser.add_argument('--batch-scale', type=int, default=1, help='times 64 pictures in a batch (1; a GPU takes 8)')
    parser.add_argument('--rate-scale', type=float, default=1.0)
    parser.add_argument('--weights', type=Path, help='what to export instead of what was trained: weights of a run, or an exported model')
    parser.add_argument('--start', type=Path, help='weights of an earlier run (its final.pt), or an exported model, to go on from, instead of the published ones')
    parser.add_argument('--trained-share', type=float, default=0.7, help='of the trained weights in the final ones, the rest being those begun with (0.7)')
    parser.add_argument('--packed', type=Path, help='for pack and unpack: the file that carries prepared sets to another machine')
    parser.add_argument('--names', nargs='+', help='for pack: the sets that go into it')
    parser.add_argument('--seed', type=int, default=7)
    parser.add_argument('--log', type=Path, help='JSON lines (WORK/log.jsonl)')
    return parser.parse_args()


def _fetch(arguments):
    from fetch import fetch

    fetch(arguments.work, arguments.local)


def _prepare(arguments):
    from prepare import prepare

    prepare(arguments.work, arguments.local, workers=arguments.threads)


def _train(arguments):
    from train import Trainer

    device = _device(arguments)
    trainer = Trainer(arguments.work, device, arguments.development, arguments.seed, arguments.batch_scale, arguments.rate_scale,
                      arguments.start, arguments.trained_share)
    trainer.run(arguments.minutes, log=arguments.log or arguments.work / 'log.jsonl')


def _evaluate(arguments):
    import torch
    from evaluate import load_development, recall_at_1
    from model import WhymatchS

    device = _device(arguments)
    sets = load_development(arguments.development, arguments.work)
    if not sets:
        print('evaluate: no --development folder, nothing measured')
        return
    net = WhymatchS().to(device)
    net.load_state_dict(torch.load(arguments.work / 'final.pt', map_location=device, weights_only=True))
    print(recall_at_1(net, sets, device))


def _export(arguments):
    from export import export

    print(export(arguments.weights or arguments.work / 'final.pt', arguments.work / 'whymatch-s.onnx'))


def _pack(arguments):
    from pack import pack

    print(pack(arguments.work, arguments.packed, arguments.names), 'bytes')


def _unpack(arguments):
    from pack import unpack

    print(unpack(arguments.packed, arguments.work))


def _device(arguments) -> str:
    import torch

    torch.set_num_threads(arguments.threads)
    return arguments.device if arguments.device != 'auto' else 'cuda' if torch.cuda.is_available() else 'cpu'


if __name__ == '__main__':
    main()
