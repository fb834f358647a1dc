#!/bin/bash
# Imports an iCalendar file, e.g. of public holidays, as blackouts of everything. DRY_RUN=true only says what it would
# do.
#
#   TOKEN=ilk_… [URL=http://127.0.0.1:4000] [DRY_RUN=true] bash examples/curl/import-calendar.sh \
#     holidays-berlin Europe/Berlin holidays.ics
set -euo pipefail
url=${URL:-http://127.0.0.1:4000}
: "${TOKEN:?set TOKEN to an access token with the role CHANGE_MANAGER or CHANGE_AUTHORITY}"
source=${1:?name of the calendar} zone=${2:?time zone of whole days, e.g. Europe/Berlin} file=${3:?file.ics}

# The file as text in JSON.
calendar=$(sed -e 's/\r$//' -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/\t/\\t/g' "$file" | awk '{ printf "%s\\n", $0 }')
query='mutation ($input: ScheduleWindowsImportInput!) { scheduleWindowsImport(input: $input) {
  created updated removed refused results { status name code message } } }'

curl --silent --show-error --fail-with-body "$url/graphql" \
  --header 'content-type: application/json' \
  --header "authorization: Bearer $TOKEN" \
  --data @- << EOF
{"query": "${query//$'\n'/ }",
 "variables": {"input": {"source": "$source", "kind": "BLACKOUT", "timeZone": "$zone",
   "dryRun": ${DRY_RUN:-false}, "calendar": "$calendar"}}}
EOF
echo
