/** What XML 1.0 cannot hold, not even escaped, and what it discourages. */
const notInXml = /(?![\t\n\r])[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

export const inXml = (text: string): string => text.replace(notInXml, '\ufffd');

/** A plain text as HTML, which is what the feed says its texts are. */
export const asHtml = (text: string): string =>
  inXml(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
