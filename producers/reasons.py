"""Why a record is not published, in a sentence: the rules of the contract, and those that reading a file adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from arna.contracts.rules import RULES

# fmt: off
READING_RULES: Final[Mapping[str, Mapping[str, str]]] = {
    "csv_malformed": {
        "kk": "Жолдағы тырнақшалар дұрыс жабылмаған.",
        "ru": "Кавычки в строке закрыты неправильно.",
        "en": "The quotes of the line are not closed properly.",
    },
    "cells_extra": {
        "kk": "Жолда тақырыптағыдан көп ұяшық бар.",
        "ru": "В строке больше ячеек, чем столбцов в заголовке.",
        "en": "The row has more cells than the heading has columns.",
    },
    "cells_missing": {
        "kk": "Жолда тақырыптағыдан аз ұяшық бар.",
        "ru": "В строке меньше ячеек, чем столбцов в заголовке.",
        "en": "The row has fewer cells than the heading has columns.",
    },
    "number_ambiguous": {
        "kk": "Санды екі түрлі оқуға болады (1,234); ондық белгіні көрсетіңіз.",
        "ru": "Число читается двояко (1,234); укажите десятичный знак.",
        "en": "The number reads in two ways (1,234); declare the decimal mark.",
    },
    "number_not_in_format": {
        "kk": "Ұяшық көрсетілген түрдегі сан емес.",
        "ru": "В ячейке нет числа в объявленном виде.",
        "en": "The cell is no number written as declared.",
    },
    "date_not_in_format": {
        "kk": "Күн көрсетілген түрде жазылмаған.",
        "ru": "Дата записана не в объявленном виде.",
        "en": "The date is not written as declared.",
    },
    "date_not_in_calendar": {
        "kk": "Күнтізбеде мұндай күн жоқ.",
        "ru": "Такого дня нет в календаре.",
        "en": "The calendar has no such day.",
    },
    "value_not_in_lookup": {
        "kk": "Мән сәйкестік кестесінде жоқ.",
        "ru": "Значения нет в таблице соответствий.",
        "en": "The value is not in the lookup table.",
    },
    "version_malformed": {
        "kk": "Нұсқа 1-ден басталатын бүтін сан немесе уақыт болуы керек.",
        "ru": "Версия должна быть целым числом от 1 или временем.",
        "en": "The version must be a whole number from 1, or a time.",
    },
    "skipped_by_mapping": {
        "kk": "Сәйкестендіру бұл жазбаны өткізіп жібереді.",
        "ru": "Правило сопоставления пропускает эту запись.",
        "en": "The mapping leaves this record out.",
    },
    "not_a_job_posting": {
        "kk": "Бұл JobPosting емес.", "ru": "Это не JobPosting.", "en": "This is no JobPosting.",
    },
    "page_without_posting": {
        "kk": "Бетте JobPosting жоқ.", "ru": "На странице нет JobPosting.", "en": "The page holds no JobPosting.",
    },
    "file_too_large": {
        "kk": "Файл тым үлкен.", "ru": "Файл слишком велик.", "en": "The file is too large.",
    },
    "file_unreadable": {
        "kk": "Файлды оқу мүмкін емес.", "ru": "Файл не читается.", "en": "The file cannot be read.",
    },
    "payload_not_object": {
        "kk": "Жолдағы payload JSON нысаны емес.",
        "ru": "payload строки не является объектом JSON.",
        "en": "The payload of the row is not a JSON object.",
    },
    "entity_unknown": {
        "kk": "Жолдағы entity белгісіз.",
        "ru": "entity строки неизвестна.",
        "en": "The entity of the row is not known.",
    },
    "endorsement_is_no_certificate": {
        "kk": "Қолдау хаты (endorsement) сертификат емес.",
        "ru": "Рекомендация (endorsement) не является сертификатом.",
        "en": "An endorsement is no certificate.",
    },
    "list_is_no_certificate": {
        "kk": "Бұл тізім немесе белгінің сипаттамасы, сертификат емес.",
        "ru": "Это список или описание значка, а не сертификат.",
        "en": "This is a list, or the description of a badge, and no certificate.",
    },
    "container_empty": {
        "kk": "Жинақта бірде-бір сертификат жоқ.",
        "ru": "В наборе нет ни одного сертификата.",
        "en": "The container holds no certificate.",
    },
    "no_learning_achievement": {
        "kk": "Құжатта оқу жетістігі (LearningAchievement) жоқ.",
        "ru": "В документе нет учебного достижения (LearningAchievement).",
        "en": "The credential claims no learning achievement.",
    },
    "containers_too_deep": {
        "kk": "Жинақтар бір-бірінің ішіне тым терең салынған.",
        "ru": "Наборы вложены друг в друга слишком глубоко.",
        "en": "Containers stand in one another too deeply.",
    },
    "context_missing": {
        "kk": "@context ішінде W3C Verifiable Credentials контексі жоқ.",
        "ru": "В @context нет контекста W3C Verifiable Credentials.",
        "en": "The @context has no context of W3C Verifiable Credentials.",
    },
    "credential_type_unknown": {
        "kk": "type ішінде OpenBadgeCredential де, AchievementCredential де жоқ.",
        "ru": "В type нет ни OpenBadgeCredential, ни AchievementCredential.",
        "en": "The type has neither OpenBadgeCredential nor AchievementCredential.",
    },
    "part_type_wrong": {
        "kk": "Құжат бөлігінің type мәні орнына сай емес.",
        "ru": "Значение type части документа не соответствует её месту.",
        "en": "The type of a part of the credential is not the one of its place.",
    },
    "issuer_missing": {
        "kk": "Беруші (issuer) көрсетілмеген.",
        "ru": "Не указан издатель (issuer).",
        "en": "There is no issuer.",
    },
    "achievement_missing": {
        "kk": "Жетістік (achievement) көрсетілмеген.",
        "ru": "Не указано достижение (achievement).",
        "en": "There is no achievement.",
    },
    "badge_class_not_embedded": {
        "kk": "Белгінің сипаттамасына тек сілтеме берілген; оны куәліктің өзіне қойыңыз.",
        "ru": "На описание значка есть только ссылка; включите его в само свидетельство.",
        "en": "The badge class is only linked to; put it into the assertion itself.",
    },
    "token_malformed": {
        "kk": "JWT мазмұны JSON нысаны емес.",
        "ru": "Содержимое JWT не является объектом JSON.",
        "en": "The payload of the JWT is not a JSON object.",
    },
    "recipient_hash_unmatched": {
        "kk": "Алушы хэшпен жасырылған, ал сәйкестік файлында (--iin-map) ондай адам жоқ.",
        "ru": "Получатель скрыт хешем, и в файле соответствия (--iin-map) такого человека нет.",
        "en": "The recipient is hidden by a hash, and nobody in the map (--iin-map) has it.",
    },
    "recipient_hash_malformed": {
        "kk": "Алушының хэші sha256$… немесе md5$… түрінде емес.",
        "ru": "Хеш получателя записан не в виде sha256$… или md5$….",
        "en": "The recipient's hash is not written sha256$… or md5$….",
    },
    "status_index_out_of_range": {
        "kk": "Күй тізімінде сертификат көрсеткен орын жоқ.",
        "ru": "В списке статусов нет места, на которое указывает сертификат.",
        "en": "The status list has no place with the index that the certificate points to.",
    },
    "proof_format_unsupported": {
        "kk": "Қолтаңба пішіміне қолдау жоқ.",
        "ru": "Формат подписи не поддерживается.",
        "en": "The format of the proof is not supported.",
    },
    "proof_malformed": {
        "kk": "Қолтаңба (proof) дұрыс құрылмаған.",
        "ru": "Подпись (proof) построена неправильно.",
        "en": "The proof is not built as one.",
    },
    "proof_method_unknown": {
        "kk": "verificationMethod кілт табылатын жерді көрсетпейді.",
        "ru": "verificationMethod не указывает, где найти ключ.",
        "en": "The verificationMethod does not say where a key can be found.",
    },
    "proof_key_malformed": {
        "kk": "Қолтаңбада аталған кілт дұрыс кілт емес.",
        "ru": "Ключ, названный в подписи, не является ключом.",
        "en": "The key that the proof names is no key.",
    },
    "proof_value_malformed": {
        "kk": "Қолтаңба мәні (proofValue) multibase түрінде емес.",
        "ru": "Значение подписи (proofValue) записано не в виде multibase.",
        "en": "The proofValue is not written as multibase.",
    },
    "proof_purpose_wrong": {
        "kk": "Қолтаңбаның мақсаты assertionMethod емес.",
        "ru": "Назначение подписи не assertionMethod.",
        "en": "The purpose of the proof is not assertionMethod.",
    },
    "proof_signature_invalid": {
        "kk": "Қолтаңба дұрыс емес: құжат қол қойылғаннан кейін өзгерген.",
        "ru": "Подпись неверна: документ изменён после подписания.",
        "en": "The signature is wrong: the credential was changed after it was signed.",
    },
    "role_is_not_student": {
        "kk": "Жазба оқушы туралы емес.", "ru": "Запись не об учащемся.", "en": "The record is not about a learner.",
    },
    "role_disagrees_with_user": {
        "kk": "Жазбадағы рөл пайдаланушының рөліне сай емес.",
        "ru": "Роль в записи не совпадает с ролью пользователя.",
        "en": "The role in the record is none of the user's.",
    },
    "user_not_found": {
        "kk": "Жазба сілтейтін адам жиында жоқ.",
        "ru": "Человека, на которого ссылается запись, нет в наборе.",
        "en": "The person whom the record names is not in the set; for changes give the full set first.",
    },
    "class_not_found": {
        "kk": "Жазба сілтейтін сынып жиында жоқ.",
        "ru": "Класса, на который ссылается запись, нет в наборе.",
        "en": "The class that the record names is not in the set; for changes give the full set first.",
    },
    "course_not_found": {
        "kk": "Сынып сілтейтін курс жиында жоқ.",
        "ru": "Курса, на который ссылается класс, нет в наборе.",
        "en": "The course that the class names is not in the set.",
    },
    "session_not_found": {
        "kk": "Сынып сілтейтін оқу кезеңі жиында жоқ, сондықтан күндері белгісіз.",
        "ru": "Учебного периода, на который ссылается класс, нет в наборе, поэтому даты неизвестны.",
        "en": "The session that the class names is not in the set, so the dates are not known.",
    },
    "organisation_not_found": {
        "kk": "Жазба сілтейтін ұйым жиында жоқ.",
        "ru": "Организации, на которую ссылается запись, нет в наборе.",
        "en": "The organisation that the record names is not in the set.",
    },
    "organisation_enrols_nobody": {
        "kk": "Ұйым мектеп, колледж не университет емес.",
        "ru": "Организация не школа, не колледж и не университет.",
        "en": "The organisation is no school, college or university.",
    },
    "iin_ambiguous": {
        "kk": "Бір адамға екі түрлі ЖСН көрсетілген.",
        "ru": "Для одного человека указаны два разных ИИН.",
        "en": "Two different IINs stand for one person.",
    },
    "source_id_repeated": {
        "kk": "Идентификатор файлда басқа деректермен қайталанады.",
        "ru": "Идентификатор повторяется в файле с другими данными.",
        "en": "The id stands twice in the file, with different data.",
    },
    "page_unreadable": {
        "kk": "Беттердің бірі оқылмады, ал оқуға тіркеулер сонда болуы мүмкін.",
        "ru": "Одна из страниц не читается, а зачисления могут быть на ней.",
        "en": "One of the pages cannot be read, and the enrolments may stand in it.",
    },
    "result_certifies_nothing": {
        "kk": "Мұндай нәтиже сертификат бермейді.",
        "ru": "Такой результат не даёт сертификата.",
        "en": "A result of this kind certifies nothing.",
    },
    "presentation_not_found": {
        "kk": "Модуль өткізілімінің ұзақтығы белгісіз.",
        "ru": "Длительность проведения модуля неизвестна.",
        "en": "How long the presentation of the module lasts is not known.",
    },
    "registration_not_found": {
        "kk": "Студенттің тіркелуі табылмады.",
        "ru": "Регистрация студента не найдена.",
        "en": "The registration of the student is not there.",
    },
    "region_not_mapped": {
        "kk": "Өңір сәйкестік кестесінде жоқ.",
        "ru": "Региона нет в таблице соответствий.",
        "en": "The region is not in the table of correspondences.",
    },
}
# fmt: on
"""Rule of reading to its sentence in each language; the contract's own rules are in ``arna.contracts.rules``."""


def sentence(rule_id: str, language: str = "en") -> str:
    """What a rule says, in ``kk``, ``ru`` or ``en``; empty where the rule has no sentence."""
    if rule := RULES.get(rule_id):
        return {"kk": rule.kk, "ru": rule.ru}.get(language, rule.en)
    return READING_RULES.get(rule_id, {}).get(language, "")
