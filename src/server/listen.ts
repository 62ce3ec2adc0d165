/** An app on a port, and its orderly end. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, systemCode } from '../core/errors.ts';

export interface Listening {
  /** http://127.0.0.1:8080 */
  readonly url: string;
  /** Takes no new connections, lets what is in hand finish, and cuts off what still runs after the grace. */
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Milliseconds for requests in hand to finish; 10 s when absent. */
  readonly graceMs?: number;
}

/** Throws USAGE when the address cannot be had. */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<Listening> {
  const { host, port, graceMs = 10_000 } = options;
  // Slow senders may not hold connections for ever. Idle ones stay longer than proxies keep theirs (60 s), which would otherwise send
  // a request into a connection that is just being closed.
  const timeouts = { headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 65_000 };
  const server = createServer(
    { maxHeaderSize: 16_384, connectionsCheckingInterval: 5000, ...timeouts },
    handler,
  );
  server.maxHeadersCount = 100;
  server.maxConnections = 2048;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, options)));
    server.listen(port, host, resolve);
  });
  const { address, family, port: bound } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      // Connections become idle one by one, as their last answers are sent.
      const sweep = setInterval(() => server.closeIdleConnections(), 50);
      server.close(() => {
        clearTimeout(timer);
        clearInterval(sweep);
        resolve();
      });
      server.closeIdleConnections();
    });
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`, close };
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function listenError(cause: Error, { host, port }: ListenOptions): AppError {
  const code = systemCode(cause);
  const why =
    code === 'EADDRINUSE'
      ? 'another program uses it; choose another with --port'
      : code === 'EACCES'
        ? 'it takes more rights; choose a port above 1023 with --port'
        : cause.message;
  return new AppError('USAGE', `cannot listen on ${host}:${port}: ${why}`, { cause });
}
