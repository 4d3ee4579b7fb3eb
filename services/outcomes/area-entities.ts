/**
 * The entities of the Register of Geographic Codes of the Office for National Statistics: what the first three
 * characters of a GSS code mean, of areas in use and of those that closed, since historic figures are about them too.
 * Source: the register's types of areas, as findthatpostcode.uk keeps them (kanedata/find-that-postcode at 03e4f4a1797f,
 * findthatpostcode/areatypes.py), and what came with the census of 2021 and the constituencies of 2024: N05, N20, N21,
 * E63, W45. Pseudo codes for "no such area" (E99, W99 and so on) are left out on purpose. The database has the same list:
 * an entity that is added here needs a migration too.
 */
const meanings: readonly [meaning: string, entities: string][] = [
  ['a country, a union of countries, or a Crown Dependency', 'E92 N92 S92 W92 K02 K03 K04 L93 M83'],
  ['a region of England', 'E12'],
  ['Inner or Outer London', 'E13'],
  ['Greater London, as an authority', 'E61'],
  ['a county or a metropolitan county', 'E10 E11'],
  ['a district, unitary authority, London borough or council area', 'E06 E07 E08 E09 N09 S12 W06'],
  ['a combined authority', 'E47'],
  ['a city region or region for collaboration', 'W36 W42'],
  ['a civil parish, a community, or what has none', 'E04 E43 S35 W04'],
  ['a ward, an electoral division or a district electoral area', 'E05 E58 N08 N10 S13 W05'],
  ['a parliamentary constituency', 'E14 N05 N06 S14 W07'],
  ['a European electoral region', 'E15 N07 S15 W08'],
  ['a constituency or region of an assembly or a devolved parliament', 'E32 S16 S17 W09 W10'],
  ['an output area, small area or workplace zone', 'E00 N00 S00 W00 E33 N19 S34 W35'],
  ['a lower super output area or data zone', 'E01 S01 W01 N20'],
  ['a middle or upper super output area, intermediate zone or super data zone', 'E02 S02 W02 W03 N21'],
  ['an area of a census by its own borders', 'E36 E41 E42 S28 S29 W39 W40 J02 J03 J04 J05'],
  ['a built-up area, settlement, town or locality', 'E34 E35 E63 K05 K06 W37 W38 W45 J01 N11 S19 S20 E25'],
  ['a travel to work area', 'E30 K01 N12 S22 W22'],
  ['an area of the health service', 'E16 E17 E18 E19 E38 E39 E40 E45 E46 E54 E55 E59 L00 M00 M01 W11'],
  ['a health board or health partnership of Scotland', 'S03 S08 S26 S27 S37'],
  ['a cancer registry, network, alliance or vanguard', 'E20 E21 E56 E57 W12 W13'],
  ['a police force, its division, or a community safety partnership', 'E22 E23 N23 N24 S23 S25 S32 W14 W15'],
  ['an area of a fire and rescue service', 'E31 N31 N32 N33 S38 S39 S40 W25'],
  ['a resilience forum or partnership', 'E48 S42 S43 W41'],
  ['a national park or what lies outside one', 'E26 S21 W18 W31'],
  ['a planning area or authority', 'E60 N13 S11 S44 W23 W24 W43'],
  ['an area of enterprise, development or waste', 'E37 E49 E50 E51 E52 E53 S09 S24 W19'],
  ['an area of regeneration', 'E27 S04 S05 S06 S10 W26 W27 W32 W33 W34'],
  ['a registration district', 'E28 E29 W20 W21'],
  ['an area of learning, transport, farming, rent or the sea', 'E24 W16 S07 W28 W29 W30 S33 S41'],
  ['a local administrative unit or island group', 'S30 S31 S36'],
];

/** What each entity is, by its three characters. */
export const areaEntities: ReadonlyMap<string, string> = new Map(
  meanings.flatMap(([meaning, entities]) => entities.split(' ').map((entity) => [entity, meaning] as const)),
);

/** The one area of each entity that has but one. */
export const onlyAreas: ReadonlyMap<string, string> = new Map(
  'E92000001 N92000002 S92000003 W92000004 K02000001 K03000001 K04000001 L93000001 M83000003 E61000001'
    .split(' ')
    .map((area) => [area.slice(0, 3), area] as const),
);
