#!/bin/bash
# First steps with nothing but curl: show your roles, register a server, send the same request again, list, and see
# errors.
#
#   TOKEN=ilk_… [URL=http://127.0.0.1:4000] bash examples/curl/first-steps.sh
set -euo pipefail
url=${URL:-http://127.0.0.1:4000}
: "${TOKEN:?set TOKEN to an access token with the role CONFIGURATION_MANAGER}"

# Sends a GraphQL document with its variables, which are JSON text.
graphql() {
  local document=${1//$'\n'/ }
  curl --silent --show-error --fail-with-body "$url/graphql" \
    --header 'content-type: application/json' \
    --header "authorization: Bearer $TOKEN" \
    --data "{\"query\": \"${document//\"/\\\"}\", \"variables\": ${2:-{\}}}"
  echo
}

echo '# Show your roles.'
graphql '{ viewer { roles via expiresAt } }'

echo '# Register a configuration item. The idempotency key makes it safe to send the request again after a timeout:'
echo '# the second call returns the stored result.'
register='
  mutation ($input: ConfigurationItemRegisterInput!) {
    configurationItemRegister(input: $input) {
      replayed
      configurationItem { id number name state version }
      userErrors { code message }
    }
  }'
server='{"input": {"name": "web-01", "ciClass": "SERVER", "idempotencyKey": "first-steps-1"}}'
graphql "$register" "$server"
graphql "$register" "$server"

echo '# A script of another system has its own keys. It can upsert by external reference, any number of times.'
upsert='
  mutation ($input: ConfigurationItemUpsertInput!) {
    configurationItemUpsert(input: $input) {
      configurationItem { number name externalRef { source key } }
      userErrors { code message }
    }
  }'
reference='{"source": "inventory", "key": "4711"}'
graphql "$upsert" "{\"input\": {\"externalRef\": $reference, \"name\": \"db-01\", \"ciClass\": \"DATABASE\"}}"

echo '# Read a page of a list. For the next page, pass "endCursor" as "after".'
graphql '{
  configurationItems(
    first: 10
    filter: { name: { in: ["web-01", "db-01"] } }
    orderBy: [{ field: NAME, direction: ASC }]
  ) {
    totalCount
    nodes { number name state availableCommands { command allowed } }
    pageInfo { hasNextPage endCursor }
  }
}'

echo '# Authorise the item twice. The second time a rule refuses the command: "userErrors" lists every broken rule,'
echo '# and nothing is written.'
id=$(graphql "$register" "$server" | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
authorise='
  mutation ($input: ConfigurationItemAuthoriseInput!) {
    configurationItemAuthorise(input: $input) {
      configurationItem { state }
      userErrors { code message }
    }
  }'
graphql "$authorise" "{\"input\": {\"id\": \"$id\"}}"
graphql "$authorise" "{\"input\": {\"id\": \"$id\"}}"

echo '# An invalid request gets an error with a code.'
graphql '{ node(id: "nonsense") { id } }' || true
