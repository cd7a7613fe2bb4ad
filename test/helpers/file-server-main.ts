/** The file server as a process of its own, for another network: its directory and host are arguments; prints its port. */
import { startFileServer } from './file-server.ts';

const [, , directory, host] = process.argv;
if (directory === undefined || host === undefined) {
  console.error('usage: file-server-main.ts DIRECTORY HOST');
  process.exit(2);
}
const { port } = await startFileServer(directory, { host });
console.log(port);
