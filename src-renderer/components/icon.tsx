/** The icons of the screen: one stroke width, drawn on a grid of 16. Never the only bearer of a meaning. */
import styles from './icon.module.css';

const PATHS = {
  jobs: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  activity: 'M1.5 8.5h3l2-5 3.5 9 2-4h2.5',
  cache:
    'M2.5 4c0-1 2.5-1.8 5.5-1.8S13.5 3 13.5 4 11 5.8 8 5.8 2.5 5 2.5 4Zm0 0v8c0 1 2.5 1.8 5.5 1.8s5.5-.8 5.5-1.8V4M2.5 8c0 1 2.5 1.8 5.5 1.8S13.5 9 13.5 8',
  health: 'M8 1.8 13.2 3.6v4.1c0 3-2.1 5.3-5.2 6.5-3.1-1.2-5.2-3.5-5.2-6.5V3.6ZM5.6 7.9l1.8 1.8 3-3.4',
  settings: 'M2 4.5h6M11.5 4.5H14M2 11.5h2.5M8 11.5h6M9.8 2.8v3.4M6.2 9.8v3.4',
  folder: 'M1.8 12.2V3.8h4.4l1.6 1.9h6.4v6.5Z',
  file: 'M3.5 1.8h5.7l3.3 3.3v9.1h-9ZM9 2v3.3h3.3',
  copy: 'M5.5 5.5h7.7v7.7H5.5ZM10.5 5.3V2.8H2.8v7.7h2.5',
  check: 'M3 8.5l3.2 3.2L13 4.8',
  search: 'M7 11.8A4.8 4.8 0 1 0 7 2.2a4.8 4.8 0 0 0 0 9.6ZM10.5 10.5l3.3 3.3',
  plus: 'M8 3v10M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  right: 'M6.2 3.5 10.7 8l-4.5 4.5',
  left: 'M9.8 3.5 5.3 8l4.5 4.5',
  down: 'M3.5 6.2 8 10.7l4.5-4.5',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  download: 'M8 2.5v7.7M4.8 7.2 8 10.4l3.2-3.2M2.8 13.3h10.4',
  upload: 'M8 10.5V2.8M4.8 5.8 8 2.6l3.2 3.2M2.8 13.3h10.4',
  reveal: 'M6.5 3H3v10h10V9.5M9.2 2.8h4v4M13 3 7.8 8.2',
  play: 'M5 3.2v9.6l7.5-4.8Z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  eject: 'M8 3.2l5 5.8H3ZM3 12.5h10',
  warning: 'M8 2.2 14.6 13.6H1.4ZM8 6.5v3.2M8 11.7h.01',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.3v3.6M8 5.1h.01',
  trash: 'M2.8 4.2h10.4M6 4V2.5h4V4M4.2 4.4l.6 9.1h6.4l.6-9.1',
  retry: 'M13 8a5 5 0 1 1-1.5-3.6M13.2 1.8v3h-3',
  pin: 'M5.5 2h5M6.3 2v4.3L4 9.2h8L9.7 6.3V2M8 9.5V14',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className={styles.icon} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
