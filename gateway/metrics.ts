import type { OperationTypeNode } from 'graphql';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** `unknown` is what was refused before anybody read what it is. */
type Kind = `${OperationTypeNode}` | 'unknown';
/** `refused`: nothing was answered, for the client's fault; `failed`: nothing was answered, for the hub's. */
export type Outcome = 'ok' | 'partial' | 'refused' | 'failed';
/** `refused`: the service refused the call as a whole. */
export type CallOutcome = 'answered' | 'refused' | 'away';
/** What a service is counted by. */
export interface CallMetrics {
  took: Record<CallOutcome, (sinceMs: number) => void>;
  breakerIs(open: boolean): void;
}

// Lists, so that a label can hold nothing that a client wrote.
const kinds: Kind[] = ['query', 'mutation', 'subscription', 'unknown'];
const outcomes: Outcome[] = ['ok', 'partial', 'refused', 'failed'];
const callOutcomes: CallOutcome[] = ['answered', 'refused', 'away'];
// Most answers take a few milliseconds; a change may wait ten seconds for its service.
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const labelNames = ['kind', 'outcome'] as const;

/** What one gateway counts. Each series has its labels made once, at the start. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly calls = this.histogram(
    'hub_subgraph_call_duration_seconds',
    'How long calls to a service took, by how they ended. What is not asked while its breaker is open is no call.',
    ['service', 'outcome'] as const,
  );
  private readonly breakers = new Gauge({
    name: 'hub_subgraph_breaker_open',
    help: 'Whether a service is not asked for now, because it did not answer.',
    labelNames: ['service'],
    registers: [this.registry],
  });
  private readonly ended = this.requestSeries();

  /** One request to /graphql, to be counted when its outcome is known. */
  request(): CountedRequest {
    return new CountedRequest(this.ended);
  }

  service(service: string): CallMetrics {
    const breaker = this.breakers.labels({ service });
    breaker.set(0);
    return {
      took: table(callOutcomes, (outcome) => {
        const series = this.calls.labels({ service, outcome });
        return (sinceMs: number) => series.observe(secondsSince(sinceMs));
      }),
      breakerIs: (open) => breaker.set(open ? 1 : 0),
    };
  }

  subscriptions(count: () => number): void {
    new Gauge({
      name: 'hub_open_subscriptions',
      help: 'How many subscriptions are open.',
      registers: [this.registry],
      collect() {
        this.set(count());
      },
    });
  }

  /** For a gateway that has its process to itself: its event loop, memory and garbage. */
  process(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  private histogram<Label extends string>(name: string, help: string, labels: readonly Label[]): Histogram<Label> {
    return new Histogram({ name, help, labelNames: labels, buckets, registers: [this.registry] });
  }

  private requestSeries(): RequestSeries {
    const counter = new Counter({
      name: 'hub_requests_total',
      help: 'Requests to /graphql. A subscription is one that was answered once it has begun.',
      labelNames,
      registers: [this.registry],
    });
    const help = 'How long requests to /graphql took; of a subscription, until it began.';
    const durations = this.histogram('hub_request_duration_seconds', help, labelNames);
    return table(kinds, (kind) =>
      table(outcomes, (outcome) => {
        const [count, duration] = [counter.labels({ kind, outcome }), durations.labels({ kind, outcome })];
        // A series that is there before it is first counted shows its first count as a rise.
        count.inc(0);
        return (sinceMs: number) => {
          count.inc();
          duration.observe(secondsSince(sinceMs));
        };
      }),
    );
  }
}

type RequestSeries = Record<Kind, Record<Outcome, (sinceMs: number) => void>>;

/** A request, from when it came; counted once, however often it is said how it ended. */
export class CountedRequest {
  kind: Kind = 'unknown';
  private readonly since = performance.now();
  private isCounted = false;

  constructor(private readonly series: RequestSeries) {}

  ended(outcome: Outcome): void {
    if (this.isCounted) return;
    this.isCounted = true;
    this.series[this.kind][outcome](this.since);
  }
}

const secondsSince = (startMs: number) => (performance.now() - startMs) / 1_000;

const table = <Key extends string, Value>(keys: readonly Key[], make: (key: Key) => Value) =>
  Object.fromEntries(keys.map((key) => [key, make(key)])) as Record<Key, Value>;
