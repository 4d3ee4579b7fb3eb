import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { errorCode } from './connection.js';

/** A live server of a data folder, as its postmaster.pid and the operating system tell it. */
export interface Postmaster {
  processId: number;
  port: number;
  /** Its parent is gone: the hub that started it ended without stopping it. */
  orphan: boolean;
}

/** The name under which a hub's server shows which hub started it. */
export function clusterName(starter: number): string {
  return `hub-${starter}`;
}

/**
 * The server that runs on this data folder, or undefined. The pid file alone proves nothing: after a crash its number
 * may belong to a stranger, so the command line of that number must name this very folder.
 */
export function findPostmaster(pgdata: string): Postmaster | undefined {
  const lines = readPidFile(pgdata);
  const processId = Number(lines[0]);
  if (!(processId > 0) || !isAlive(processId)) return undefined;
  const running = describe(processId);
  if (!running?.command.includes(` -D ${pgdata} `)) return undefined;
  const [, starter] = / cluster_name=hub-(\d+) /.exec(running.command) ?? [];
  const orphan = starter !== undefined && Number(starter) !== running.parent;
  return { processId, port: Number(lines[3]), orphan };
}

/**
 * Removes a pid file whose number now belongs to a stranger, or that a power cut left without a number. PostgreSQL
 * itself takes over the file of a dead number, but stays down while any process of the same user has that number.
 * Whatever looks like a PostgreSQL is left alone: two servers on one data folder would destroy it.
 */
export function removeStalePidFile(pgdata: string): void {
  const lines = readPidFile(pgdata);
  if (lines.length === 0 || process.platform === 'win32') return;
  const file = join(pgdata, 'postmaster.pid');
  if (!/^-?\d+$/.test(lines[0] ?? '')) {
    // A server that starts at this very moment has made its file but not yet written into it.
    if (Date.now() - statSync(file).mtimeMs > 2_000) rmSync(file, { force: true });
    return;
  }
  const processId = Math.abs(Number(lines[0]));
  if (isAlive(processId) && !/postgres|postmaster/.test(describe(processId)?.command ?? ''))
    rmSync(file, { force: true });
}

/** Fast stop, then immediate stop, then kill; each only while the number is still this folder's server. */
export async function stopPostmaster(pgdata: string, processId: number): Promise<void> {
  const steps: [NodeJS.Signals, number][] = [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ];
  for (const [signal, patience] of steps) {
    const until = Date.now() + patience;
    if (!runsOn(pgdata, processId)) return;
    process.kill(processId, signal);
    while (Date.now() < until) {
      if (!runsOn(pgdata, processId)) return;
      await wait(25);
    }
  }
}

function runsOn(pgdata: string, processId: number): boolean {
  return isAlive(processId) && (describe(processId)?.command.includes(` -D ${pgdata} `) ?? false);
}

function readPidFile(pgdata: string): string[] {
  try {
    return readFileSync(join(pgdata, 'postmaster.pid'), 'utf8').split('\n');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Parent and command line, padded with blanks so that whole words can be searched. A zombie has no command line. */
function describe(processId: number): { parent: number; command: string } | undefined {
  if (process.platform === 'linux') {
    try {
      const command = readFileSync(`/proc/${processId}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const [, parent] = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${processId}/status`, 'utf8')) ?? [];
      return { parent: Number(parent), command: ` ${command} ` };
    } catch {
      return undefined;
    }
  }
  const answer = spawnSync('ps', ['-ww', '-o', 'ppid=,command=', '-p', String(processId)], { encoding: 'utf8' });
  const [, parent, command] = /^\s*(\d+)\s+(.*)/.exec(answer.stdout ?? '') ?? [];
  return command === undefined ? undefined : { parent: Number(parent), command: ` ${command.trim()} ` };
}
