/** Runs probes, as the user a mount belongs to, each within a time limit. */
import { join } from 'node:path';
import { run, start, type Child } from './child.ts';
import { forOtherUsers } from './system-shown-project.ts';
import type { ProbeOperations } from './driver-probe-operations.ts';

const PROBE = join(import.meta.dirname, 'driver-probe-main.ts');
/** More than a listing of 100,000 entries takes on a loaded machine; a probe still running then hangs. */
const LIMIT_MS = 60_000;

type OperationName = keyof ProbeOperations;
type Arguments<Name extends OperationName> = Parameters<ProbeOperations[Name]>;
type Result<Name extends OperationName> = ReturnType<ProbeOperations[Name]>;

/** Name and arguments of an operation. */
export type ProbeRequest = { [Name in OperationName]: readonly [Name, ...Arguments<Name>] }[OperationName];
export type Outcome = { readonly value?: unknown } | { readonly code: string };

export interface User {
  readonly uid: number;
  readonly gid: number;
}

export class Prober {
  readonly #user: User | undefined;

  /** `user`: who touches the mount; this process's user otherwise. */
  constructor(user: User | undefined) {
    this.#user = user;
  }

  /** The result of an operation that must succeed. */
  async value<Name extends OperationName>(name: Name, ...args: Arguments<Name>): Promise<Result<Name>> {
    const [value] = await this.values(name, [args]);
    return value as Result<Name>;
  }

  /** The same operation several times, one after the other by one process. */
  async values<Name extends OperationName>(
    name: Name,
    calls: readonly Arguments<Name>[],
  ): Promise<readonly Result<Name>[]> {
    const requests = calls.map((args) => [name, ...args] as unknown as ProbeRequest);
    return (await this.#outcomes(requests)).map((outcome, index) => {
      if ('code' in outcome) throw new Error(`${name} ${JSON.stringify(calls[index])}: ${outcome.code}`);
      return outcome.value as Result<Name>;
    });
  }

  /** Error codes of operations done one after the other by one process; `OK` for those that succeed. */
  async codes(requests: readonly ProbeRequest[]): Promise<readonly string[]> {
    return (await this.#outcomes(requests)).map((outcome) => ('code' in outcome ? outcome.code : 'OK'));
  }

  /** A probe that goes on running; `outcomesOf` reads what it printed. */
  async start(request: ProbeRequest): Promise<Child> {
    return await this.spawn(process.execPath, PROBE, JSON.stringify([request]));
  }

  /** Any other program that touches the mount and goes on running. */
  async spawn(command: string, ...args: readonly string[]): Promise<Child> {
    return await start(this.#reachable(command), args.map(this.#reachable), { ...this.#user });
  }

  /** Any other program that touches the mount, to its end; its standard output. */
  async run(command: string, ...args: readonly string[]): Promise<string> {
    const { code, signal, stdout, stderr } = await run(this.#reachable(command), args.map(this.#reachable), {
      ...this.#user,
      timeoutMs: LIMIT_MS,
    });
    if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${String(code ?? signal)}\n${stderr}`);
    return stdout;
  }

  readonly #reachable = (path: string): string => (this.#user === undefined ? path : forOtherUsers(path));

  async #outcomes(requests: readonly ProbeRequest[]): Promise<readonly Outcome[]> {
    return outcomesOf(await this.run(process.execPath, PROBE, JSON.stringify(requests)));
  }
}

/** What a finished probe printed. */
export function outcomesOf(stdout: string): readonly Outcome[] {
  return JSON.parse(stdout) as readonly Outcome[];
}
