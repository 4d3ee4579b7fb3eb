import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';
import ts from 'typescript';
import { placeOf, projectImports, type Source, sources, visitAll } from './sources.js';

const all = sources();
const product = all.filter(({ isTest }) => !isTest);
const serviceOf = (path: string) => /^services\/(\w+)\//.exec(path)?.[1];

/** Programs that people start: the only ones that talk to a terminal. */
const commandLines = /^(infra\/(identity\/(main|token)|import\/\w+|bench\/.*|demo\/.*)|clients\/hub)\.ts$/;

/** Who may import what: the drawing of the architecture, as a function. */
function mayImport(from: string, to: string): boolean {
  const [top] = from.split('/');
  if (all.find(({ path }) => path === from)?.isTest) return true;
  if (to.startsWith('test/')) return false;
  if (top === 'services') return serviceOf(to) === serviceOf(from) || to.startsWith('services/kernel/');
  if (top === 'gateway') return to.startsWith('gateway/') || to.startsWith('services/kernel/');
  if (top === 'clients') return to.startsWith('clients/');
  if (top === 'schema') return to.startsWith('schema/') || to.startsWith('services/') || to === 'infra/services';
  return !to.startsWith('clients/');
}

describe('the tree', () => {
  it('lets imports go only the way the architecture draws them', () => {
    const wrong = all.flatMap((source) =>
      projectImports(source)
        .filter((to) => !mayImport(source.path, to))
        .map((to) => `${source.path} imports ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  it('lets a noun know nothing of its resolvers and deeds', () => {
    const isNoun = (path: string) =>
      /^services\/(?!kernel)\w+\/[a-z-]+\.ts$/.test(path) &&
      /@(Entity|InterfaceType)\(/.test(readFileSync(path, 'utf8'));
    const wrong = product
      .filter(({ path }) => isNoun(path))
      .flatMap((source) =>
        projectImports(source)
          .filter((to) => to.endsWith('.resolver'))
          .map((to) => `${source.path} imports ${to}`),
      );
    expect(wrong).toEqual([]);
  });

  it('has no barrels, no wildcard exports and no default exports', () => {
    const wrong = all.filter(({ path, tree }) => {
      const barrel = path.endsWith('/index.ts');
      let wildcard = false;
      visitAll(tree, (node) => {
        if (ts.isExportDeclaration(node) && !node.exportClause) wildcard = true;
        if (ts.isExportAssignment(node)) wildcard = true;
        if (
          ts.canHaveModifiers(node) &&
          ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
        )
          wildcard = true;
      });
      return barrel || wildcard;
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('has no drawer for what nobody named', () => {
    const drawers = all.filter(({ path }) => /(^|\/)(utils|common|helpers|shared|lib)\//.test(path));
    expect(drawers.map(({ path }) => path)).toEqual([]);
  });

  it('has files of at most 300 lines, tests of at most 500', () => {
    const long = all.filter(({ lines, path }) => lines > (path.endsWith('.test.ts') ? 500 : 300));
    expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  });

  it('has a median file that is read in a minute', () => {
    const lines = product.map((source) => source.lines).sort((a, b) => a - b);
    expect(lines[Math.floor(lines.length / 2)]).toBeLessThanOrEqual(90);
  });

  it('has functions of at most 70 lines', () => {
    const long: string[] = [];
    for (const source of product) {
      visitAll(source.tree, (node) => {
        if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return;
        const at = (position: number) => source.tree.getLineAndCharacterOfPosition(position).line;
        const lines = at(node.getEnd()) - at(node.getStart()) + 1;
        if (lines > 70) long.push(`${placeOf(source, node)}: ${lines} lines`);
      });
    }
    expect(long).toEqual([]);
  });

  it('keeps the kernel within its cap', () => {
    const kernel = product.filter(({ path }) => path.startsWith('services/kernel/'));
    expect(kernel.reduce((sum, { lines }) => sum + lines, 0)).toBeLessThanOrEqual(3_000);
    expect(kernel.map(({ path }) => path.slice('services/kernel/'.length, -'.ts'.length))).toEqual([
      ...[
        'caller',
        'close-server',
        'connection',
        'context',
        'database',
        'dates',
        'deed',
        'environment',
        'events-delivering',
        'events-tables',
        'events',
        'loader',
        'migrate',
        'migration',
        'money',
      ],
      ...[
        'noun-of-row',
        'program',
        'quick-flush',
        'reader',
        'refusal',
        'server',
        'service',
        'slug',
        'start',
        'subgraph',
        'transaction',
      ],
    ]);
  });
});

describe('the code', () => {
  const occurrences = (found: Source[], pattern: RegExp) =>
    found.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, number) => (pattern.test(line) ? [`${path}:${number + 1}`] : [])),
    );

  it('speaks to the console only in command lines', () => {
    expect(
      occurrences(
        product.filter(({ path }) => !commandLines.test(path)),
        /\bconsole\./,
      ),
    ).toEqual([]);
  });

  it('reads the environment in one place, and the clients, which import nothing of the hub, in theirs', () => {
    const places = ['services/kernel/environment.ts', 'clients/settings.ts'];
    expect(
      occurrences(
        product.filter(({ path }) => !places.includes(path)),
        /process\.env\b/,
      ),
    ).toEqual([]);
  });

  it('gives no entity a hook, since a flush within a flush would wait for itself', () => {
    expect(occurrences(product, /@(Before|After|On)(Create|Update|Delete|Upsert|Init|Load)\(|EventSubscriber/)).toEqual(
      [],
    );
  });

  it('begins database transactions by the kernel, never by the entity manager', () => {
    expect(occurrences(product, /\bem\.(begin|transactional)\(|\.fork\([^)]*\)\s*\.(begin|transactional)\(/)).toEqual(
      [],
    );
  });

  it('writes postings only in the ledger', () => {
    // A bench fills a ledger that is too large for the API, and throws it away.
    const outside = product.filter(({ path }) => !/^(services\/budgets\/ledger|infra\/bench)\//.test(path));
    expect(occurrences(outside, /insert into posting\b|create\(Posting\b|new Posting\(/)).toEqual([]);
  });

  it('holds no money in a number', () => {
    const wrong: string[] = [];
    for (const source of product) {
      visitAll(source.tree, (node) => {
        if (
          !(
            ts.isPropertyDeclaration(node) ||
            ts.isPropertySignature(node) ||
            ts.isParameter(node) ||
            ts.isVariableDeclaration(node)
          )
        )
          return;
        const money = /^(amount|balance|total|.*(Amount|Balance|Total))$/.test(node.name.getText());
        if (money && node.type?.kind === ts.SyntaxKind.NumberKeyword) wrong.push(placeOf(source, node));
      });
    }
    expect(wrong).toEqual([]);
  });

  it('names the type in every decorator', () => {
    const wrong: string[] = [];
    const needsFirst = new Set(['Field', 'Query', 'Mutation', 'FieldResolver']);
    for (const source of product) {
      visitAll(source.tree, (node) => {
        if (!ts.isDecorator(node) || !ts.isCallExpression(node.expression)) return;
        const name = node.expression.expression.getText();
        const [first, second] = node.expression.arguments;
        if (needsFirst.has(name) && !(first && ts.isArrowFunction(first))) wrong.push(placeOf(source, node));
        if (name === 'Arg' && !(second && ts.isArrowFunction(second))) wrong.push(placeOf(source, node));
        if ((name === 'Property' || name === 'PrimaryKey') && !/\btype:/.test(first?.getText() ?? ''))
          wrong.push(placeOf(source, node));
      });
    }
    expect(wrong).toEqual([]);
  });
});

describe('the tests', () => {
  const titles = all
    .filter(({ path }) => path.endsWith('.test.ts'))
    .flatMap((source) => {
      const found: { file: string; title: string }[] = [];
      visitAll(source.tree, (node) => {
        if (!ts.isCallExpression(node) || !ts.isStringLiteralLike(node.arguments[0] ?? node)) return;
        if (/^(it|test)(\.each\(.*\))?$/s.test(node.expression.getText())) {
          const groups: string[] = [];
          for (let up: ts.Node | undefined = node.parent; up; up = up.parent) {
            if (ts.isCallExpression(up) && /^(describe|with\w*)/.test(up.expression.getText()) && up.arguments[0])
              groups.unshift(up.arguments[0].getText());
          }
          found.push({ file: source.path, title: [...groups, (node.arguments[0] as ts.StringLiteral).text].join(' ') });
        }
      });
      return found;
    });

  it('run each in one of the suites', () => {
    const suites = all.filter(({ path }) => path.endsWith('.suite.ts')).map(({ text }) => text);
    const folders = new Set(all.flatMap(({ path }) => /^(.*)\/[^/]+\.test\.ts$/.exec(path)?.[1] ?? []));
    const times = [...folders].map((folder) => [folder, suites.join().split(`'${folder}'`).length - 1]);
    expect(times.filter(([, count]) => count !== 1)).toEqual([]);
  });

  it('have titles that are rules in the present tense', () => {
    expect(titles.filter(({ title }) => /\bshould\b/i.test(title))).toEqual([]);
  });

  it('have titles that name one rule each', () => {
    const seen = new Map<string, string>();
    const twice = titles.filter(({ file, title }) => {
      const before = seen.get(title);
      seen.set(title, file);
      return before !== undefined;
    });
    expect(twice).toEqual([]);
  });

  it('cannot be skipped or focused in silence', () => {
    const wrong = all.filter(
      ({ path, text }) =>
        path.endsWith('.test.ts') && /\b(it|test|describe)\.(only|todo)\b|\b(it|test)\.skip\b/.test(text),
    );
    expect(wrong.map(({ path }) => path).filter((path) => path !== 'test/tidy.test.ts')).toEqual([]);
  });
});

describe('every deed', () => {
  const kebab = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const deeds = ['missions', 'budgets', 'contributions', 'outcomes'].flatMap((service) => {
    const sdl = readFileSync(`schema/${service}.graphql`, 'utf8');
    const mutations =
      buildSchema(sdl, { assumeValid: true, assumeValidSDL: true }).getMutationType()?.getFields() ?? {};
    return Object.values(mutations).map(({ name, description }) => ({ service, name, description: description ?? '' }));
  });

  it('stands in a file of its own', () => {
    const missing = deeds.filter(
      ({ service, name }) => !all.some(({ path }) => path === `services/${service}/${kebab(name)}.ts`),
    );
    expect(missing.map(({ service, name }) => `services/${service}/${kebab(name)}.ts`)).toEqual([]);
  });

  it('announces each refusal that its file makes', () => {
    const missing = deeds.flatMap(({ service, name, description }) => {
      const { text } = all.find(({ path }) => path === `services/${service}/${kebab(name)}.ts`)!;
      const made = [...text.matchAll(/(?:refuse|new Refusal)\(\s*'([A-Z_]+)'/g)].map(([, code]) => code!);
      // Who may do it stands before the refusals, as its role.
      const unsaid = made.filter((code) => code !== 'FORBIDDEN' && !description.includes(code));
      return unsaid.map((code) => `${service} ${name}: ${code}`);
    });
    expect(missing).toEqual([]);
  });

  it('has each refusal it announces named by a test', () => {
    const missing = deeds.flatMap(({ service, name, description }) => {
      const tests = all
        .filter(({ path }) => path.endsWith('.test.ts') && serviceOf(path) === service)
        .map(({ text }) => text)
        .join('\n');
      const announced = /Refusals: ([A-Z_, ]+)/.exec(description)?.[1]?.split(', ') ?? [];
      return announced
        .filter((code) => code && !tests.includes(code.trim()))
        .map((code) => `${service} ${name}: ${code}`);
    });
    expect(missing).toEqual([]);
  });
});

describe('the package', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

  it('pins every version exactly', () => {
    const loose = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version as string),
    );
    expect(loose).toEqual([]);
  });

  it('gives the reason of each runtime dependency in README', () => {
    const readme = readFileSync('README.md', 'utf8');
    expect(Object.keys(dependencies).filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it('takes no dependency that nothing uses', () => {
    // Not imported by name: two peers of type-graphql, the transport that the gateway's runtime looks for by itself, and
    // what infra/build.mjs makes the pages' styles of, and with.
    const unnamed = [
      ...['class-validator', 'graphql-scalars', '@graphql-mesh/transport-http'],
      ...['govuk-frontend', 'sass'],
    ];
    const texts =
      all.map(({ text }) => text).join('\n') +
      readFileSync('package.json', 'utf8').replace(/"dependencies"[\s\S]*/, '');
    const unused = Object.keys(dependencies).filter(
      (name) => !unnamed.includes(name) && !texts.includes(`'${name}`) && !texts.includes(name.split('/').at(-1)!),
    );
    expect(unused).toEqual([]);
  });

  it('commits nothing of the published data files', () => {
    const files = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n');
    expect(files.filter((path) => /\.(csv|tsv|gz|xlsx)$/.test(path))).toEqual([]);
  });
});
