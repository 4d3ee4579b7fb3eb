import 'reflect-metadata';
import type { OperationTypeNode } from 'graphql';
import { type Caller, signInWith } from '../services/kernel/caller.js';
import { Unauthenticated } from '../services/kernel/refusal.js';

/** Who sends a request, checked before anything is planned; each subgraph checks the same token again. */
export const signIn = signInWith;

/** Changes need a caller. What the caller may change, the subgraph that owns it decides. */
export function demandCaller(operation: OperationTypeNode, caller: Caller | null): void {
  if (operation === 'mutation' && !caller) throw new Unauthenticated();
}
