import nunjucks from 'nunjucks';

/** Fills a template. What is filled in is escaped, except what another template made. */
export type Render = (template: string, view: object) => string;

/** Templates are read once, when they are first needed. */
export function renderFrom(folder: string, shared: object): Render {
  const templates = new nunjucks.Environment(new nunjucks.FileSystemLoader(folder), {
    ...{ autoescape: true, throwOnUndefined: true, trimBlocks: true, lstripBlocks: true },
  });
  return (template, view) => templates.render(template, { ...shared, ...view });
}
