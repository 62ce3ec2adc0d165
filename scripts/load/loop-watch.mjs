/**
 * Preloaded into the server that is measured: how much processor time the event loop's thread takes from one turn to the next. How late a
 * loop is depends on who else wants the processors; this depends on our code alone. Linux tells it (proc(5), schedstat).
 * JavaScript, because the server that is measured is the built one.
 */
import { existsSync, readFileSync } from 'node:fs';

const file = `/proc/self/task/${process.pid}/schedstat`;

if (process.send && existsSync(file)) {
  const spent = () => Number(readFileSync(file, 'latin1').split(' ')[0]) / 1e6;
  let turns = [];
  let last = spent();
  setInterval(() => {
    const now = spent();
    turns.push(now - last);
    last = now;
  }, 5).unref();
  process.on('message', () => {
    const sorted = turns.sort((a, b) => a - b);
    process.send({ p99: sorted[Math.floor(0.99 * sorted.length)] ?? 0, max: sorted.at(-1) ?? 0 });
    turns = [];
  });
  process.channel.unref();
}
