// Deno's Jupyter kernel, spoken to as Jupyter does: ZeroMQ, signed messages of protocol 5.3. No Python, no network.
import { spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Dealer, Subscriber } from "zeromq";

const root = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(import.meta.url);
const DELIMITER = "<IDS|MSG>";
const START_MS = 60_000;

/** The file of Deno's binary that came with the `deno` package. */
export function denoBinary() {
  return require(join(require.resolve("deno/package.json"), "..", "install_api.cjs")).runInstall();
}

/**
 * Starts a kernel in `cwd`. `execute(code)` gives the outputs of a cell in nbformat; an error in the code is an output of type "error".
 * `stop()` ends the process and must be called.
 */
export async function startDenoKernel({ cwd, env }) {
  const ports = await freePorts(5);
  const key = randomUUID();
  const folder = mkdtempSync(join(tmpdir(), "langthrift-kernel-"));
  const connection = join(folder, "connection.json");
  const [control_port, shell_port, stdin_port, hb_port, iopub_port] = ports;
  const address = { ip: "127.0.0.1", transport: "tcp", control_port, shell_port, stdin_port, hb_port, iopub_port };
  writeFileSync(connection, JSON.stringify({ ...address, signature_scheme: "hmac-sha256", key, kernel_name: "deno" }), { mode: 0o600 });

  const child = spawn(denoBinary(), ["jupyter", "--kernel", "--conn", connection], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", DENO_DIR: join(root, "node_modules", ".cache", "deno") },
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log = (log + data).slice(-4000)));
  const shell = new Dealer({ linger: 0 });
  const iopub = new Subscriber({ linger: 0 });
  shell.connect(`tcp://127.0.0.1:${shell_port}`);
  iopub.connect(`tcp://127.0.0.1:${iopub_port}`);
  iopub.subscribe("");

  const requests = new Map();
  const gone = new Promise((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => reject(new Error(`Deno's kernel ended (${signal ?? `exit code ${code}`}).\n${log}`)));
  });
  gone.catch(() => undefined);
  const listen = async (socket, handle) => {
    try {
      for await (const frames of socket) {
        const message = readMessage(frames);
        const request = requests.get(message.parent);
        if (request) handle(request, message);
      }
    } catch (error) {
      // Closing a socket ends its loop, on some platforms with an error.
      if (!socket.closed) throw error;
    }
  };
  void listen(iopub, (request, { type, content }) => {
    if (type === "status" && content.execution_state === "idle") request.idle();
    else addOutput(request.outputs, type, content);
  });
  void listen(shell, (request, { content }) => request.reply(content));

  async function ask(type, content) {
    const header = {
      msg_id: randomUUID(),
      session: key,
      username: "langthrift",
      date: new Date().toISOString(),
      msg_type: type,
      version: "5.3",
    };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const request = { outputs: [] };
    const idle = new Promise((resolve) => (request.idle = resolve));
    const reply = new Promise((resolve) => (request.reply = resolve));
    requests.set(header.msg_id, request);
    await shell.send([DELIMITER, sign(key, parts), ...parts]);
    return { idle, reply, request, forget: () => requests.delete(header.msg_id) };
  }

  async function start() {
    const until = Date.now() + START_MS;
    // What the kernel publishes before the subscription reaches it is lost: ask until an answer comes.
    for (;;) {
      const { idle, forget } = await ask("kernel_info_request", {});
      const answered = await Promise.race([idle.then(() => true), gone, new Promise((resolve) => setTimeout(resolve, 300, false))]);
      forget();
      if (answered) return;
      if (Date.now() > until) throw new Error(`Deno's kernel did not answer within ${START_MS / 1000} s.\n${log}`);
    }
  }

  const kernel = {
    async execute(code) {
      const { idle, reply, request, forget } = await ask("execute_request", {
        code,
        silent: false,
        store_history: true,
        user_expressions: {},
        allow_stdin: false,
        stop_on_error: true,
      });
      try {
        await Promise.race([Promise.all([idle, reply]), gone]);
        return request.outputs;
      } finally {
        forget();
      }
    },
    stop() {
      shell.close();
      iopub.close();
      child.removeAllListeners("exit");
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      else return rmSync(folder, { recursive: true, force: true });
      return ended.then(() => rmSync(folder, { recursive: true, force: true }));
    },
  };
  try {
    await start();
    return kernel;
  } catch (error) {
    await kernel.stop();
    throw error;
  }
}

/** Parts of one text that follow each other are one output, as in Jupyter. */
function addOutput(outputs, type, content) {
  const last = outputs.at(-1);
  if (type === "stream") {
    if (last?.output_type === "stream" && last.name === content.name) last.text += content.text;
    else outputs.push({ output_type: "stream", name: content.name, text: content.text });
  } else if (type === "display_data") {
    outputs.push({ output_type: type, data: content.data, metadata: content.metadata ?? {} });
  } else if (type === "execute_result") {
    outputs.push({ output_type: type, data: content.data, metadata: content.metadata ?? {}, execution_count: content.execution_count });
  } else if (type === "error") {
    outputs.push({ output_type: type, ename: content.ename, evalue: content.evalue, traceback: content.traceback });
  }
}

function readMessage(frames) {
  const texts = frames.map(String);
  const [, header, parent, , content] = texts.slice(texts.indexOf(DELIMITER) + 1);
  return { type: JSON.parse(header).msg_type, parent: JSON.parse(parent).msg_id, content: JSON.parse(content) };
}

function sign(key, parts) {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return hmac.digest("hex");
}

/** All are held while the others are looked for, so that no port comes twice. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve, reject) => {
          const server = createServer();
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
