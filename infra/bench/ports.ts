/**
 * The first port of each bench. Below those that connections take for themselves (32,768 and up on Linux), where one is
 * taken now and then, and above those of the tests.
 */
export const firstPorts = {
  gateway: 31_200,
  growth: 31_300,
  ledger: 31_400,
  ledgerReads: 31_500,
  outcomes: 31_600,
  publish: 31_700,
  stores: 31_800,
};
