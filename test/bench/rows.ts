/** Turns contenders into rows: mounts each in turn, measures, unmounts. One that fails is absent, with its reason. */
import type { Absent, Contender } from './contender.ts';
import { median } from './measure.ts';
import type { Row } from './report.ts';

export interface Rows {
  readonly rows: readonly Row[];
  readonly absent: readonly Absent[];
}

/** Measures one contender; keys are metric names, values one figure per run. */
export type Measure = (contender: Contender) => Promise<Readonly<Record<string, readonly number[]>>>;

export async function measureAll(
  contenders: readonly (Contender | Absent)[],
  measure: Measure,
  progress: (line: string) => void,
): Promise<Rows> {
  const rows: Row[] = [];
  const absent: Absent[] = [];
  for (const contender of contenders) {
    if ('reason' in contender) {
      absent.push(contender);
      continue;
    }
    progress(`measuring ${contender.name}`);
    try {
      const runs = await measure(contender);
      const values = Object.fromEntries(
        Object.entries(runs).map(([name, figures]) => [name, median(figures)]),
      );
      rows.push({ contender: contender.name, description: contender.description, values, runs });
    } catch (error) {
      const reason = String(error);
      progress(`${contender.name} failed: ${reason}`);
      absent.push({ name: contender.name, reason });
    }
  }
  return { rows, absent };
}
