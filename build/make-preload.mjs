/**
 * Builds the window's preload script into dist/ipc/preload.cjs. One CommonJS file, because that is all a sandboxed one may be.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));

await build({
  configFile: false,
  root: PROJECT,
  logLevel: 'warn',
  build: {
    lib: {
      entry: join(PROJECT, 'src-main', 'ipc', 'preload.ts'),
      formats: ['cjs'],
      fileName: () => 'preload.cjs',
    },
    // Another directory may be named, so that a test can look at what comes out.
    outDir: process.argv[2] ?? join(PROJECT, 'dist', 'ipc'),
    // The rest of dist is the compiler's.
    emptyOutDir: false,
    minify: false,
    target: 'es2023',
    rolldownOptions: { external: ['electron'] },
  },
});
