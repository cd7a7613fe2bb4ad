/** The way from all jobs to the folder that is open. In a deep folder the middle is left out. */
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/name.tsx';
import { crumbsOf } from '../../lib/paths.ts';
import { navigate } from '../../stores/navigation.ts';
import styles from './breadcrumb.module.css';

/** Folders shown at the end of the way. */
const SHOWN = 4;

export interface BreadcrumbProps {
  readonly job: string;
  readonly name: string;
  readonly path: string;
}

export function Breadcrumb({ job, name, path }: BreadcrumbProps) {
  const crumbs = crumbsOf(path);
  const shown = crumbs.slice(-SHOWN);
  return (
    <nav aria-label="Folders">
      <ol className={styles.crumbs}>
        <li>
          <button type="button" className={styles.crumb} onClick={() => navigate({ page: 'jobs' })}>
            Jobs
          </button>
        </li>
        <CrumbItem
          name={name}
          current={path === ''}
          onOpen={() => navigate({ page: 'job', job, path: '' })}
        />
        {shown.length < crumbs.length && (
          <li className={styles.item}>
            <Icon name="right" />
            <span title={`${crumbs.length - shown.length} folders`}>…</span>
          </li>
        )}
        {shown.map((crumb) => (
          <CrumbItem
            key={crumb.path}
            name={crumb.name}
            current={crumb.path === path}
            onOpen={() => navigate({ page: 'job', job, path: crumb.path })}
          />
        ))}
      </ol>
    </nav>
  );
}

interface CrumbItemProps {
  readonly name: string;
  readonly current: boolean;
  readonly onOpen: () => void;
}

function CrumbItem({ name, current, onOpen }: CrumbItemProps) {
  return (
    <li className={styles.item}>
      <Icon name="right" />
      <button
        type="button"
        className={styles.crumb}
        aria-current={current ? 'location' : undefined}
        onClick={onOpen}
      >
        <Name text={name} />
      </button>
    </li>
  );
}
