import { execFileSync } from 'node:child_process';
import test from 'ava';
import { shellWord } from '../../src/core/shell-word.ts';

test('plain paths stay as they are', (t) => {
  for (const value of ['shop', './a-b_c/d.onnx', '/srv/shop@2,5%+=:x', 'whymatch-s'])
    t.is(shellWord(value, 'linux'), value);
  t.is(shellWord(String.raw`C:\shops\main`, 'win32'), String.raw`C:\shops\main`);
});

test('a shell reads back what was written, one word', (t) => {
  for (const value of ['my shop', 'a"b', "it's", '$HOME', '`id`', 'a;b', '*', '', 'Größe'])
    t.is(execFileSync('sh', ['-c', `printf %s ${shellWord(value, 'linux')}`], { encoding: 'utf8' }), value);
  t.is(shellWord(String.raw`C:\my shop`, 'win32'), String.raw`"C:\my shop"`);
});
