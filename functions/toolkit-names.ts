/** The toolkits of the deployed MCP function, by the names under which tenants have them on or off. */
export const TOOLKIT_NAMES: readonly string[] = ["cyberchef", "host", "people", "jobs"];
