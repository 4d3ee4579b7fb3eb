import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { foundIn, publishedFile } from './read-files-for-tests.js';
import { readOscar } from './read-oscar.js';

/** A row of OSCAR in which tests change what they are about. */
export const oscarLine = {
  'Organisation Code': 'TST001',
  Organisation: 'MINISTRY OF TESTS',
  'Control Budget Code': 'DEL',
  'Control Budget Detail Code': 'DEL ADMIN',
  'Segment Department Long Name': 'Ministry of Tests',
  'Sub Segment Code': 'X001A001',
  'Sub Segment Long Name': 'X001A001-TESTS DEL ADMIN VOTED',
  'Economic Category Code': 'A101',
  'Economic Category Long Name': 'PAY',
  'Economic Budget Code': 'RESOURCE',
  'PESA Economic Group Code': 'STAFF COSTS',
  'PESA Economic Group Long Name': 'Staff costs',
  Version: 'RETURN4_AUG',
  Year: '2016-17',
  Quarter: 'Qtr1 - 16-17',
  Month: 'Apr-16',
  Amount: '100',
};

type Written = (text: Buffer, name: string) => string;
const packed = 'budgets/uk_oscar_inyear_2016_17.csv.gz';
const unpacked = (path: string, written: Written) => written(gunzipSync(readFileSync(path)), 'oscar.csv');

/** The published file, unpacked. */
export const oscarPublished = (written: Written): string => unpacked(publishedFile(packed), written);

/** What is in it. */
export function foundInOscar(written: Written) {
  const readUnpacked = (path: string) => readOscar(unpacked(path, written));
  return foundIn(readUnpacked, packed);
}
