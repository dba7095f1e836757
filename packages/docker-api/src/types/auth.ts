/** The headers `X-Registry-Auth` (one, base64url of JSON) and `X-Registry-Config` (by host), and the body of `POST /auth`. */
export interface AuthConfig {
  readonly username?: string;
  readonly password?: string;
  readonly email?: string;
  readonly serveraddress?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
  /** base64 of `user:password`, as in docker's config.json. */
  readonly auth?: string;
}

export interface AuthResponse {
  readonly Status: string;
  readonly IdentityToken?: string;
}
