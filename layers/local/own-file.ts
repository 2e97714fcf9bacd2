import { randomBytes } from "node:crypto";
import { linkSync, rmSync, writeFileSync } from "node:fs";
import { faultCode } from "../http/fault-reply.ts";

/** Of a file that nobody but its owner reads or writes. */
export const OWN_FILE_MODE = 0o600;
/** Of a folder that nobody but its owner enters. */
export const OWN_FOLDER_MODE = 0o700;

/**
 * Makes a file for its owner alone where there is none, whole before it has its name: of several processes that do so at
 * once one makes it. By then it is closed here too, since to close a file lets go of all locks that SQLite holds on it in the
 * same process. Source: "How To Corrupt An SQLite Database File", 2.2.
 *
 * @returns whether it was made; one that is there stays as it is, with the rights that it has.
 */
export function makeOwnFile(file: string, content = ""): boolean {
  const draft = `${file}.${randomBytes(8).toString("hex")}`;
  try {
    writeFileSync(draft, content, { flag: "wx", mode: OWN_FILE_MODE, flush: content !== "" });
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (faultCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
