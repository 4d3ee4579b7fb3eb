import { HubFault } from '../gateway.js';
import { type Comments, type CommentsColumn, commentOf } from './comments-column.js';
import { placeOf } from './read-workbook.js';

const mostColumns = 16_384;
const mostCharacters = 32_000;

/**
 * The XML of a sheet with a column of comments; all else of it stays as it is written. `width` is how many columns the
 * sheet was read with. Throws HubFault where it has no column left.
 */
export function commentedSheet(xml: string, width: number, column: CommentsColumn, comments: Comments): string {
  const at = column.at ?? freeColumn(xml, width);
  const texts = new Map<number, string>();
  if (column.at === null) texts.set(1, column.heading);
  for (const row of comments.keys()) texts.set(row, commentOf(comments, row));
  return new Commenting(xml, at, texts).written();
}

/** A tag of XML with where it stands. */
interface Tag {
  from: number;
  to: number;
  kind: 'open' | 'close' | 'empty';
  prefix: string;
  name: string;
  attributes: string;
}

// Comments, text as it is and instructions hold no tags, whatever they look like.
const markup =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<(\/?)([^\s=<>/"'!?]+:)?([^\s=<>/"'!?:]+)((?:\s+[^\s=<>/"']+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g;

function* tagsOf(xml: string): Generator<Tag> {
  for (const found of xml.matchAll(markup)) {
    const [whole, close, prefix = '', name, attributes = '', empty] = found;
    if (name === undefined) continue;
    const kind = close ? 'close' : empty ? 'empty' : 'open';
    yield { from: found.index, to: found.index + whole.length, kind, prefix, name, attributes };
  }
}

const said = ({ attributes }: Tag, name: string): string | undefined =>
  new RegExp(`\\s${name}\\s*=\\s*["']([^"']*)["']`).exec(attributes)?.[1];

/** The first column, from 0, behind what was read in which nothing stands and no merged cell lies. */
function freeColumn(xml: string, width: number): number {
  const taken = new Set<number>();
  let cell: string | undefined;
  for (const tag of tagsOf(xml)) {
    if (tag.kind === 'close') continue;
    if (tag.name === 'c') cell = said(tag, 'r');
    else if (cell && ['f', 'v', 'is'].includes(tag.name)) taken.add(placeOf(cell).at);
    else if (tag.name === 'mergeCell') {
      const [from, to] = said(tag, 'ref')!.split(':').map(placeOf);
      for (let at = Math.max(from!.at, width); at <= (to ?? from!).at; at++) taken.add(at);
    }
  }
  let at = width;
  while (taken.has(at)) at++;
  if (at >= mostColumns)
    throw new HubFault('The sheet has no column left for comments; delete one on its right, or save it as CSV.');
  return at;
}

const lettersOf = (at: number): string =>
  (at >= 26 ? lettersOf(Math.floor(at / 26) - 1) : '') + String.fromCharCode(65 + (at % 26));

const marks: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Text as XML can hold it: no control characters, no half of a pair. */
const escaped = (text: string): string =>
  text
    .slice(0, mostCharacters)
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ' ')
    .replaceAll(/[&<>]/g, (sign) => marks[sign]!);

interface Row {
  tag: Tag;
  number: number | null;
  /** The cell in the column of comments, as far as there is one. */
  cell: { from: number; to: number; style: string; isEmpty: boolean } | null;
  /** Where the first cell behind that column begins. */
  next: number | null;
}

/** Writes comments into the XML of one sheet, from its begin to its end. */
class Commenting {
  private readonly pieces: string[] = [];
  private copied = 0;
  private last = 0;
  private prefix = '';
  private readonly column: string;
  /** Rows with a comment, the next one first. */
  private readonly waiting: number[];

  constructor(
    private readonly xml: string,
    private readonly at: number,
    private readonly texts: ReadonlyMap<number, string>,
  ) {
    this.column = lettersOf(at);
    this.waiting = [...texts.keys()].sort((one, other) => one - other);
  }

  written(): string {
    let row: Row | null = null;
    let cell: Row['cell'] = null;
    let isInside = false;
    for (const tag of tagsOf(this.xml)) {
      if (tag.name === 'dimension' && tag.kind !== 'close') this.widen(tag);
      if (tag.name === 'sheetData') {
        this.prefix = tag.prefix;
        isInside = tag.kind === 'open';
        if (tag.kind === 'close') this.insertRows(Number.POSITIVE_INFINITY, tag.from);
      }
      if (!isInside) continue;
      if (tag.name === 'row') {
        if (tag.kind !== 'close') row = { tag, number: Number(said(tag, 'r')) || null, cell: null, next: null };
        if (tag.kind !== 'open') this.finish(row!, tag);
      } else if (tag.name === 'c') {
        if (tag.kind !== 'close') cell = this.begin(row!, tag);
        if (tag.kind !== 'open' && cell) cell.to = tag.to;
        if (tag.kind !== 'open') cell = null;
      } else if (cell) cell.isEmpty = false;
    }
    return [...this.pieces, this.xml.slice(this.copied)].join('');
  }

  private begin(row: Row, tag: Tag): Row['cell'] {
    const place = placeOf(said(tag, 'r')!);
    row.number ??= place.row;
    if (place.at > this.at) row.next ??= tag.from;
    if (place.at !== this.at) return null;
    const style = said(tag, 's');
    row.cell = { from: tag.from, to: tag.to, style: style === undefined ? '' : ` s="${style}"`, isEmpty: true };
    return row.cell;
  }

  private finish({ tag, number, cell, next }: Row, end: Tag): void {
    const row = number ?? this.last + 1;
    this.insertRows(row, tag.from);
    this.last = row;
    if (this.waiting[0] === row) this.waiting.shift();
    const text = this.texts.get(row);
    if (text === undefined) {
      // What an earlier check said of a row that is sound now; the headings stay.
      if (cell && !cell.isEmpty && row > 1) this.put(cell.from, cell.to, this.emptied(row, cell.style));
      return;
    }
    const written = this.cellOf(row, text, cell?.style);
    const attributes = this.spanning(tag);
    if (tag.kind === 'empty') {
      const name = `${tag.prefix}row`;
      this.put(tag.from, tag.to, `<${name}${attributes}>${written}</${name}>`);
      return;
    }
    if (attributes !== tag.attributes) this.put(tag.from, tag.to, `<${tag.prefix}row${attributes}>`);
    if (cell) this.put(cell.from, cell.to, written);
    else this.put(next ?? end.from, next ?? end.from, written);
  }

  /** Rows of which the sheet holds nothing, but a merged cell lies over them. */
  private insertRows(before: number, at: number): void {
    while ((this.waiting[0] ?? before) < before) {
      const row = this.waiting.shift()!;
      const name = `${this.prefix}row`;
      this.put(at, at, `<${name} r="${row}">${this.cellOf(row, this.texts.get(row)!)}</${name}>`);
    }
  }

  private put(from: number, to: number, text: string): void {
    this.pieces.push(this.xml.slice(this.copied, from), text);
    this.copied = to;
  }

  private cellOf(row: number, text: string, style = ''): string {
    const { prefix: p, column } = this;
    // A string that stands in its cell: no formula, and the strings of the workbook stay as they are.
    return `<${p}c r="${column}${row}"${style} t="inlineStr"><${p}is><${p}t xml:space="preserve">${escaped(text)}</${p}t></${p}is></${p}c>`;
  }

  private emptied(row: number, style: string): string {
    return style === '' ? '' : `<${this.prefix}c r="${this.column}${row}"${style}/>`;
  }

  /** A row may state between which columns its cells are. */
  private spanning({ attributes }: Tag): string {
    return attributes.replace(/(\sspans\s*=\s*["'][^"']*:)(\d+)/, (_, before, last) =>
      [before, Math.max(Number(last), this.at + 1)].join(''),
    );
  }

  /** A sheet may state which cells it has. */
  private widen({ from, to, kind, prefix, name, attributes }: Tag): void {
    const wider = attributes.replace(/(\sref\s*=\s*["'][A-Z]+\d+)(?::([A-Z]+)(\d+))?/, (whole, begin, letters, row) => {
      const cell = `${begin}`.replace(/^.*["']/, '');
      if (placeOf(`${letters ?? cell.replace(/\d+$/, '')}1`).at >= this.at) return whole;
      return `${begin}:${this.column}${row ?? cell.replace(/^[A-Z]+/, '')}`;
    });
    if (wider !== attributes) this.put(from, to, `<${prefix}${name}${wider}${kind === 'empty' ? '/' : ''}>`);
  }
}
