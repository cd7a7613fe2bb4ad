/**
 * Node ids of one mount: the kernel's numbers for artifacts, both ways. Memory holds only what the kernel holds; anything
 * else is derived from the catalogue, so a restarted engine understands nodes it never gave out. Invariant: one artifact has
 * one node id while the kernel knows it, no two share one, and 1 is the root and nothing else.
 */
import { hash } from 'node:crypto';
import { GhostError } from '../errors.ts';
import type { Artifact, ArtifactId, MetadataOracle, Ordinal } from './metadata-oracle.ts';

export type NodeId = number & { readonly brand: 'NodeId' };

/** FUSE_ROOT_ID of the kernel protocol. */
export const ROOT_NODE = 1 as NodeId;
/** Above every ordinal + 1, with room for 48 bits and more below the largest safe integer. */
const FIRST_OVERFLOW_NODE = 2 ** 52 + 1;
const OVERFLOW_HEX_DIGITS = 12;

interface Entry {
  readonly node: NodeId;
  readonly id: ArtifactId;
  lookups: number;
  version: { readonly size: number; readonly mtime: number } | undefined;
}

export class InodeTranslator {
  readonly #oracle: MetadataOracle;
  readonly #byNode = new Map<NodeId, Entry>();
  readonly #byArtifact = new Map<ArtifactId, Entry>();

  constructor(oracle: MetadataOracle) {
    this.#oracle = oracle;
  }

  /** Nodes held in memory, the root not counted. */
  get liveNodes(): number {
    return this.#byNode.size;
  }

  /** The artifact's node id, with one more lookup that the kernel will give back by FORGET. */
  remember(artifact: Artifact): NodeId {
    if (isRoot(artifact)) return ROOT_NODE;
    const entry = this.#byArtifact.get(artifact.id) ?? this.#add(this.#freeNode(artifact), artifact.id);
    entry.lookups += 1;
    return entry.node;
  }

  /** The node id `remember` would give, without counting a lookup. */
  nodeOf(artifact: Artifact): NodeId {
    if (isRoot(artifact)) return ROOT_NODE;
    return this.#byArtifact.get(artifact.id)?.node ?? this.#freeNode(artifact);
  }

  /** Takes lookups back. More than were counted is normal: those given by an engine that died are not known here. */
  forget(node: NodeId, count: number): void {
    const entry = this.#byNode.get(node);
    if (entry === undefined) return;
    entry.lookups -= count;
    if (entry.lookups > 0) return;
    this.#byNode.delete(node);
    this.#byArtifact.delete(entry.id);
  }

  /** The artifact behind a node id. Throws INODE_INVALID when the catalogue has none. */
  resolve(node: NodeId): ArtifactId {
    if (node === ROOT_NODE) return this.#oracle.root().id;
    const entry = this.#byNode.get(node);
    if (entry !== undefined) return entry.id;
    const derived =
      node > ROOT_NODE && node < FIRST_OVERFLOW_NODE
        ? this.#oracle.byOrdinal((node - 1) as Ordinal)
        : undefined;
    // An artifact live under another id was renumbered in the catalogue: this id once meant something else.
    if (derived === undefined || isRoot(derived) || this.#byArtifact.has(derived.id)) {
      throw new GhostError(
        'INODE_INVALID',
        `Node ${node} of job ${this.#oracle.job.id} names no artifact of the catalogue.`,
        {
          job: this.#oracle.job.id,
        },
      );
    }
    return derived.id;
  }

  /**
   * Whether the kernel may keep the pages it has of the node: size and mtime are those of its previous open. Records the
   * artifact's for the next time.
   */
  keepsPages(node: NodeId, artifact: Artifact): boolean {
    const entry = this.#byNode.get(node) ?? this.#adopt(node, artifact.id);
    if (entry === undefined) return false;
    const { size, mtime } = artifact;
    const keeps = entry.version?.size === size && entry.version.mtime === mtime;
    entry.version = { size, mtime };
    return keeps;
  }

  /** An entry without lookups for a node that an earlier engine gave out; the kernel's next FORGET of it drops it. */
  #adopt(node: NodeId, id: ArtifactId): Entry | undefined {
    return node === ROOT_NODE || this.#byArtifact.has(id) ? undefined : this.#add(node, id);
  }

  #add(node: NodeId, id: ArtifactId): Entry {
    const entry: Entry = { node, id, lookups: 0, version: undefined };
    this.#byNode.set(node, entry);
    this.#byArtifact.set(id, entry);
    return entry;
  }

  #freeNode({ id, ordinal }: Pick<Artifact, 'id' | 'ordinal'>): NodeId {
    let node = ordinal + 1;
    // From the artifact's id, not counted: the kernel may still know those that an engine before gave out.
    if (this.#byNode.has(node as NodeId)) {
      node = FIRST_OVERFLOW_NODE + Number.parseInt(hash('sha256', id).slice(0, OVERFLOW_HEX_DIGITS), 16);
    }
    while (this.#byNode.has(node as NodeId)) node += 1;
    return node as NodeId;
  }
}

/** Only the root has no name. */
function isRoot(artifact: Artifact): boolean {
  return artifact.name.length === 0;
}
