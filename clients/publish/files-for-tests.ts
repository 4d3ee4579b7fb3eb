import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import writeWorkbook from 'write-excel-file/node';
import type { Found } from './contributions-in.js';
import { ContributionsIn } from './contributions-in.js';
import { guessMapping, keptMapping, type Mapping, placesOf } from './mapping.js';
import { openTable } from './open-table.js';

/** A folder for the files of one test file; each is made when it is asked for. */
export class FilesForTests {
  readonly folder = mkdtempSync(join(tmpdir(), 'hub-publish-test-'));

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  write(name: string, content: string | Buffer): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** Rows written with | between their cells. */
  csv(name: string, ...rows: string[]): string {
    const quoted = (cell: string) => (/[",\n;]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
    const line = (row: string) =>
      row
        .split('|')
        .map((cell) => quoted(cell.trim()))
        .join(',');
    return this.write(name, rows.map((row) => `${line(row)}\n`).join(''));
  }

  async xlsx(name: string, ...rows: (string | number | Date | boolean | null)[][]): Promise<string> {
    const path = join(this.folder, name);
    const cells = rows.map((row) =>
      row.map((value) => {
        if (value === null) return null;
        return value instanceof Date ? { value, type: Date, format: 'dd/mm/yyyy' } : { value };
      }),
    );
    await writeWorkbook(cells as never).toFile(path);
    return path;
  }

  /** A workbook around the XML of one sheet; `before` and `after` stand around its rows, `others` are further parts. */
  sheet(name: string, rows: string, after = '', { before = '', others = [] as Part[] } = {}): string {
    const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
    const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
    return this.write(
      name,
      zipOf([
        {
          name: 'xl/workbook.xml',
          text: `<workbook ${main} xmlns:r="${relations}"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>`,
        },
        {
          name: 'xl/_rels/workbook.xml.rels',
          text: `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
        },
        {
          name: 'xl/styles.xml',
          text: `<styleSheet ${main}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>`,
        },
        {
          name: 'xl/worksheets/sheet1.xml',
          text: `<worksheet ${main}>${before}<sheetData>${rows}</sheetData>${after}</worksheet>`,
        },
        ...others,
      ]),
    );
  }

  /** What is found in a file with its mapping, kept or guessed. */
  async found(file: string, ways: Partial<Mapping> = {}): Promise<Found[]> {
    const { table } = await openTable(file);
    const mapping = { ...(keptMapping(file) ?? guessMapping(table.headings)), ...ways };
    const found: Found[] = [];
    const reader = new ContributionsIn(basename(file), placesOf(table.headings, mapping, file), mapping);
    for await (const each of reader.read(table.rows())) found.push(each);
    return found;
  }

  /** The refusals of a file, as `row column: reason`. */
  async faults(file: string, ways: Partial<Mapping> = {}): Promise<string[]> {
    const found = await this.found(file, ways);
    return found.flatMap(({ faults }) => faults.map(({ row, column, reason }) => `${row} ${column}: ${reason}`));
  }
}

/** One part of an archive; `states` is a size that the directory states in place of the true one. */
export interface Part {
  name: string;
  text: string | Buffer;
  states?: number;
}

export function zipOf(files: readonly Part[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, text, states } of files) {
    const plain = Buffer.from(text);
    const packed = deflateRawSync(plain);
    const head = Buffer.alloc(26);
    for (const [place, value] of [
      [0, 20],
      [4, 8],
      [22, Buffer.byteLength(name)],
    ] as const)
      head.writeUInt16LE(value, place);
    head.writeUInt32LE(crc32(plain), 10);
    head.writeUInt32LE(packed.length, 14);
    head.writeUInt32LE(states ?? plain.length, 18);
    const body = Buffer.concat([Buffer.from('PK\u0003\u0004'), head, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000'), head, tail, Buffer.from(name)]));
    bodies.push(body);
    at += body.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...bodies, listed, Buffer.from('PK\u0005\u0006'), end]);
}
