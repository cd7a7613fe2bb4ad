/** Which catalogue a folder is published into: said when there is one, a choice when there are several. */
import { useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { Field, Select } from '../../components/field.tsx';
import { Name } from '../../components/name.tsx';
import { shownName } from '../../lib/text.ts';
import { useAppState } from '../../stores/state.ts';
import styles from './publish-dialog.module.css';

/** More would be cut by the narrowest screen in any case. */
const OPTION_CHARACTERS = 80;

export interface Target {
  readonly path: string;
  /** False: it is made when the folder is published. */
  readonly isListed: boolean;
  /** Every catalogue there is to choose from, with the one that would be made. */
  readonly all: readonly string[];
  readonly choose: (path: string) => void;
}

export function usePublishTarget(): Target {
  const into = useAppState(({ state }) => state?.publishInto ?? '');
  const listed = useAppState(
    useShallow(
      ({ state }) =>
        state?.catalogues.filter(({ problem }) => problem === null).map(({ path }) => path) ?? [],
    ),
  );
  const [chosen, choose] = useState<string>();
  const all = listed.includes(into) ? listed : [...listed, into];
  // What was chosen may have been taken from the list since.
  const path = chosen !== undefined && all.includes(chosen) ? chosen : into;
  return { path, isListed: listed.includes(path), all, choose };
}

export function PublishTarget({ target: { path, isListed, all, choose } }: { readonly target: Target }) {
  if (all.length > 1) {
    return (
      <Field
        label="Catalogue"
        help={isListed ? 'The job is added to it.' : 'It is made, and the job is added to it.'}
      >
        {(control) => (
          <Select {...control} value={path} onChange={(event) => choose(event.target.value)}>
            {all.map((one) => (
              <option key={one} value={one}>
                {shownName(one, OPTION_CHARACTERS)}
              </option>
            ))}
          </Select>
        )}
      </Field>
    );
  }
  return (
    <p className={styles.target}>
      {isListed
        ? 'The job is added to the catalogue '
        : 'There is no catalogue to add it to yet; it is made as '}
      <Name mono wrap text={path} />.
    </p>
  );
}
