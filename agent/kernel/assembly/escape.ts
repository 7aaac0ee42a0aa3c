const NEWLINE: u8 = 10

// Where the last escape() stopped reading: at the newline.
export let escapeStop: usize = 0

// @ts-ignore
@inline function hex(n: u8): u8 { return n < 10 ? 48 + n : 87 + n; }

// Copies text, escaped for JSON, from `source` up to its newline; returns the end, or 0 where \u00XX would go past `limit`.
// Every other byte grows to two at the most, so what is written ends below limit + 2 × (bytes of the line).
export function escape(target: usize, source: usize, limit: usize): usize {
  let p = source, to = target;
  const controls = i8x16.splat(0x1f), quote = i8x16.splat(34), backslash = i8x16.splat(92);
  while (true) {
    const v = v128.load(p);
    v128.store(to, v);
    const special = i8x16.bitmask(v128.or(v128.or(i8x16.le_u(v, controls), i8x16.eq(v, quote)), i8x16.eq(v, backslash)));
    if (special == 0) { p += 16; to += 16; continue; }
    const clean = ctz(special);
    p += clean; to += clean;
    const c = load<u8>(p);
    if (c == NEWLINE) break;
    p++;
    if (c == 34 || c == 92) { store<u8>(to, 92); store<u8>(to + 1, c); to += 2; }
    else if (c == 9) { store<u16>(to, 0x745c); to += 2; }
    else if (c == 13) { store<u16>(to, 0x725c); to += 2; }
    else {
      if (to > limit) return 0;
      store<u32>(to, 0x3030755c);
      store<u8>(to + 4, hex(c >> 4)); store<u8>(to + 5, hex(c & 15));
      to += 6;
    }
  }
  escapeStop = p;
  return to;
}
