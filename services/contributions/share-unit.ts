/** How many zeros a unit of greenhouse gases has over a tonne, by how it is written. */
const zerosOver = new Map<string, number>(
  Object.entries({
    0: ['tCO2e', 't CO2e', 'tonnes CO2e', 'tonnes of CO2e'],
    3: ['ktCO2e', 'kt CO2e', 'thousand tonnes of CO2e'],
    6: [...['MtCO2e', 'Mt CO2e', 'million tonnes of CO2e'], 'Million tonnes carbon dioxide equivalent (MtCO2e)'],
  }).flatMap(([zeros, units]) => units.map((unit) => [unit, Number(zeros)] as const)),
);

/** What a share is held against. */
export interface Cap {
  unit: string;
  /** The year in which it ends. */
  until: string;
}

/**
 * How many places the decimal point of a share moves to the left to count in the unit of a cap; why it cannot be held
 * against it, in words, where it cannot. A share says how much and until when ("MtCO2e until 2027"): what is saved each
 * year, or by another year, closes no gap that one could name.
 */
export function shiftFor(shareUnit: string, cap: Cap): number | string {
  const [, unit, until] = /^(.*\S) until (\d{4})$/.exec(shareUnit) ?? [];
  if (!unit) return `It does not say until when, as "${cap.unit} until ${cap.until}" would.`;
  const [share, wanted] = [zerosOver.get(unit), zerosOver.get(cap.unit)];
  if (unit !== cap.unit && (share === undefined || wanted === undefined)) return `It does not count in ${cap.unit}.`;
  if (until !== cap.until) return `It is until ${until}, and this target ends in ${cap.until}.`;
  return unit === cap.unit ? 0 : wanted! - share!;
}
