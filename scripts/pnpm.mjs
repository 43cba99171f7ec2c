// Runs the pinned pnpm: the one on PATH when its version fits, else through npx, so that Node and npm are all a machine needs.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const pin = manifest.packageManager;
const version = pin.split("@").at(-1);
const windows = process.platform === "win32";

const environment = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
  npm_config_update_notifier: "false",
};
// npm sets these for its own scripts; pnpm would take them for settings of its own and warn about each.
for (const name of Object.keys(environment)) {
  if (name.startsWith("npm_package_") || name.startsWith("npm_lifecycle_")) delete environment[name];
}

function pnpmOnPath() {
  const found = spawnSync("pnpm", ["--version"], { cwd: root, encoding: "utf8", env: environment, shell: windows });
  return found.status === 0 && found.stdout.trim() === version;
}

/** Runs pnpm in the repository's root and returns its exit code. */
export function pnpm(args, { quiet = false } = {}) {
  const [command, ...first] = pnpmOnPath() ? ["pnpm"] : ["npx", "--yes", pin];
  const run = spawnSync(command, [...first, ...args], {
    cwd: root,
    env: environment,
    shell: windows,
    encoding: "utf8",
    stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
  });
  if (quiet && run.status !== 0) process.stderr.write(`${run.stdout ?? ""}${run.stderr ?? ""}`);
  return run.status ?? 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = pnpm(process.argv.slice(2));
}
