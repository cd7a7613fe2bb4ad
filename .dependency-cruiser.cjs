/** The import rules of the architecture: session -> filesystem -> metadata, entangler -> cache | wormhole, one way only. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^src-main/engine/${from}/` },
  to: {
    path: '^src-main/',
    pathNot: [`^src-main/engine/(${[from, ...allowed].join('|')})/`, '^src-main/engine/[^/]+\\.ts$'],
  },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependency-in-product',
      severity: 'error',
      from: { path: '^src-main/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: ['/@types/'] },
    },
    {
      name: 'engine-runs-alone',
      comment: 'The engine is a plain Node program: no Electron, no screen, no command line above it.',
      severity: 'error',
      from: { path: '^src-main/engine/' },
      to: {
        path: ['^src-main/(app|web|cli|ipc|supervisor)/', '^src-main/main\\.ts$', 'node_modules/electron/'],
      },
    },
    only('metadata-stands-alone', 'metadata', [], 'A catalogue knows nothing of blocks or mounts.'),
    only('cache-stands-alone', 'cache', [], 'The cache stores verified blocks, whoever fetched them.'),
    // Queue and priorities are the Entangler's words; the Wormhole borrows their types and the queue.
    only(
      'wormhole-below-entangler',
      'wormhole',
      ['entangler', 'metadata'],
      'The Wormhole moves bytes; it knows no cache, no mount.',
    ),
    only(
      'entangler',
      'entangler',
      ['cache', 'wormhole', 'metadata'],
      'Blocks come from the cache or the Wormhole.',
    ),
    only(
      'filesystem',
      'filesystem',
      ['metadata', 'entangler', 'cache'],
      'Operations know no kernel and no network.',
    ),
    only(
      'fuse',
      'fuse',
      ['filesystem', 'metadata', 'entangler', 'cache'],
      'A driver is a shell around the filesystem.',
    ),
    only('prefetch', 'prefetch', ['entangler', 'cache'], 'Prefetch calls the Entangler, never the reverse.'),
    only('publish', 'publish', ['metadata', 'wormhole'], 'Publishing writes catalogues and reads trees.'),
    {
      name: 'composition-root-is-the-top',
      comment: 'Only entry points may import the composition root.',
      severity: 'error',
      from: { path: '^src-main/engine/.+/' },
      to: { path: '^src-main/engine/ghostfs\\.ts$' },
    },
    {
      name: 'native-modules-behind-one-door',
      comment: 'koffi only in libc.ts, fuse-native only in its driver.',
      severity: 'error',
      from: { path: '^src-main/', pathNot: ['/fuse/kernel/libc\\.ts$', '/fuse/native/'] },
      to: { path: 'node_modules/(koffi|fuse-native)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'dist' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
