import type { WriteStream } from 'node:tty';
import { Presets, SingleBar } from 'cli-progress';

/** Shows how far a long command is. */
export interface Progress {
  begin(what: string, of: number): void;
  advance(by: number): void;
  end(): void;
}

/** A bar on a terminal; nothing where nobody looks. */
export function progressOn(stream: WriteStream): Progress {
  let bar: SingleBar | undefined;
  return {
    begin(what, of) {
      if (!stream.isTTY || of === 0) return;
      const format = `${what} {bar} {value}/{total} | {duration_formatted}, about {eta_formatted} to go`;
      bar = new SingleBar({ format, stream, barsize: 30, hideCursor: false }, Presets.shades_grey);
      bar.start(of, 0);
    },
    advance: (by) => bar?.increment(by),
    end() {
      bar?.stop();
      bar = undefined;
    },
  };
}
