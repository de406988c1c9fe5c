/* global SwaggerUIBundle */
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  // What is tried out goes to the local functions, with the session's cookie.
  withCredentials: true,
  // The validator is a service on the internet.
  validatorUrl: null,
})
