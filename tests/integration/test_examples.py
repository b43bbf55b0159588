"""The examples in other languages publish what they say, twice without harm."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from arna.contracts.registry import Entity
from tests.support.gateway import Desk, make_key

pytestmark = pytest.mark.integration

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
SOURCE = "urn:kz:bin:500340000738"


@pytest.mark.parametrize(
    ("command", "entity", "events"),
    [
        (["sh", "publish.sh"], Entity.VACANCY, 1),
        (["node", "publish.mjs"], Entity.CERTIFICATION, 2),
        (["java", "PublishEnrolment.java"], Entity.ENROLMENT, 1),
    ],
    ids=["curl", "javascript", "java"],
)
def test_an_example_publishes_and_may_be_run_again(
    gateway_desk: Desk, command: list[str], entity: Entity, events: int
) -> None:
    needed = "curl" if command[0] == "sh" else command[0]
    if shutil.which(needed) is None:
        pytest.skip(f"{needed} is not installed")
    key = make_key(gateway_desk.site.database_url, SOURCE, tuple(Entity))
    environment = {**os.environ, "ARNA_GATEWAY": gateway_desk.gateway.url, "ARNA_KEY": key}
    for _ in range(2):
        done = subprocess.run(command, cwd=EXAMPLES, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr + done.stdout
        assert f'"accepted":{events}' in done.stdout.replace(" ", "")
    gateway_desk.site.land_all()
    landed = [row for row in gateway_desk.site.raw(entity) if row["subject"].startswith("example-")]
    assert len(landed) == 2 * events
    assert len({row["event_id"] for row in landed}) == events
    assert len({bytes(row["payload_sha256"]) for row in landed}) == events
