/** The WebSocket API that holds a connection. */
export interface SocketGateway {
  readonly region: string;
  readonly apiId: string;
}

/** As a connection's record names it. With it any region finds any other's connections, without being told of their APIs. */
export const gatewayName = ({ region, apiId }: SocketGateway): string => `${region}:${apiId}`;

const NAME = /^([a-z]{2}(?:-[a-z]+)+-\d):([a-z0-9]{4,32})$/;

/** Undefined of what names none. */
export function parseGatewayName(name: string): SocketGateway | undefined {
  const [, region, apiId] = NAME.exec(name) ?? [];
  return region === undefined || apiId === undefined ? undefined : { region, apiId };
}

/** Source: API Gateway developer guide, "Use @connections commands in your backend service" (read 2026-11-21). */
export function gatewayEndpoint({ region, apiId }: SocketGateway): URL {
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return new URL(`https://${apiId}.execute-api.${region}.${domain}`);
}
