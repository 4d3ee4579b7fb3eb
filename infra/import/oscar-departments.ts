import { slugFromName } from './read-govuk-organisations.js';
import type { Registering } from './write-organisations.js';

/** Departments that GOV.UK has under another address than their name in OSCAR. Source: the GOV.UK register. */
const addresses: Readonly<Record<string, string>> = {
  'Crown Estate Office': 'the-crown-estate',
  'Department for Business Innovation and Skills': 'department-for-business-innovation-skills',
  'Department for Culture, Media and Sport': 'department-for-culture-media-sport',
  'Department for Environment, Food and Rural Affairs': 'department-for-environment-food-rural-affairs',
  'Department for Work and Pensions': 'department-for-work-pensions',
  'Department of Energy and Climate Change': 'department-of-energy-climate-change',
  'Foreign and Commonwealth Office': 'foreign-commonwealth-office',
  'HM Revenue and Customs': 'hm-revenue-customs',
  'Office for Standards In Education, Children\u0027s Services and Skills': 'ofsted',
  'Office of Gas and Electricity Markets': 'ofgem',
  'Office of Qualifications and Examinations Regulation': 'ofqual',
  'Office of The Parliamentary Commissioner': 'the-parliamentary-and-health-service-ombudsman',
  'Scottish Government': 'the-scottish-government',
  'The National Archives': 'the-national-archives',
  'United Kingdom Supreme Court': 'supreme-court-of-the-united-kingdom',
  'Water Services Regulation Authority': 'the-water-services-regulation-authority',
  'Welsh Assembly Government': 'welsh-government',
};

const devolved = /^(Welsh Assembly Government|Scottish Government|Northern Ireland Executive)$/;

/** The hub's id of a departmental group of OSCAR. */
export const departmentId = (department: string): string => addresses[department] ?? slugFromName(department);

/** How the hub registers a department that it does not know yet. */
export const departmentOf = (department: string, line: number): Registering => ({
  ...{ line, id: departmentId(department), name: department },
  // Pension schemes and such are budgets of their own, and no bodies.
  kind: devolved.test(department)
    ? 'DEVOLVED_GOVERNMENT'
    : /Pension|Retired Pay/.test(department)
      ? 'OTHER'
      : 'DEPARTMENT',
  identifiers: [{ scheme: 'OSCAR segment department', code: department }],
});
