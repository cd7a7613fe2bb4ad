/**
 * The settings of a running program: the file, above it the environment, above that the command line. Invariant: there is
 * always a complete set of values; what is wrong is told in sentences, and what held before stands in, at the start the
 * default; a file that cannot be understood is never written over.
 */
import { dirname } from 'node:path';
import { systemClock, type Clock } from '../../engine/clock.ts';
import { makeDirectory } from '../../engine/make-directory.ts';
import type { Settings, SettingValue } from '../../ipc/contract.ts';
import type { Directories } from './directories.ts';
import { FIELDS, SETTING_NAMES, shownDefault, type Field } from './fields.ts';
import { watchFile } from './file-watch.ts';
import { resolveSettings, type Resolved } from './resolve-settings.ts';
import { savedText } from './save-settings.ts';
import type { SettingName, SettingValues, Unavailable } from './setting-values.ts';
import { readSettingsFile, withoutMark, writeSettingsFile } from './settings-file.ts';
import { parseToml, type TomlDocument } from './toml-document.ts';
import { same } from './toml-text.ts';

export type { SettingValues } from './setting-values.ts';

export interface SettingsStore {
  readonly values: SettingValues;
  /** Sentences about what has no effect and why. */
  readonly problem: string | undefined;
  /** Whether there was a file when the program started. */
  readonly existed: boolean;
  describe(): Settings;
  /** By key of the file; null is the default. Rejects with SETTING_INVALID, or PERMISSION_DENIED, having changed nothing. */
  set(values: Readonly<Record<string, SettingValue>>): Promise<void>;
  /** Called when values or the problem have changed, by whomever. Returns the function that ends it. */
  onChange(listener: (values: SettingValues) => void): () => void;
  /** Stops watching the file. */
  close(): void;
}

export interface SettingsOptions {
  /** Made when something is first saved. */
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  /** Of the command line. */
  readonly overrides: Partial<SettingValues>;
  readonly directories: Directories;
  /** Catalogues of this run beside those of the settings; none of them is ever saved. */
  readonly added?: readonly string[];
  /** Settings that this program can do nothing with, each with why and what to do instead. */
  readonly unavailable?: Unavailable;
  readonly clock?: Clock;
}

const DIRECTORY_MODE = 0o700;
/** More sentences would hide the first. */
const COMPLAINTS_MAX = 5;

/** Never throws for what stands in the file. */
export function openSettings(options: SettingsOptions): SettingsStore {
  return new SettingsOfFile(options);
}

/** What was read last. */
interface Loaded {
  readonly mark: string;
  /** Undefined when the file cannot be understood. */
  readonly document: TomlDocument | undefined;
  readonly resolved: Resolved;
  readonly exists: boolean;
  readonly problem: string | undefined;
  /** Why the file cannot be understood. */
  readonly broken: string | undefined;
}

class SettingsOfFile implements SettingsStore {
  readonly existed: boolean;
  readonly #options: SettingsOptions;
  readonly #listeners = new Set<(values: SettingValues) => void>();
  readonly #unwatch: () => void;
  #added: readonly string[];
  #loaded: Loaded;
  #values: SettingValues;

  constructor(options: SettingsOptions) {
    const { file, clock = systemClock } = options;
    this.#options = options;
    this.#added = options.added ?? [];
    this.#loaded = load(options);
    this.#values = this.#withAdded();
    this.existed = this.#loaded.exists;
    prepareDirectory(file);
    this.#unwatch = watchFile(file, clock, () => this.#reload());
  }

  get values(): SettingValues {
    return this.#values;
  }

  get problem(): string | undefined {
    return this.#loaded.problem;
  }

  describe(): Settings {
    return {
      file: this.#options.file,
      problem: this.problem ?? null,
      fields: SETTING_NAMES.map((name) => this.#describeOne(name)),
    };
  }

  // No await from reading the file to writing it: a change in between would be lost.
  async set(values: Readonly<Record<string, SettingValue>>): Promise<void> {
    this.#reload();
    const { document, mark, broken, resolved } = this.#loaded;
    const { file, directories, unavailable = {} } = this.#options;
    const saved = savedText(values, {
      file,
      directories,
      document,
      broken,
      values: this.#values,
      overriddenBy: resolved.overriddenBy,
      unavailable,
      added: this.#added,
    });
    if (saved.text !== document?.text) writeSettingsFile(file, mark + saved.text);
    this.#added = saved.added;
    this.#reload();
  }

  onChange(listener: (values: SettingValues) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  close(): void {
    this.#unwatch();
    this.#listeners.clear();
  }

  #describeOne(name: SettingName): Settings['fields'][number] {
    const { key, label, help, type, needsRestart }: Field<unknown> = FIELDS[name];
    return {
      key,
      label,
      help,
      kind: type.kind,
      choices: [...type.choices],
      unit: type.unit,
      value: type.show(this.#values[name]),
      default: shownDefault(name, this.#options.directories),
      overriddenBy: this.#loaded.resolved.overriddenBy.get(name) ?? null,
      unavailable: this.#options.unavailable?.[name] ?? null,
      needsRestart,
    };
  }

  #reload(): void {
    const { problem } = this.#loaded;
    const before = this.#values;
    this.#loaded = load(this.#options, this.#loaded.resolved);
    this.#values = this.#withAdded();
    if (same(before, this.#values) && problem === this.#loaded.problem) return;
    for (const listener of this.#listeners) listener(this.#values);
  }

  #withAdded(): SettingValues {
    const { values } = this.#loaded.resolved;
    return { ...values, catalogues: [...new Set([...values.catalogues, ...this.#added])] };
  }
}

/** What held `before` goes on holding while an editor leaves the file or a value wrong; a program that starts has the defaults. */
function load({ file, env, overrides, directories }: SettingsOptions, before?: Resolved): Loaded {
  const content = readSettingsFile(file);
  const [mark, text] = content.ok ? withoutMark(content.text) : ['', ''];
  const parsed = content.ok ? parseToml(text) : undefined;
  const document = parsed?.ok === true ? parsed.document : undefined;
  const fresh = resolveSettings({ file, document, env, overrides, directories, before: before?.filed });
  const complaint = content.ok
    ? parsed?.ok === false
      ? `${file}, ${parsed.complaint}`
      : undefined
    : `${file} ${content.complaint}`;
  const instead = before === undefined ? 'the defaults apply' : 'what was set before applies';
  const broken = complaint === undefined ? undefined : `${complaint}; ${instead} until that is mended.`;
  const resolved = broken === undefined || before === undefined ? fresh : before;
  const sentences = broken === undefined ? fresh.complaints : [broken, ...fresh.complaints];
  return {
    mark,
    document,
    resolved,
    exists: !content.ok || content.exists,
    problem: sentences.length === 0 ? undefined : sentences.slice(0, COMPLAINTS_MAX).join(' '),
    broken,
  };
}

/** So that a file made later by an editor is noticed. Where it cannot be made, saving will tell. */
function prepareDirectory(file: string): void {
  try {
    makeDirectory(dirname(file), DIRECTORY_MODE);
  } catch {
    // Nothing to watch, then.
  }
}
