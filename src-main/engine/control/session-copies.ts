/**
 * Gives the supervisor a copy of every session that a later engine could continue, and takes over those of an earlier one.
 * Without a supervisor that keeps sessions, mounts end with the engine.
 */
import { messageOf } from '../errors.ts';
import type { Continuity, KernelSession } from '../fuse/driver.ts';
import { DescriptorExchange } from '../fuse/kernel/descriptor-exchange.ts';
import type { Logger } from '../log.ts';
import type { HandedSession, JobKey } from './protocol.ts';
import type { SupervisorChannel } from './supervisor-channel.ts';

export class SessionCopies {
  readonly #exchange: DescriptorExchange;
  readonly #channel: Pick<SupervisorChannel, 'send'>;
  readonly #logger: Logger;

  /** `socket`: our end of the pair whose other end the supervisor has. */
  constructor(socket: number, channel: Pick<SupervisorChannel, 'send'>, logger: Logger) {
    this.#exchange = new DescriptorExchange(socket);
    this.#channel = channel;
    this.#logger = logger;
  }

  /** Runs a mount with what it needs to outlive this process; a session handed to it is closed if it does not take it. */
  async around<T>(
    key: JobKey,
    handed: HandedSession | undefined,
    mount: (continuity: Continuity) => Promise<T>,
  ): Promise<T> {
    const inherited =
      handed === undefined ? undefined : { ...handed, take: () => this.#exchange.take(handed.number) };
    try {
      return await mount({
        inherited,
        keep: (fd, session) => {
          // The supervisor has the one it handed over.
          if (inherited === undefined) this.#give(key, fd, session);
        },
      });
    } finally {
      if (handed !== undefined) this.#exchange.drop(handed.number);
    }
  }

  #give(key: JobKey, fd: number, session: KernelSession): void {
    try {
      const number = this.#exchange.send(fd);
      void this.#channel.send({ event: 'session', key, number, ...session });
    } catch (error) {
      this.#logger.warn(`The mount of ${key} will not outlive the engine: ${messageOf(error)}`);
    }
  }
}
