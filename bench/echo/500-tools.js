import { echoTools } from "./echo-tools.js";

export default echoTools(500);
