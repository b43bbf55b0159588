"""What must hold of vacancies."""

from __future__ import annotations

import great_expectations.expectations as gxe

from arna.contracts.registry import Entity
from arna.contracts.rules import RejectionClass, Severity
from expectations.common import batch_rules, place_rules, version_rules
from expectations.quality import QualityRule, Sentence, query_rule, row_rule

_ENTITY = Entity.VACANCY


def rules() -> list[QualityRule]:
    """The suite's rules in the order in which a row's first failure is told."""
    return [
        *batch_rules(_ENTITY),
        *_date_rules(),
        *_salary_rules(),
        *_demand_rules(),
        *_repost_rules(),
        *place_rules(_ENTITY),
        *version_rules(_ENTITY),
    ]


def _date_rules() -> list[QualityRule]:
    return [
        row_rule(
            "deadline_before_publication",
            "/valid_through",
            Sentence("Соңғы күні жарияланған күннен ерте.", "Последний день раньше дня публикации.",
                     "The last day to apply is before the publication."),
            "Dates in order; such a vacancy was never open.",
            gxe.ExpectColumnValuesToBeBetween,
            column="open_days",
            min_value=0,
        ),
        row_rule(
            "published_in_future",
            "/published_on",
            Sentence("Жарияланған күні әлі келген жоқ.", "День публикации ещё не наступил.",
                     "The day of publication has not come yet."),
            "Demand is counted from the day of publication; one day is left for time zones.",
            gxe.ExpectColumnValuesToBeBetween,
            column="publication_ahead_days",
            max_value=1,
        ),
        query_rule(
            _ENTITY,
            "open_past_deadline",
            "/valid_through",
            Sentence("Вакансия соңғы күнінен кейін де ашық.", "Вакансия открыта после последнего дня.",
                     "The vacancy is open after its last day."),
            "It is not counted as open; the source should close or prolong it.",
            severity=Severity.WARNING,
        ),
    ]  # fmt: skip


def _salary_rules() -> list[QualityRule]:
    return [
        row_rule(
            "salary_min_above_max",
            "/salary/min",
            Sentence("Ең төменгі жалақы ең жоғарысынан үлкен.", "Минимальная зарплата больше максимальной.",
                     "The lowest salary is above the highest."),
            "A range in order.",
            gxe.ExpectColumnValuesToBeBetween,
            column="salary_spread",
            min_value=0,
        ),
        query_rule(
            _ENTITY,
            "currency_unknown",
            "/salary/currency",
            Sentence("Валюта ISO 4217 тізімінде жоқ.", "Валюты нет в ISO 4217.", "The currency is not in ISO 4217."),
            "An amount without a currency is no amount.",
            rejection_class=RejectionClass.REFERENCE_UNKNOWN,
        ),
        row_rule(
            "salary_not_positive",
            "/salary/max",
            Sentence("Жалақы нөлге тең.", "Зарплата равна нулю.", "The salary is nought."),
            "Nought mostly means that it is not told.",
            gxe.ExpectColumnValuesToBeBetween,
            severity=Severity.WARNING,
            column="salary_max",
            min_value=0,
            strict_min=True,
        ),
        query_rule(
            _ENTITY,
            "salary_without_amount",
            "/salary",
            Sentence("Жалақының сомасы көрсетілмеген.", "Не указана сумма зарплаты.", "The salary has no amount."),
            "A currency alone says nothing.",
            severity=Severity.WARNING,
        ),
        query_rule(
            _ENTITY,
            "salary_below_minimum",
            "/salary",
            Sentence("Толық жұмыс күнінің жалақысы ең төменгі жалақыдан аз.",
                     "Зарплата за полный день ниже минимальной.",
                     "The full-time salary is below the minimum wage."),
            "85,000 tenge a month since 2024; a figure below is often in another currency or per hour.",
            severity=Severity.WARNING,
        ),
    ]  # fmt: skip


def _demand_rules() -> list[QualityRule]:
    return [
        query_rule(
            _ENTITY,
            "occupation_unknown",
            "/occupation/code",
            Sentence("Кәсіп коды анықтамалықта жоқ.", "Кода занятия нет в справочнике.",
                     "The occupation is not in its classification."),
            "Only told where the classification is loaded.",
            severity=Severity.WARNING,
            rejection_class=RejectionClass.REFERENCE_UNKNOWN,
        ),
        row_rule(
            "education_level_unknown",
            "/education_level",
            Sentence("Білім деңгейі ISCED анықтамалығында жоқ.", "Уровня образования нет в ISCED.",
                     "The level of education is not in ISCED."),
            "ISCED 2011 has the levels 0 to 8.",
            gxe.ExpectColumnValuesToBeInSet,
            rejection_class=RejectionClass.REFERENCE_UNKNOWN,
            column="education_level",
            value_set=[str(level) for level in range(9)],
        ),
        row_rule(
            "skills_missing",
            "/skills",
            Sentence("Бірде-бір дағды көрсетілмеген.", "Не указано ни одного навыка.", "No skill is named."),
            "A vacancy without skills cannot count as demand for one.",
            gxe.ExpectColumnValuesToBeBetween,
            severity=Severity.WARNING,
            column="skill_count",
            min_value=1,
        ),
        row_rule(
            "openings_implausible",
            "/openings",
            Sentence("Бос орындар саны 1000-нан көп.", "Больше тысячи рабочих мест.",
                     "There are more than 1,000 openings."),
            "One such number would outweigh a region.",
            gxe.ExpectColumnValuesToBeBetween,
            severity=Severity.WARNING,
            column="openings",
            min_value=1,
            max_value=1000,
        ),
        row_rule(
            "experience_implausible",
            "/experience_months",
            Sentence("Талап етілетін тәжірибе 40 жылдан көп.", "Требуемый опыт больше 40 лет.",
                     "More than 40 years of experience are asked for."),
            "Mostly years that were sent as months twice over.",
            gxe.ExpectColumnValuesToBeBetween,
            severity=Severity.WARNING,
            column="experience_months",
            min_value=0,
            max_value=480,
        ),
        row_rule(
            "title_without_letters",
            "/title",
            Sentence("Лауазым атауында әріп жоқ.", "В названии должности нет букв.", "The title has no letters."),
            "A number or dashes in place of a title.",
            gxe.ExpectColumnValuesToNotMatchRegex,
            severity=Severity.WARNING,
            column="title",
            regex="^[0-9[:punct:][:space:]]+$",
        ),
    ]  # fmt: skip


def _repost_rules() -> list[QualityRule]:
    return [
        query_rule(
            _ENTITY,
            "replaces_itself",
            "/replaces_vacancy_id",
            Sentence("Вакансия өзін-өзі ауыстырады.", "Вакансия заменяет саму себя.", "The vacancy replaces itself."),
            "Reposts are counted once along the chain; a ring has no end.",
        ),
        query_rule(
            _ENTITY,
            "replaced_vacancy_unknown",
            "/replaces_vacancy_id",
            Sentence("Ауыстырылатын вакансия белгісіз.", "Заменяемая вакансия неизвестна.",
                     "The vacancy that it replaces is not known."),
            "Its demand may be counted twice.",
            severity=Severity.WARNING,
        ),
    ]  # fmt: skip
