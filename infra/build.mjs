// Turns the project's TypeScript into JavaScript that Node runs by itself, in .build, file by file under the same
// names. Loading TypeScript as it is costs each program as much again as all its packages. Only what is newer than
// its result is compiled. Types are not looked at here: `npm run check` does that.
import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const places = ['services', 'gateway', 'schema', 'infra', 'clients', 'test'];
const target = join(root, '.build');
// These decide what comes out, so a change of them makes all results old.
const makers = ['infra/build.mjs', '.swcrc', 'package-lock.json'];
const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function* filesOf(folder, isWanted) {
  for (const found of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, found.name);
    if (found.isDirectory() && found.name !== 'node_modules') yield* filesOf(path, isWanted);
    else if (found.isFile() && isWanted(found.name)) yield path;
  }
}

const isSource = (name) => name.endsWith('.ts') && !/\.(test|suite|d)\.ts$/.test(name);
/** The pages' styles: one sheet, with what they use of govuk-frontend. */
const styles = {
  source: join(root, 'clients/pages/pages.scss'),
  result: join(target, 'clients/pages/pages.css'),
};

const resultOf = (source) => join(target, source.replace(/\.ts$/, '.js'));

/** Compiles what has changed since the last time; says a sentence and throws when a file cannot be read as TypeScript. */
export async function build() {
  const makersAt = Math.max(...makers.map((path) => changedAt(join(root, path))));
  const sources = places.flatMap((place) => [...filesOf(place, isSource)]);
  const old = sources.filter((source) => {
    const madeAt = changedAt(resultOf(source));
    return madeAt <= changedAt(join(root, source)) || madeAt <= makersAt;
  });
  if (old.length > 0) await compile(old);
  if (changedAt(styles.result) <= Math.max(changedAt(styles.source), makersAt)) await compileStyles();
  removeWhatHasNoSource(new Set(sources.map(resultOf)));
  // A bench keeps packages of its own beside it; its compiled programs look for them beside themselves.
  const [own, link] = [join(root, 'infra/bench/node_modules'), join(target, 'infra/bench/node_modules')];
  // A copy of the project may have been made without the benches.
  mkdirSync(dirname(link), { recursive: true });
  if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(own, link, 'junction');
}

async function compile(sources) {
  const { transformFile } = await import('@swc/core');
  await Promise.all(
    sources.map(async (source) => {
      const { code, map } = await transformFile(join(root, source), {
        cwd: root,
        module: { type: 'es6' },
        sourceMaps: true,
      });
      const result = resultOf(source);
      mkdirSync(dirname(result), { recursive: true });
      write(`${result}.map`, map);
      write(result, `${code}\n//# sourceMappingURL=${result.split('/').at(-1)}.map\n`);
    }),
  );
}

async function compileStyles() {
  const { compile: compileSass } = await import('sass');
  const { css } = compileSass(styles.source, {
    loadPaths: [join(root, 'node_modules')],
    style: 'compressed',
    quietDeps: true,
  });
  mkdirSync(dirname(styles.result), { recursive: true });
  write(styles.result, css);
}

/** Whole or not at all: another program may be reading the same file. */
function write(path, text) {
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, path);
}

function removeWhatHasNoSource(wanted) {
  for (const result of filesOf('.build', (name) => name.endsWith('.js'))) {
    if (wanted.has(join(root, result))) continue;
    rmSync(join(root, result));
    rmSync(join(root, `${result}.map`), { force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
