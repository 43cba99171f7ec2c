// Compares what the packages export with what was agreed on: scripts/api-surface/<package>.txt. A name that goes away breaks somebody, and one
// that comes is a promise; both should be seen in a review.
//
//   node scripts/check-api-surface.mjs            fails on a difference
//   node scripts/check-api-surface.mjs --update   writes the files
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../docs/scripts/packages.mjs";
import { readPublicExports } from "./public-exports.mjs";

const folder = join(root, "scripts", "api-surface");
const update = process.argv.includes("--update");

const surfaces = new Map();
for (const { folder: name, module, exports } of readPublicExports().subpaths) {
  const lines = exports.map(({ name: exported, kind }) => `  ${kind} ${exported}`);
  surfaces.set(`${name}.txt`, `${surfaces.get(`${name}.txt`) ?? ""}${module}\n${lines.join("\n")}\n`);
}

function agreed(file) {
  try {
    return readFileSync(join(folder, file), "utf8");
  } catch {
    return "";
  }
}

/** Lines with the subpath they stand under, so that the same name in two subpaths is two things. */
function namesIn(text) {
  let module = "";
  return text.split("\n").flatMap((line) => {
    if (line.startsWith("  ")) return [`${module}: ${line.trim()}`];
    if (line !== "") module = line;
    return [];
  });
}

mkdirSync(folder, { recursive: true });
const files = new Set([...surfaces.keys(), ...readdirSync(folder)]);
let differences = 0;
for (const file of [...files].sort((a, b) => a.localeCompare(b))) {
  const now = surfaces.get(file) ?? "";
  const before = agreed(file);
  if (now === before) continue;
  if (update) {
    if (now === "") rmSync(join(folder, file));
    else writeFileSync(join(folder, file), now);
    continue;
  }
  const [old, current] = [new Set(namesIn(before)), new Set(namesIn(now))];
  for (const name of current) if (!old.has(name)) process.stdout.write(`+ ${name}\n`);
  for (const name of old) if (!current.has(name)) process.stdout.write(`- ${name}\n`);
  differences += 1;
}
if (update) process.stdout.write("written to scripts/api-surface; look at the difference before you commit it\n");
else if (differences > 0)
  process.stdout.write("The public API is not the one agreed on. If that is meant: node scripts/check-api-surface.mjs --update\n");
else process.stdout.write(`${surfaces.size} packages export what was agreed on\n`);
process.exitCode = differences === 0 ? 0 : 1;
