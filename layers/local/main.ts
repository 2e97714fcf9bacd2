/** The entry point of `npm start`. Reads the command line and the signals; all else is passed on from here. */
import process from "node:process";
import { runCell } from "./run-cell.ts";

await runCell(process.argv.slice(2));
