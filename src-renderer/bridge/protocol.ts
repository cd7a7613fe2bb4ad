/** The page as a client of the contract: what fails is a BridgeFailure, and what is followed is asked for again and again. */
import { ProtocolClient, type ProtocolOptions } from '../../src-main/ipc/protocol-client.ts';
import { BridgeFailure } from './failure.ts';

export function pageClient(after: NonNullable<ProtocolOptions['after']>): ProtocolClient {
  return new ProtocolClient({
    failure: ({ code, sentence }) => new BridgeFailure(code, sentence),
    away: new BridgeFailure(
      'DISCONNECTED',
      'The connection to Orbit GhostFS is lost; it is being made again.',
    ),
    after,
  });
}
