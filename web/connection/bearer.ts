/** The headers of a request, with the token that was sent along; none without one. */
export function withToken(headers: Headers, token: string | null): Headers {
  if (token !== null) headers.set('authorization', `Bearer ${token}`);
  return headers;
}
