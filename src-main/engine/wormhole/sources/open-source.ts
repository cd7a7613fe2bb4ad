/** Turns what a catalogue or a person names as a source into a driver. Invariant: opening touches neither disk nor network. */
import type { Source } from '../source.ts';
import { FileSource } from './file-source.ts';
import { HttpSource } from './http-source.ts';
import { SimSource } from './sim-source.ts';
import { resolveSourceOptions, type SourceOptions, type SourceSettings } from './source-options.ts';
import { invalidSource, schemeOf } from './source-uri.ts';

const DRIVERS = new Map<string, (uri: string, settings: SourceSettings) => Source>([
  ['file', (uri, settings) => new FileSource(uri, settings)],
  ['http', (uri, settings) => new HttpSource(uri, settings)],
  ['https', (uri, settings) => new HttpSource(uri, settings)],
  ['sim', (uri, settings) => new SimSource(uri, settings)],
]);

/** Throws SOURCE_INVALID with a sentence for a URI or an option that cannot work. */
export function openSource(uri: string, options: SourceOptions = {}): Source {
  const settings = resolveSourceOptions(options);
  const driver = DRIVERS.get(schemeOf(uri) ?? 'file');
  if (driver !== undefined) return driver(uri, settings);
  const known = [...DRIVERS.keys()].map((scheme) => `${scheme}:`).join(', ');
  throw invalidSource(
    uri,
    `has the unknown scheme "${schemeOf(uri)}:"; known are ${known} and plain paths (write ./name for a path with a colon).`,
  );
}
