/** One contribution as `publishContributions` takes it. */
export interface PublishedRow {
  sourceSystem: string;
  sourceRecordId: string;
  mission: string;
  challenge: string | undefined;
  lever: string | undefined;
  kind: string;
  pooling: string;
  publicName: string;
  terms: {
    amounts: { financialYear: string; controlTotal: string; amount: { amount: string; currency: string } }[];
    total: { amount: string; currency: string } | undefined;
    quantity: string | undefined;
    unit: string | undefined;
    earmark: string | undefined;
    budget: string | undefined;
    validUntil: string | undefined;
    reason: string | undefined;
  };
  state: string;
  agreement: { instrument: string; signedOn: string; signatories: string[]; reference: string | undefined } | undefined;
  effectiveOn: string | undefined;
  provenance: { source: string; row: string };
}

/** The column that a path of the hub's input is about. */
const columnOfPath: Record<string, string> = {
  ...{ sourceSystem: 'system', sourceRecordId: 'record', publicName: 'name', agreement: 'instrument' },
  ...{ 'agreement.reference': 'agreementReference', 'terms.amounts': 'amount' },
};

/** Which column of which of its rows a refusal is about, as far as its path says. */
export function blamed(path: readonly string[]): { column: string | null; amount: number | null } {
  const [top, second, place, ...rest] = path;
  if (!top) return { column: null, amount: null };
  if (top === 'terms' && second === 'amounts') {
    const column = rest[0] && rest[0] !== 'amount' ? rest[0] : 'amount';
    return { column, amount: place === undefined ? null : Number(place) };
  }
  if (top === 'terms') return { column: second ?? null, amount: null };
  const whole = [top, second].filter(Boolean).join('.');
  return {
    column: columnOfPath[whole] ?? (top === 'agreement' && second ? second : (columnOfPath[top] ?? top)),
    amount: null,
  };
}

/** The values of a contribution's rows as the hub takes them. `shared` holds what all rows say, `amounts` what each says. */
export function publishedRow(
  shared: ReadonlyMap<string, string>,
  amounts: readonly ReadonlyMap<string, string>[],
  provenance: PublishedRow['provenance'],
): PublishedRow {
  const said = (column: string) => shared.get(column);
  const isMoney = ['MONEY', 'BUDGET_COVER'].includes(said('kind')!);
  const inMoney = isMoney ? amounts : amounts.filter((each) => each.has('amount'));
  const currency = inMoney[0]?.get('currency');
  const total = said('total');
  const instrument = said('instrument');
  // What is not said is undefined, which JSON leaves out.
  return {
    sourceSystem: said('system') ?? 'spreadsheet',
    sourceRecordId: said('record')!,
    mission: said('mission')!,
    challenge: said('challenge'),
    lever: said('lever'),
    kind: said('kind')!,
    pooling: said('pooling')!,
    publicName: said('name')!,
    terms: {
      amounts: inMoney.map((each) => ({
        financialYear: each.get('financialYear')!,
        controlTotal: each.get('controlTotal')!,
        amount: { amount: each.get('amount')!, currency: each.get('currency')! },
      })),
      total: total && currency ? { amount: total, currency } : undefined,
      quantity: said('quantity'),
      unit: said('unit'),
      earmark: said('earmark'),
      budget: said('budget'),
      validUntil: said('validUntil'),
      reason: said('reason'),
    },
    state: said('state') ?? 'PLEDGED',
    agreement: instrument
      ? {
          instrument,
          signedOn: said('signedOn')!,
          reference: said('agreementReference'),
          signatories: said('signatories')?.split(';') ?? [],
        }
      : undefined,
    effectiveOn: said('effectiveOn'),
    provenance,
  };
}
