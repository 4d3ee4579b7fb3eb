export interface OrganisationContent {
  id: string;
  name: string;
  kind: 'DEPARTMENT' | 'ARMS_LENGTH_BODY' | 'COUNCIL' | 'CHARITY' | 'CENTRAL_UNIT' | 'OTHER';
  identifiers: { scheme: string; code: string }[];
}

type Row = [id: string, name: string, code?: string];

/** Code lists: the GOV.UK register of government organisations (2017) and the GSS codes of areas. */
const rows = (kind: OrganisationContent['kind'], scheme: string, ...list: Row[]): OrganisationContent[] =>
  list.map(([id, name, code]) => ({ id, name, kind, identifiers: code ? [{ scheme, code }] : [] }));

/** Real bodies under the names they use, each with the address it has on GOV.UK or a name made the same way. */
export const organisations: OrganisationContent[] = [
  ...rows('CENTRAL_UNIT', '', ['mission-delivery-unit', 'Mission Delivery Unit']),
  ...rows(
    'DEPARTMENT',
    'government-organisation',
    ['department-for-energy-security-and-net-zero', 'Department for Energy Security and Net Zero'],
    ['department-for-education', 'Department for Education', 'D6'],
    ['department-of-health-and-social-care', 'Department of Health and Social Care'],
    ['ministry-of-housing-communities-and-local-government', 'Ministry of Housing, Communities and Local Government'],
    ['home-office', 'Home Office', 'D16'],
    ['hm-treasury', 'HM Treasury', 'D15'],
    ['ministry-of-justice', 'Ministry of Justice', 'D18'],
    ['department-for-transport', 'Department for Transport', 'D9'],
    ['department-for-work-pensions', 'Department for Work and Pensions', 'D10'],
    ['department-for-science-innovation-and-technology', 'Department for Science, Innovation and Technology'],
    ['department-for-culture-media-and-sport', 'Department for Culture, Media and Sport'],
    ['office-for-national-statistics', 'Office for National Statistics', 'D303'],
    ['ofgem', 'Ofgem', 'D108'],
    ['ofsted', 'Ofsted', 'D106'],
  ),
  ...rows(
    'ARMS_LENGTH_BODY',
    'government-organisation',
    ['nhs-england', 'NHS England', 'PB481'],
    ['environment-agency', 'Environment Agency', 'EA199'],
    ['natural-england', 'Natural England', 'PB202'],
    ['homes-england', 'Homes England'],
    ['youth-justice-board-for-england-and-wales', 'Youth Justice Board for England and Wales', 'PB302'],
    ['innovate-uk', 'Innovate UK', 'PB1078'],
  ),
  ...rows('OTHER', '', ['national-audit-office', 'National Audit Office']),
  ...rows(
    'COUNCIL',
    'GSS',
    ['greater-manchester-combined-authority', 'Greater Manchester Combined Authority', 'E47000001'],
    ['west-midlands-combined-authority', 'West Midlands Combined Authority', 'E47000007'],
    ['leeds-city-council', 'Leeds City Council', 'E08000035'],
    ['bristol-city-council', 'Bristol City Council', 'E06000023'],
    ['birmingham-city-council', 'Birmingham City Council', 'E08000025'],
    ['kent-county-council', 'Kent County Council', 'E10000016'],
    ['camden-council', 'Camden Council', 'E09000007'],
  ),
  ...rows('CHARITY', '', ['nesta', 'Nesta'], ['youth-endowment-fund', 'Youth Endowment Fund']),
];
