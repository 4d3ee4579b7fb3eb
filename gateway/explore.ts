import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExampleDocument } from './documents.js';
import { respond } from './respond.js';
import type { Route } from './server.js';

const script = 'text/javascript; charset=utf-8';
const installed: [path: string, file: string, type: string][] = [
  ['/explore/react.js', 'react/umd/react.production.min.js', script],
  ['/explore/react-dom.js', 'react-dom/umd/react-dom.production.min.js', script],
  ['/explore/graphiql.js', 'graphiql/graphiql.min.js', script],
  ['/explore/graphiql.css', 'graphiql/graphiql.min.css', 'text/css; charset=utf-8'],
];

/** The page loads nothing from elsewhere and can send what is typed into it nowhere else. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  // GraphiQL's editor sets styles on its elements.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Explore the mission budget hub</title>
<link rel="stylesheet" href="/explore/graphiql.css">
<link rel="stylesheet" href="/explore/explore.css">
<script src="/explore/react.js" defer></script>
<script src="/explore/react-dom.js" defer></script>
<script src="/explore/graphiql.js" defer></script>
<script src="/explore/explore.js" defer></script>
</head>
<body>
<form id="sign-in">
<label for="token">Access token</label>
<input id="token" type="password" autocomplete="off" spellcheck="false" placeholder="from: npm run token -- home-office.publisher">
<span>Empty: public data only. It is kept until this page is closed.</span>
</form>
<div id="graphiql">This page needs JavaScript.</div>
</body>
</html>
`;

const styles = `html, body { height: 100%; margin: 0 }
body { display: flex; flex-direction: column; font-family: sans-serif }
#sign-in { display: flex; gap: 0.75em; align-items: center; padding: 0.5em 1em }
#token { width: 28em }
#graphiql { flex: 1; min-height: 0 }
`;

const program = (examples: readonly ExampleDocument[]) => `'use strict';
const examples = ${JSON.stringify(examples.map(tabOf))};
const token = document.getElementById('token');
document.getElementById('sign-in').addEventListener('submit', (event) => event.preventDefault());
const ask = (input, init) => {
  const headers = new Headers(init.headers);
  if (token.value && !headers.has('authorization')) headers.set('authorization', 'Bearer ' + token.value.trim());
  return fetch(input, { ...init, headers });
};
const once = GraphiQL.createFetcher({ url: '/graphql', fetch: ask });
// GraphiQL itself knows subscriptions over web sockets only.
const isLive = ({ operationName }, { documentAST } = {}) => (documentAST?.definitions ?? []).some(
  ({ operation, name }) => operation === 'subscription' && (!operationName || name?.value === operationName));
async function* events(asked, headers, signal) {
  const accept = { accept: 'text/event-stream', 'content-type': 'application/json' };
  const init = { method: 'POST', headers: { ...headers, ...accept }, body: JSON.stringify(asked), signal };
  const answer = await ask('/graphql', init);
  if (!answer.ok) return yield await answer.json();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = '', part = await reader.read(); !part.done; part = await reader.read()) {
    const blocks = (text + part.value).split('\\n\\n');
    text = blocks.pop();
    for (const block of blocks) {
      const data = /^data: (.+)$/m.exec(block);
      if (data) yield JSON.parse(data[1]);
    }
  }
}
const live = (asked, headers) => {
  const leaving = new AbortController();
  const told = events(asked, headers, leaving.signal);
  const end = async () => { leaving.abort(); return { value: undefined, done: true }; };
  const next = () => told.next().catch((error) => (leaving.signal.aborted ? end() : Promise.reject(error)));
  return { next, return: end, [Symbol.asyncIterator]() { return this; } };
};
const fetcher = (asked, more) => isLive(asked, more) ? live(asked, more?.headers) : once(asked, more);
const explorer = React.createElement(GraphiQL, { fetcher, defaultTabs: examples, shouldPersistHeaders: false });
ReactDOM.createRoot(document.getElementById('graphiql')).render(explorer);
`;

function tabOf({ query, variables, headers }: ExampleDocument) {
  const text = (content: object | undefined) => (content ? JSON.stringify(content, null, 2) : null);
  return { query, variables: text(variables), headers: text(headers) };
}

/** GraphiQL at /explore, served from what is installed here, with the examples as its tabs. */
export function exploreRoutes(examples: readonly ExampleDocument[]): [string, Route][] {
  const ours: [string, string, string][] = [
    ['/explore', page, 'text/html; charset=utf-8'],
    ['/explore/explore.css', styles, 'text/css; charset=utf-8'],
    ['/explore/explore.js', program(examples), script],
  ];
  const headersFor = (type: string) => ({
    'content-type': type,
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
  return [
    ...ours.map(([path, text, type]): [string, Route] => [
      path,
      (_, response) => respond(response, 200, { ...headersFor(type), 'cache-control': 'no-cache' }, text),
    ]),
    ...installed.map(([path, file, type]): [string, Route] => {
      // Read when somebody first looks: most gateways never show the page.
      let text: string | undefined;
      return [
        path,
        (_, response) => {
          text ??= readFileSync(join('node_modules', file), 'utf8');
          respond(response, 200, { ...headersFor(type), 'cache-control': 'public, max-age=3600' }, text);
        },
      ];
    }),
  ];
}
