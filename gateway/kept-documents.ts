import type { Graph } from './graph.js';
import { type Operations, operationsIn } from './operations.js';

const mostDocuments = 1_000;
const mostCharacters = 4_000_000;

/** Documents that have been checked and planned. Registered ones are kept for good, others while there is room. */
export class KeptDocuments {
  private readonly registered = new Map<string, Operations>();
  private readonly recent = new Map<string, Operations>();
  private characters = 0;

  constructor(private readonly graph: Graph) {}

  get(text: string): Operations {
    const known = this.registered.get(text) ?? this.recent.get(text);
    if (known) return known;
    const operations = operationsIn(text, this.graph);
    this.recent.set(text, operations);
    this.characters += text.length;
    // A Map hands out its keys in the order they came.
    for (const oldest of this.recent.keys()) {
      if (this.recent.size <= mostDocuments && this.characters <= mostCharacters) break;
      this.recent.delete(oldest);
      this.characters -= oldest.length;
    }
    return operations;
  }

  /** Checks and plans a document before anybody asks for it. */
  async register(text: string): Promise<void> {
    const operations = operationsIn(text, this.graph);
    await Promise.all([...operations.values()].map((operation) => operation.plan()));
    this.registered.set(text, operations);
  }
}
