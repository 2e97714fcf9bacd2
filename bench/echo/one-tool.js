import { echoTools } from "./echo-tools.js";

export default echoTools(["echo"]);
