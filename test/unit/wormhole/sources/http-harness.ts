/** An HTTP source opened on a scripted server, the file both know, and the closing of both after each test. */
import { afterEach } from 'vitest';
import type { Source } from '../../../../src-main/engine/wormhole/source.ts';
import { openSource } from '../../../../src-main/engine/wormhole/sources/open-source.ts';
import { simBytes } from '../../../../src-main/engine/wormhole/sources/sim-content.ts';
import type { SourceOptions } from '../../../../src-main/engine/wormhole/sources/source-options.ts';
import {
  firstBytes,
  rangeReply,
  startScriptedServer,
  type Script,
  type ScriptedRequest,
  type ScriptedServer,
  type ScriptedServerOptions,
  type Step,
} from '../../../helpers/scripted-proxy.ts';
import { objectOf } from './collect.ts';

export const MIB = 1024 * 1024;
export const CONTENT = simBytes(1, 'faults', 0, 6 * MIB);
export const OBJECT = objectOf('dir/file', CONTENT.length);
/** The range most tests ask for. */
export const OFFSET = 1000;
export const LENGTH = 5000;
export const WANTED = CONTENT.subarray(OFFSET, OFFSET + LENGTH);

export interface Harness {
  readonly serve: (script: Script, options?: ScriptedServerOptions) => Promise<ScriptedServer>;
  readonly open: (uri: string, options?: SourceOptions) => Source;
  /** Both at once. */
  readonly against: (
    script: Script,
    options?: SourceOptions & ScriptedServerOptions,
  ) => Promise<{ readonly server: ScriptedServer; readonly source: Source }>;
  /** Closes it with the rest. */
  readonly own: (resource: { close(): Promise<void> }) => void;
}

/** To be called within a `describe`. */
export function httpHarness(): Harness {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    // Sources before the servers they use.
    for (const resource of opened.splice(0).toReversed()) await resource.close();
  });
  const serve = async (script: Script, options?: ScriptedServerOptions): Promise<ScriptedServer> => {
    const server = await startScriptedServer(script, options);
    opened.push(server);
    return server;
  };
  const open = (uri: string, options?: SourceOptions): Source => {
    const source = openSource(uri, options);
    opened.push(source);
    return source;
  };
  return {
    serve,
    open,
    async against(script, options) {
      const server = await serve(script, options);
      return { server, source: open(server.url, options) };
    },
    own: (resource) => opened.push(resource),
  };
}

/** The right answer, but for the headers. */
export function range(
  request: ScriptedRequest,
  headers: Readonly<Record<string, string | number | undefined>> = {},
): readonly [head: Step, body: Step] {
  return rangeReply(request, CONTENT, headers);
}

/** The same, its body cut after so many bytes. */
export function bodyCut(
  request: ScriptedRequest,
  bytes: number,
  headers: Readonly<Record<string, string | number | undefined>> = {},
): readonly Step[] {
  const [head, body] = range(request, headers);
  return [head, ...firstBytes([body], bytes)];
}
