"""The authorisation server for apps, and the validation of their tokens.

OAuth 2.1 (draft 13): authorization code with PKCE, refresh tokens that rotate, resource indicators
(RFC 8707), dynamic registration (RFC 7591), client ID metadata documents, revocation (RFC 7009).
"""
