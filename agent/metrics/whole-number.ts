/** The one number of a file of /proc or /sys; `what` names it where it is none. */
export const parseWhole = (text: string, what: string): number => {
  const trimmed = text.trim()
  if (!/^-?\d+$/.test(trimmed)) throw new Error(`${what} is no number: ${JSON.stringify(text)}`)
  return Number(trimmed)
}
