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
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        // Electron is the runtime of the packaged app, not a package in it.
        pathNot: ['/@types/', 'node_modules/electron/'],
      },
    },
    {
      name: 'electron-only-at-the-edge',
      comment:
        'Everything else is built, tested and run without a display on plain Node; types may be used anywhere in app.',
      severity: 'error',
      from: {
        path: '^src-main/',
        pathNot: ['^src-main/main\\.ts$', '^src-main/app/electron/', '^src-main/ipc/preload\\.ts$'],
      },
      to: {
        path: ['node_modules/electron/', '^src-main/app/electron/', '^src-main/main\\.ts$'],
        dependencyTypesNot: ['type-only'],
      },
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
    {
      name: 'control-is-an-entry',
      comment:
        'Control stands above the engine as the command line does; only the types of its protocol are for others.',
      severity: 'error',
      from: { path: '^src-main/', pathNot: '^src-main/engine/control/' },
      to: { path: '^src-main/engine/control/', pathNot: '/protocol\\.ts$' },
    },
    only('publish', 'publish', ['metadata', 'wormhole'], 'Publishing writes catalogues and reads trees.'),
    {
      name: 'contract-stands-alone',
      comment: 'Screens import its types: it must bring nothing of the program along.',
      severity: 'error',
      from: { path: '^src-main/ipc/(contract|shapes|wire)\\.ts$' },
      to: { pathNot: ['node_modules/zod/', '^src-main/ipc/(contract|shapes|wire)\\.ts$'] },
    },
    {
      name: 'protocol-client-stands-alone',
      comment:
        'One client of the contract for page, window and command line: nothing may come along with it.',
      severity: 'error',
      from: { path: '^src-main/ipc/protocol-client\\.ts$' },
      to: { dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'protocol-client-knows-only-the-contract',
      severity: 'error',
      from: { path: '^src-main/ipc/protocol-client\\.ts$' },
      to: { pathNot: '^src-main/ipc/(contract|wire)\\.ts$' },
    },
    {
      name: 'supervisor-knows-no-face',
      comment: 'The same supervisor runs below a window, a browser and a command line.',
      severity: 'error',
      from: { path: '^src-main/supervisor/' },
      to: {
        path: ['^src-main/(app|web|cli)/', '^src-main/(main|program)\\.ts$'],
      },
    },
    {
      name: 'command-line-is-a-face',
      comment: 'What another face needs of it belongs in output or in the supervisor.',
      severity: 'error',
      from: { path: '^src-main/', pathNot: '^src-main/cli/' },
      to: { path: '^src-main/cli/' },
    },
    {
      name: 'output-stands-alone',
      comment: 'How amounts, names and log lines are written.',
      severity: 'error',
      from: { path: '^src-main/output/' },
      to: { path: '^src-main/', pathNot: ['^src-main/output/', '^src-main/engine/[^/]+\\.ts$'] },
    },
    {
      name: 'transports-carry-the-contract',
      comment: 'What stands behind a method or a topic is handed to them; they know the dispatcher alone.',
      severity: 'error',
      from: { path: '^src-main/(ipc|web)/' },
      to: {
        path: ['^src-main/(app|cli|supervisor)/', '^src-main/(main|program)\\.ts$', '^src-main/engine/.+/'],
        pathNot: '^src-main/supervisor/settings/directories\\.ts$',
      },
    },
    {
      name: 'screen-knows-only-the-contract',
      comment: 'The screen imports the types of the contract and its client, nothing else of the program.',
      severity: 'error',
      from: { path: '^src-renderer/' },
      to: { path: '^src-main/', pathNot: ['^src-main/ipc/(contract|shapes|wire|protocol-client)\\.ts$'] },
    },
    {
      name: 'screen-takes-only-types',
      comment: 'The contract as a value would bring the validation library into the page.',
      severity: 'error',
      from: { path: '^src-renderer/' },
      to: {
        path: '^src-main/',
        pathNot: '^src-main/ipc/protocol-client\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'program-knows-no-screen',
      severity: 'error',
      from: { path: '^src-main/' },
      to: { path: '^src-renderer/' },
    },
    {
      name: 'features-stand-alone',
      comment: 'What two features share is a component, a store or a helper.',
      severity: 'error',
      from: { path: '^src-renderer/features/([^/]+)/' },
      to: { path: '^src-renderer/features/', pathNot: ['^src-renderer/features/$1/'] },
    },
    {
      name: 'composition-root-is-the-top',
      comment: 'Only entry points may import the composition root.',
      severity: 'error',
      from: { path: '^src-main/engine/.+/', pathNot: '^src-main/engine/control/' },
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
