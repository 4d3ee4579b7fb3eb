import { isUtf8 } from 'node:buffer';

/** A file that cannot be read as a whole. The message is one sentence: file, place, what to do. */
export class DamagedFile extends Error {
  override name = 'DamagedFile';
}

const newline = 0x0a;
const longestLine = 4_000_000;

/**
 * Passes text on in whole lines and stops at the first byte that no text file holds. Decoders replace such bytes
 * silently, and a name with a replacement character would then be imported as if it were the source's.
 */
export async function* checkedText(path: string, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  for await (const chunk of source) {
    if (line === 1 && rest.length === 0) refusePacked(path, chunk);
    const joined = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const end = joined.lastIndexOf(newline) + 1;
    if (end > 0) {
      line = checkLines(path, joined.subarray(0, end), line);
      yield joined.subarray(0, end);
    }
    rest = joined.subarray(end);
    if (rest.length > longestLine) {
      throw new DamagedFile(
        `${path}, line ${line}: the line is longer than 4 MB: this is no table, get the file again.`,
      );
    }
  }
  if (rest.length > 0) {
    checkLines(path, rest, line);
    yield rest;
  }
}

/** Checks whole lines and gives the number of the line after them. */
function checkLines(path: string, block: Buffer, first: number): number {
  const sound = isUtf8(block) && !block.includes(0);
  let line = first;
  for (let at = 0; at < block.length; line += 1) {
    const found = block.indexOf(newline, at);
    const end = found < 0 ? block.length : found + 1;
    if (!sound) checkLine(path, block.subarray(at, end), line);
    if (found < 0) return line;
    at = end;
  }
  return line;
}

function checkLine(path: string, text: Buffer, line: number): void {
  const nul = text.indexOf(0);
  if (nul >= 0) {
    throw new DamagedFile(
      `${path}, line ${line}, byte ${nul + 1}: there is a NUL byte: the file is damaged or not UTF-8 text, get it again.`,
    );
  }
  if (isUtf8(text)) return;
  let sound = 0;
  while (isUtf8(text.subarray(0, sound + 1)) || isUtf8(text.subarray(0, Math.min(sound + 4, text.length)))) sound += 1;
  throw new DamagedFile(`${path}, line ${line}, byte ${sound + 1}: this is not UTF-8 text: save the file as UTF-8.`);
}

function refusePacked(path: string, start: Buffer): void {
  const magic = start.toString('latin1', 0, 2);
  if (magic === '\x1f\x8b')
    throw new DamagedFile(`${path} is compressed: unpack it with gunzip and import what comes out.`);
  if (magic === 'PK')
    throw new DamagedFile(`${path} is a zip or Excel file: save the sheet as CSV in UTF-8 and import that.`);
}
