/**
 * Pooled funds that the allocations file names otherwise than the contributions file. Found by comparing both files of
 * CBPFGMS/pfbi-data (commit cc9fe3ea6805: download/pfmb_allocations.csv, download/pfmb_contributions.csv): 15 names
 * stand only among the allocations, 15 only among the contributions.
 *
 * - CODE: the same project codes stand under the contributions file's name in CBPFGMS/cbpfgms-data
 *   (commit fe096d84ca83: MstPooledFund.csv with ProjectSummaryV2_*.csv).
 * - COUNTRY: that master list knows exactly one fund for this country, and it bears this name.
 * - ENVELOPE: the country has no paid-in fund of its own; the master list puts the South Pacific Envelope at Fiji's
 *   coordinates and its contribution codes say F-MCO (Fiji multi-country office). This is an inference.
 *
 * One name is the same in both and still means two funds: "Pakistan" of 2025 holds projects that the master list puts
 * under "Pakistan (AP-RHPF)". The allocations file does not say so, so they are left where it puts them.
 */
export interface FundName {
  inAllocations: string;
  inContributions: string;
  because: 'CODE' | 'COUNTRY' | 'ENVELOPE';
}

export const fundNames: readonly FundName[] = [
  { inAllocations: 'Bangladesh', inContributions: 'Bangladesh (AP-RHPF)', because: 'CODE' },
  { inAllocations: 'Burkina Faso', inContributions: 'Burkina Faso (RhPF-WCA)', because: 'CODE' },
  { inAllocations: 'Chad (RhPF)', inContributions: 'Chad (RhPF-WCA)', because: 'CODE' },
  { inAllocations: 'Colombia (RhPF)', inContributions: 'Colombia (RhPF-LAC)', because: 'CODE' },
  { inAllocations: 'El Salvador', inContributions: 'El Salvador (RhPF-LAC)', because: 'COUNTRY' },
  { inAllocations: 'Fiji', inContributions: 'South Pacific Envelope (RHPF-AP)', because: 'ENVELOPE' },
  { inAllocations: 'Guatemala', inContributions: 'Guatemala (RhPF-LAC)', because: 'COUNTRY' },
  { inAllocations: 'Haiti (RhPF)', inContributions: 'Haiti (RhPF-LAC)', because: 'CODE' },
  { inAllocations: 'Honduras', inContributions: 'Honduras (RhPF-LAC)', because: 'COUNTRY' },
  { inAllocations: 'Kenya', inContributions: 'Kenya (ESAHF)', because: 'CODE' },
  { inAllocations: 'Mali', inContributions: 'Mali (RhPF-WCA)', because: 'CODE' },
  { inAllocations: 'Niger', inContributions: 'Niger (RhPF-WCA)', because: 'CODE' },
  { inAllocations: 'Solomon Islands', inContributions: 'South Pacific Envelope (RHPF-AP)', because: 'ENVELOPE' },
  { inAllocations: 'Uganda', inContributions: 'Uganda (ESAHF)', because: 'CODE' },
  { inAllocations: 'Vanuatu', inContributions: 'South Pacific Envelope (RHPF-AP)', because: 'ENVELOPE' },
];

const renamed = new Map(fundNames.map((pair) => [pair.inAllocations, pair.inContributions]));

/** The name under which the contributions file knows a country-based fund of the allocations file. */
export const fundOfAllocations = (name: string): string => renamed.get(name) ?? name;
