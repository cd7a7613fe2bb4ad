/** Everything that is known to go wrong. */
import type { FaultArea } from './fault-table.ts';
import { cacheDisk } from './faults/cache-disk.ts';
import { catalogue } from './faults/catalogue.ts';
import { network } from './faults/network.ts';
import { processes } from './faults/processes.ts';
import { screen } from './faults/screen.ts';

export const FAULT_AREAS: readonly FaultArea[] = [network, cacheDisk, catalogue, processes, screen];
