/** Values and comments as TOML text. Pure. */
import type { SettingValue } from '../../ipc/contract.ts';

/** Values of settings are plain. */
export function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** As TOML. A basic string is a JSON string, but for DEL. */
export function tomlValue(value: SettingValue): string {
  if (Array.isArray(value)) {
    const items = value.map((item) => tomlValue(item));
    return items.length > 1 ? `[\n${items.map((item) => `  ${item},\n`).join('')}]` : `[${items.join('')}]`;
  }
  return JSON.stringify(value).replaceAll('\u007f', String.raw`\u007f`);
}

/** Each line a comment. */
export function commented(text: string): string {
  return text
    .split('\n')
    .map((line) => `# ${line}`.trimEnd())
    .join('\n');
}
