/** Trees to publish in temporary directories, and what a mount would show of the published job. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MetadataOracle } from '../../../src-main/engine/metadata/metadata-oracle.ts';
import type { PublishResult } from '../../../src-main/engine/publish/publish.ts';
import { openJob, temporaryDirectory } from '../metadata/catalogue-fixture.ts';

interface Place {
  readonly tree: string;
  readonly database: string;
}

export function place(files: Readonly<Record<string, Buffer | string>> = {}): Place {
  const directory = temporaryDirectory();
  const tree = join(directory, 'tree');
  mkdirSync(tree);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), content);
  }
  return { tree, database: join(directory, 'magnetar.db') };
}

export function openResult(result: PublishResult, database: string): MetadataOracle {
  return openJob(database, result.jobId);
}

/** Path, and for a file its size, of everything below the root. */
export function contents(oracle: MetadataOracle): Record<string, number | 'directory'> {
  const found: Record<string, number | 'directory'> = {};
  const walk = (id: ReturnType<typeof oracle.root>['id']): void =>
    oracle.readdir(id, 0, (child) => {
      found[oracle.sourcePath(child.id).join('/')] = child.isDirectory ? 'directory' : child.size;
      if (child.isDirectory) walk(child.id);
      return true;
    });
  walk(oracle.root().id);
  return found;
}

export function expectedDigests(data: Buffer, blockSize: number): Buffer {
  const digests: Buffer[] = [];
  for (let at = 0; at < data.length; at += blockSize) {
    digests.push(
      createHash('sha256')
        .update(data.subarray(at, at + blockSize))
        .digest(),
    );
  }
  return Buffer.concat(digests);
}

export function find(oracle: MetadataOracle, path: string): ReturnType<MetadataOracle['byId']> {
  let artifact: ReturnType<MetadataOracle['byId']> = oracle.root();
  for (const name of path.split('/')) artifact = artifact && oracle.lookup(artifact.id, name);
  return artifact;
}
