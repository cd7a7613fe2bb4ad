/**
 * The last lines of a run that failed: which tests, and the first line of why. Whoever keeps only the end of a long log still knows
 * what to look for.
 */
import type { Reporter, TestModule } from 'vitest/node';

interface Reason {
  readonly message: string;
}

export class FailureSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly Reason[]): void {
    const lines = [
      ...modules.flatMap((module) => [
        ...module.errors().map((error) => line(module.relativeModuleId, error)),
        ...[...module.children.allTests('failed')].map((test) =>
          line(`${module.relativeModuleId}: ${test.fullName}`, test.result().errors?.[0]),
        ),
      ]),
      ...unhandled.map((error) => line('outside of any test', error)),
    ];
    if (lines.length > 0) process.stdout.write(`\nFailed (${lines.length}):\n${lines.join('\n')}\n`);
  }
}

const line = (where: string, error: Reason | undefined): string =>
  `  ${where}: ${error?.message.split('\n', 1)[0] ?? 'no reason given'}`;
