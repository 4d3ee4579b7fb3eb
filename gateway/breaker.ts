const failuresToOpen = 3;
const probeEveryMs = 1_000;

/**
 * Spares clients the wait for a service that does not answer: after three failures in a row calls are not tried any
 * more, and a probe in the background finds out when the service is back.
 */
export class Breaker {
  private failures = 0;
  private probing: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    /** Resolves to whether the service answers again. */
    private readonly probe: () => Promise<boolean>,
    private readonly onChange: (open: boolean) => void,
  ) {}

  get isOpen(): boolean {
    return this.probing !== undefined;
  }

  succeeded(): void {
    this.failures = 0;
  }

  failed(): void {
    this.failures += 1;
    if (this.failures < failuresToOpen || this.isOpen || this.stopped) return;
    this.onChange(true);
    this.probeLater();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.probing);
    this.probing = undefined;
  }

  private probeLater(): void {
    this.probing = setTimeout(async () => {
      const answers = await this.probe();
      if (this.stopped) return;
      if (!answers) return this.probeLater();
      this.probing = undefined;
      this.failures = 0;
      this.onChange(false);
    }, probeEveryMs);
    this.probing.unref();
  }
}
