import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import ts from 'typescript';

export interface Source {
  path: string;
  text: string;
  lines: number;
  isTest: boolean;
  tree: ts.SourceFile;
}

/** Every TypeScript file that git tracks or would track. */
export function sources(): Source[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
    encoding: 'utf8',
  });
  return [...new Set(listed.split('\n'))]
    .filter((path) => path !== '' && existsSync(path))
    .map((path) => {
      const text = readFileSync(path, 'utf8');
      return {
        ...{
          path,
          text,
          lines: text.split('\n').length - 1,
          isTest: /(\.test|-for-tests|\/test-[a-z-]+)\.ts$|^test\//.test(path),
        },
        tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true),
      };
    });
}

/** Calls the visitor with every node below the given one, itself included. */
export function visitAll(node: ts.Node, visitor: (node: ts.Node) => void): void {
  visitor(node);
  ts.forEachChild(node, (child) => visitAll(child, visitor));
}

/** `path:line` of a node, as an editor opens it. */
export const placeOf = ({ path, tree }: Source, node: ts.Node) =>
  `${path}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;

/** What a file imports from the project, as paths from its root, without the ending. */
export function projectImports({ path, tree }: Source): string[] {
  const found: string[] = [];
  visitAll(tree, (node) => {
    const named = ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ? node.moduleSpecifier : undefined;
    const called =
      ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments[0] : undefined;
    const specifier = named ?? called;
    if (specifier && ts.isStringLiteral(specifier) && specifier.text.startsWith('.')) {
      found.push(new URL(specifier.text, `file:///${path}`).pathname.slice(1).replace(/\.js$/, ''));
    }
  });
  return found;
}
