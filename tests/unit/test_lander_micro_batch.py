"""What messages become before anything is written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from arna.contracts.registry import Entity
from arna.errors import ContractError, IntegrityError
from arna.vault import Vault, make_keys
from consumers.fetching import Message
from consumers.micro_batch import MicroBatch, Stager
from consumers.positions import Gap, GapReason, Move, Place
from tests.support.samples import sample_event

pytestmark = pytest.mark.unit

PLACE = Place(UUID(int=5), "arna.certification.v1", 3, Entity.CERTIFICATION)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Sources:
    """A registry that knows every source but one."""

    def resolve(self, source_uri: str, entity: str) -> int:
        if source_uri == "urn:kz:bin:unknown":
            raise ContractError("source_unknown", "source_not_registered", "/source")
        return 4

    def find_id(self, source_uri: str | None) -> int | None:
        return None


@pytest.fixture
def stager() -> Stager:
    return Stager(Vault(make_keys()), Sources())  # type: ignore[arg-type]


def message(offset: int, number: int = 0) -> Message:
    value, headers, key = sample_event(Entity.CERTIFICATION, number=number).to_structured()
    return Message(offset, key, value, tuple(headers))


def stage(stager: Stager, messages: list[Message], expected: int, position: int) -> MicroBatch:
    batch = MicroBatch()
    stager.stage(batch, PLACE, expected, messages, position, NOW)
    stager.seal(batch)
    return batch


def test_a_run_of_messages_moves_the_partition(stager: Stager) -> None:
    batch = stage(stager, [message(10), message(11, 1)], 10, 12)
    assert batch.moves == [Move(PLACE, 10, 12)]
    assert (batch.landed, len(batch.persons), batch.gaps, batch.rejections) == (2, 2, [], [])


def test_skipped_offsets_are_declared_wherever_they_are(stager: Stager) -> None:
    batch = stage(stager, [message(12), message(13), message(16)], 10, 18)
    spans = [(gap.from_offset, gap.to_offset) for gap in batch.gaps]
    assert spans == [(10, 12), (14, 16), (17, 18)]
    assert {gap.reason for gap in batch.gaps} == {GapReason.CONTROL}
    assert batch.moves == [Move(PLACE, 10, 18)]


def test_a_partition_that_holds_only_markers_moves_too(stager: Stager) -> None:
    batch = stage(stager, [], 10, 13)
    assert batch.gaps == [Gap(PLACE, 10, 13, GapReason.CONTROL)]
    assert batch.moves == [Move(PLACE, 10, 13)]


def test_nothing_new_moves_nothing(stager: Stager) -> None:
    batch = stage(stager, [], 10, 10)
    assert (batch.moves, batch.gaps, batch.landed) == ([], [], 0)


@pytest.mark.parametrize(("offsets", "position"), [([9], 10), ([10, 10], 11), ([11, 10], 12), ([], 9)])
def test_offsets_that_go_back_stop_the_lander(stager: Stager, offsets: list[int], position: int) -> None:
    with pytest.raises(IntegrityError):
        stage(stager, [message(offset) for offset in offsets], 10, position)


def test_a_refused_message_takes_its_offset_and_no_row(stager: Stager) -> None:
    batch = stage(stager, [message(10), Message(11, None, b"{", ()), message(12, 1)], 10, 13)
    assert (batch.landed, len(batch.rejections)) == (2, 1)
    assert (batch.rejections[0].offset, batch.rejections[0].rejection_class) == (11, "json_syntax")
    assert batch.gaps == []


def test_one_person_is_sealed_once_per_micro_batch_and_not_again_once_known(stager: Stager) -> None:
    batch = stage(stager, [message(10), message(11)], 10, 12)
    assert (batch.landed, len(batch.persons)) == (2, 1)
    stager.remember(batch)
    assert stage(stager, [message(12)], 12, 13).persons == []


def test_a_person_is_not_known_before_the_commit(stager: Stager) -> None:
    stage(stager, [message(10)], 10, 11)
    assert len(stage(stager, [message(10)], 10, 11).persons) == 1


def test_the_row_holds_the_token_and_not_the_number(stager: Stager) -> None:
    sent = message(10)
    assert sent.value is not None
    iin = json.loads(sent.value)["data"]["person"]["iin"]
    (row,) = stage(stager, [sent], 10, 11).rows[Entity.CERTIFICATION]
    assert iin.encode() not in row
    assert stager._vault.token(iin).encode() in row


def test_forgets_persons_before_there_are_too_many(stager: Stager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consumers.micro_batch.KNOWN_PERSONS", 1)
    for number in range(3):
        stager.remember(stage(stager, [message(number, number)], number, number + 1))
    assert len(stage(stager, [message(3, 2)], 3, 4).persons) == 0
    assert len(stage(stager, [message(3, 0)], 3, 4).persons) == 1
