/**
 * `orbit-ghost doctor`: looks at everything that mounting and reading need, and says what to do. The running program looks where
 * there is one, for what it can reach is what counts; this command looks itself where there is none, or it does not answer.
 */
import { join, resolve } from 'node:path';
import { systemClock } from '../../engine/clock.ts';
import { GhostError, messageOf } from '../../engine/errors.ts';
import { inTime } from '../../engine/in-time.ts';
import type { Client } from '../../ipc/client.ts';
import type { HealthCheck } from '../../ipc/contract.ts';
import { printable } from '../../output/printable.ts';
import { writeBundle } from '../../supervisor/doctor/bundle.ts';
import { bundleParts } from '../../supervisor/doctor/bundle-parts.ts';
import { bundleName } from '../../supervisor/doctor/bundle-name.ts';
import { shownCheck, withStop, type Check } from '../../supervisor/doctor/check.ts';
import { examine } from '../../supervisor/doctor/examine.ts';
import { programCheck, settingsCheck } from '../../supervisor/doctor/program-checks.ts';
import { userDirectories } from '../../supervisor/settings/directories.ts';
import { openSettings } from '../../supervisor/settings/settings.ts';
import { EXIT_FAILED, EXIT_OK, NotRunningError } from '../failure.ts';
import type { Outcome } from '../leave.ts';
import { productVersion } from '../product-version.ts';
import { withRunning } from '../running.ts';

export interface DoctorCommand {
  readonly fix: boolean;
  readonly json: boolean;
  /** As typed; true: a name of its own in the current directory. */
  readonly bundle: string | true | undefined;
}

interface Diagnosis {
  readonly mended: readonly string[];
  readonly checks: readonly HealthCheck[];
  readonly bundle: { readonly file: string; readonly parts: readonly string[] } | null;
}

/** The program's own limits add up to less, twice over. */
const ANSWER_LIMIT_MS = 240_000;

export async function doctorCommand({ fix, json, bundle }: DoctorCommand): Promise<Outcome> {
  const file = bundle === undefined ? undefined : resolve(bundle === true ? bundleName() : bundle);
  const diagnosis = await diagnose(fix, file);
  process.stdout.write(`${json ? JSON.stringify(diagnosis, null, 2) : diagnosisText(diagnosis)}\n`);
  const isWell = diagnosis.checks.every(({ level }) => level !== 'problem');
  return { code: isWell ? EXIT_OK : EXIT_FAILED, atOnce: false };
}

async function diagnose(fix: boolean, file: string | undefined): Promise<Diagnosis> {
  let program: Check;
  try {
    return await withRunning(async (client) => await throughProgram(client, fix, file));
  } catch (error) {
    if (error instanceof NotRunningError) program = programCheck(undefined);
    else if (error instanceof GhostError && error.code === 'TIMEOUT') {
      program = { name: 'Program', level: 'problem', sentence: withStop(messageOf(error)) };
    } else throw error;
  }
  return await alone(program, fix, file);
}

async function throughProgram(client: Client, fix: boolean, file: string | undefined): Promise<Diagnosis> {
  const ask = async (): Promise<Diagnosis> => {
    const { mended, checks } = fix ? await client.call('health.mend', {}) : { mended: [], checks: undefined };
    if (file === undefined) {
      const found = checks ?? (await client.call('health.check', {})).checks;
      return { mended, checks: found, bundle: null };
    }
    const { checks: found, ...bundle } = await client.call('health.bundle', { file });
    return { mended, checks: found, bundle };
  };
  const answer = await inTime(ask(), ANSWER_LIMIT_MS, systemClock);
  if (answer !== undefined) return answer;
  throw new GhostError('TIMEOUT', `It runs and has not answered for ${ANSWER_LIMIT_MS / 1000} s.`);
}

async function alone(program: Check, mend: boolean, file: string | undefined): Promise<Diagnosis> {
  const directories = userDirectories();
  const settings = openSettings({
    file: join(directories.config, 'config.toml'),
    env: process.env,
    overrides: {},
    directories,
  });
  try {
    const { values, problem } = settings;
    const logDirectory = directories.state;
    const { mended, checks: found } = await examine({ values, logDirectory, program: undefined, mend });
    const checks = [...[program, settingsCheck(problem)].map(shownCheck), ...found];
    if (file === undefined) return { mended, checks, bundle: null };
    const version = productVersion();
    const parts = await bundleParts({ version, settings, checks, logDirectory, state: undefined });
    return {
      mended,
      checks,
      bundle: { file: await writeBundle(file, parts), parts: parts.map(({ name }) => name) },
    };
  } finally {
    settings.close();
  }
}

const LEVEL_WIDTH = 'warning'.length;

export function diagnosisText({ mended, checks, bundle }: Diagnosis): string {
  const lines = checks.map(({ level, name, sentence, remedy }) => {
    const told = remedy === null ? sentence : `${sentence} ${remedy}`;
    return `${level.padEnd(LEVEL_WIDTH)}  ${printable(`${name}: ${told}`)}`;
  });
  const packed =
    bundle === null
      ? []
      : [
          `Wrote ${printable(bundle.file)}, which only you can read: ${bundle.parts.join(', ')}.`,
          'Names, paths, addresses and keys are taken out; look through it before you pass it on.',
        ];
  return [...mended.map(printable), ...lines, summary(checks), ...packed].join('\n');
}

function summary(checks: readonly HealthCheck[]): string {
  const count = (level: HealthCheck['level']): number =>
    checks.filter((check) => check.level === level).length;
  const plural = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  const [problems, warnings] = [count('problem'), count('warning')];
  const mendable = checks.some(({ level, mendable: can }) => can && level !== 'ok');
  const hint = mendable ? ' "orbit-ghost doctor --fix" mends what can be mended.' : '';
  if (problems + warnings === 0) return 'All is well.';
  return `${plural(problems, 'problem')}, ${plural(warnings, 'warning')}.${hint}`;
}
