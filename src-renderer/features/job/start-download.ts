/**
 * Leads the browser to a file of a job, which the screen's server hands out as an attachment, so that the page stays where it
 * is. A browser that is refused one shows nobody why: so the server is asked first, and the bytes never pass through the page.
 */

/** The answer takes a look at the catalogue, and an engine that restarts is back by then. Milliseconds. */
const ANSWER_LIMIT_MS = 10_000;

/** Rejects with the sentence that says why there is no download. */
export async function startDownload(job: string, path: string): Promise<void> {
  const query = new URLSearchParams({ job, path });
  const answer = await ask(`/download/check?${query}`);
  if (!answer.ok) throw new Error(`Not downloaded: ${(await answer.text()).trim()}`);
  const link = document.createElement('a');
  link.href = `/download?${query}`;
  link.download = '';
  link.click();
}

async function ask(address: string): Promise<Response> {
  try {
    return await fetch(address, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
  } catch {
    throw new Error('Not downloaded: Orbit GhostFS does not answer. Try again when the screen is connected.');
  }
}
