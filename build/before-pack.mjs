/**
 * Asked by electron-builder before it packs anything for one system. Invariant: no package is made that could not run: our
 * Node and the native modules are in this checkout for the machine that builds, and for no other.
 */

/** By electron-builder's own numbers, in Node's words. */
const ARCHITECTURES = ['ia32', 'x64', 'arm', 'arm64', 'universal'];

/**
 * Throws a sentence for whoever builds.
 * @param {{ electronPlatformName: string, arch: number }} target
 */
export function beforePack({ electronPlatformName, arch }) {
  const wanted = `${electronPlatformName}-${ARCHITECTURES[arch] ?? arch}`;
  const here = `${process.platform}-${process.arch}`;
  if (wanted === here) return;
  throw new Error(
    `A package for ${wanted} cannot be made on ${here}: the Node and the native modules in it would be those of ${here}. ` +
      `Type "npm ci" and "npm run dist" on a machine of that kind.`,
  );
}
