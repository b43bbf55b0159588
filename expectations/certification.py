"""What must hold of certificates."""

from __future__ import annotations

import great_expectations.expectations as gxe

from arna.contracts.registry import Entity
from arna.contracts.rules import Severity
from expectations.common import batch_rules, name_rule, person_rules, version_rules
from expectations.quality import QualityRule, Sentence, query_rule, row_rule

_ENTITY = Entity.CERTIFICATION


def rules() -> list[QualityRule]:
    """The suite's rules in the order in which a row's first failure is told."""
    return [
        *batch_rules(_ENTITY),
        *_date_rules(),
        *_status_rules(),
        *_result_rules(),
        *_achievement_rules(),
        *person_rules(_ENTITY),
        name_rule("/achievement/name"),
        *version_rules(_ENTITY),
    ]


def _date_rules() -> list[QualityRule]:
    return [
        row_rule(
            "until_before_from",
            "/valid_until",
            Sentence("Жарамдылықтың соңы басынан ерте.", "Окончание срока действия раньше его начала.",
                     "The certificate ends before it begins to be valid."),
            "Dates in order; such a certificate is never valid.",
            gxe.ExpectColumnValuesToBeBetween,
            column="valid_days",
            min_value=0,
        ),
        row_rule(
            "awarded_in_future",
            "/awarded_on",
            Sentence("Берілген күні әлі келген жоқ.", "Дата присуждения ещё не наступила.",
                     "The day of the award has not come yet."),
            "An award that is planned is no evidence of a skill; one day is left for time zones.",
            gxe.ExpectColumnValuesToBeBetween,
            column="award_ahead_days",
            max_value=1,
        ),
        row_rule(
            "award_before_birth",
            "/awarded_on",
            Sentence("Берілген күні туған күннен ерте.", "Дата присуждения раньше даты рождения.",
                     "It was awarded before the person was born."),
            "Dates in the order of a life.",
            gxe.ExpectColumnValuesToBeBetween,
            column="age_at_award_days",
            min_value=1,
        ),
        row_rule(
            "valid_before_award",
            "/valid_from",
            Sentence("Жарамдылығы берілген күннен ерте басталады.", "Действие начинается раньше присуждения.",
                     "It is valid from before the day of its award."),
            "Seldom right: some issuers date the validity back to the examination.",
            gxe.ExpectColumnValuesToBeBetween,
            severity=Severity.WARNING,
            column="award_to_validity_days",
            min_value=0,
        ),
    ]  # fmt: skip


def _status_rules() -> list[QualityRule]:
    return [
        query_rule(
            _ENTITY,
            "revoked_without_reason",
            "/revocation_reason",
            Sentence("Күші жойылған сертификаттың себебі көрсетілмеген.", "У отозванного сертификата нет причины.",
                     "A revoked certificate has no reason."),
            "A person may ask why; the answer must be there.",
        ),
        query_rule(
            _ENTITY,
            "reason_while_valid",
            "/revocation_reason",
            Sentence("Жарамды сертификатта күшін жою себебі тұр.", "У действующего сертификата указана причина отзыва.",
                     "A valid certificate has a reason for revocation."),
            "Status and reason contradict each other; after a reinstatement the reason should go.",
            severity=Severity.WARNING,
        ),
    ]  # fmt: skip


def _result_rules() -> list[QualityRule]:
    return [
        row_rule(
            "score_negative",
            "/result/value",
            Sentence("Нәтиже теріс сан.", "Результат отрицательный.", "The result is negative."),
            "Results count from nought.",
            gxe.ExpectColumnValuesToBeBetween,
            column="result_number",
            min_value=0,
        ),
        row_rule(
            "score_above_max",
            "/result/value",
            Sentence("Нәтиже ең жоғары баллдан үлкен.", "Результат выше максимального.",
                     "The result is above the highest possible."),
            "A score in its range.",
            gxe.ExpectColumnValuesToBeBetween,
            column="result_margin",
            min_value=0,
        ),
        row_rule(
            "percent_out_of_range",
            "/result/value",
            Sentence("Пайыз 0 мен 100 арасында болуы керек.", "Процент должен быть от 0 до 100.",
                     "A percentage must lie between 0 and 100."),
            "A score in its range.",
            gxe.ExpectColumnValuesToBeBetween,
            column="result_percent",
            min_value=0,
            max_value=100,
        ),
        query_rule(
            _ENTITY,
            "score_without_max",
            "/result/max",
            Sentence("Балдың ең жоғары мәні көрсетілмеген.", "Для балла не указан максимум.",
                     "The score has no highest possible value."),
            "Scores of different scales cannot be compared without it.",
            severity=Severity.WARNING,
        ),
    ]  # fmt: skip


def _achievement_rules() -> list[QualityRule]:
    return [
        query_rule(
            _ENTITY,
            "achievement_type_not_allowed",
            "/achievement/type",
            Sentence("Дереккөзге мұндай түрдегі құжат беруге рұқсат жоқ.",
                     "Источнику не разрешено выдавать достижения этого типа.",
                     "The source may not issue achievements of this type."),
            "The registry says what each body may issue: a school grants no doctorates.",
        ),
        row_rule(
            "hours_implausible",
            "/achievement/hours",
            Sentence("Оқу сағаттарының саны шындыққа жанаспайды.", "Неправдоподобное число часов.",
                     "The number of hours is implausible."),
            "More than 0 and at most 20,000 (a degree of six years).",
            gxe.ExpectColumnValuesToBeBetween,
            severity=Severity.WARNING,
            column="hours",
            min_value=0,
            max_value=20_000,
            strict_min=True,
        ),
        query_rule(
            _ENTITY,
            "licence_without_expiry",
            "/valid_until",
            Sentence("Лицензияның мерзімі көрсетілмеген.", "У лицензии нет срока действия.",
                     "A licence has no end of validity."),
            "Licences to practise are renewed.",
            severity=Severity.WARNING,
        ),
        row_rule(
            "skills_missing",
            "/achievement/skills",
            Sentence("Бірде-бір дағды көрсетілмеген.", "Не указано ни одного навыка.", "No skill is named."),
            "A certificate without skills cannot count as supply.",
            gxe.ExpectColumnValuesToBeBetween,
            severity=Severity.WARNING,
            column="skill_count",
            min_value=1,
        ),
        row_rule(
            "evidence_not_https",
            "/evidence_url",
            Sentence("Дәлелге сілтеме https емес.", "Ссылка на подтверждение не https.",
                     "The link to the evidence is not https."),
            "A link that anyone on the way can change proves nothing.",
            gxe.ExpectColumnValuesToMatchRegex,
            severity=Severity.WARNING,
            column="evidence_url",
            regex="^https://",
        ),
    ]  # fmt: skip
