import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';

/** A file that is no sound zip archive, or one that is too large once it is unpacked. */
export class ZipFault extends Error {
  override name = 'ZipFault';
}

export interface ZipMember {
  name: string;
  bytes: Buffer;
}

const endMark = 0x06054b50;
const memberMark = 0x02014b50;
const localMark = 0x04034b50;
const mostMembers = 2_000;

/**
 * The members of an archive that `wanted` names, unpacked. Their sizes are added up as the directory states them before
 * anything is unpacked, and none is unpacked further than it states.
 */
export function unzipped(zip: Buffer, wanted: (name: string) => boolean, mostBytes: number): ZipMember[] {
  const listed = directory(zip).filter(({ name }) => wanted(name));
  const size = listed.reduce((sum, member) => sum + member.size, 0);
  if (size > mostBytes) throw new ZipFault(`unpacks to ${megabytes(size)}, more than ${megabytes(mostBytes)}`);
  return listed.map((member) => ({ name: member.name, bytes: unpacked(zip, member) }));
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1024 / 1024)} MB`;

interface Listed {
  name: string;
  method: number;
  packed: number;
  size: number;
  at: number;
  /** Where the directory tells of it, and in how many bytes. */
  told: { at: number; bytes: number };
}

/** Where the end of the directory stands; a comment of at most 65,535 bytes follows it. */
function endOf(zip: Buffer): number {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || end + 22 > zip.length || zip.readUInt32LE(end) !== endMark)
    throw new ZipFault('is damaged or no workbook');
  return end;
}

function directory(zip: Buffer): Listed[] {
  const damaged = () => new ZipFault('is damaged or no workbook');
  const end = endOf(zip);
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  if (count > mostMembers) throw new ZipFault(`holds ${count} files, which no workbook does`);
  const listed: Listed[] = [];
  for (let member = 0; member < count; member++) {
    if (at + 46 > zip.length || zip.readUInt32LE(at) !== memberMark) throw damaged();
    if (zip.readUInt16LE(at + 8) & 1) throw new ZipFault('is protected by a password; save it without');
    const [name, extra, comment] = [28, 30, 32].map((place) => zip.readUInt16LE(at + place)) as [
      number,
      number,
      number,
    ];
    listed.push({
      name: zip.toString('utf8', at + 46, at + 46 + name),
      method: zip.readUInt16LE(at + 10),
      packed: zip.readUInt32LE(at + 20),
      size: zip.readUInt32LE(at + 24),
      at: zip.readUInt32LE(at + 42),
      told: { at, bytes: 46 + name + extra + comment },
    });
    at += 46 + name + extra + comment;
  }
  if (new Set(listed.map(({ name }) => name)).size < count) throw new ZipFault('holds two files of the same name');
  return listed;
}

/** An archive of these members alone, not packed. */
export function archiveOf(members: readonly ZipMember[]): Buffer {
  const bodies: Buffer[] = [];
  const told: Buffer[] = [];
  let at = 0;
  for (const { name, bytes } of members) {
    const named = Buffer.from(name);
    // From the version that is needed to the length of the name: the same here and in the directory.
    const states = Buffer.alloc(26);
    states.writeUInt16LE(20, 0);
    states.writeUInt16LE(0x0800, 2);
    states.writeUInt32LE(crc32(bytes), 10);
    states.writeUInt32LE(bytes.length, 14);
    states.writeUInt32LE(bytes.length, 18);
    states.writeUInt16LE(named.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    told.push(marked(memberMark), Buffer.from([20, 0]), states, place, named);
    bodies.push(marked(localMark), states, named, bytes);
    at += 4 + states.length + named.length + bytes.length;
  }
  const directory = Buffer.concat(told);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...bodies, directory, marked(endMark), end]);
}

function marked(mark: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(mark);
  return bytes;
}

/** The archive with one member written anew; every other one stays as it is, byte for byte. */
export function withMember(zip: Buffer, name: string, bytes: Buffer): Buffer {
  const listed = directory(zip);
  const member = listed.find((each) => each.name === name);
  const end = endOf(zip);
  const begin = zip.readUInt32LE(end + 16);
  if (!member || listed.some(({ at }) => at >= begin)) throw new ZipFault('is damaged or no workbook');
  const next = Math.min(begin, ...listed.flatMap(({ at }) => (at > member.at ? [at] : [])));
  const packed = deflateRawSync(bytes);
  const states = (into: Buffer, at: number) => {
    // Of the flags only that of the name's alphabet: the sizes stand here, not behind the bytes.
    into.writeUInt16LE(into.readUInt16LE(at) & 0x0800, at);
    into.writeUInt16LE(8, at + 2);
    into.writeUInt32LE(crc32(bytes), at + 8);
    into.writeUInt32LE(packed.length, at + 12);
    into.writeUInt32LE(bytes.length, at + 16);
  };
  const nameEnd = member.at + 30 + zip.readUInt16LE(member.at + 26);
  const head = Buffer.from(zip.subarray(member.at, nameEnd));
  states(head, 6);
  // Nothing beside the name: what else may stand there tells of the old bytes.
  head.writeUInt16LE(0, 28);
  const longer = head.length + packed.length - (next - member.at);
  const told = listed.map((each) => {
    const copy = Buffer.from(zip.subarray(each.told.at, each.told.at + each.told.bytes));
    if (each.at > member.at) copy.writeUInt32LE(each.at + longer, 42);
    if (each === member) states(copy, 8);
    return copy;
  });
  const tail = Buffer.from(zip.subarray(end));
  tail.writeUInt32LE(
    told.reduce((sum, each) => sum + each.length, 0),
    12,
  );
  tail.writeUInt32LE(begin + longer, 16);
  return Buffer.concat([zip.subarray(0, member.at), head, packed, zip.subarray(next, begin), ...told, tail]);
}

function unpacked(zip: Buffer, { method, packed, size, at }: Listed): Buffer {
  const damaged = new ZipFault('is damaged or no workbook');
  if (at + 30 > zip.length || zip.readUInt32LE(at) !== localMark) throw damaged;
  const begin = at + 30 + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28);
  const bytes = zip.subarray(begin, begin + packed);
  if (bytes.length < packed || (method !== 0 && method !== 8)) throw damaged;
  if (method === 0) {
    if (packed !== size) throw damaged;
    return bytes;
  }
  let whole: Buffer;
  try {
    whole = size === 0 ? Buffer.alloc(0) : inflateRawSync(bytes, { maxOutputLength: size });
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new ZipFault('unpacks to more than it states');
    throw damaged;
  }
  if (whole.length !== size) throw damaged;
  return whole;
}
