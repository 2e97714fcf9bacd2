const { createServer } = require("node:http");
const { readFileSync } = require("node:fs");

createServer((_request, response) => response.end(readFileSync("greeting.txt"))).listen(process.env.PORT);
