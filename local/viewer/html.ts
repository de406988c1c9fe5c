import type { RefreshTokenDelivery } from "../../lib/config.ts"
import { escapeHtml } from "../page/escape.ts"
import { htmlPage } from "../page/html.ts"
import { publicationsOf, type Example, type OpenApiDocument } from "./document.ts"
import type { Operation, Publication } from "./document.ts"

export interface ViewerTexts {
  /** Base URL of the functions. */
  readonly url: string
  readonly delivery: RefreshTokenDelivery
}

/** The page: the document's operations by tag, each with its examples. Its script makes an example ready when it is opened. */
export function viewerHtml(
  document: OpenApiDocument,
  operations: readonly Operation[],
  { url, delivery }: ViewerTexts,
): string {
  const { info, tags } = document
  const sections = tags.map(({ name, description }) => {
    const inTag = operations.filter(({ tag }) => tag === name)
    const toRead = publicationsOf(document).filter(({ tag }) => tag === name)
    return `<section>
<h2>${escapeHtml(name)}</h2>
<p>${escapeHtml(description)}</p>
${inTag.map((operation) => operationHtml(operation, delivery)).join("\n")}
${toRead.map((publication) => publicationHtml(publication, url)).join("\n")}
</section>`
  })
  const title = `${info.title}: the API`
  return htmlPage({
    title,
    head: `<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
<link rel="stylesheet" href="/docs/viewer.css">
<script type="module" src="/docs/viewer.js"></script>`,
    body: `<main>
<h1>${escapeHtml(title)}</h1>
<p>Open an example: its request gets a code, a session or a token from the local provider. “Send” sends it to the functions on
<code>${escapeHtml(url)}</code>; change its body first if you like. A code works once: “New values” gets another.</p>
<p><a href="/openapi.json">The OpenAPI document</a> has every field, limit and error code.
<a href="/">The example page</a> is a page that uses the API.</p>
<noscript><p>This page needs JavaScript to send requests.</p></noscript>
${sections.join("\n")}
</main>
${requestTemplate}`,
  })
}

function operationHtml(operation: Operation, delivery: RefreshTokenDelivery): string {
  const { path, summary, description, examples } = operation
  const none = `<p class="small">None of its examples can succeed here, in delivery <code>${delivery}</code>.</p>`
  return `<article class="card">
<h3><code>POST ${escapeHtml(path)}</code></h3>
<p>${escapeHtml(summary)}</p>
<p class="small">${withCode(description)}</p>
${examples.length === 0 ? none : examples.map((example) => exampleHtml(operation, example)).join("\n")}
</article>`
}

/** A link is enough, because a browser reads the document as anybody does. */
function publicationHtml({ path, summary, description }: Publication, url: string): string {
  return `<article class="card">
<h3><code>GET ${escapeHtml(path)}</code></h3>
<p>${escapeHtml(summary)}</p>
<p class="small">${withCode(description)}</p>
<p><a href="${escapeHtml(url + path)}">${escapeHtml(url + path)}</a></p>
</article>`
}

function exampleHtml({ id }: Operation, { name, summary }: Example): string {
  return `<details data-operation="${escapeHtml(id)}" data-example="${escapeHtml(name)}">
<summary>${escapeHtml(summary)}</summary>
</details>`
}

/** The document's texts are Markdown, of which they use code spans. */
function withCode(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>")
}

/** A live region speaks only what comes into it after it is in the page, so it is there from the start. */
const requestTemplate = `<template id="request">
<div class="request">
<pre data-part="head"></pre>
<label>Body <textarea data-part="body" spellcheck="false" autocapitalize="off" autocomplete="off"></textarea></label>
<p class="row"><button type="button" data-part="send" aria-disabled="true">Send</button>
<button type="button" data-part="renew" class="quiet" aria-disabled="true">New values</button>
<span role="status" data-part="status"></span></p>
<pre data-part="answer" role="group" aria-label="Answer" tabindex="0" hidden></pre>
</div>
</template>`
