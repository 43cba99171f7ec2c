// What must be in a tarball, and what must not.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const UNWANTED = /(?:^|\/)(?:__fixtures__|src|node_modules|coverage|\.turbo)\/|\.(?:test|int\.test|config)\.|\.tsbuildinfo$|(?:^|\/)\.env/;

/** @returns {string[]} what is wrong, a sentence each */
export function checkContents({ name, unpacked, manifest, files }) {
  const problems = [];
  const says = (sentence) => problems.push(`${name}: ${sentence}`);
  for (const file of ["LICENSE", "README.md", "package.json"]) if (!files.includes(file)) says(`${file} is missing.`);
  for (const file of files) {
    if (UNWANTED.test(file)) says(`${file} does not belong into a package.`);
    // A map without its source helps nobody.
    if (file.endsWith(".map") && !JSON.parse(readFileSync(join(unpacked, file), "utf8")).sourcesContent) says(`${file} has no sources.`);
  }
  for (const target of targetsOf(manifest.exports)) {
    if (!files.includes(target.replace(/^\.\//, ""))) says(`\`exports\` names ${target}, which is not there.`);
  }
  if (JSON.stringify(manifest.exports).includes("langthrift:source")) says("`exports` shows the sources, which are not there.");
  for (const field of ["dependencies", "peerDependencies"]) {
    for (const [dependency, range] of Object.entries(manifest[field] ?? {})) {
      if (/^(?:workspace|catalog|file|link):/.test(range)) says(`${field} asks for ${dependency} "${range}", which no registry knows.`);
    }
  }
  if (manifest.private) says("it is private.");
  if (manifest.sideEffects !== false) says("`sideEffects` is not false.");
  return problems;
}

function targetsOf(value) {
  if (typeof value === "string") return value.startsWith("./") ? [value] : [];
  return Object.values(value ?? {}).flatMap(targetsOf);
}
