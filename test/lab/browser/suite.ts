import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { eventually } from '../../support/eventually.ts'
import type { Suite } from '../suite.ts'
import { startPageAgent } from './page-agent.ts'
import { writeBurst } from './write-burst.ts'

const CHROMIUM = '/usr/bin/chromium'
/** Looked at by people; git does not know the folder. */
const SHOTS = join(import.meta.dirname, '../../../build/screenshots')

/** Compilers for other suites may run beside it. */
const PATIENCE_MS = 60_000

/** Everything that the first sight of all four views costs. */
const WIRE_LIMIT_BYTES = 150_000

const openPage = async (browser: Browser, context: TestContext, options = {}) => {
  const tab = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
  context.after(() => tab.close())
  const page = await tab.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  return { page, tab, complaints }
}

const shoot = async (page: Page, name: string): Promise<void> => {
  mkdirSync(SHOTS, { recursive: true })
  await page.screenshot({ path: join(SHOTS, `${name}.png`) })
}

const eachView = async (page: Page, url: string, see: (name: string) => Promise<void>): Promise<void> => {
  const seen = { search: '.row', live: '.row', node: '.plot canvas', pipeline: '.card table' }
  for (const [name, selector] of Object.entries(seen)) {
    await page.goto(`${url}/#${name}`)
    await page.locator(selector).first().waitFor()
    await see(name)
  }
}

/** Bytes as they come over the wire, heads included. */
const countWire = async (page: Page): Promise<() => number> => {
  const session = await page.context().newCDPSession(page)
  let bytes = 0
  await session.send('Network.enable')
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  return () => bytes
}

const searchChecks = async (page: Page, url: string): Promise<void> => {
  await page.goto(`${url}/#search`)
  await page.locator('#query').fill('timeout AND pod:web*')
  // The sample workload has one now and then.
  const found = async (): Promise<boolean> => {
    await page.locator('#query').press('Enter')
    await page.locator('.row mark').first().waitFor({ timeout: 1000 })
    return true
  }
  await eventually('a timeout of a web pod', found, PATIENCE_MS)
  const origins = await page.locator('.row .pod').allTextContents()
  assert.deepEqual(
    origins.filter((pod) => !pod.startsWith('web')),
    [],
  )
  await page.locator('.open').first().click()
  await page.locator('.fields dt', { hasText: 'kubernetes.pod.name' }).waitFor()
  await page.locator('#query').fill('timeout AND (pod:web*')
  await page.keyboard.press('Enter')
  assert.match((await page.locator('.mistake .why').textContent()) ?? '', /not closed \(character 13\)/)
  assert.equal(await page.locator('.mistake em').textContent(), '(')
}

/** Everything without a mouse: to the query, through the records, into one, to the other views, help and back. */
const keyboardChecks = async (page: Page, url: string): Promise<void> => {
  await page.goto(`${url}/#pipeline`)
  await page.locator('.card').first().waitFor()
  for (const [key, title] of Object.entries({ 2: 'Live', 3: 'Node', 4: 'Pipeline', 1: 'Search' })) {
    await page.keyboard.press(key)
    await page.locator(`nav a[aria-current=page]`, { hasText: title }).waitFor()
  }
  await page.keyboard.press('/')
  await page.keyboard.type('level:error')
  await page.keyboard.press('Enter')
  await page.locator('.row').first().waitFor()
  for (let k = 0; k < 5; k++) await page.keyboard.press('Tab')
  while (!(await page.evaluate(() => document.activeElement?.classList.contains('open'))))
    await page.keyboard.press('Tab')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.locator('.row:nth-child(2) .fields').waitFor()
  await page.keyboard.press('?')
  await page.locator('dialog[open]').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('dialog').waitFor({ state: 'detached' })
}

interface Seen {
  /** Told and not judged: on a machine that builds the next suites meanwhile it says more of the machine than of the page. */
  readonly longestTaskMs: number
  readonly passedOver: string
  readonly last: string
  readonly rows: number
}

const liveChecks = async (page: Page, url: string, folder: string): Promise<Seen> => {
  await page.goto(`${url}/#live?query=burst`)
  await page.evaluate(() => {
    const seen = { longest: 0 }
    Object.assign(globalThis, { seen })
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration)
    }).observe({ entryTypes: ['longtask'] })
  })
  const written = await writeBurst(folder, 1000, 8)
  await page.locator('.row', { hasText: `burst ${written - 1} ` }).waitFor()
  await shoot(page, 'live-burst')
  return page.evaluate(() => ({
    longestTaskMs: (globalThis as unknown as { seen: { longest: number } }).seen.longest,
    passedOver: document.querySelector('.skips:not([hidden])')?.textContent ?? 'nothing was passed over',
    last: document.querySelector('.row:last-child .message')?.textContent ?? '',
    rows: document.querySelectorAll('.row').length,
  }))
}

/** The list jumps to its beginning when it is emptied: that is nobody's scrolling up, which would pause it. */
const clearChecks = async (page: Page, url: string): Promise<void> => {
  await page.goto(`${url}/#live`)
  const list = page.locator('.records.live')
  await eventually('a list that scrolls', () => list.evaluate((one) => one.scrollTop > 100), PATIENCE_MS)
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.locator('.row').first().waitFor()
  assert.equal(await page.getByRole('button', { name: 'Pause' }).count(), 1)
}

const run = async (context: TestContext): Promise<void> => {
  const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true })
  context.after(() => browser.close())
  const { url, folder } = await startPageAgent(context)
  await eventually(
    'a first record',
    async () => /"row":\d/.test(await (await fetch(`${url}/api/search?limit=1`)).text()),
    PATIENCE_MS,
  )

  await context.test(
    'all views together cost no more than 150 KB, ask nobody else, and complain of nothing',
    async (t) => {
      const { page, complaints } = await openPage(browser, t)
      const wire = await countWire(page)
      const strangers: string[] = []
      page.on('request', (request) => !request.url().startsWith(url) && strangers.push(request.url()))
      await eachView(page, url, async () => {})
      t.diagnostic(`${wire()} bytes over the wire`)
      assert.ok(wire() > 30_000 && wire() <= WIRE_LIMIT_BYTES, `${wire()} bytes`)
      assert.deepEqual([strangers, complaints], [[], []])
    },
  )
  await context.test('search: found, marked, opened; a mistake has its place', async (t) => {
    const { page } = await openPage(browser, t)
    await searchChecks(page, url)
  })
  await context.test('a tail that is cleared goes on', async (t) => {
    const { page } = await openPage(browser, t)
    await clearChecks(page, url)
  })
  await context.test('the keyboard reaches everything', async (t) => {
    const { page } = await openPage(browser, t)
    await keyboardChecks(page, url)
  })
  await context.test(
    'at 1,000 lines a second the newest is shown, of a bounded list, and what they say is text',
    async (t) => {
      const { page, complaints } = await openPage(browser, t)
      const { longestTaskMs, passedOver, rows, last } = await liveChecks(page, url, folder)
      t.diagnostic(`longest task ${Math.round(longestTaskMs)} ms; ${passedOver}`)
      assert.ok(rows <= 1000, `${rows} rows`)
      assert.match(last, /<img src=x onerror="document\.title='owned'"> \\u202eabc$/)
      assert.deepEqual([await page.title(), complaints], ['Live · Picket', []])
    },
  )
  await context.test('an agent that goes away and comes back', async (t) => {
    const { page, tab } = await openPage(browser, t)
    await page.goto(`${url}/#pipeline`)
    await page.locator('.health.good').waitFor()
    await tab.setOffline(true)
    await page.locator('.health.bad', { hasText: 'cannot be reached' }).waitFor()
    await tab.setOffline(false)
    await page.locator('.health.good').waitFor()
  })
  await context.test('light, dark, narrow', async (t) => {
    for (const [look, options] of Object.entries({
      light: { colorScheme: 'light' },
      dark: { colorScheme: 'dark' },
      narrow: { viewport: { width: 390, height: 844 } },
    })) {
      const { page } = await openPage(browser, t, options)
      await eachView(page, url, async (name) => {
        await shoot(page, `${name}-${look}`)
        const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        assert.ok(beyond <= 0, `${name} is ${beyond} px wider than a ${look} window`)
      })
    }
  })
  await context.test('a token is asked for, and let in', async (t) => {
    const guarded = await startPageAgent(t, ', token: s3cret')
    const { page } = await openPage(browser, t)
    await page.goto(guarded.url)
    await page.locator('#token').fill('s3cret')
    await page.keyboard.press('Enter')
    await page.locator('.health.good').waitFor()
  })
}

/** The node page in a real browser. */
export const browserSuite: Suite = {
  name: 'browser',
  missing: () => (existsSync(CHROMIUM) ? [] : [`${CHROMIUM}, from Debian’s package chromium`]),
  run,
}
