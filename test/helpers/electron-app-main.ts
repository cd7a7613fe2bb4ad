/** Starts src-main/main.ts on plain Node, with the stand-in in Electron's place. */
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron'
      ? { url: new URL('./electron-stand-in.ts', import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});
await import('../../src-main/main.ts');
