/**
 * The headers that every answer carries. Nothing is allowed that is not used: scripts, styles, pictures and connections
 * from this very server, no inline code, no frames, no forms that submit by themselves, no strings turned into code
 * (Trusted Types), nothing shared with other origins.
 *
 * No Strict-Transport-Security: the host name of a home machine is often shared with other services (a printer page, a
 * router), which the header would lock to https as well. The server speaks nothing but https anyway.
 */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ")

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": CSP,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
