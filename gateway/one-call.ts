import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';

export interface Received {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Why a call to a subgraph brought no answer. `reset` means that not a byte of one had come. */
export class CallFailed extends Error {
  constructor(
    message: string,
    readonly reset = false,
  ) {
    super(message);
  }
}

// Reading JSON holds up every other request meanwhile, about 10 ms for each megabyte.
const largestAnswer = 8 * 1024 * 1024;

/** Posts one body and takes in the answer, bounded in time and size. */
export function post(
  to: Dispatcher,
  path: string,
  headers: string[],
  body: string,
  withinMs: number,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const call = new OneCall(resolve, reject, withinMs);
    to.dispatch({ method: 'POST', path, headers, body }, call);
  });
}

/** undici's plainest interface; its others cost a stream and several promises for each call. */
class OneCall implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined;
  private failure: CallFailed | undefined;
  private status = 0;
  private headers: IncomingHttpHeaders = {};
  private size = 0;
  private readonly chunks: Buffer[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly resolve: (received: Received) => void,
    private readonly reject: (reason: CallFailed) => void,
    withinMs: number,
  ) {
    this.timer = setTimeout(() => this.fail(new CallFailed(`no answer within ${withinMs} ms`)), withinMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // It may have waited for a free connection until its time was up.
    if (this.failure) controller.abort(this.failure);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.length;
    if (this.size > largestAnswer) this.fail(new CallFailed(`an answer larger than ${largestAnswer} bytes`));
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    clearTimeout(this.timer);
    const whole = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
    this.resolve({ status: this.status, headers: this.headers, text: whole.toString('utf8') });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const { code = '' } = error as { code?: string };
    const reset = this.status === 0 && (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE');
    this.fail(error instanceof CallFailed ? error : new CallFailed(code || error.message, reset));
  }

  private fail(failure: CallFailed): void {
    clearTimeout(this.timer);
    if (this.failure) return;
    this.failure = failure;
    this.reject(failure);
    this.controller?.abort(failure);
  }
}
