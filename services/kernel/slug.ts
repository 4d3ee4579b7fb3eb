const slug = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Whether the text is a readable id: lower-case words joined by hyphens, at most 120 characters. */
export const isSlug = (id: string): boolean => id.length <= 120 && slug.test(id);
