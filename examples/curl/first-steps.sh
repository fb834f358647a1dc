#!/bin/bash
# First steps with nothing but curl: who am I, register a server, do it again safely, list, and see how refusals look.
#
#   TOKEN=ilk_… [URL=http://127.0.0.1:4000] bash examples/curl/first-steps.sh
set -euo pipefail
url=${URL:-http://127.0.0.1:4000}
: "${TOKEN:?set TOKEN to an access token that holds CONFIGURATION_MANAGER}"

# Sends an operation with its variables, both as JSON text.
graphql() {
  curl --silent --show-error --fail-with-body "$url/graphql" \
    --header 'content-type: application/json' \
    --header "authorization: Bearer $TOKEN" \
    --data "{\"query\": \"$1\", \"variables\": ${2:-{\}}}"
  echo
}

echo '# Who am I, and what may I do?'
graphql '{ viewer { roles via expiresAt } }'

echo '# Register a configuration item. The idempotency key makes it safe to send again after a timeout: the answer is replayed.'
register='mutation($input: ConfigurationItemRegisterInput!) { configurationItemRegister(input: $input) { replayed configurationItem { id number name state version } userErrors { code message } } }'
server='{"input": {"name": "web-01", "ciClass": "SERVER", "idempotencyKey": "first-steps-1"}}'
graphql "$register" "$server"
graphql "$register" "$server"

echo '# A script of another system knows its own keys: upsert by external reference, as often as it likes.'
upsert='mutation($input: ConfigurationItemUpsertInput!) { configurationItemUpsert(input: $input) { configurationItem { number name externalRef { source key } } userErrors { code message } } }'
graphql "$upsert" '{"input": {"externalRef": {"source": "inventory", "key": "4711"}, "name": "db-01", "ciClass": "DATABASE"}}'

echo '# A page of what there is; give "endCursor" as "after" for the next one.'
graphql '{ configurationItems(first: 10, filter: { name: { in: [\"web-01\", \"db-01\"] } }, orderBy: [{ field: NAME, direction: ASC }]) { totalCount nodes { number name state availableCommands { command allowed } } pageInfo { hasNextPage endCursor } } }'

echo '# A command, and what a rule refuses: userErrors, all at once, and then nothing is written. The second time it is authorised already.'
id=$(graphql "$register" "$server" | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
authorise='mutation($input: ConfigurationItemAuthoriseInput!) { configurationItemAuthorise(input: $input) { configurationItem { state } userErrors { code message } } }'
graphql "$authorise" "{\"input\": {\"id\": \"$id\"}}"
graphql "$authorise" "{\"input\": {\"id\": \"$id\"}}"

echo '# What is wrong with the request itself comes back as errors with a code.'
graphql '{ node(id: \"nonsense\") { id } }' || true
