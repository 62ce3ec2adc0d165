"""Step 3: trains whymatch-s v1 within a budget of minutes; a run that was stopped goes on from its last checkpoint.

The student learns from labels (cosine-softmax heads, thrown away afterwards) and from the teacher, who sees the clean view of what the
student sees degraded: the teacher's class probabilities, its pooled feature, its feature at every place (dense distillation), and which
pictures of a batch it finds alike (relational distillation, Park et al. 2019; rows compared by correlation as in Huang et al. 2022).
The rate follows a cosine over the share of the budget spent, so that any budget ends well.
"""
import copy
import json
import math
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from augment import degrade, swap_grounds, view
from data import Batches, TrainingSet
from evaluate import MEAN, STD, load_development, recall_at_1
from losses import WEIGHTS, Heads, Lesson, distillation_losses
from model import WhymatchS, blend, measure_norms, spanning_channels, warm_start
from teacher import Teacher

MIX = {'tiny': 20, 'nette': 10, 'woof': 4, 'sample': 6, 'myntra': 14, 'packshots': 10}  # pictures of each set in a batch of 64
PHASES = ((1.01, 128, 160),)  # until this share of the budget: side for the student, for the teacher
PEAK_RATE, WARM_UP, DECAY = 6e-4, 0.04, 0.02
HEAD_RATE = 4.0  # times the rate, for what starts from nothing
FIRST_TRAINED = {'cpu': 11, 'cuda': 0}  # blocks before this one stay as published: on a CPU their backward pass costs too much
CALIBRATION = 12
TRAINED_SHARE = 0.5  # of the trained weights in the final ones, the rest being those begun with
LESSONS, USES = 12, 3  # batches the teacher has seen that are kept at hand, and how often each is used: the teacher costs as much as the student
LOG_EVERY, CHECKPOINT_EVERY_S = 10, 180


class Trainer:
    """`batch_scale` multiplies the batch, `rate_scale` the rate: 1 for CPUs, more for a GPU."""

    def __init__(self, work: Path, device: str, development: Path | None, seed: int = 7, batch_scale: int = 1, rate_scale: float = 1.0,
                 even: bool = False):
        torch.manual_seed(seed)
        self.work, self.device, self.even = work, device, even
        mix = {name: count * batch_scale for name, count in MIX.items()}
        self.rate = PEAK_RATE * rate_scale
        self.sets = {name: TrainingSet(work / 'sets', name, seed + i) for i, name in enumerate(MIX)}
        self.batches = Batches(self.sets, mix, device)
        self.teacher = Teacher().freeze_for_cpu() if device == 'cpu' else Teacher().to(device)
        self.net, self.heads = WhymatchS().to(device), Heads(self.sets).to(device)
        self.development = load_development(development, work) if development else {}
        self.step, self.pictures, self.spent, self.lessons = 0, 0, 0.0, []
        if not self.checkpoint.exists():
            self._begin()
        self.net.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval().requires_grad_(False)
        for module in self._beginning():
            module.requires_grad_(False)
        self.optimiser = self._optimiser()
        if self.checkpoint.exists():
            self._resume()
        self.fixed = self._fix_beginning()

    @property
    def checkpoint(self) -> Path:
        return self.work / 'checkpoint.pt'

    def _begin(self):
        lessons = [self._teach(PHASES[0][2]) for _ in range(CALIBRATION)]
        told = torch.cat([lesson.told.float() for lesson in lessons])
        warm_start(self.net.cpu(), self.teacher.net.cpu(), spanning_channels(told.mean((2, 3)).cpu()), self.even)
        self.net.to(self.device)
        self.teacher.to(self.device)
        if self.even:
            measure_norms(self.net, (self._student_views(lesson, PHASES[0][1]) for lesson in lessons[:6]))
        torch.save(self.net.state_dict(), self.work / 'start.pt')
        self._measure_teacher(told)
        self.lessons = lessons[:LESSONS]

    def _measure_teacher(self, features):
        """The mean and deviation of the teacher's features, so that every channel of them counts the same."""
        pooled = features.mean((2, 3))
        self.heads.pooled_mean, self.heads.pooled_std = pooled.mean(0), pooled.std(0) + 0.02
        self.heads.dense_mean, self.heads.dense_std = features.mean((0, 2, 3)), features.std((0, 2, 3)) + 0.05

    def _beginning(self) -> list:
        """The modules that are not trained."""
        first = FIRST_TRAINED[self.device]
        return [self.net.stem, *self.net.blocks[:first]] if first else []

    def _fix_beginning(self):
        """The part that is not trained, ready to run; its norms stay as they are."""
        first = FIRST_TRAINED[self.device]
        if first == 0:
            return None
        fixed = copy.deepcopy(self.net).eval().to(torch.bfloat16)
        fixed.forward = lambda x: fixed.begin(x, first)
        example = torch.zeros(2, 3, 160, 160, dtype=torch.bfloat16).contiguous(memory_format=torch.channels_last)
        with torch.no_grad():
            return torch.jit.freeze(torch.jit.trace(fixed, example, check_trace=False))

    def _optimiser(self):
        groups = []
        for module, scale in ((self.net, 1.0), (self.heads, HEAD_RATE)):
            for matrices in (True, False):
                chosen = [p for p in module.parameters() if p.requires_grad and (p.ndim > 1) == matrices]
                groups.append({'params': chosen, 'weight_decay': DECAY if matrices else 0.0, 'scale': scale})
        return torch.optim.AdamW(groups, lr=self.rate, betas=(0.9, 0.99), fused=self.device == 'cuda')

    def run(self, minutes: float, evaluate_every: float = 14.0, log: Path | None = None):
        """Trains until `minutes` of training have been spent on this work folder, over all its runs."""
        budget, started, before = minutes * 60, time.monotonic(), self.spent
        last_checkpoint, last_evaluation, running = started, self.spent, {}
        self._log(log, {'step': self.step, 'recall_at_1': self._evaluate()}) if self.step == 0 else None
        while True:
            self.spent = before + time.monotonic() - started
            share = self.spent / budget
            if share >= 1:
                break
            losses = self._train_step(share)
            for key, value in losses.items():
                running[key] = running.get(key, value) * 0.95 + value * 0.05
            if self.step % LOG_EVERY == 0:
                rate = self.pictures / max(self.spent, 1)
                self._log(log, {'step': self.step, 'seconds': round(self.spent), 'pictures': self.pictures, 'per_second': round(rate, 1),
                                **{key: round(value, 4) for key, value in running.items()}})
            if time.monotonic() - last_checkpoint > CHECKPOINT_EVERY_S:
                self._save()
                last_checkpoint = time.monotonic()
            if self.spent - last_evaluation > evaluate_every * 60:
                self._log(log, {'step': self.step, 'recall_at_1': self._evaluate()})
                last_evaluation = self.spent
        self._save()
        self._log(log, {'step': self.step, 'seconds': round(self.spent), 'pictures': self.pictures, 'recall_at_1': self._evaluate(), 'done': True})
        start = torch.load(self.work / 'start.pt', map_location=self.device, weights_only=True)
        torch.save(blend(start, self.average.state_dict(), TRAINED_SHARE), self.work / 'final.pt')

    def _train_step(self, share: float) -> dict:
        rate = self.rate * min(1, (share + 2e-3) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * share))
        for group in self.optimiser.param_groups:
            group['lr'] = max(rate, 1e-6) * group['scale']
        student_side, teacher_side = next(phase[1:] for phase in PHASES if share < phase[0])
        lesson = self._next_lesson(teacher_side)
        student = self._student_views(lesson, student_side)
        losses = distillation_losses(self.heads, self._features(student), lesson, self.sets)
        total = sum(WEIGHTS[key] * value for key, value in losses.items())
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        norm = nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        if torch.isfinite(norm):
            self.optimiser.step()
        self.step += 1
        self.pictures += len(student)
        self._follow()
        return {'loss': float(total.detach()), **{key: float(value.detach()) for key, value in losses.items()}, 'gradient': float(norm)}

    def _next_lesson(self, side: int) -> Lesson:
        """A lesson at random out of those at hand; new ones are made as others are used up."""
        if len(self.lessons) < LESSONS:
            self.lessons.append(self._teach(side))
            lesson = self.lessons[-1]
        else:
            lesson = self.lessons[int(torch.randint(len(self.lessons), ()))]
            lesson.mirror()
        lesson.uses += 1
        if lesson.uses >= USES:
            self.lessons.remove(lesson)
        return lesson

    def _teach(self, side: int) -> Lesson:
        """New clean views of new pictures, and what the teacher says of them."""
        views, subjects, parts, at = [], [], [], 0
        for draw in self.batches.next():
            x, subject = view(draw.pictures, draw.boxes, side, draw.masks)
            views.append(x)
            subjects.append(torch.ones_like(x[:, :1]) if subject is None else subject)
            parts.append((draw.name, at, at + len(x), draw.chosen))
            at += len(x)
        views = torch.cat(views)
        with torch.no_grad(), torch.autocast(self.device, torch.bfloat16):
            told, logits = self.teacher(views)
        return Lesson(views, torch.cat(subjects), parts, told.to(torch.bfloat16), logits)

    def _student_views(self, lesson: Lesson, side: int):
        """The lesson's views as the student sees them: before other grounds, degraded, normalised, smaller than the teacher's."""
        natural = torch.cat([lesson.views[start:end] for name, start, end, _ in lesson.parts if self.sets[name].masks is None])
        x = swap_grounds(lesson.views, lesson.subjects, natural)
        x = F.interpolate(x, size=side, mode='bilinear', align_corners=False, antialias=True)
        x = (degrade(x) - MEAN.to(self.device)) / STD.to(self.device)
        return x.contiguous(memory_format=torch.channels_last)

    def _features(self, student):
        first = FIRST_TRAINED[self.device]
        self.net.train()
        for module in self._beginning():
            module.eval()
        with torch.autocast(self.device, torch.bfloat16):
            if first == 0:
                return self.net(student)
            with torch.no_grad():
                beginning = self.fixed(student.to(torch.bfloat16))
            return self.net.finish(beginning.float(), first)

    @torch.no_grad()
    def _follow(self):
        """Exponential moving average of weights and of the norms' statistics."""
        keep = min(0.997, (1 + self.step) / (10 + self.step))
        for average, now in zip(self.average.state_dict().values(), self.net.state_dict().values()):
            if average.dtype.is_floating_point:
                average.lerp_(now, 1 - keep)
            else:
                average.copy_(now)

    def _evaluate(self) -> dict:
        return recall_at_1(self.average, self.development, self.device) if self.development else {}

    def _save(self):
        state = {'net': self.net.state_dict(), 'average': self.average.state_dict(), 'heads': self.heads.state_dict(),
                 'optimiser': self.optimiser.state_dict(), 'step': self.step, 'pictures': self.pictures, 'spent': self.spent,
                 'random': torch.get_rng_state()}
        part = self.checkpoint.with_suffix('.part')
        torch.save(state, part)
        part.replace(self.checkpoint)

    def _resume(self):
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        for name in ('net', 'average', 'heads', 'optimiser'):
            getattr(self, name).load_state_dict(state[name])
        self.step, self.pictures, self.spent = state['step'], state['pictures'], state['spent']
        torch.set_rng_state(state['random'].cpu())
        self.batches.reseed(self.step)

    @staticmethod
    def _log(log: Path | None, entry: dict):
        line = json.dumps(entry)
        print(line, flush=True)
        if log:
            with open(log, 'a') as file:
                file.write(line + '\n')
