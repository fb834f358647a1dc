#!/bin/bash
# Tells what ran on a configuration item at an instant, and what was believed at another. Both answers come from one
# query.
#
#   TOKEN=ilk_… [URL=http://127.0.0.1:4000] bash examples/curl/what-ran-then.sh \
#     payroll-db 2026-11-24T02:13:00Z 2026-11-24T03:00:00Z
set -euo pipefail
url=${URL:-http://127.0.0.1:4000}
: "${TOKEN:?set TOKEN to an access token of any role that reads}"
name=${1:?name of the item} as_of=${2:?when it was so} known_at=${3:-$2}

document='
  query ($name: String!, $asOf: DateTime!, $knownAt: DateTime!) {
    asWeKnowNow: snapshot(asOf: $asOf) { ...Runs }
    asWeKnewThen: snapshot(asOf: $asOf, knownAt: $knownAt) { ...Runs }
  }
  fragment Runs on Snapshot {
    asOf
    knownAt
    configurationItems(first: 5, filter: { name: { eq: $name } }) {
      nodes {
        number
        name
        state
        installations(first: 20) {
          nodes {
            validFrom
            digest
            dmlItemVersion { label item { name } }
            release { number name acceptedBy { name } changes(first: 10) { nodes { number authorisedBy { name } } } }
          }
        }
      }
    }
  }'

curl --silent --show-error --fail-with-body "$url/graphql" \
  --header 'content-type: application/json' \
  --header "authorization: Bearer $TOKEN" \
  --data "{\"query\": \"${document//$'\n'/ }\",
    \"variables\": {\"name\": \"$name\", \"asOf\": \"$as_of\", \"knownAt\": \"$known_at\"}}"
echo
