// WebSocket close codes (PROTOCOL, section 6).

export const NO_CODE = 1006; // RFC 6455, 7.1.5: the connection ended without a close frame
export const TOO_BIG = 1009;
export const DRAINING = 1001;
export const BAD_PROTOCOL = 4400;
export const UNAUTHENTICATED = 4401;
export const FORBIDDEN = 4403;
export const SLOW = 4408;
export const TOO_MANY = 4429;
