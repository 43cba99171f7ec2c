/** One clear sentence for the person at the terminal; the command ends with exit code 2 and no stack trace. */
export class CliError extends Error {
  override readonly name = "CliError";
}

/** What an error says, for use inside a sentence. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && "code" in error) {
    if (error.code === "ENOENT") return "it does not exist";
    if (error.code === "EACCES" || error.code === "EPERM" || error.code === "EROFS") return "permission is denied";
    if (error.code === "EISDIR") return "it is a folder";
    if (error.code === "ENOTDIR") return "a part of its path is not a folder";
    if (error.code === "ENOSPC") return "the disk is full";
  }
  return error instanceof Error ? error.message : String(error);
}
