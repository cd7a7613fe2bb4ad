/**
 * Copies of descriptors between supervisor and engine, over a socket pair that both hold an end of; what a descriptor is for
 * travels beside it, on the channel of their messages, under its number. Invariant: nothing here waits, and a descriptor that
 * came is either taken or closed.
 */
import { closeSync } from 'node:fs';
import { GhostError } from '../../errors.ts';
import { sendDescriptor, takeDescriptor } from './libc.ts';

export class DescriptorExchange {
  readonly #socket: number;
  readonly #arrived = new Map<number, number>();
  #lastNumber = 0;

  /** Owns the socket. */
  constructor(socket: number) {
    this.#socket = socket;
  }

  /** The number under which the other end finds its copy. Throws when the other end is gone. */
  send(fd: number): number {
    this.#lastNumber += 1;
    sendDescriptor(this.#socket, fd, this.#lastNumber);
    return this.#lastNumber;
  }

  /** The descriptor sent under this number, now the caller's to close. Throws MOUNT_FAILED when it did not come. */
  take(number: number): number {
    this.#receive();
    const fd = this.#arrived.get(number);
    if (fd === undefined) throw new GhostError('MOUNT_FAILED', 'A session was announced and did not come.');
    this.#arrived.delete(number);
    return fd;
  }

  #receive(): void {
    for (let next = takeDescriptor(this.#socket); next !== undefined; next = takeDescriptor(this.#socket)) {
      this.#arrived.set(next.number, next.fd);
    }
  }

  /** Closes what was sent under this number unless it was taken. */
  drop(number: number): void {
    this.#receive();
    const fd = this.#arrived.get(number);
    this.#arrived.delete(number);
    if (fd !== undefined) closeSync(fd);
  }

  close(): void {
    for (const fd of this.#arrived.values()) closeSync(fd);
    this.#arrived.clear();
    closeSync(this.#socket);
  }
}
