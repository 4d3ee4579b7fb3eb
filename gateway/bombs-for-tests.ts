/** The same text, or a text for each number, so many times. */
export const times = (count: number, text: string | ((index: number) => string)) =>
  Array.from({ length: count }, (_, index) => (typeof text === 'string' ? text : text(index))).join(' ');
/** Brackets inside each other. */
export const nested = (depth: number, open: string, inner: string) =>
  `${open.repeat(depth)}${inner}${'}'.repeat(depth * (open.split('{').length - 1))}`;

/** Fragments that double at each step: `size` steps. */
export const fragmentBomb = (size: number) =>
  `{ missions { nodes { ...F0 } } } ${times(size, (index) => `fragment F${index} on Mission { ...F${index + 1} ...F${index + 1} }`)} fragment F${size} on Mission { id }`;

/** Documents that cost much to plan or to answer; each is beyond a limit of the gateway. */
export const bombs: Record<string, string> = {
  'fragments that double at each step': fragmentBomb(60),
  'more fragments than there may be': fragmentBomb(2_000),
  'the same field ten thousand times': `{ ${times(10_000, 'missions { nodes { id } }')} }`,
  'the same nested field in 10 kB': `{ ${times(200, 'missions { nodes { id name purpose } }')} }`,
  'the same field in many fragments': `{ ${times(90, (index) => `...F${index}`)} } ${times(90, (index) => `fragment F${index} on Query { missions { nodes { id name } } a: missions { nodes { id } } }`)}`,
  'a depth of thousands': nested(20_000, '{ a ', ''),
  'brackets and nothing else': `{ a(b: ${'['.repeat(100_000)}`,
  'a thousand aliases of __typename': `{ ${times(1_000, (index) => `a${index}: __typename`)} }`,
  'a thousand directives': `{ __typename ${times(1_000, '@include(if: true)')} }`,
  'a hundred operations': times(100, (index) => `query A${index} { __typename }`),
  'pages inside pages': '{ missions(first: 100) { nodes { contributions(first: 1000) { nodes { id } } } } }',
  'the schema inside the schema': `{ __schema { types { ${nested(4, 'fields { type { ', 'name ')} } } }`,
  'aliases of the schema': '{ __schema { a: types { name } b: types { name } } }',
};
