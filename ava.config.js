/** The files that take longest, in this order, start first: so no core waits at the end for the other. */
const longest = [
  'web/browser',
  'server/server',
  'cli/crash',
  'scripts/demo-catalog',
  'app/engines',
  'cli/doctor',
  'model/tfjs',
].map((name) => `test/${name}.test.ts`);

/** A file's place among the longest; behind all of them for any other. */
const rank = (file) => {
  const at = longest.findIndex((name) => file.replaceAll('\\', '/').endsWith(name));
  return at < 0 ? longest.length : at;
};

export default {
  files: ['test/**/*.test.ts'],
  typescript: { compile: 'tsc', rewritePaths: { 'test/': 'build/test/' } },
  workerThreads: false,
  timeout: '4m',
  // One more than two cores: files wait for a browser, for processes, for a clock.
  concurrency: 3,
  sortTestFiles: (a, b) => rank(a) - rank(b),
};
