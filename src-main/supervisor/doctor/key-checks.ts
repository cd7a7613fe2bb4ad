/** Whether the key files that the settings name can be used. Invariant: it is told where a key is, never what it is. */
import { messageOf } from '../../engine/errors.ts';
import { keyFilesAt, readHmacKey } from '../../engine/hmac-keys.ts';
import type { SettingValues } from '../settings/setting-values.ts';
import type { Check } from './check.ts';

const NAME = 'HMAC keys';

/** One for all that can be used and one for each that cannot; none where no job needs a key. */
export function keyChecks({
  hmacKeyFiles,
  hmacRequired,
}: Pick<SettingValues, 'hmacKeyFiles' | 'hmacRequired'>): readonly Check[] {
  const files = hmacKeyFiles.flatMap(keyFilesAt);
  const complaints = files.flatMap((file) => {
    try {
      readHmacKey(file);
      return [];
    } catch (error) {
      return [messageOf(error)];
    }
  });
  const usable = files.length - complaints.length;
  const unusable = complaints.map((sentence): Check => ({ name: NAME, level: 'warning', sentence }));
  if (usable > 0) {
    const sentence = `${usable} key file${usable === 1 ? '' : 's'} can be used.`;
    return [{ name: NAME, level: 'ok', sentence }, ...unusable];
  }
  if (!hmacRequired) return unusable;
  const sentence =
    'No job can be mounted: the setting hmac.required wants a key of each, and no key file can be used.';
  const remedy = 'Name the key files in the setting hmac.key-files, or switch hmac.required off.';
  return [{ name: NAME, level: 'problem', sentence, remedy }, ...unusable];
}
