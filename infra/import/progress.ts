import type { WriteStream } from 'node:tty';
import { Presets, SingleBar } from 'cli-progress';

/** Shows how far a long import is. Stages follow one another; rows are counted within a stage. */
export interface Progress {
  begin(stage: string, rows: number): void;
  advance(rows: number): void;
  /** Ends the stage; harmless when none has begun. */
  end(): void;
}

/** For tests and programs that nobody watches. */
export const unseen: Progress = { begin: () => undefined, advance: () => undefined, end: () => undefined };

/** A bar on a terminal; elsewhere a line at the end of each stage, and one every five seconds within it. */
export const progressOn = (stream: WriteStream): Progress => (stream.isTTY ? bar(stream) : lines(stream));

function bar(stream: WriteStream): Progress {
  let current: SingleBar | null = null;
  return {
    begin(stage, rows) {
      if (rows === 0) return;
      const format = `${stage.padEnd(24)} {bar} {value}/{total} | {duration_formatted}, about {eta_formatted} to go`;
      current = new SingleBar({ format, stream, barsize: 30, hideCursor: false }, Presets.shades_grey);
      current.start(rows, 0);
    },
    advance: (rows) => current?.increment(rows),
    end() {
      current?.stop();
      current = null;
    },
  };
}

const millisecondsBetweenLines = 5_000;

function lines(stream: NodeJS.WritableStream): Progress {
  let [stage, rows, done, said] = ['', 0, 0, 0];
  const say = () => {
    said = Date.now();
    stream.write(`${stage}: ${done} of ${rows}\n`);
  };
  return {
    begin(name, count) {
      [stage, rows, done, said] = [name, count, 0, Date.now()];
    },
    advance(count) {
      done += count;
      if (done < rows && Date.now() - said >= millisecondsBetweenLines) say();
    },
    end() {
      if (rows > 0) say();
      rows = 0;
    },
  };
}
