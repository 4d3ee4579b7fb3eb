const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November'],
  'December',
];

let clock: Intl.DateTimeFormat | undefined;

// Only numbers are asked of the runtime: how it spells a date changes from one version to the next, and a frozen page
// must not change with it. Made when it is first needed, as it takes a tenth of the pages' start.
const clockInLondon = () =>
  (clock ??= new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: 'Europe/London', hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric' },
  }));

/** An instant as clocks in London show it: "12 May 2026 at 2:00pm". */
export function inLondon(instant: string): string {
  const parts = clockInLondon().formatToParts(new Date(instant));
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value);
  const [hour, minute] = [part('hour'), String(part('minute')).padStart(2, '0')];
  const time = `${hour % 12 || 12}:${minute}${hour < 12 ? 'am' : 'pm'}`;
  return `${part('day')} ${months[part('month') - 1]} ${part('year')} at ${time}`;
}

/** A calendar day, YYYY-MM-DD, in words: "31 March 2030". */
export function dayInWords(day: string): string {
  const [year, month, date] = day.split('-').map(Number);
  return `${date} ${months[month! - 1]} ${year}`;
}
