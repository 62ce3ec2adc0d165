/** Requests that arrive together: they begin in several turns of the event loop, and only for those who still wait. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { ExecutionContext } from 'ava';
import express from 'express';
import { inTurns, Turns } from '../../src/server/turns.ts';
import { test } from './support.ts';

/** Holds the event loop, as our code does while a request begins. */
function work(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

async function serve(t: ExecutionContext, begin: () => void): Promise<string> {
  const app = express();
  app.use(inTurns(new Turns()));
  app.get('/', (_req, res) => {
    begin();
    res.end('done');
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('many requests at once are all answered, a few in each turn', async (t) => {
  let turn = 0;
  const turns: number[] = [];
  const url = await serve(t, () => {
    turns.push(turn);
    work(5);
  });
  const clock = setInterval(() => turn++, 0);
  const answers = await Promise.all(Array.from({ length: 24 }, () => fetch(url).then((res) => res.text())));
  clearInterval(clock);
  t.true(answers.every((text) => text === 'done'));
  const inOne = Math.max(...turns.map((each) => turns.filter((other) => other === each).length));
  t.true(inOne <= 4, `${inOne} in one turn`);
});

test('work in the middle of requests that comes together takes turns, too', async (t) => {
  const turns = new Turns();
  let turn = 0;
  const begun: number[] = [];
  const one = async (): Promise<void> => {
    await turns.next();
    // What follows at once counts.
    await Promise.resolve();
    begun.push(turn);
    work(5);
  };
  const clock = setInterval(() => turn++, 0);
  await Promise.all(Array.from({ length: 12 }, one));
  await one();
  clearInterval(clock);
  t.is(begun.length, 13);
  const inOne = Math.max(...begun.map((each) => begun.filter((other) => other === each).length));
  t.true(inOne <= 4, `${inOne} in one turn`);
});

test('whoever has gone before their turn costs nothing', async (t) => {
  let begun = 0;
  const url = await serve(t, () => {
    begun++;
    work(20);
  });
  const sockets = Array.from({ length: 12 }, () => connect(Number(new URL(url).port), '127.0.0.1'));
  // Connections are taken one a turn anyway; requests on those that stand arrive together.
  const ask = (socket: Socket) => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const answers = sockets.map((socket) => once(socket, 'data'));
  for (const socket of sockets) ask(socket);
  await Promise.all(answers);
  begun = 0;
  for (const socket of sockets) ask(socket);
  await Promise.race(sockets.map((socket) => once(socket, 'data')));
  for (const socket of sockets) socket.destroy();
  await fetch(url);
  t.true(begun < 12, `${begun} begun`);
});
