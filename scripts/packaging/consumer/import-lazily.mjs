// Imports one package with every loaded module written to file descriptor 3; prints the time that the import took.
import { register } from "node:module";

register("./trace-hooks.mjs", import.meta.url);
await import(process.argv[2]);
