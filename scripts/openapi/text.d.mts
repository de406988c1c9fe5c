/** docs/openapi.json as it must be. */
export function openApiText(): Promise<string>
