"""Why an event is rejected: the classes, and every rule of the contract with a sentence in three languages.

A sentence says what is wrong and, where it is not plain, how to put it right. It never holds a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class RejectionClass(StrEnum):
    """What kind of reason a rejection has."""

    SIZE_VIOLATION = "size_violation"
    DECODE_ERROR = "decode_error"
    JSON_SYNTAX = "json_syntax"
    JSON_LIMITS = "json_limits"
    JSON_NUMBERS = "json_numbers"
    JSON_DUPLICATE_KEYS = "json_duplicate_keys"
    TEXT_UNSTORABLE = "text_unstorable"
    ENVELOPE_INVALID = "envelope_invalid"
    SOURCE_UNKNOWN = "source_unknown"
    SCHEMA_UNKNOWN = "schema_unknown"
    SCHEMA_INVALID = "schema_invalid"
    IDENTIFIER_INVALID = "identifier_invalid"
    REFERENCE_UNKNOWN = "reference_unknown"
    RULE_FAILED = "rule_failed"
    DUPLICATE_CONFLICT = "duplicate_conflict"
    LOAD_ERROR = "load_error"


class Severity(StrEnum):
    """What a broken rule does: ``critical`` rejects the event, ``warning`` lets it load with a flag."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that an event can break.

    Attributes:
        rule_id: stable id, lower case with underscores.
        rejection_class: the class of the rejections it makes.
        severity: whether the event is rejected or only flagged.
        kk: what is wrong, in Kazakh.
        ru: the same in Russian.
        en: the same in English.
    """

    rule_id: str
    rejection_class: RejectionClass
    severity: Severity
    kk: str
    ru: str
    en: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """The same sentence in three languages, without a value of any event."""

    kk: str
    ru: str
    en: str


# ruff: noqa: E501
# fmt: off
_SENTENCES: Final[dict[RejectionClass, tuple[tuple[str, str, str, str], ...]]] = {
    RejectionClass.SIZE_VIOLATION: (
        ("message_too_large", "Хабарлама 256 КиБ-тан үлкен.", "Сообщение больше 256 КиБ.",
         "The message is larger than 256 KiB."),
    ),
    RejectionClass.DECODE_ERROR: (
        ("tombstone", "Хабарламаның мазмұны жоқ (tombstone); жою үшін күйді өзгертетін оқиға жіберіңіз.",
         "У сообщения нет содержимого (tombstone); для отмены отправьте событие, меняющее состояние.",
         "The message has no value (a tombstone); to take a fact back, send an event that changes its status."),
        ("message_empty", "Хабарлама бос.", "Сообщение пустое.", "The message is empty."),
        ("not_utf8", "Мәтін UTF-8 кодтауында емес.", "Текст не в кодировке UTF-8.", "The text is not UTF-8."),
        ("byte_order_mark", "Хабарлама BOM белгісінен басталады; оны алып тастаңыз.",
         "Сообщение начинается с метки порядка байтов (BOM); уберите её.",
         "The message starts with a byte order mark; leave it out."),
        ("charset_unsupported", "content-type UTF-8-ден басқа кодтауды көрсетеді.",
         "В content-type указана кодировка, отличная от UTF-8.", "The content-type names a charset other than UTF-8."),
    ),
    RejectionClass.JSON_SYNTAX: (
        ("json_malformed", "Хабарлама дұрыс JSON емес.", "Сообщение не является правильным JSON.",
         "The message is not well-formed JSON."),
    ),
    RejectionClass.JSON_LIMITS: (
        ("json_too_deep", "JSON 32 деңгейден терең.", "Вложенность JSON глубже 32 уровней.",
         "The JSON is nested deeper than 32 levels."),
    ),
    RejectionClass.JSON_NUMBERS: (
        ("number_not_finite", "NaN мен шексіздік сан емес.", "NaN и бесконечность не являются числами.",
         "NaN and infinity are not numbers."),
        ("number_out_of_range", "Сан тым үлкен: бүтін сандар 2^53-тен аспайды.",
         "Число слишком велико: целые числа не превышают 2^53.",
         "The number is too large: whole numbers go up to 2^53."),
    ),
    RejectionClass.JSON_DUPLICATE_KEYS: (
        ("duplicate_key", "Нысанда бір өріс екі рет тұр.", "В объекте одно поле указано дважды.",
         "An object has the same field twice."),
    ),
    RejectionClass.TEXT_UNSTORABLE: (
        ("null_character", "Мәтінде сақтауға болмайтын U+0000 таңбасы бар.",
         "В тексте есть символ U+0000, который нельзя сохранить.", "A text holds U+0000, which cannot be stored."),
        ("lone_surrogate", "Мәтінде жұпсыз суррогат бар, оны сақтау мүмкін емес.",
         "В тексте есть непарный суррогат, который нельзя сохранить.",
         "A text holds half of a surrogate pair, which cannot be stored."),
    ),
    RejectionClass.ENVELOPE_INVALID: (
        ("envelope_not_object", "Хабарлама JSON нысаны түріндегі CloudEvents оқиғасы емес.",
         "Сообщение не является событием CloudEvents в виде объекта JSON.",
         "The message is not a CloudEvent in the form of a JSON object."),
        ("content_type_unsupported",
         "content-type application/cloudevents+json (structured) немесе ce_ тақырыптары бар application/json (binary) болуы керек.",
         "content-type должен быть application/cloudevents+json (structured) или application/json с заголовками ce_ (binary).",
         "The content-type must be application/cloudevents+json (structured) or application/json with ce_ headers (binary)."),
        ("header_malformed", "Хабарламаның тақырыбы UTF-8 мәтіні емес.", "Заголовок сообщения не является текстом UTF-8.",
         "A message header is not UTF-8 text."),
        ("header_repeated", "Хабарламаның тақырыбы қайталанады.", "Заголовок сообщения повторяется.",
         "A message header is repeated."),
        ("attribute_missing", "Конверттің міндетті атрибуты жоқ.", "Нет обязательного атрибута конверта.",
         "A required attribute of the envelope is missing."),
        ("extension_malformed", "Кеңейту атрибутының аты не мәні CloudEvents талабына сай емес.",
         "Имя или значение атрибута-расширения не соответствует CloudEvents.",
         "The name or the value of an extension attribute is not as CloudEvents wants it."),
        ("specversion_unsupported", "specversion «1.0» болуы керек.", "specversion должен быть «1.0».",
         "The specversion must be \"1.0\"."),
        ("event_id_malformed", "Оқиғаның id атрибуты UUID болуы керек.", "Атрибут id события должен быть UUID.",
         "The event's id must be a UUID."),
        ("source_malformed", "source urn:kz:bin:<БСН> немесе басқа URI болуы керек және ЖСН-сіз болуы тиіс.",
         "source должен быть urn:kz:bin:<БИН> или другим URI и не содержать ИИН.",
         "The source must be urn:kz:bin:<BIN> or another URI, and must hold no IIN."),
        ("subject_malformed", "subject 1–200 таңбалы мәтін болуы керек.", "subject должен быть текстом из 1–200 символов.",
         "The subject must be a text of 1 to 200 characters."),
        ("subject_mismatch", "subject деректердегі жазба идентификаторына тең емес.",
         "subject не совпадает с идентификатором записи в данных.",
         "The subject differs from the entity's id in the data."),
        ("key_mismatch", "Kafka кілті subject атрибутына тең емес.", "Ключ Kafka не совпадает с subject.",
         "The Kafka key differs from the subject."),
        ("time_malformed", "Уақыт RFC 3339 түрінде, белдеуімен жазылуы керек.",
         "Время должно быть в формате RFC 3339 со смещением.", "The time must be RFC 3339 with an offset."),
        ("time_in_future", "Оқиғаның уақыты қазіргіден 5 минуттан артық алда.",
         "Время события более чем на 5 минут впереди текущего.",
         "The event's time is more than 5 minutes ahead of now."),
        ("record_version_malformed", "recordversion 1-ден 2^53-ке дейінгі бүтін сан болуы керек.",
         "recordversion должен быть целым числом от 1 до 2^53.",
         "The recordversion must be a whole number from 1 to 2^53."),
        ("traceparent_malformed", "traceparent W3C Trace Context түрінде емес.",
         "traceparent не соответствует W3C Trace Context.", "The traceparent is not as W3C Trace Context wants it."),
        ("data_content_type_unsupported", "datacontenttype application/json болуы керек.",
         "datacontenttype должен быть application/json.", "The datacontenttype must be application/json."),
        ("data_base64_unsupported", "data_base64 қабылданбайды; деректерді data атрибутында жіберіңіз.",
         "data_base64 не принимается; передавайте данные в атрибуте data.",
         "data_base64 is not taken; send the data as JSON in the data attribute."),
    ),
    RejectionClass.SOURCE_UNKNOWN: (
        ("source_not_registered", "Дереккөз тіркелмеген.", "Источник не зарегистрирован.", "The source is not registered."),
        ("source_not_allowed", "Дереккөзге бұл түрдегі оқиғаларды жіберуге рұқсат жоқ.",
         "Источнику не разрешены события этого вида.", "The source may not send events of this entity."),
        ("source_disabled", "Дереккөз өшірілген.", "Источник отключён.", "The source is disabled."),
    ),
    RejectionClass.SCHEMA_UNKNOWN: (
        ("type_unknown", "Бұл топик үшін оқиға түрі белгісіз.", "Тип события неизвестен для этого топика.",
         "The event's type is not known on this topic."),
        ("dataschema_unknown", "dataschema оқиға түріне сай емес.", "dataschema не соответствует типу события.",
         "The dataschema is not that of the event's type."),
    ),
    RejectionClass.SCHEMA_INVALID: (
        ("field_missing", "Міндетті өріс жоқ.", "Нет обязательного поля.", "A required field is missing."),
        ("field_unknown", "Келісімде жоқ өріс бар.", "Есть поле, которого нет в контракте.",
         "There is a field that the contract does not have."),
        ("type_mismatch", "Мәннің JSON түрі басқа болуы керек.", "Значение должно быть другого типа JSON.",
         "The value must be of another JSON type."),
        ("text_length", "Мәтін бос немесе тым ұзын.", "Текст пустой или слишком длинный.",
         "The text is empty or too long."),
        ("list_length", "Тізім тым ұзын.", "Список слишком длинный.", "The list is too long."),
        ("number_range", "Сан рұқсат етілген шектен тыс.", "Число вне допустимых пределов.",
         "The number is outside its limits."),
        ("value_not_listed", "Мән рұқсат етілген тізімде жоқ.", "Значения нет в допустимом перечне.",
         "The value is not one of those allowed."),
        ("date_malformed", "Күн ЖЖЖЖ-АА-КК түріндегі бар күн болуы керек.",
         "Дата должна быть существующим днём в виде ГГГГ-ММ-ДД.", "The date must be a real day written YYYY-MM-DD."),
        ("url_malformed", "Сілтеме http немесе https URL болуы керек.", "Ссылка должна быть URL http или https.",
         "The link must be an http or https URL."),
        ("currency_malformed", "Валюта ISO 4217 бойынша үш бас әріп болуы керек.",
         "Валюта — три заглавные буквы по ISO 4217.", "The currency must be the three capital letters of ISO 4217."),
        ("isced_field_malformed", "ISCED-F саласы 2–4 цифр болуы керек.", "Область ISCED-F — от 2 до 4 цифр.",
         "The ISCED-F field must be 2 to 4 digits."),
        ("name_missing", "Атау кемінде бір тілде (kk, ru, en) берілуі керек.",
         "Название нужно хотя бы на одном языке (kk, ru, en).",
         "The name must be given in at least one language (kk, ru, en)."),
        ("result_not_numeric", "percent және score нәтижесі сан болуы керек.",
         "Результат вида percent и score должен быть числом.",
         "A result of kind percent or score must be a number."),
        ("kato_missing", "Қашықтан емес жұмысқа КАТО коды қажет.", "Если работа не удалённая, нужен код КАТО.",
         "A job that is not remote needs a KATO code."),
        ("action_status_mismatch", "Күй оқиғаның әрекетіне сай емес.", "Статус не соответствует действию события.",
         "The status does not agree with the event's action."),
    ),
    RejectionClass.IDENTIFIER_INVALID: (
        ("iin_malformed", "ЖСН 12 цифр болуы керек, айы мен күні дұрыс болуы тиіс.",
         "ИИН — 12 цифр с существующими месяцем и днём.", "An IIN is 12 digits with a real month and day."),
        ("iin_check_digit", "ЖСН-нің бақылау разряды қате.", "Неверный контрольный разряд ИИН.",
         "The check digit of the IIN is wrong."),
        ("bin_malformed", "БСН 12 цифр болуы керек, айы мен түр белгісі дұрыс болуы тиіс.",
         "БИН — 12 цифр с существующим месяцем и признаком типа.",
         "A BIN is 12 digits with a real month and a known kind."),
        ("bin_check_digit", "БСН-нің бақылау разряды қате.", "Неверный контрольный разряд БИН.",
         "The check digit of the BIN is wrong."),
        ("employer_id_malformed", "Жұмыс берушінің идентификаторы БСН немесе ЖСН болуы керек.",
         "Идентификатор работодателя должен быть БИН или ИИН.", "The employer's id must be a BIN or an IIN."),
        ("kato_malformed", "КАТО коды 9 цифр болуы керек.", "Код КАТО — 9 цифр.", "A KATO code is 9 digits."),
        ("nkz_malformed", "ҰКЖ коды NNNN-N түрінде болуы керек.", "Код НКЗ имеет вид NNNN-N.",
         "An NKZ code is written NNNN-N."),
        ("isco_malformed", "ISCO-08 коды 1–4 цифр болуы керек.", "Код ISCO-08 — от 1 до 4 цифр.",
         "An ISCO-08 code is 1 to 4 digits."),
        ("esco_malformed", "ESCO коды оның URI-і немесе нүктелі коды болуы керек.",
         "Код ESCO — это его URI или код с точками.", "An ESCO code is its URI or its dotted code."),
        ("onet_malformed", "O*NET коды NN-NNNN.NN түрінде болуы керек.", "Код O*NET имеет вид NN-NNNN.NN.",
         "An O*NET code is written NN-NNNN.NN."),
        ("iin_outside_person", "ЖСН өзіне арналмаған өрісте тұр.", "ИИН стоит в поле, которое для него не предназначено.",
         "An IIN stands in a field that is not meant for it."),
    ),
    RejectionClass.REFERENCE_UNKNOWN: (
        ("reference_unknown", "Код анықтамалықта жоқ.", "Кода нет в справочнике.",
         "The code is not in its reference."),
    ),
    RejectionClass.RULE_FAILED: (
        ("rule_failed", "Деректер сапа ережесін бұзады.", "Данные нарушают правило качества.",
         "The data break a quality rule."),
    ),
    RejectionClass.DUPLICATE_CONFLICT: (
        ("event_id_conflict", "Бұл id-мен басқа мазмұнды оқиға қабылданған.",
         "С этим id уже принято событие с другим содержимым.",
         "An event with this id and other content was taken before."),
        ("version_conflict", "Жазбаның бұл нұсқасы басқа мазмұнмен қабылданған; recordversion мәнін өсіріңіз.",
         "Эта версия записи уже принята с другим содержимым; увеличьте recordversion.",
         "This version of the record was taken before with other content; raise the recordversion."),
    ),
    RejectionClass.LOAD_ERROR: (
        ("load_error", "Оқиғаны қоймаға жүктеу мүмкін болмады.", "Событие не удалось загрузить в хранилище.",
         "The event could not be loaded into the warehouse."),
    ),
}
# fmt: on


def _rules() -> Iterator[Rule]:
    for rejection_class, sentences in _SENTENCES.items():
        for rule_id, kk, ru, en in sentences:
            yield Rule(rule_id, rejection_class, Severity.CRITICAL, kk, ru, en)


RULES: Final[Mapping[str, Rule]] = MappingProxyType({rule.rule_id: rule for rule in _rules()})
"""Every rule of the contract, the source registry and the load, by id. Quality rules add their own of the same type."""

UNNAMED_RULE: Final = Rule(
    rule_id="unnamed_rule",
    rejection_class=RejectionClass.LOAD_ERROR,
    severity=Severity.CRITICAL,
    kk="Оқиға осы нұсқада сипаттамасы жоқ ережені бұзады.",
    ru="Событие нарушает правило, для которого в этой версии нет описания.",
    en="The event breaks a rule that this release has no description for.",
)
"""What is said of a rule of another release."""
