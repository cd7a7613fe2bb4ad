/** Holds that no uninitialised byte leaves the buffer a block is received into. */
import { describe, expect, test } from 'vitest';
import { BlockBuffer } from '../../../src-main/engine/wormhole/block-buffer.ts';

describe('a block being received', () => {
  test('is handed out only when every byte was written', () => {
    const block = new BlockBuffer(4);
    block.append(Buffer.from('abc'), 0);
    expect(() => block.complete()).toThrow('3 of 4 bytes');
    block.append(Buffer.from('d'), 0);
    expect(block.complete().toString()).toBe('abcd');
  });

  test('takes no memory before its first byte, and none after a restart', () => {
    const block = new BlockBuffer(4);
    block.append(Buffer.alloc(0), 0);
    expect(block.held).toBe(0);
    block.append(Buffer.from('a'), 0);
    expect(block.held).toBe(4);
    block.restart();
    expect([block.held, block.received]).toEqual([0, 0]);
  });

  test('refuses more bytes than were asked for and keeps what it has', () => {
    const block = new BlockBuffer(2);
    expect(() => block.append(Buffer.from('abc'), 0)).toThrow('more than the 2 bytes');
    expect(block.received).toBe(0);
  });

  test('knows whose bytes it holds', () => {
    const block = new BlockBuffer(4);
    expect(block.hasBytesOfOthers(0)).toBe(false);
    block.append(Buffer.from('a'), 1);
    expect([block.hasBytesOfOthers(1), block.hasBytesOfOthers(0), block.mixed]).toEqual([false, true, false]);
    block.append(Buffer.from('b'), 0);
    expect([block.hasBytesOfOthers(1), block.mixed]).toEqual([true, true]);
    block.restart();
    expect(block.mixed).toBe(false);
  });
});
