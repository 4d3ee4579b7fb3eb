import { type ChildProcess, spawn } from 'node:child_process';
import { environmentWith } from '../services/kernel/environment.js';

const stopWithinMs = 12_000;
const restartAfterMs = 300;
// A larger nursery: most of what answers a request is garbage as soon as it has been sent.
const nodeFlags = ['--max-semi-space-size=64'];
const graphFlags = ['--require', './infra/load-graphql.cjs'];

/** One program of the hub, run as a child, started again when it ends by itself. */
export class Part {
  private child: ChildProcess | undefined;
  private stopping = false;
  private isReady = false;

  constructor(
    readonly name: string,
    private readonly program: string,
    private readonly settings: Record<string, string>,
    private readonly log: (line: string) => void,
  ) {}

  /** Of the program as it runs now; 0 when it does not. */
  get processId(): number {
    return this.child?.pid ?? 0;
  }

  /** Resolves once the program says it is ready; rejects with its own last sentence when it ends before. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      // What speaks to the gateway only has no graph of its own, and starts in half the time without one.
      const flags = this.program.startsWith('.build/clients/') ? nodeFlags : [...nodeFlags, ...graphFlags];
      const child = spawn(process.execPath, [...flags, this.program], {
        env: environmentWith(this.settings),
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        // Ctrl-C reaches the whole terminal group; the parts stop when the hub tells them, in its order.
        detached: true,
      });
      this.child = child;
      let said = '';
      this.isReady = false;
      child.stderr!.on('data', (chunk: Buffer) => {
        if (this.isReady) process.stderr.write(chunk);
        else said += chunk;
      });
      child.once('message', () => {
        this.isReady = true;
        if (said) process.stderr.write(said);
        resolve();
      });
      child.once('exit', (code, signal) => {
        if (!this.isReady) reject(new Error(lastWords(said) ?? `${this.name} ended with ${signal ?? code}.`));
        else if (!this.stopping) this.restart(signal ?? `code ${code}`);
      });
    });
  }

  private restart(how: string): void {
    this.log(`${this.name} ended (${how}); starting it again`);
    setTimeout(() => {
      if (this.stopping) return;
      this.start().then(
        () => this.log(`${this.name} is back`),
        (error: Error) => {
          this.log(error.message);
          this.restart('it could not start');
        },
      );
    }, restartAfterMs);
  }

  /** Asks the program to stop in good order; ends it when it does not within 12 seconds. Throws when it did not. */
  async stop(): Promise<void> {
    this.stopping = true;
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<string>((resolve) =>
      child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`)),
    );
    child.kill('SIGTERM');
    const cut = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
    const how = await ended;
    clearTimeout(cut);
    // One that was still starting ends as it can.
    if (this.isReady && how !== 'code 0') throw new Error(`${this.name} did not end in good order (${how}).`);
  }
}

/** What a program said of its own end: its wrong settings or its sentence, or of a crash the line that names the error. */
function lastWords(said: string): string | undefined {
  const [wrongSettings] = /^.*settings are wrong:\n( {2}.*\n?)+/m.exec(said) ?? [];
  if (wrongSettings) return wrongSettings.trimEnd();
  const lines = said
    .trim()
    .split('\n')
    .filter((line) => line !== '');
  return lines.find((line) => /^\w*Error\b.*: /.test(line)) ?? lines.at(-1);
}
