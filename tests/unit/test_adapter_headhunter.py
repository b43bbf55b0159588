"""The two exports of a job portal, read by code, and one of them by the mapping that comes with Arna."""

from __future__ import annotations

from pathlib import Path

import pytest

from arna.contracts.identifiers import is_valid_bin, is_valid_iin
from arna.errors import ConfigError
from producers.adapters import headhunter
from producers.adapters.mapping import MappingOptions, read_rows
from producers.adapters.mapping_file import find_mapping
from tests.support.adapted import outcomes, write_csv

pytestmark = pytest.mark.unit


class TestJobPortal:
    def raw(self, **changes: str) -> dict[str, str]:
        return {
            "id": "1",
            "name": "Юрист",
            "area": "{'id': '159', 'name': 'Астана'}",
            "salary": "",
            "salary_range": "{'from': 450000, 'to': None, 'currency': 'RUR', 'gross': False, 'mode': {'id': 'SHIFT'}}",
            "published_at": "2026-03-06T18:19:57+0300",
            "employer": "{'id': '42', 'name': 'Дала'}",
            "schedule": "{'id': 'fullDay'}",
            "work_format": "[{'id': 'REMOTE'}]",
            "professional_roles": "[{'id': '146', 'name': 'Юрист'}]",
            "experience": "{'id': 'between1And3'}",
            "employment": "{'id': 'full'}",
            "internship": "False",
        } | changes

    def read(self, tmp_path: Path, row: dict[str, str]) -> dict[str, object]:
        row_ = next(headhunter.read_raw(write_csv(tmp_path / "raw.csv", [row])))
        assert row_.draft is not None
        row_.draft.check()
        return dict(row_.draft.data)

    def test_cells_of_python_text_are_read(self, tmp_path: Path) -> None:
        data = self.read(tmp_path, self.raw())
        assert data["salary"] == {"min": 450000, "currency": "RUB", "period": "day", "gross": False}
        assert (data["kato"], data["remote"], data["experience_months"]) == ("710000000", True, 12)
        assert data["occupation"] == {"code": "2611", "scheme": "isco08"}

    def test_a_cell_that_is_code_is_not_run(self, tmp_path: Path) -> None:
        data = self.read(tmp_path, self.raw(salary_range="__import__('os').getcwd()"))
        assert "salary" not in data

    def test_a_sole_trader_has_an_iin_and_a_body_a_bin(self, tmp_path: Path) -> None:
        body = self.read(tmp_path, self.raw())["employer"]
        trader = self.read(tmp_path, self.raw(employer="{'id': '43', 'name': 'ИП Үлгі'}"))["employer"]
        assert is_valid_bin(body["id"])  # type: ignore[index]
        assert is_valid_iin(trader["id"])  # type: ignore[index]

    def test_money_loses_its_float_noise(self) -> None:
        assert [headhunter.money(text) for text in ("409730.58", "118282.49999999999", "700000.0", "", None)] == [
            409730.58,
            118282.5,
            700000,
            None,
            None,
        ]

    def test_a_later_export_amends(self, tmp_path: Path) -> None:
        path = write_csv(tmp_path / "raw.csv", [self.raw()])
        row = next(headhunter.read_raw(path, headhunter.PortalOptions(record_version=2)))
        assert row.draft is not None
        assert (row.draft.action, row.draft.record_version) == ("amended", 2)

    def test_an_export_of_another_kind_is_refused(self, tmp_path: Path) -> None:
        path = write_csv(tmp_path / "raw.csv", [self.raw()])
        with pytest.raises(ConfigError, match="salary_from"):
            list(headhunter.read_clean(path))

    @pytest.mark.parametrize("cell", ["7", "'x'", "[1]", "{'id': [1]}", "[{}]", "{", "[[]]"])
    def test_a_cell_of_another_form_never_breaks_the_reading(self, tmp_path: Path, cell: str) -> None:
        names = ("area", "salary_range", "employer", "schedule", "work_format", "professional_roles", "employment")
        path = write_csv(tmp_path / "raw.csv", [self.raw(**{name: cell}) for name in names])
        assert outcomes(headhunter.read_raw(path)).total() == len(names)


class TestShippedMappings:
    CLEAN = {  # noqa: RUF012
        "id": "7", "salary_from": "409730.58", "salary_to": "", "area": "Алматы", "experience": "between3And6",
        "employment": "full", "schedule": "fullDay", "work_format": "['REMOTE']", "professional_role": "[]",
        "is_premium": "False", "has_test": "False", "accept_temporary": "False", "is_gross": "True",
        "has_usd_in_description": "False", "published_at": "2026-04-10 16:02:39+03:00", "description": "x",
        "name": "Аналитик  данных", "salary_mid": "", "role": "Аналитик", "skills_extracted": "['SQL', 'Python']",
    }  # fmt: skip

    def test_the_clean_export_is_the_same_by_mapping_and_by_code(self, tmp_path: Path) -> None:
        rows = [
            self.CLEAN,
            self.CLEAN | {"id": "8", "work_format": "", "schedule": "remote", "salary_from": "", "role": "Повар"},
            self.CLEAN | {"id": "9", "work_format": "['ON_SITE']", "employment": "probation", "salary_to": "700000.0"},
            self.CLEAN | {"id": "10", "is_gross": "False", "area": "Село без кода", "skills_extracted": "[]"},
        ]
        path = write_csv(tmp_path / "clean.csv", rows)
        by_code = list(headhunter.read_clean(path))
        by_mapping = list(read_rows(path, find_mapping("hh_kz_clean"), MappingOptions()))
        assert [row.draft for row in by_mapping] == [row.draft for row in by_code]
        assert len(by_code) == 4

    def test_a_place_outside_kazakhstan_has_no_code_and_an_edited_pay_keeps_the_id(self, tmp_path: Path) -> None:
        row = {"name": "Программист", "salary_from": "700", "salary_to": "", "salary_currency": "USD",
               "area_name": "Алматы", "published_at": "2006-01-10T14:33:14+0300"}  # fmt: skip
        path = write_csv(tmp_path / "h.csv", [row, row | {"salary_from": "900"}, row | {"area_name": "Москва"}])
        rows = list(read_rows(path, find_mapping("hh_history"), MappingOptions()))
        assert outcomes(rows) == {"ok": 2, "kato_missing /data/kato": 1}
        subjects = [row.draft.subject for row in rows if row.draft]
        assert subjects[0] == subjects[1] != subjects[2]
        assert subjects[0].isalpha()
