import { holdVectors } from "../layers/cyberchef/vectors/hold-vectors.ts";
import { opensslVectors } from "../layers/cyberchef/vectors/openssl-vectors.ts";
import { pythonVectors } from "../layers/cyberchef/vectors/python-vectors.ts";

holdVectors({ "what python3 makes of it": pythonVectors(), "what openssl makes of it": opensslVectors() });
