// Deno's Jupyter kernel, driven over its shell channel: ZeroMQ, signed messages of protocol 5.3. No Python, no network.
//
// Outputs do not come by the channel that Jupyter reads them from: Deno's publishes through a socket that silently drops messages which follow
// each other closely (zeromq/zmq.rs#237), one in ten on a busy machine. Each output is recorded inside the kernel instead, and handed over
// in a file after each cell.
import { spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Dealer } from "zeromq";

const root = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(import.meta.url);
const DELIMITER = "<IDS|MSG>";

/** Runs in the kernel before the first cell. Formats as Node does, which is what a script prints too. */
const RECORDER = `
{
  const { Console } = await import("node:console");
  const { Writable } = await import("node:stream");
  const outputs = [];
  const stream = (name) => new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      const last = outputs.at(-1);
      if (last?.output_type === "stream" && last.name === name) last.text += text;
      else outputs.push({ output_type: "stream", name, text: String(text) });
      done();
    },
  });
  const recorded = new Console({ stdout: stream("stdout"), stderr: stream("stderr"), colorMode: false });
  for (const name of ["log", "info", "debug", "warn", "error", "table", "dir", "group", "groupEnd"]) console[name] = recorded[name].bind(recorded);
  Deno.jupyter.display = async (data, options) => {
    if (!options?.raw) throw new TypeError("Pass a MIME bundle and { raw: true }.");
    outputs.push({ output_type: "display_data", data, metadata: {} });
  };
  globalThis[Symbol.for("langthrift.takeOutputs")] = () => outputs.splice(0);
}
undefined;
`;

/** The file of Deno's binary that came with the `deno` package. */
export function denoBinary() {
  return require(join(require.resolve("deno/package.json"), "..", "install_api.cjs")).runInstall();
}

/**
 * Starts a kernel in `cwd`. `execute(code)` gives the outputs of a cell in nbformat and throws what the cell throws. `stop()` ends the process
 * and must be called.
 */
export async function startDenoKernel({ cwd, env }) {
  const [control_port, shell_port, stdin_port, hb_port, iopub_port] = await freePorts(5);
  const key = randomUUID();
  const folder = mkdtempSync(join(tmpdir(), "langthrift-kernel-"));
  const connection = join(folder, "connection.json");
  const outputFile = join(folder, "outputs.json");
  const address = { ip: "127.0.0.1", transport: "tcp", control_port, shell_port, stdin_port, hb_port, iopub_port };
  writeFileSync(connection, JSON.stringify({ ...address, signature_scheme: "hmac-sha256", key, kernel_name: "deno" }), { mode: 0o600 });

  const child = spawn(denoBinary(), ["jupyter", "--kernel", "--conn", connection], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", DENO_DIR: join(root, "node_modules", ".cache", "deno") },
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log = (log + data).slice(-4000)));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const gone = new Promise((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => reject(new Error(`Deno's kernel ended (${signal ?? `exit code ${code}`}).\n${log}`)));
  });
  gone.catch(() => undefined);
  const shell = new Dealer({ linger: 0 });
  shell.connect(`tcp://127.0.0.1:${shell_port}`);

  /** One request at a time; what is sent before the kernel listens waits in the socket. */
  async function run(code) {
    const msg_id = randomUUID();
    const header = {
      msg_id,
      session: key,
      username: "langthrift",
      date: new Date().toISOString(),
      msg_type: "execute_request",
      version: "5.3",
    };
    const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false, stop_on_error: true };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    await shell.send([DELIMITER, sign(key, parts), ...parts]);
    for (;;) {
      const reply = readReply(await Promise.race([shell.receive(), gone]));
      if (reply.parent !== msg_id) continue;
      const { status, ename, evalue, traceback = [] } = reply.content;
      // Of what cannot be parsed the kernel says only "Execution failed".
      const hint = evalue === "Execution failed" ? " (is its syntax right?)" : "";
      if (status !== "ok") throw new Error([`${ename}: ${evalue}${hint}`, ...traceback.slice(1)].join("\n"));
      return;
    }
  }

  const kernel = {
    async execute(code) {
      await run(code);
      await run(
        `Deno.writeTextFileSync(${JSON.stringify(outputFile)}, JSON.stringify(globalThis[Symbol.for("langthrift.takeOutputs")]()))`,
      );
      return JSON.parse(readFileSync(outputFile, "utf8"));
    },
    async stop() {
      shell.close();
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
        child.kill("SIGKILL");
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await run(RECORDER);
    return kernel;
  } catch (error) {
    await kernel.stop();
    throw error;
  }
}

function readReply(frames) {
  const texts = frames.map(String);
  const [, , parent, , content] = texts.slice(texts.indexOf(DELIMITER) + 1);
  return { parent: JSON.parse(parent).msg_id, content: JSON.parse(content) };
}

function sign(key, parts) {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}

/** All are held while the others are looked for, so that no port comes twice. */
async function freePorts(count) {
  const listen = () =>
    new Promise((resolve, reject) => {
      const server = createServer();
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => resolve(server));
    });
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
