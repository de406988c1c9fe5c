import type { DescribeSecretCommandOutput } from "@aws-sdk/client-secrets-manager"
import { explainConnection, explainCredentials } from "../aws-failure.ts"
import { CommandFailure } from "../failure.ts"
import { plain } from "../plain.ts"
import { print } from "../terminal.ts"
import { compareAppToken } from "./app-token.ts"
import { hasNoValue, isScheduledForDeletion } from "./aws-failure.ts"
import { readDocument, sealingKeyIds } from "./document.ts"
import { examinePrivateKey } from "./private-key.ts"
import { expiryLines } from "./expiry.ts"
import { findPlaceholder, findProblem } from "./problem.ts"
import type { SecretOptions } from "./read-options.ts"
import { describeSigningKeys } from "./signing-key-status.ts"
import type { SecretStore } from "./store.ts"
import { formatTime } from "./time.ts"

/** The secrets of a deployment. */
export interface SecretStores {
  readonly main: SecretStore
  readonly appToken: SecretStore | undefined
  readonly privateKey: SecretStore | undefined
  readonly signingKeys: SecretStore | undefined
}

/**
 * Prints versions and ids of keys, but no value. Returns false when one of the secrets cannot be used, or when the app
 * token secret does not contain the client secret.
 */
export async function status(
  { main, appToken, privateKey, signingKeys }: SecretStores,
  options: SecretOptions,
): Promise<boolean> {
  const isMainGood = await section(() => mainStatus(main, options))
  const isAppTokenGood = !appToken || (await section(() => appTokenStatus(main, appToken, options)))
  const isKeyGood = !privateKey || (await section(() => privateKeyStatus(privateKey, options)))
  const areSigningKeysGood = !signingKeys || (await section(() => signingKeysStatus(signingKeys, options)))
  return isMainGood && isAppTokenGood && isKeyGood && areSigningKeysGood
}

/** A failure that concerns one secret does not hide the others. */
async function section(examine: () => Promise<boolean>): Promise<boolean> {
  try {
    return await examine()
  } catch (failure) {
    if (!(failure instanceof CommandFailure) || concernsEverySecret(failure)) throw failure
    print(`  ${failure.message}`)
    return false
  }
}

function concernsEverySecret({ cause }: CommandFailure): boolean {
  return (explainCredentials(cause) ?? explainConnection(cause, "")) !== undefined
}

async function mainStatus(store: SecretStore, options: SecretOptions): Promise<boolean> {
  print(`Secret ${store.secretId} in ${store.region}`)
  const description = await store.describe()
  const { CreatedDate, LastChangedDate, DeletedDate, VersionIdsToStages = {} } = description
  print(`created ${formatTime(CreatedDate)}, changed ${formatTime(LastChangedDate)}`)
  if (DeletedDate) throw new CommandFailure(isScheduledForDeletion(store, DeletedDate))
  printReplica(store, description)
  const hasRightKey = checkKey(description, options)
  const versions = Object.entries(VersionIdsToStages).sort(byStages)
  let isUsable = false
  for (const [id, stages] of versions) {
    const isGood = await section(() => versionStatus(store, id, stages, options))
    if (stages.includes("AWSCURRENT")) isUsable = isGood
  }
  if (!versions.some(([, stages]) => stages.includes("AWSCURRENT"))) print(`  ${hasNoValue(store)}`)
  return isUsable && hasRightKey
}

async function versionStatus(
  store: SecretStore,
  id: string,
  stages: readonly string[],
  options: SecretOptions,
): Promise<boolean> {
  const label = `version ${id} (${plain(stages.join(", "))})`
  const version = await store.read(id).catch((failure: unknown) => {
    print(label)
    throw failure
  })
  print(`${label}, created ${formatTime(version.createdAt)}`)
  const document = readDocument(version.text)
  const problem = findProblem(document, options) ?? findPlaceholder(document, options)
  if (problem === undefined) {
    print(`  ${plain(sealingKeys(sealingKeyIds(document) ?? []), 2_000)}`)
    if (!stages.includes("AWSCURRENT")) return true
    const replace = options.nextCommand("replace", "--expires YYYY-MM-DD")
    for (const line of expiryLines(document, replace)) print(`  ${line}`)
    return true
  }
  print(`  ${problem.finding}`)
  if (stages.includes("AWSCURRENT")) print(`  Next: ${problem.correctedBy}`)
  return false
}

function printReplica({ region }: SecretStore, { PrimaryRegion }: DescribeSecretCommandOutput): void {
  if (PrimaryRegion !== undefined && PrimaryRegion !== region) {
    print(`a replica of the secret in ${PrimaryRegion}, which is changed there (--region ${PrimaryRegion})`)
  }
}

/** The functions may decrypt only with the key that `deployment.yml` names. */
function checkKey({ KmsKeyId }: DescribeSecretCommandOutput, { stage }: SecretOptions): boolean {
  if (KmsKeyId === undefined) return true
  print(`encrypted with ${KmsKeyId}`)
  // An alias does not tell the key.
  if (stage === undefined || KmsKeyId.includes("alias/") || keyIdOf(KmsKeyId) === keyIdOf(stage.kmsKeyArn)) {
    return true
  }
  print(
    "  The functions may not use this key, because secretKmsKeyArn in deployment.yml names another, or none.",
  )
  print("  Next: write its ARN there, and deploy.")
  return false
}

function keyIdOf(key: string): string {
  return key.replace(/^.*key\//, "")
}

async function appTokenStatus(
  main: SecretStore,
  store: SecretStore,
  { nextCommand }: SecretOptions,
): Promise<boolean> {
  print(`App token secret ${store.secretId} in ${store.region}`)
  const { state, finding } = await compareAppToken(main, store)
  print(`  ${finding}`)
  if (state === "different" || state === "missing") print(`  Next: ${nextCommand("create")}`)
  return state === "same"
}

async function privateKeyStatus(store: SecretStore, options: SecretOptions): Promise<boolean> {
  print(`Private key secret ${store.secretId} in ${store.region}`)
  const { isGood, finding } = await examinePrivateKey(store)
  print(`  ${finding}`)
  if (!isGood) print(`  Next: ${store.createdBy}`)
  const hasRightKey = isGood ? checkKey(await store.describe(), options) : true
  return isGood && hasRightKey
}

async function signingKeysStatus(store: SecretStore, options: SecretOptions): Promise<boolean> {
  print(`Signing key secret ${store.secretId} in ${store.region}`)
  const { isGood, lines } = await describeSigningKeys(store, options)
  for (const line of lines) print(`  ${plain(line, 2_000)}`)
  const hasRightKey = isGood ? checkKey(await store.describe(), options) : true
  return isGood && hasRightKey
}

function sealingKeys([sealing, ...others]: readonly string[]): string {
  if (sealing === undefined) return "no sealing keys: no page can sign in"
  const list = [`${sealing} (seals)`, ...others].join(", ")
  return `${others.length + 1} sealing ${others.length === 0 ? "key" : "keys"}: ${list}`
}

/** AWSCURRENT first, then AWSPREVIOUS, then all others. */
function byStages([, a]: [string, string[]], [, b]: [string, string[]]): number {
  return (a[0] ?? "").localeCompare(b[0] ?? "")
}
