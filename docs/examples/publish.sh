#!/bin/sh
# Publishes one vacancy with curl and nothing else.
#   ARNA_GATEWAY=http://127.0.0.1:8443 ARNA_KEY=arna_… sh publish.sh [version]
set -eu
version=${1:-1}
source=urn:kz:bin:500340000738

# Any UUID will do; the same change sent again must carry the same one.
id=$(printf '00000000-0000-4000-8000-%012d' "$version")

curl --silent --show-error --fail-with-body --retry 5 --retry-connrefused \
  --header "Authorization: Bearer $ARNA_KEY" \
  --header "Content-Type: application/cloudevents+json" \
  --header "Accept-Language: ru" \
  --data-binary @- "$ARNA_GATEWAY/v1/events" <<EVENT
{
  "specversion": "1.0",
  "id": "$id",
  "source": "$source",
  "type": "kz.arna.vacancy.published.v1",
  "subject": "example-curl",
  "time": "2026-05-04T09:30:00+05:00",
  "dataschema": "urn:arna:schema:vacancy:1",
  "recordversion": $version,
  "data": {
    "vacancy_id": "example-curl",
    "employer": {"id": "${source##*:}", "name": "ЖШС «Үлгі»"},
    "title": "Деректер инженері",
    "language": "kk",
    "kato": "750000000",
    "remote": false,
    "employment_type": "full_time",
    "skills": [{"name": "SQL"}],
    "published_on": "2026-05-01",
    "status": "open"
  }
}
EVENT
