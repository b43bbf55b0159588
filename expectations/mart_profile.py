"""What must hold of the profile group: what is known of each learner."""

from __future__ import annotations

import great_expectations.expectations as gxe

from arna.marts import VIEWS
from expectations.mart_common import freshness_suite, history_suite
from expectations.marts import MartSuite, Relation

_ALL = tuple(VIEWS["profile"])
_PROGRAMME = ("organisation_bin", "programme_code", "cohort_year")


def suites() -> list[MartSuite]:
    """The suites of the group, one for each relation."""
    return [
        freshness_suite("profile"),
        history_suite("profile", "enrolment", "enrolment_id"),
        history_suite("profile", "certification", "certificate_id"),
        _person(),
        _student(),
        _certificate(),
        _skill(),
        _evidence(),
        _history(),
        _programme_count(),
        _programme(),
        _course(),
        _course_skill(),
    ]


def _person() -> MartSuite:
    person = Relation("profile", "mart.person", ("person_key",), views=_ALL)
    return MartSuite(
        person,
        [
            *person.key_rules(),
            person.query_rule("person_without_event", "Nobody is known whom no source told of."),
            person.query_rule("person_missing", "Whoever a source told of is shown."),
            person.query_rule("identity_wrong", "Two people under one number are told apart, and said to be."),
        ],
    )


def _student() -> MartSuite:
    student = Relation("profile", "profile.student", ("person_key",), "student", ("profile.student",))
    return MartSuite(
        student,
        [
            *student.key_rules(),
            student.query_rule("student_missing", "Whoever was ever enrolled is shown."),
            student.query_rule("region_unknown", "Every regional figure is by these two digits."),
            student.range_rule("progress_percent", "A share of the way.", 0, 100),
            student.range_rule("enrolment_count", "Who is shown has an enrolment.", 1),
            student.range_rule("isced_level", "ISCED 2011 has the levels 0 to 8.", 0, 8),
        ],
    )


def _certificate() -> MartSuite:
    certificate = Relation(
        "profile", "profile.certificate", ("source_id", "certificate_id"), "certificate", ("profile.certificate",)
    )
    return MartSuite(
        certificate,
        [
            *certificate.key_rules(),
            certificate.query_rule("person_unknown", "A certificate without its person proves nothing."),
            certificate.query_rule("certificate_missing", "What an issuer told is shown, in its last version."),
            certificate.column_rule(
                "status_unknown",
                "Readers decide by it whether a certificate is valid.",
                gxe.ExpectColumnValuesToBeInSet,
                column="status",
                value_set=["valid", "expired", "not_yet_valid", "suspended", "revoked"],
            ),
            certificate.range_rule("result_percent", "A share of the best result.", 0, 100),
        ],
    )


def _skill() -> MartSuite:
    skill = Relation("profile", "profile.skill", ("person_key", "skill_key"), "person_skill", ("profile.skill",))
    return MartSuite(
        skill,
        [
            *skill.key_rules(),
            skill.order_rule(
                "valid_above_all",
                "A certificate that is valid today is one of those there are.",
                "certificate_count",
                "valid_certificate_count",
            ),
            skill.query_rule("held_wrong", "Readers filter by it."),
        ],
    )


def _evidence() -> MartSuite:
    evidence = Relation("profile", "mart.person_skill", ("person_key", "skill_key"), views=("profile.skill",))
    return MartSuite(
        evidence,
        [
            evidence.query_rule("person_unknown", "A skill without its person is nobody's."),
            evidence.query_rule("skill_unknown", "A skill without a name cannot be shown."),
            evidence.query_rule("evidence_wrong", "A skill is what certificates prove; each is listed."),
        ],
    )


def _history() -> MartSuite:
    history = Relation(
        "profile",
        "profile.education_history",
        ("source_id", "enrolment_id"),
        "education_history",
        ("profile.education_history",),
    )
    return MartSuite(
        history,
        [
            *history.key_rules(),
            history.query_rule("person_unknown", "An enrolment without its person is nobody's."),
            history.query_rule("region_unknown", "Every regional figure is by these two digits."),
            history.query_rule("enrolment_missing", "What an organisation told is shown, in its last version."),
            history.query_rule("order_broken", "Readers follow a person by it."),
            history.column_rule(
                "outcome_unknown",
                "The figures of a programme are counted by it.",
                gxe.ExpectColumnValuesToBeInSet,
                column="outcome",
                value_set=[
                    "planned", "active", "on_leave", "unreported", "completed", "transferred", "dropped_out", "other"
                ],
            ),
        ],
    )  # fmt: skip


def _programme_count() -> MartSuite:
    count = Relation("profile", "mart.programme_count", _PROGRAMME, views=("profile.programme_outcome",))
    return MartSuite(
        count,
        [
            count.query_rule("parts_wrong", "Each enrolment has one outcome."),
            count.query_rule("entered_wrong", "The figure is kept by differences; they must sum to what is there."),
            count.order_rule(
                "certified_above_entered", "Enrolments are counted, not certificates.", "entered", "certified"
            ),
        ],
    )


def _programme() -> MartSuite:
    # The table, not the view: that counts demand for each row, and no rule is about it.
    programme = Relation("profile", "mart.programme_outcome", _PROGRAMME, views=("profile.programme_outcome",))
    return MartSuite(
        programme,
        [
            *programme.key_rules(),
            programme.range_rule("completion_rate", "A share of those who have ended.", 0, 1),
            programme.range_rule("dropout_rate", "A share of those who have ended.", 0, 1),
            programme.range_rule("certified_rate", "A share of those who entered.", 0, 1),
            programme.query_rule(
                "small_count_shown", "Few learners could be told by name.", file="programme_small_count"
            ),
            programme.query_rule("count_derivable", "What is withheld must not follow from what is shown."),
        ],
    )


def _course() -> MartSuite:
    course = Relation(
        "profile",
        "retraining.course",
        ("issuer_bin", "achievement_code", "skill_key"),
        "course_skill",
        ("retraining.course",),
    )
    return MartSuite(
        course,
        [
            *course.key_rules(),
            course.order_rule(
                "valid_above_all",
                "Who holds a valid certificate holds one.",
                "people_certified",
                "people_valid",
            ),
        ],
    )


def _course_skill() -> MartSuite:
    skill = Relation("profile", "mart.course_skill", views=("retraining.course",))
    return MartSuite(
        skill,
        [
            skill.query_rule("course_unknown", "A skill is taught by a course that can be named."),
            skill.query_rule("skill_unknown", "A skill without a name cannot be shown."),
            skill.query_rule("small_count_shown", "Few people could be told by name.", file="course_small_count"),
        ],
    )
