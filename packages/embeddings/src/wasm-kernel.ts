import { createJsKernel } from "./js-kernel.ts";
import type { Kernel } from "./kernel.ts";
import { kernelWasm } from "./kernel-wasm.ts";

// Neither the ES2023 library nor @types/node 20 declares it.
declare const WebAssembly: {
  Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: object };
};

const pageBytes = 65_536;

/**
 * The kernel in WebAssembly, with 128-bit SIMD and without threads.
 * @throws {WebAssembly.CompileError} on a platform without WebAssembly SIMD.
 */
export function createWasmKernel(bytes: number): Kernel {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / pageBytes) });
  const module = new WebAssembly.Module(Buffer.from(kernelWasm, "base64"));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { name: "wasm", memory: memory.buffer, ...(exports as Omit<Kernel, "name" | "memory">) };
}

/** The WebAssembly kernel where the platform has it, else the slow one. */
export function createKernel(bytes: number): Kernel {
  try {
    return createWasmKernel(bytes);
  } catch {
    // `--jitless`, or a processor without the instructions.
    return createJsKernel(bytes);
  }
}
