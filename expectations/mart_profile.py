"""What must hold of the profile group: what is known of each learner."""

from __future__ import annotations

import great_expectations.expectations as gxe

from arna.marts import VIEWS
from expectations.mart_common import freshness_suite, history_suite
from expectations.marts import MartSuite, Relation

_ALL = tuple(VIEWS["profile"])


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
