// Looks at every page of the built site in a headless browser, on a desktop and on a phone: links and anchors that lead nowhere, errors on
// the console, requests to other hosts, pages wider than the screen, and a search that finds nothing. Writes screenshots to docs/test-results.
//
//   npm run docs:build && npm run docs:check     all pages; CHROMIUM_PATH names the browser
//   npm run docs:check -- --screenshots none     without pictures
//   npm run docs:check -- --only strategies/     pages whose path has this in it; links to others are then not followed
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { findChromium } from "./chromium.mjs";
import { root } from "./packages.mjs";
import { serveFolder } from "./serve.mjs";

const { values } = parseArgs({ options: { screenshots: { type: "string", default: "all" }, only: { type: "string", default: "" } } });
const site = join(root, "docs", ".vitepress", "dist");
const pictures = join(root, "docs", "test-results");
const screens = [
  { name: "desktop", viewport: { width: 1280, height: 900 } },
  { name: "phone", viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
];
/** A word, and a part of the link of a page that must be among what the search finds for it. */
const searches = [
  ["verifiedPolicy", "semantic-cache"],
  ["nano-dollars", "cost"],
  ["GPTCache", "gptcache"],
];

function finish(text, code) {
  process.stdout.write(`${text}\n`);
  process.exit(code);
}

const executablePath = findChromium();
if (executablePath === null) finish("skipped: no Chromium here; install one or name it in CHROMIUM_PATH", 0);
if (!existsSync(join(site, "index.html"))) finish("The site is not built. Run `npm run docs:build` first.", 1);

const pages = readdirSync(site, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".html") && path !== "404.html" && path.replaceAll("\\", "/").includes(values.only))
  .map((path) => `/${path.split(sep).join("/")}`)
  .sort();

const problems = new Set();
/** What each page offers to links, and what it links to. */
const anchors = new Map();
const links = [];

if (values.screenshots !== "none") rmSync(pictures, { recursive: true, force: true });
const server = await serveFolder(site);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });

async function openContext(screen) {
  const context = await browser.newContext({ ...screen, baseURL: server.url, reducedMotion: "reduce" });
  // Long, because a busy machine is no fault of the site.
  context.setDefaultTimeout(120_000);
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (url.startsWith(server.url) || url.startsWith("data:") || url.startsWith("blob:")) return route.continue();
    problems.add(`a request leaves the site: ${url}`);
    return route.abort();
  });
  return context;
}

/** In the page: the server's HTML has been taken over by the scripts. */
const isAlive = () => document.querySelector("#app")?.__vue_app__ !== undefined;

/** Opens one page of a screen after the other in one tab. */
async function visit(tab, screen, queue) {
  for (let page = queue.shift(); page !== undefined; page = queue.shift()) {
    const where = `${page} (${screen.name})`;
    const note = (message) => problems.add(`${where}: ${message}`);
    const onConsole = (message) => ["error", "warning"].includes(message.type()) && note(`console: ${message.text()}`);
    const onError = (error) => note(`error: ${error.message}`);
    const onResponse = (response) => response.status() >= 400 && note(`${response.status()} ${response.url()}`);
    tab.on("console", onConsole).on("pageerror", onError).on("response", onResponse);
    await tab.goto(page, { waitUntil: "load" });
    await tab.waitForFunction(isAlive).catch(() => note("its scripts do not start"));
    const seen = await tab.evaluate(() => {
      const width = document.documentElement.clientWidth;
      const wide = [...document.querySelectorAll(".vp-doc *, .VPHome *")].filter((element) => {
        const box = element.getBoundingClientRect();
        if (box.width === 0 || box.right <= width + 1) return false;
        // What scrolls inside of its own box is no overflow of the page.
        for (let parent = element.parentElement; parent; parent = parent.parentElement) {
          if (["auto", "scroll", "hidden"].includes(getComputedStyle(parent).overflowX)) return false;
        }
        return true;
      });
      return {
        ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
        hrefs: [...document.querySelectorAll("a[href]")].map(({ href }) => href),
        images: [...document.images].filter((image) => image.complete && image.naturalWidth === 0).map(({ src }) => src),
        title: document.querySelector("h1")?.textContent ?? "",
        overflow: document.documentElement.scrollWidth - width,
        wide: wide.slice(0, 3).map((element) => `<${element.tagName.toLowerCase()}> ${element.textContent.slice(0, 60).trim()}`),
      };
    });
    if (seen.overflow > 1) note(`wider than the screen by ${seen.overflow} px`);
    for (const element of seen.wide) note(`reaches beyond the screen: ${element}`);
    for (const image of seen.images) note(`a picture that does not load: ${image}`);
    if (seen.title.trim() === "") note("no heading");
    anchors.set(page, new Set(seen.ids));
    for (const href of seen.hrefs) links.push({ where, href });
    if (values.screenshots !== "none") {
      const file = join(
        pictures,
        screen.name,
        `${relative("/", page)
          .replaceAll("/", "-")
          .replace(/\.html$/, "")}.png`,
      );
      mkdirSync(join(pictures, screen.name), { recursive: true });
      // Pages of the reference are many screens long, and all alike.
      await tab.screenshot({ path: file, fullPage: !page.startsWith("/api/") });
    }
    tab.off("console", onConsole).off("pageerror", onError).off("response", onResponse);
  }
}

function checkLinks() {
  for (const { where, href } of links) {
    const url = new URL(href);
    if (url.origin !== server.url) continue;
    const path = decodeURIComponent(url.pathname);
    const page = [path, `${path}.html`, `${path.replace(/\/$/, "")}/index.html`].find((name) => anchors.has(name));
    if (page === undefined) {
      if (values.only !== "") continue;
      if (!existsSync(join(site, path)) || path.endsWith("/")) problems.add(`${where}: link to ${path}, which is not there`);
      continue;
    }
    const anchor = decodeURIComponent(url.hash.slice(1));
    if (anchor !== "" && !anchors.get(page).has(anchor)) problems.add(`${where}: link to ${path}#${anchor}, which is not on that page`);
  }
}

/** The server is closed before the search is used: what it finds, it finds in what the page has loaded. */
async function checkSearch() {
  const context = await openContext(screens[0]);
  const tab = await context.newPage();
  await tab.goto("/guide/", { waitUntil: "load" });
  await tab.waitForFunction(isAlive);
  await tab.locator(".VPNavBarSearch button").first().click();
  const input = tab.locator("#localsearch-input");
  await input.waitFor();
  await input.fill("cache");
  await tab.locator(".VPLocalSearchBox .results .result").first().waitFor();
  await context.setOffline(true);
  for (const [word, link] of searches) {
    await input.fill("");
    await tab.locator(".VPLocalSearchBox .results .result").first().waitFor({ state: "detached" });
    await input.fill(word);
    const found = tab.locator(`.VPLocalSearchBox .results a[href*="${link}"]`).first();
    await found.waitFor({ timeout: 30_000 }).catch(() => problems.add(`the search for "${word}" does not find a page of ${link}`));
    if (values.screenshots !== "none" && word === searches[0][0]) await tab.screenshot({ path: join(pictures, "desktop", "search.png") });
  }
  await context.close();
}

const started = Date.now();
for (const screen of screens) {
  const context = await openContext(screen);
  const queue = [...pages];
  await Promise.all([1, 2].map(async () => visit(await context.newPage(), screen, queue)));
  await context.close();
}
checkLinks();
await checkSearch();
await browser.close();
await server.close();

for (const problem of problems) process.stdout.write(`${problem}\n`);
const seconds = ((Date.now() - started) / 1000).toFixed(0);
const shown = values.screenshots === "none" ? "" : `, screenshots in ${relative(root, pictures)}`;
finish(
  `${pages.length} pages on ${screens.length} screens in ${seconds} s: ${problems.size} problems${shown}`,
  problems.size === 0 ? 0 : 1,
);
