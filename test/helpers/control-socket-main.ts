/** A process that wants to be the one supervisor at a path: says `serving` or why not, and goes on until it is killed. */
import { silentLogger } from '../../src-main/engine/log.ts';
import { serveUnixSocket } from '../../src-main/ipc/unix-socket.ts';
import { contractProgram, NEAR } from './contract-program.ts';

const [path = ''] = process.argv.slice(2);
try {
  const { dispatcher } = contractProgram();
  await serveUnixSocket({ dispatcher, path, caller: NEAR, logger: silentLogger });
  console.log('serving');
} catch (error) {
  console.log(String(error));
}
