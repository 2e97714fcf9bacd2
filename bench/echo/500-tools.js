import { echoTools } from "./echo-tools.js";

/** The load calls `echo`; the others are there to be in the way. */
export default echoTools(["echo", ...Array.from({ length: 499 }, (_, index) => `echo_${index}`)]);
