/** What a support bundle is called unless somebody names it: by its time, so that none is in the way of the next. */

export function bundleName(now = new Date()): string {
  const time = now.toISOString().replaceAll(/[-:]|\..*/g, '');
  return `orbit-ghost-support-${time}.tar.gz`;
}
