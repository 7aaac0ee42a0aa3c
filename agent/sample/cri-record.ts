/** containerd's max_container_log_line_size: a longer line is written in pieces (tag P) that end with one of tag F. */
export const pieceBytes = 16 * 1024

/** 2026-11-21T06:14:02.123456789Z; the wall clock has milliseconds, `nanos` are those within. */
export const criTime = (ms: number, nanos: number): string =>
  `${new Date(ms).toISOString().slice(0, -1)}${String(nanos).padStart(6, '0')}Z`

export interface CriRecord {
  readonly time: string
  readonly stream: 'stdout' | 'stderr'
  /** One line of the program, without its newline. */
  readonly text: string
}

/**
 * The bytes of one record in a container's log file, as the runtime writes them (Kubernetes' design "CRI logging": time
 * stamp, stream, tags, content). Pieces are cut by bytes, also in the middle of a character.
 */
export const criRecord = ({ time, stream, text }: CriRecord): Buffer => {
  const content = Buffer.from(text)
  const pieces: Buffer[] = []
  let at = 0
  for (; content.length - at > pieceBytes; at += pieceBytes)
    pieces.push(Buffer.from(`${time} ${stream} P `), content.subarray(at, at + pieceBytes), newline)
  pieces.push(Buffer.from(`${time} ${stream} F `), content.subarray(at), newline)
  return Buffer.concat(pieces)
}

const newline = Buffer.from('\n')
