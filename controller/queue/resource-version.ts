/**
 * Whether `a` is of a later moment than `b`. Within one resource versions are decimal numbers that grow (KEP-5504, "comparable resource
 * version"); what is no number is never newer.
 */
export const newer = (a: string, b: string): boolean => {
  if (!/^\d+$/.test(a)) return false
  if (!/^\d+$/.test(b)) return true
  return a.length === b.length ? a > b : a.length > b.length
}
