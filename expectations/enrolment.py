"""What must hold of enrolments."""

from __future__ import annotations

import great_expectations.expectations as gxe

from arna.contracts.registry import Entity
from arna.contracts.rules import RejectionClass, Severity
from expectations.common import batch_rules, name_rule, person_rules, place_rules, version_rules
from expectations.quality import QualityRule, Sentence, query_rule, row_rule

_ENTITY = Entity.ENROLMENT


def rules() -> list[QualityRule]:
    """The suite's rules in the order in which a row's first failure is told."""
    return [
        *batch_rules(_ENTITY),
        *_date_rules(),
        *_exit_rules(),
        *_level_rules(),
        *place_rules(_ENTITY),
        *person_rules(_ENTITY),
        name_rule("/programme/name"),
        *version_rules(_ENTITY),
    ]


def _date_rules() -> list[QualityRule]:
    return [
        row_rule(
            "end_before_begin",
            "/end_date",
            Sentence("Аяқталу күні басталу күнінен ерте.", "Дата окончания раньше даты начала.",
                     "The end date is before the begin date."),
            "The end is exclusive; a learner who never came (no_show) ends on the day of the beginning.",
            gxe.ExpectColumnValuesToBeBetween,
            column="enrolled_days",
            min_value=0,
        ),
        row_rule(
            "begin_before_birth",
            "/begin_date",
            Sentence("Оқудың басталуы туған күннен ерте.", "Начало обучения раньше даты рождения.",
                     "The enrolment begins before the person was born."),
            "Dates in the order of a life.",
            gxe.ExpectColumnValuesToBeBetween,
            column="age_at_begin_days",
            min_value=1,
        ),
        row_rule(
            "begin_far_ahead",
            "/begin_date",
            Sentence("Оқудың басталуына бір жылдан артық бар.", "До начала обучения больше года.",
                     "The enrolment begins more than a year from now."),
            "Admission is announced months ahead, not years: a wrong year shows here.",
            gxe.ExpectColumnValuesToBeBetween,
            severity=Severity.WARNING,
            column="begin_ahead_days",
            max_value=366,
        ),
    ]  # fmt: skip


def _exit_rules() -> list[QualityRule]:
    return [
        query_rule(
            _ENTITY,
            "ended_without_exit",
            "/exit_type",
            Sentence("Аяқталған оқудың нәтижесі (exit_type) көрсетілмеген.",
                     "У завершённого обучения не указан исход (exit_type).",
                     "An ended enrolment does not say how it ended (exit_type)."),
            "Without it a graduate cannot be told from a dropout.",
        ),
        query_rule(
            _ENTITY,
            "ended_without_end_date",
            "/end_date",
            Sentence("Аяқталған оқудың аяқталу күні көрсетілмеген.", "У завершённого обучения нет даты окончания.",
                     "An ended enrolment has no end date."),
            "Every figure of a period needs it.",
        ),
        query_rule(
            _ENTITY,
            "exit_while_active",
            "/exit_type",
            Sentence("Жалғасып жатқан оқуда аяқталу нәтижесі тұр.", "У продолжающегося обучения указан исход.",
                     "An enrolment that goes on has an exit type."),
            "Status and exit contradict each other.",
        ),
        query_rule(
            _ENTITY,
            "voided_with_exit",
            "/exit_type",
            Sentence("Болмаған (voided) оқуда аяқталу нәтижесі тұр.", "У аннулированной записи указан исход.",
                     "A voided enrolment has an exit type."),
            "Voided means that it never was; kept apart from a dropout or the statistics lie.",
            severity=Severity.WARNING,
        ),
    ]  # fmt: skip


def _level_rules() -> list[QualityRule]:
    return [
        query_rule(
            _ENTITY,
            "isced_level_unknown",
            "/programme/isced_level",
            Sentence("ISCED деңгейі анықтамалықта жоқ.", "Уровня ISCED нет в справочнике.",
                     "The ISCED level is not in the reference."),
            "ISCED 2011 has the levels 0 to 8.",
            rejection_class=RejectionClass.REFERENCE_UNKNOWN,
        ),
        query_rule(
            _ENTITY,
            "grade_outside_school",
            "/grade",
            Sentence("Сынып нөмірі мектептен тыс көрсетілген.", "Номер класса указан вне школы.",
                     "A school grade is given outside a school."),
            "Colleges and universities count years of study.",
        ),
        query_rule(
            _ENTITY,
            "grade_level_mismatch",
            "/grade",
            Sentence("Сынып ISCED деңгейіне сай емес.", "Класс не соответствует уровню ISCED.",
                     "The grade does not belong to the ISCED level."),
            "In Kazakhstan grades 1-4 are ISCED 1, 5-9 are ISCED 2, 10-12 are ISCED 3.",
        ),
        query_rule(
            _ENTITY,
            "grade_missing",
            "/grade",
            Sentence("Мектеп оқушысының сыныбы көрсетілмеген.", "У школьника не указан класс.",
                     "A school enrolment has no grade."),
            "Progress at school is by grade.",
            severity=Severity.WARNING,
        ),
        query_rule(
            _ENTITY,
            "year_of_study_in_school",
            "/year_of_study",
            Sentence("Мектептегі оқуда оқу жылы (курс) көрсетілген.", "Для школы указан курс (year_of_study).",
                     "A school enrolment has a year of study."),
            "Schools count grades.",
            severity=Severity.WARNING,
        ),
        row_rule(
            "level_organisation_mismatch",
            "/programme/isced_level",
            Sentence("ISCED деңгейі ұйым түріне тән емес.", "Уровень ISCED не свойствен виду организации.",
                     "The ISCED level is unusual for the kind of organisation."),
            "Schools teach ISCED 0-3, colleges 3-5, universities 4-8.",
            gxe.ExpectColumnPairValuesToBeInSet,
            severity=Severity.WARNING,
            column_A="organisation_kind",
            column_B="isced_level",
            value_pairs_set=[
                *(("school", level) for level in range(4)),
                *(("college", level) for level in range(3, 6)),
                *((kind, level) for kind in ("university", "ai_university") for level in range(4, 9)),
            ],
        ),
        row_rule(
            "year_of_study_implausible",
            "/year_of_study",
            Sentence("Оқу жылы (курс) 7-ден үлкен.", "Курс больше седьмого.", "The year of study is above seven."),
            "The longest programmes (medicine) take seven years.",
            gxe.ExpectColumnValuesToBeBetween,
            severity=Severity.WARNING,
            column="year_of_study",
            min_value=1,
            max_value=7,
        ),
    ]  # fmt: skip
