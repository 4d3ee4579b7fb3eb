import { areaEntities, onlyAreas } from './area-entities.js';

/** Whether a text is written like a GSS code: a letter and eight digits. */
export const looksLikeCode = (area: string): boolean => /^[A-Z]\d{8}$/.test(area);

/** Why a text that is written like a GSS code names no area, in a sentence; null where it does. */
export function faultOfCode(area: string): string | null {
  const entity = area.slice(0, 3);
  const meaning = areaEntities.get(entity);
  if (!meaning) {
    return `${area} is no area: the Register of Geographic Codes has no entity ${entity}; look the code up there.`;
  }
  const only = onlyAreas.get(entity);
  return !only || only === area
    ? null
    : `${area} is no area: the only ${entity} is ${only}; write that, or another code.`;
}

/** Why figures of a measure cannot be about this area, in a sentence; null where they can. */
export function faultOfArea(area: string, named: ReadonlySet<string>): string | null {
  if (looksLikeCode(area)) return faultOfCode(area);
  return named.has(area)
    ? null
    : `"${area}" is not an area of this measure: give its GSS code, or name it first by nameAreas.`;
}
