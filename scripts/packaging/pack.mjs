// Packs the public packages as they would be published, and reads what is in the tarballs.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pnpm } from "../pnpm.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a program and gives its output; throws with it when the exit code is not 0. */
export function run(command, args, options = {}) {
  const windows = process.platform === "win32";
  const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: 64 * 2 ** 20, shell: windows, ...options });
  if (result.status === 0) return result.stdout;
  const reason = result.error?.message ?? `exit code ${result.status ?? result.signal}`;
  throw new Error(`${command} ${args.slice(0, 3).join(" ")} …: ${reason}\n${`${result.stdout ?? ""}${result.stderr ?? ""}`.slice(-4000)}`);
}

/**
 * @param {string} folder receives the tarballs, and each package unpacked in a folder of its own
 * @returns {{ name: string, directory: string, tarball: string, unpacked: string, manifest: object, files: string[], packedBytes: number, unpackedBytes: number }[]}
 */
export function packPackages(folder) {
  const directories = readdirSync(join(root, "packages"))
    .map((name) => join(root, "packages", name))
    .filter((directory) => existsSync(join(directory, "package.json")));
  return directories.map((directory) => {
    const { name, version } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    if (!existsSync(join(directory, "dist"))) throw new Error(`${name} is not built. Run \`npm run build\` first.`);
    if (pnpm(["--dir", directory, "pack", "--pack-destination", folder], { quiet: true }) !== 0)
      throw new Error(`${name} cannot be packed.`);
    const tarball = join(folder, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
    const unpacked = join(folder, name.replace("/", "-"));
    mkdirSync(unpacked);
    run("tar", ["-xzf", tarball, "-C", unpacked, "--strip-components", "1"]);
    const files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
    return {
      name,
      directory,
      tarball,
      unpacked,
      manifest: JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8")),
      files: files.map((file) => file.slice(unpacked.length + 1).replaceAll("\\", "/")),
      packedBytes: statSync(tarball).size,
      unpackedBytes: files.reduce((sum, file) => sum + statSync(file).size, 0),
    };
  });
}
