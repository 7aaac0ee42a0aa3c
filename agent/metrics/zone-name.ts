/**
 * The zone's abbreviation (CET, CEST) as the zone's own file has it. Node knows it only through its locale data, which takes
 * memory: where the clock shows universal time all year it is not asked.
 */
export const zoneName = (now: Date): string => {
  const offsetIn = (month: number): number => new Date(now.getFullYear(), month).getTimezoneOffset()
  if (offsetIn(0) === 0 && offsetIn(6) === 0) return 'UTC'
  // British English: American says GMT+1 where the zone has a name.
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(now)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
}
