/* global SwaggerUIBundle */
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  // Requests go to the local functions, with the session cookie.
  withCredentials: true,
  // The validator is an online service.
  validatorUrl: null,
})
