/** Reads the access log of nginx.ts and adds up what really moved. */

export interface NginxRequest {
  readonly method: string;
  /** Decoded, as in the tree that is served. */
  readonly path: string;
  /** The Range header as it came; empty without one. */
  readonly range: string;
  readonly status: number;
  /** First byte and the byte after the last that were announced; undefined for an answer without a body range. */
  readonly span: { readonly start: number; readonly end: number } | undefined;
  /** Bytes of the body that were sent, without headers. */
  readonly bodyBytes: number;
  /** Which TCP connection; requests on one connection share the number. */
  readonly connection: number;
  readonly agent: string;
}

/** Sum over the answers that had content. */
export interface Transferred {
  readonly requests: number;
  readonly bytes: number;
  /** Bytes that moved more than once. */
  readonly repeated: number;
}

interface LogLine {
  readonly method: string;
  readonly path: string;
  readonly range: string;
  readonly contentRange: string;
  readonly status: number;
  readonly bodyBytes: number;
  readonly connection: number;
  readonly agent: string;
}

/** An unfinished last line is left out: nginx is about to complete it. */
export function parseAccessLog(text: string): readonly NginxRequest[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const logged: LogLine = JSON.parse(line);
      const { contentRange, ...request } = logged;
      return { ...request, span: spanOf(contentRange, request) };
    });
}

function spanOf(
  contentRange: string,
  { status, bodyBytes }: Omit<LogLine, 'contentRange'>,
): NginxRequest['span'] {
  const match = /^bytes (\d+)-(\d+)\//.exec(contentRange);
  if (match !== null) return { start: Number(match[1]), end: Number(match[2]) + 1 };
  return status === 200 && bodyBytes > 0 ? { start: 0, end: bodyBytes } : undefined;
}

/** What the given requests moved, each file for itself. A body that was cut counts as far as it went. */
export function transferred(requests: readonly NginxRequest[]): Transferred {
  const bodies = requests.filter(
    ({ status, bodyBytes }) => (status === 200 || status === 206) && bodyBytes > 0,
  );
  let repeated = 0;
  for (const sameFile of Map.groupBy(bodies, ({ path }) => path).values()) {
    let covered = 0;
    for (const { span, bodyBytes } of sameFile.toSorted(
      (a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0),
    )) {
      const start = span?.start ?? 0;
      repeated += Math.min(bodyBytes, Math.max(0, covered - start));
      covered = Math.max(covered, start + bodyBytes);
    }
  }
  return {
    requests: bodies.length,
    bytes: bodies.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0),
    repeated,
  };
}
