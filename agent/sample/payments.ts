import { err, isoTime, type Message, out } from './message.ts'
import type { Random } from './random.ts'

const pythonTrace = (payment: string): Message =>
  err(
    `ERROR:payments:charge ${payment} failed`,
    'Traceback (most recent call last):',
    '  File "/app/payments/charge.py", line 58, in charge',
    '    response = gateway.post("/v1/charges", json=body, timeout=3)',
    '  File "/usr/lib/python3.13/site-packages/requests/sessions.py", line 637, in post',
    '    return self.request("POST", url, data=data, json=json, **kwargs)',
    'requests.exceptions.ReadTimeout: HTTPSConnectionPool(host="gateway", port=443): Read timed out. (read timeout=3)',
  )

/** A dump of 20 to 60 KB in one line: the runtime writes it in pieces. The accents make some of them end within a character. */
const dump = (random: Random, payment: string): Message => {
  const entries = Array.from({ length: 200 + random.below(400) }, (_, index) => ({
    entry: index,
    text: `Überweisung für ${payment}, Posten n° ${index}: geprüft, gebucht, quittiert`,
  }))
  return out(JSON.stringify({ level: 'debug', msg: 'ledger', payment, entries }))
}

/** A Python service: logfmt, tracebacks, and a very long line now and then. */
export const apiMessage = (random: Random, ms: number): Message => {
  const payment = `pay-${100_000 + random.below(900_000)}`
  if (random.oneIn(70)) return pythonTrace(payment)
  if (random.oneIn(150)) return dump(random, payment)
  const status = random.oneIn(25) ? 'declined' : 'captured'
  const amount = (100 + random.below(20_000)) / 100
  return out(`time=${isoTime(ms)} level=info msg="payment ${status}" payment=${payment} amount=${amount} currency=EUR`)
}

const goPanic: Message = {
  stream: 'stderr',
  lines: [
    'panic: runtime error: invalid memory address or nil pointer dereference',
    '[signal SIGSEGV: segmentation violation code=0x1 addr=0x18 pc=0x6d2f4a]',
    '',
    'goroutine 1 [running]:',
    'main.(*Ledger).Settle(0x0, {0xc000126000, 0x2a})',
    '\t/src/settle/ledger.go:112 +0x4a',
    'main.main()',
    '\t/src/settle/main.go:37 +0x1d2',
    'exit status 2',
  ],
  crash: true,
}

/** A Go program in a crash loop. */
export const settleMessage = (random: Random, ms: number): Message =>
  random.oneIn(25)
    ? goPanic
    : out(`${isoTime(ms)} settling batch ${random.below(10_000)}, ${random.below(500)} payments`)
