/** The address from which the browser screen's server hands out a file. */
export function downloadAddress(job: string, path: string): string {
  return `/download?${new URLSearchParams({ job, path })}`;
}
