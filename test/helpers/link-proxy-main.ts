/**
 * The link proxy as a process of its own, so that the load of a benchmark does not disturb its timing. Prints its port; on
 * SIGTERM or SIGINT prints the bytes it carried down and exits.
 */
import { parseArgs } from 'node:util';
import { startLinkProxy } from './link-proxy.ts';

const USAGE = 'usage: link-proxy-main.ts --target HOST:PORT --rtt MILLISECONDS --bandwidth BYTES_PER_SECOND';

const { values } = parseArgs({
  options: { target: { type: 'string' }, rtt: { type: 'string' }, bandwidth: { type: 'string' } },
});
const [, host, port] = /^(?:http:\/\/)?([^/]+):(\d+)\/?$/.exec(values.target ?? '') ?? [];
const rttMs = Number(values.rtt);
const bytesPerSecond = Number(values.bandwidth);
if (host === undefined || !(rttMs >= 0) || !(bytesPerSecond > 0)) {
  console.error(USAGE);
  process.exit(2);
}

const proxy = await startLinkProxy({ target: { host, port: Number(port) }, rttMs, bytesPerSecond });
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    console.log(proxy.bytesDown());
    process.exit(0);
  });
}
console.log(proxy.port);
