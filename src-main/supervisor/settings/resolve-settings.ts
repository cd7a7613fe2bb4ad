/**
 * Which value holds for each setting: command line over environment over file over default. Pure. Invariant: a wrong value
 * never takes effect and never passes in silence.
 */
import type { Directories } from './directories.ts';
import { FIELDS, optionName, settingOfKey, type Field } from './fields.ts';
import type { SettingName, SettingValues } from './setting-values.ts';
import type { TomlDocument } from './toml-document.ts';
import { tomlValue } from './toml-text.ts';

export interface Layers {
  /** For sentences. */
  readonly file: string;
  /** Undefined when it cannot be understood. */
  readonly document: TomlDocument | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly overrides: Partial<SettingValues>;
  readonly directories: Directories;
  /** What held of the file until now; undefined when the program starts. */
  readonly before: SettingValues | undefined;
}

export interface Resolved {
  readonly values: SettingValues;
  /** What the file says, also where something else stands above it. */
  readonly filed: SettingValues;
  /** Whole sentences. */
  readonly complaints: readonly string[];
  /** What stands above the file, by setting. */
  readonly overriddenBy: ReadonlyMap<SettingName, string>;
}

/** Longer values are cut where a sentence quotes them. Characters. */
const QUOTED_MAX = 60;

export function resolveSettings(layers: Layers): Resolved {
  const complaints: string[] = unknownKeys(layers);
  const overriddenBy = new Map<SettingName, string>();
  const above: Partial<SettingValues> = {};
  const pick = <Name extends SettingName>(name: Name): SettingValues[Name] => {
    const field: Field<SettingValues[Name]> = FIELDS[name];
    const over = fromOverrides(layers, name, field) ?? fromEnvironment(layers, field, complaints);
    if (over !== undefined) {
      overriddenBy.set(name, over.from);
      above[name] = over.value;
    }
    // The text of the file is checked also where something else stands above it.
    return fromFile(layers, name, field, over !== undefined, complaints);
  };
  const filed: SettingValues = {
    catalogues: pick('catalogues'),
    mountRoot: pick('mountRoot'),
    transfers: pick('transfers'),
    memoryBytes: pick('memoryBytes'),
    requestsPerSecond: pick('requestsPerSecond'),
    deadlineMs: pick('deadlineMs'),
    driver: pick('driver'),
    logLevel: pick('logLevel'),
    autostart: pick('autostart'),
    theme: pick('theme'),
    cacheDirectory: pick('cacheDirectory'),
    cacheLimitBytes: pick('cacheLimitBytes'),
    cacheMinFreeBytes: pick('cacheMinFreeBytes'),
    hmacKeyFiles: pick('hmacKeyFiles'),
    hmacRequired: pick('hmacRequired'),
    screenPort: pick('screenPort'),
  };
  return { values: { ...filed, ...above }, filed, complaints, overriddenBy };
}

interface Above<T> {
  readonly value: T;
  readonly from: string;
}

function fromOverrides<Name extends SettingName>(
  { overrides }: Layers,
  name: Name,
  field: Field<SettingValues[Name]>,
): Above<SettingValues[Name]> | undefined {
  // Present and undefined is a value of its own: no limit.
  if (!Object.hasOwn(overrides, name)) return undefined;
  return { value: overrides[name] as SettingValues[Name], from: optionName(field) };
}

function fromEnvironment<T>(
  { env }: Layers,
  { type, variable }: Field<T>,
  complaints: string[],
): Above<T> | undefined {
  const text = env[variable];
  if (text === undefined || text === '') return undefined;
  const reading = type.read(type.typed(text));
  if (reading.ok) return { value: reading.value, from: variable };
  complaints.push(
    `${variable} is ${quoted(JSON.stringify(text))}, but ${reading.complaint}; it has no effect.`,
  );
  return undefined;
}

/** A value that became wrong leaves what held: a slip of an editor must not, say, shrink the cache to the default. */
function fromFile<Name extends SettingName>(
  { file, document, directories, before }: Layers,
  name: Name,
  field: Field<SettingValues[Name]>,
  isOverridden: boolean,
  complaints: string[],
): SettingValues[Name] {
  const { key, type, fallback } = field;
  const entry = document?.entries.find((candidate) => candidate.key === key);
  if (document === undefined || entry === undefined) return fallback(directories);
  const reading = type.read(entry.value);
  if (reading.ok) return reading.value;
  const written = quoted(document.text.slice(...entry.statement.value.range));
  const byDefault = fallback(directories);
  const standIn = before === undefined ? byDefault : before[name];
  const shown = tomlValue(type.show(standIn));
  const which = shown === tomlValue(type.show(byDefault)) ? 'the default' : 'what was set before';
  const instead = isOverridden ? '' : `; ${which}, ${shown}, applies`;
  complaints.push(`${file}, line ${entry.line}: ${key} is ${written}, but ${reading.complaint}${instead}.`);
  return standIn;
}

function unknownKeys({ file, document }: Layers): string[] {
  const unknown = document?.entries.filter(({ key }) => settingOfKey(key) === undefined) ?? [];
  return unknown.map(
    ({ key, line }) => `${file}, line ${line}: there is no setting called ${quoted(key)}; it is ignored.`,
  );
}

function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= QUOTED_MAX ? line : `${line.slice(0, QUOTED_MAX - 1)}…`;
}
