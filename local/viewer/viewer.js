const template = document.querySelector("#request")

for (const details of document.querySelectorAll("details")) {
  details.addEventListener("toggle", () => {
    if (details.open && !details.querySelector(".request")) showRequest(details)
  })
}

/** Shows the example's request, which is made ready now and whenever the user wants new values. */
function showRequest(details) {
  details.append(template.content.cloneNode(true))
  const part = (name) => details.querySelector(`[data-part="${name}"]`)
  const [head, body, status, answer] = ["head", "body", "status", "answer"].map(part)
  const [sendButton, renewButton] = ["send", "renew"].map(part)
  const { operation, example } = details.dataset
  let request
  let isBusy = false

  async function prepare() {
    request = await post("/docs/prepare", { operation, example })
    head.textContent = textOfHead(`POST ${request.path}`, Object.entries(request.headers))
    body.value = request.body
    body.rows = Math.max(2, request.body.split("\n").length, Math.ceil(request.body.length / 50))
    answer.hidden = true
    return "Ready to send"
  }

  async function send() {
    const start = performance.now()
    const { path, headers } = request
    const { status: code, reason, ...rest } = await post("/docs/send", { path, headers, body: body.value })
    answer.textContent = `${textOfHead(`${code} ${reason}`, rest.headers)}\n\n${indented(rest.body)}`
    answer.hidden = false
    return `${code} ${reason}, in ${Math.round(performance.now() - start)} ms`
  }

  /** A button that waits does nothing, and is not disabled, because it would lose the focus. */
  async function run(action, waiting) {
    if (isBusy) return
    setBusy(true)
    status.textContent = waiting
    status.textContent = await action().catch((error) => `Failed: ${error.message}`)
    setBusy(false)
  }

  function setBusy(busy) {
    isBusy = busy
    renewButton.setAttribute("aria-disabled", busy)
    sendButton.setAttribute("aria-disabled", busy || !request)
  }

  sendButton.addEventListener("click", () => request && run(send, "Sending…"))
  renewButton.addEventListener("click", () => run(prepare, "Getting values…"))
  run(prepare, "Getting values…")
}

/** Posts to this page's own server. Throws what it refuses. */
async function post(path, fields) {
  const headers = { "content-type": "application/json" }
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(fields) }).catch(() => {
    throw new Error("the local stack does not answer. Is npm start still running?")
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer
}

function textOfHead(firstLine, headers) {
  return [firstLine, ...headers.map(([name, value]) => `${name}: ${value}`)].join("\n")
}

function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    return text
  }
}
