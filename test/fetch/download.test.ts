/** Fetching from URLs: what is public is fetched, and nothing else, whatever it is called and wherever it redirects to. */
import test from 'ava';
import { download } from '../../src/fetch/download.ts';
import { isPublicAddress } from '../../src/fetch/public-address.ts';
import { serve } from './servers.ts';

const options = { maxBytes: 1000, timeoutMs: 1000 };

test('addresses that are not public', (t) => {
  const refused = [
    '127.0.0.1',
    '127.9.9.9',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '0.0.0.0',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001::1',
    'ff02::1',
    '198.18.0.1',
    '240.0.0.1',
    'nonsense',
    '',
  ];
  for (const address of refused) t.false(isPublicAddress(address), address);
  for (const address of ['93.184.216.34', '1.1.1.1', '2606:4700:4700::1111', '::ffff:1.1.1.1'])
    t.true(isPublicAddress(address), address);
});

test('URLs that lead into the own network are refused in every spelling', async (t) => {
  const reached: string[] = [];
  const url = await serve(t, (req, res) => {
    reached.push(req.url ?? '');
    res.end('x');
  });
  const { port } = new URL(url);
  const hosts = [
    '127.0.0.1',
    'localhost',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '0.0.0.0',
    '169.254.169.254',
  ];
  for (const host of hosts) {
    const error = await t.throwsAsync(() => download(`http://${host}:${port}/`, options), undefined, host);
    t.is((error as { code?: string }).code, 'URL_REFUSED', `${host}: ${error?.message}`);
  }
  for (const bad of [
    'file:///etc/passwd',
    'ftp://example.com/a',
    'data:image/png;base64,AA',
    'http://u:p@example.com/',
    '/relative',
    'http://',
  ]) {
    const error = await t.throwsAsync(() => download(bad, options), undefined, bad);
    t.is((error as { code?: string }).code, 'URL_REFUSED', bad);
  }
  t.deepEqual(reached, []);
});

test('a name that resolves to a private address, alone or among public ones, is not connected to', async (t) => {
  for (const addresses of [['127.0.0.1'], ['93.184.216.34', '10.0.0.1'], ['::ffff:127.0.0.1'], []]) {
    const resolve = () =>
      Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
    const error = await t.throwsAsync(() => download('http://shop.example/a.jpg', { ...options, resolve }));
    t.is((error as { code?: string }).code, 'URL_REFUSED', addresses.join());
  }
});

test('a name is resolved once for each connection, and the address that was checked is the one that is used', async (t) => {
  let asked = 0;
  // Public at first, private when asked again: what DNS rebinding does.
  const resolve = () => Promise.resolve([{ address: asked++ === 0 ? '192.0.2.1' : '127.0.0.1', family: 4 }]);
  const error = await t.throwsAsync(() =>
    download('http://shop.example/', { ...options, timeoutMs: 300, resolve }),
  );
  t.is(asked, 1);
  t.true(['URL_FAILED', 'URL_REFUSED'].includes((error as { code?: string }).code!));
});

test('redirects are followed a few times, checked each time, and bodies are cut at the limit', async (t) => {
  const url = await serve(t, (req, res) => {
    const [, action, rest = ''] = /^\/(\w+)\/?(.*)$/.exec(req.url ?? '') ?? [];
    if (action === 'to') res.writeHead(302, { location: decodeURIComponent(rest) }).end();
    else if (action === 'loop') res.writeHead(302, { location: '/loop' }).end();
    else if (action === 'big') res.end(Buffer.alloc(2000));
    else if (action === 'slow') res.write('x');
    else if (action === 'missing') res.writeHead(404).end();
    else res.end('picture');
  });
  const fetchLocal = (route: string) => download(`${url}${route}`, { ...options, allowPrivate: true });
  const codeOf = async (work: Promise<unknown>) =>
    ((await t.throwsAsync(() => work)) as { code?: string }).code;
  const answer = await fetchLocal('/to/%2Fok');
  t.is(answer === 'unmodified' ? answer : Buffer.from(answer.bytes).toString(), 'picture');
  t.is(await codeOf(fetchLocal('/to/file%3A%2F%2F%2Fetc%2Fpasswd')), 'URL_REFUSED');
  t.is(await codeOf(fetchLocal('/loop')), 'URL_FAILED');
  t.is(await codeOf(fetchLocal('/big')), 'IMAGE_TOO_LARGE');
  t.is(await codeOf(fetchLocal('/missing')), 'URL_FAILED');
  t.is(await codeOf(fetchLocal('/slow')), 'URL_FAILED');
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  t.is(
    await codeOf(download(`${url}/slow`, { ...options, allowPrivate: true, signal: controller.signal })),
    'ABORTED',
  );
});
