// The published packages and the source file of each of their subpaths, read from the manifests, so that a new package needs no entry here.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** @returns {{ folder: string, name: string, description: string, entries: { subpath: string, module: string, source: string }[] }[]} */
export function publishedPackages(repository = root) {
  const folders = readdirSync(join(repository, "packages")).sort();
  return folders.map((folder) => {
    const manifest = JSON.parse(readFileSync(join(repository, "packages", folder, "package.json"), "utf8"));
    const entries = Object.entries(manifest.exports)
      .filter(([, target]) => typeof target === "object" && "langthrift:source" in target)
      .map(([subpath, target]) => ({
        subpath,
        module: subpath === "." ? manifest.name : `${manifest.name}${subpath.slice(1)}`,
        source: join(repository, "packages", folder, target["langthrift:source"]),
      }));
    return { folder, name: manifest.name, description: manifest.description, entries };
  });
}
