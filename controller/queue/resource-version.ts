/**
 * Whether `a` is of a later moment than `b`. Within one resource versions are decimal numbers that grow (KEP-5504, "comparable resource
 * version"). What cannot be compared (a server that counts otherwise) is not newer; anything is than '', which is before all.
 */
export const newer = (a: string, b: string): boolean => {
  if (!/^\d+$/.test(a)) return false
  if (b === '') return true
  if (!/^\d+$/.test(b)) return false
  return a.length === b.length ? a > b : a.length > b.length
}
