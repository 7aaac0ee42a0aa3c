import { err, isoTime, type Message, out } from './message.ts'
import type { Random } from './random.ts'

const paths = ['/', '/products', '/products/4711', '/cart', '/cart/items', '/checkout', '/login', '/static/app.js']
const customers = ['alice', 'bob', 'chloé', 'dmitri', 'eve', 'zoë']

/** A web service that logs JSON; now and then a request times out. */
export const webMessage = (random: Random, ms: number): Message => {
  const path = random.pick(paths)
  if (random.oneIn(40))
    return err(
      JSON.stringify({
        level: 'error',
        time: isoTime(ms),
        msg: 'upstream timeout',
        upstream: 'cart:8080',
        path,
        after_ms: 3000,
      }),
    )
  const status = random.oneIn(50) ? 500 : random.oneIn(15) ? 404 : 200
  const level = status === 500 ? 'error' : 'info'
  const took = 1 + random.below(250)
  return out(
    JSON.stringify({
      level,
      time: isoTime(ms),
      msg: 'request',
      method: 'GET',
      path,
      status,
      took_ms: took,
      user: random.pick(customers),
    }),
  )
}

/** The proxy beside it: the common log format. */
export const proxyMessage = (random: Random, ms: number): Message => {
  const address = `10.0.${random.below(4)}.${1 + random.below(250)}`
  const status = random.oneIn(30) ? 504 : 200
  const line = `${address} - - [${isoTime(ms)}] "GET ${random.pick(paths)} HTTP/1.1" ${status} ${random.below(20_000)}`
  return status === 504 ? err(`${line} upstream timed out (110: Connection timed out)`) : out(line)
}

const javaTrace = (order: number): Message =>
  err(
    `ERROR [main] c.e.shop.CartService - order ${order} could not be saved`,
    'java.lang.IllegalStateException: cart is locked',
    '\tat com.example.shop.CartService.save(CartService.java:87)',
    '\tat com.example.shop.CartController.put(CartController.java:42)',
    '\tat java.base/java.lang.Thread.run(Thread.java:1583)',
    'Caused by: java.sql.SQLTimeoutException: timeout after 5000 ms waiting for a connection',
    '\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:696)',
    '\t... 12 more',
  )

/** A Java service: plain lines, and a stack trace now and then. */
export const cartMessage = (random: Random): Message => {
  const order = 10_000 + random.below(90_000)
  if (random.oneIn(60)) return javaTrace(order)
  if (random.oneIn(12)) return err(`WARN  [pool-1] c.e.shop.Pool - ${5 + random.below(5)} of 10 connections are busy`)
  return out(
    `INFO  [http-${random.below(8)}] c.e.shop.CartController - order=${order} items=${1 + random.below(9)} saved`,
  )
}
