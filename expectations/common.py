"""Rules that two or three entities share."""

from __future__ import annotations

import great_expectations.expectations as gxe

from arna.contracts.registry import Entity
from arna.contracts.rules import RejectionClass, Severity
from expectations.quality import QualityRule, Sentence, query_rule, row_rule, volume_rule


def batch_rules(entity: Entity) -> list[QualityRule]:
    """Rules that hold the batch: its volume, and sources that may not be there."""
    return [
        volume_rule(),
        query_rule(
            entity,
            "source_wrong",
            "",
            Sentence(
                "Партияда осы түрге тіркелмеген дереккөздің оқиғалары бар.",
                "В партии есть события источника, не зарегистрированного для этого вида.",
                "The batch has events of a source that is not registered for this entity.",
            ),
            "A landed event always has a registered source; if the registry was changed since, a person must look.",
            scope="batch",
        ),
    ]


def place_rules(entity: Entity) -> list[QualityRule]:
    """The region must be known; the full KATO code should be."""
    return [
        query_rule(
            entity,
            "region_unknown",
            "/kato",
            Sentence(
                "КАТО кодының алғашқы екі цифры белгілі өңірге сай емес.",
                "Первые две цифры кода КАТО не соответствуют известному региону.",
                "The first two digits of the KATO code name no known region.",
            ),
            "Every regional figure is by these two digits.",
            rejection_class=RejectionClass.REFERENCE_UNKNOWN,
        ),
        query_rule(
            entity,
            "kato_unknown",
            "/kato",
            Sentence(
                "КАТО коды анықтамалықта жоқ.",
                "Кода КАТО нет в справочнике.",
                "The KATO code is not in the reference.",
            ),
            "Codes change (2022: three new regions), so an unknown place is a sign, not an error.",
            severity=Severity.WARNING,
            rejection_class=RejectionClass.REFERENCE_UNKNOWN,
        ),
    ]


def version_rules(entity: Entity) -> list[QualityRule]:
    """Versions of a subject: each once, and time goes with them."""
    return [
        query_rule(
            entity,
            "version_repeated",
            "",
            Sentence(
                "Жазбаның бір нұсқасы партияда бірнеше рет кездеседі.",
                "Одна версия записи встречается в партии несколько раз.",
                "One version of the record is in the batch more than once.",
            ),
            "(source, subject, recordversion) is unique; the load keeps the first that landed and settles the others.",
            scope="batch",
            severity=Severity.WARNING,
        ),
        query_rule(
            entity,
            "time_runs_back",
            "",
            Sentence(
                "Жаңа нұсқаның уақыты бұрынғысынан ерте.",
                "Время новой версии раньше, чем у предыдущей.",
                "A newer version has an earlier time than an older one.",
            ),
            "recordversion and time should rise together; a source whose clock or counter is wrong shows here.",
            severity=Severity.WARNING,
        ),
    ]


def person_rules(entity: Entity) -> list[QualityRule]:
    """People are never merged on the number alone."""
    return [
        query_rule(
            entity,
            "birth_date_disagrees",
            "/person/birth_date",
            Sentence(
                "Осы тұлғаның туған күні бұрын басқаша берілген.",
                "Для этого лица ранее указана другая дата рождения.",
                "Another birth date was given for this person before.",
            ),
            "The check digit does not see a typo in digit 11, so two people can seem to share a number.",
            severity=Severity.WARNING,
        ),
    ]


def name_rule(pointer: str) -> QualityRule:
    """Names should be readable in a language of the country."""
    return row_rule(
        "state_language_name_missing",
        pointer,
        Sentence(
            "Атау қазақша да, орысша да берілмеген.",
            "Название не указано ни на казахском, ни на русском.",
            "The name is given neither in Kazakh nor in Russian.",
        ),
        "The readers show names in Kazakh or Russian.",
        gxe.ExpectColumnValuesToBeBetween,
        severity=Severity.WARNING,
        column="state_language_name_count",
        min_value=1,
    )
