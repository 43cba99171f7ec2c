// Checks what `npm run demo` wrote: figures that add up, a ledger that agrees with the model server, a page that loads nothing, no key.
import { readFileSync } from "node:fs";

const [jsonFile, htmlFile] = process.argv.slice(2);
const report = JSON.parse(readFileSync(jsonFile, "utf8"));
const html = readFileSync(htmlFile, "utf8");
const near = (a, b) => Math.abs(a - b) < 1e-9;
const checks = {
  "requests were replayed and none failed": report.requests > 0 && report.failed === 0,
  "the ledger agrees with the model server to the nano-dollar": report.ledger.agrees === true && report.ledger.spentNanoUsd > 0,
  "baseline = actual + saved - overhead": near(report.baselineUsd, report.actualUsd + report.savedUsd.total - report.overheadUsd),
  "the parts of the saving add up": near(report.savedUsd.total, report.savedUsd.semanticCache + report.savedUsd.modelRouter),
  "the cache answered some": report.cache.hitRate > 0 && report.cache.wrongHitRate !== null,
  "the page has its charts": (html.match(/<svg/g) ?? []).length >= 3,
  "the page says that the models are simulated": html.includes("simulated models"),
  "the page loads nothing": !/(?:src|href)="(?!#|data:)|url\((?!["']?#)|<script|@import/.test(html),
  "no key in what was written": !/sk-[A-Za-z0-9]|local-server-needs-none|authorization/i.test(html + JSON.stringify(report)),
};
for (const [what, holds] of Object.entries(checks)) {
  process.stdout.write(`${holds ? "ok  " : "FAIL"} ${what}\n`);
  if (!holds) process.exitCode = 1;
}
