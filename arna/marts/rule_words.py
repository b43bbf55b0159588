"""The table behind ``arna.marts.rules``: what is wrong in a mart, and what to do, in Kazakh, Russian and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from arna.contracts.rules import Severity

Text = tuple[str, str, str]
Mend = Literal["rebuild", "withhold", "refresh", "core", "sources"]

_CRITICAL: Final = Severity.CRITICAL
_WARNING: Final = Severity.WARNING

# ruff: noqa: E501
# fmt: off
MENDS: Final[Mapping[Mend, Text]] = MappingProxyType({
    "rebuild": (
        "Топты қайта құрыңыз (`arna mart rebuild`). Қате қайталанса, модель бұрыс: әзірлеушіні шақырыңыз.",
        "Постройте группу заново (`arna mart rebuild`). Если ошибка повторится, неверна модель: позовите разработчика.",
        "Rebuild the group (`arna mart rebuild`). If it fails again, the model is wrong: call a developer."),
    "withhold": (
        "Аз адам туралы сан ашық тұр: оқырмандарға хабарлаңыз, топты қайта құрыңыз (`arna mart rebuild`), әзірлеушіні шақырыңыз.",
        "Открыто число о немногих людях: предупредите читателей, постройте группу заново (`arna mart rebuild`), позовите разработчика.",
        "A figure of few people is open: tell the readers, rebuild the group (`arna mart rebuild`), call a developer."),
    "refresh": (
        "Топтың refresh DAG-ының соңғы іске қосылуларын қараңыз: ол тоқтап тұр ма, құлай ма; себебін түзетіп, қайта іске қосыңыз.",
        "Посмотрите последние запуски refresh-DAG группы: не остановлен ли он, не падает ли; устраните причину и запустите снова.",
        "Look at the last runs of the group's refresh DAG: is it paused, does it fail; mend the cause and run it again."),
    "core": (
        "Жүктеуді тоқтатып, `arna reconcile --deep` орындаңыз да, әзірлеушіні шақырыңыз: core тарихы бұзылған.",
        "Остановите загрузку, выполните `arna reconcile --deep` и позовите разработчика: история в core нарушена.",
        "Stop the loads, run `arna reconcile --deep` and call a developer: the history in core is broken."),
    "sources": (
        "Дереккөздер мен ландерлерді тексеріңіз (`arna status`, `arna source list`): оқиғалар неге келмейтінін біліңіз.",
        "Проверьте источники и приём (`arna status`, `arna source list`): узнайте, почему нет событий.",
        "Check the sources and the landers (`arna status`, `arna source list`): find out why no events come."),
})
"""What to do, by kind."""

WORDS: Final[Mapping[str, tuple[Severity, Text, Mend]]] = MappingProxyType({
    # any relation
    "key_wrong": (_CRITICAL, (
        "Жолдың кілті жоқ немесе қайталанады.",
        "Ключ строки отсутствует или повторяется.",
        "The key of a row is missing or repeated."), "rebuild"),
    "rows_differ": (_CRITICAL, (
        "Көріністе кестедегіден басқа жол саны бар.",
        "В представлении не столько строк, сколько в его таблице.",
        "The view has another number of rows than its table."), "rebuild"),
    "person_unknown": (_CRITICAL, (
        "Жол mart.person кестесінде жоқ адамға тиесілі.",
        "Строка относится к человеку, которого нет в mart.person.",
        "A row belongs to a person that mart.person does not have."), "rebuild"),
    "skill_unknown": (_CRITICAL, (
        "Жол mart.skill кестесінде жоқ дағдыны атайды.",
        "Строка называет навык, которого нет в mart.skill.",
        "A row names a skill that mart.skill does not have."), "rebuild"),
    "region_unknown": (_CRITICAL, (
        "Жол белгісіз өңірді атайды.",
        "Строка называет неизвестный регион.",
        "A row names a region that is not known."), "rebuild"),
    "month_wrong": (_CRITICAL, (
        "Ай бірінші күнмен берілмеген немесе болашақта.",
        "Месяц указан не первым днём или в будущем.",
        "The month is not given by its first day, or lies ahead."), "rebuild"),
    "out_of_range": (_CRITICAL, (
        "{column} мәні шектен тыс.",
        "Значение {column} вне своих пределов.",
        "The value of {column} is outside its limits."), "rebuild"),
    # freshness
    "batch_waits": (_CRITICAL, (
        "Жүктелген партияны витриналар жарты сағаттан артық күтуде.",
        "Загруженная партия ждёт витрин дольше получаса.",
        "A loaded batch has waited for the marts for more than half an hour."), "refresh"),
    "refresh_late": (_CRITICAL, (
        "Көрініс бір тәуліктен артық жаңартылмаған, ал core-да жаңасы бар.",
        "Представление не обновлялось больше суток, а в core есть новое.",
        "The view was not refreshed for a day, and core has what is newer."), "refresh"),
    "events_stopped": (_WARNING, (
        "Көріністің соңғы оқиғасы бір аптадан ескі.",
        "Последнее событие представления старше недели.",
        "The latest event of the view is older than a week."), "sources"),
    # history in core
    "version_wrong": (_CRITICAL, (
        "Жазбаның қолданыстағы нұсқасы біреу емес немесе ең жоғарысы емес.",
        "Действующая версия записи не одна или не высшая.",
        "A record has not exactly one current version, or it is not the highest."), "core"),
    "versions_overlap": (_WARNING, (
        "Жазба нұсқаларының уақыты олардың нөмірлерімен бірге өспейді.",
        "Время версий записи не растёт вместе с их номерами.",
        "The times of a record's versions do not rise with their numbers."), "sources"),
    # profile
    "person_without_event": (_CRITICAL, (
        "Адам бар, бірақ оның күші жойылмаған оқуы да, сертификаты да core-да жоқ.",
        "Человек есть, но в core нет ни его обучения, ни сертификата.",
        "There is a person of whom core has neither an enrolment that was not voided nor a certificate."), "rebuild"),
    "person_missing": (_CRITICAL, (
        "Core-да оқуы немесе сертификаты бар адам mart.person кестесінде жоқ.",
        "Человека с обучением или сертификатом в core нет в mart.person.",
        "mart.person lacks a person of whom core has an enrolment or a certificate."), "rebuild"),
    "identity_wrong": (_CRITICAL, (
        "Бір белгіде бірнеше адам бар, бірақ даулы деп белгіленбеген, не керісінше.",
        "Под одним токеном несколько человек, но они не отмечены как спорные, или наоборот.",
        "Several people stand under one token and are not marked as disputed, or one is marked so without reason."), "rebuild"),
    "student_missing": (_CRITICAL, (
        "Күші жойылмаған оқуы бар адам profile.student көрінісінде жоқ.",
        "Человека с неаннулированным обучением нет в profile.student.",
        "profile.student lacks a person with an enrolment that was not voided."), "rebuild"),
    "certificate_missing": (_CRITICAL, (
        "Core-дағы сертификат profile.certificate көрінісінде жоқ немесе нұсқасы басқа.",
        "Сертификата из core нет в profile.certificate, или там другая версия.",
        "profile.certificate lacks a certificate of core, or has another version of it."), "rebuild"),
    "status_unknown": (_CRITICAL, (
        "Сертификаттың күйі белгілі күйлердің бірі емес.",
        "Статус сертификата не из известных.",
        "The status of a certificate is none of those known."), "rebuild"),
    "valid_above_all": (_CRITICAL, (
        "Жарамдылар саны барлығының санынан көп.",
        "Действующих больше, чем всего.",
        "More are valid than there are."), "rebuild"),
    "held_wrong": (_CRITICAL, (
        "is_held жарамды сертификаттар санына сай емес.",
        "is_held не соответствует числу действующих сертификатов.",
        "is_held disagrees with the number of valid certificates."), "rebuild"),
    "evidence_wrong": (_CRITICAL, (
        "Сертификаттар саны тізімдегі сертификаттарға сай емес.",
        "Число сертификатов не соответствует их списку.",
        "The number of certificates disagrees with the list of them."), "rebuild"),
    "outcome_unknown": (_CRITICAL, (
        "Оқудың нәтижесі белгілі нәтижелердің бірі емес.",
        "Исход обучения не из известных.",
        "The outcome of an enrolment is none of those known."), "rebuild"),
    "order_broken": (_CRITICAL, (
        "Адамның оқулары 1-ден бастап үзіліссіз нөмірленбеген.",
        "Обучения человека не пронумерованы подряд с 1.",
        "The enrolments of a person are not numbered 1, 2, 3 and so on."), "rebuild"),
    "enrolment_missing": (_CRITICAL, (
        "Core-дағы күші жойылмаған оқу тарихта жоқ немесе нұсқасы басқа.",
        "Неаннулированного обучения из core нет в истории, или там другая версия.",
        "The history lacks an enrolment of core that was not voided, or has another version of it."), "rebuild"),
    "parts_wrong": (_CRITICAL, (
        "Бөліктердің қосындысы түскендер санына тең емес.",
        "Сумма частей не равна числу поступивших.",
        "The parts do not sum to the number that entered."), "rebuild"),
    "entered_wrong": (_CRITICAL, (
        "Түскендер саны тарихтағы оқулар санына сай емес.",
        "Число поступивших не соответствует обучениям в истории.",
        "The number that entered disagrees with the enrolments of the history."), "rebuild"),
    "certified_above_entered": (_CRITICAL, (
        "Сертификат алғандар түскендерден көп.",
        "Сертифицированных больше, чем поступивших.",
        "More are certified than entered."), "rebuild"),
    "small_count_shown": (_CRITICAL, (
        "1-ден 4-ке дейінгі адам саны көрсетілген.",
        "Показано число от 1 до 4 человек.",
        "A count of 1 to 4 people is shown."), "withhold"),
    "count_derivable": (_CRITICAL, (
        "Жасырылған сан көрсетілген сандардан шығарылады.",
        "Скрытое число выводится из показанных.",
        "A withheld count can be told from those shown."), "withhold"),
    "course_unknown": (_CRITICAL, (
        "Курс дағдысы mart.course кестесінде жоқ курсқа тиесілі.",
        "Навык относится к курсу, которого нет в mart.course.",
        "A skill belongs to a course that mart.course does not have."), "rebuild"),
    # retraining
    "posting_missing": (_CRITICAL, (
        "Core-дағы вакансия mart.posting кестесінде жоқ немесе нұсқасы басқа.",
        "Вакансии из core нет в mart.posting, или там другая версия.",
        "mart.posting lacks a vacancy of core, or has another version of it."), "rebuild"),
    "raw_below_joined": (_CRITICAL, (
        "Қайталаулары біріктірілген вакансиялар барлығынан көп.",
        "Вакансий без повторов больше, чем всех.",
        "More vacancies are counted with reposts joined than without."), "rebuild"),
    "openings_below_vacancies": (_CRITICAL, (
        "Орын саны вакансия санынан аз.",
        "Мест меньше, чем вакансий.",
        "There are fewer openings than vacancies."), "rebuild"),
    "capped_above_openings": (_CRITICAL, (
        "Шектелген орын саны шектелмегеннен көп.",
        "Мест с ограничением больше, чем без него.",
        "More openings are counted with the employer's cap than without."), "rebuild"),
    "employers_above_vacancies": (_CRITICAL, (
        "Жұмыс берушілер вакансиялардан көп.",
        "Работодателей больше, чем вакансий.",
        "There are more employers than vacancies."), "rebuild"),
    "today_wrong": (_CRITICAL, (
        "Бүгін ашық вакансиялар айдағыдан көп, немесе басқа айда көрсетілген.",
        "Открытых сегодня вакансий больше, чем за месяц, или они указаны в другом месяце.",
        "More vacancies are open today than in the month, or they stand in another month."), "rebuild"),
    "demand_drifted": (_CRITICAL, (
        "Осы айдың сұранысы негізіндегі вакансияларға сай емес.",
        "Спрос этого месяца расходится с вакансиями под ним.",
        "The demand of this month disagrees with the vacancies behind it."), "rebuild"),
    "supply_drifted": (_CRITICAL, (
        "Осы айдың ұсынысы негізіндегі адамдарға сай емес.",
        "Предложение этого месяца расходится с людьми под ним.",
        "The supply of this month disagrees with the people behind it."), "rebuild"),
    "spans_overlap": (_CRITICAL, (
        "Бір адамның бір дағдысының айлары екі рет есептелген.",
        "Месяцы одного навыка одного человека посчитаны дважды.",
        "Months of one skill of one person are counted twice."), "rebuild"),
    "chain_counted_twice": (_CRITICAL, (
        "Қайта жарияланған вакансия бір айда екі рет есептелген.",
        "Перепубликованная вакансия посчитана в месяце дважды.",
        "A vacancy and its repost are both counted in one month."), "rebuild"),
    "counted_unopened": (_CRITICAL, (
        "Вакансия ашық болмаған айда есептелген.",
        "Вакансия посчитана в месяце, когда не была открыта.",
        "A vacancy is counted in a month in which it was not open."), "rebuild"),
    "gap_wrong": (_CRITICAL, (
        "Тапшылық сұраныс пен ұсыныс айырмасына тең емес.",
        "Разрыв не равен спросу минус предложение.",
        "The gap is not demand minus supply."), "rebuild"),
    "gap_incomplete": (_CRITICAL, (
        "Тапшылық сұраныс пен ұсыныс кестелеріне сай емес.",
        "Разрыв расходится с таблицами спроса и предложения.",
        "The gap disagrees with the tables of demand and supply."), "rebuild"),
    "country_wrong": (_CRITICAL, (
        "Ел бойынша сан өңірлердің қосындысына тең емес.",
        "Число по стране не равно сумме регионов.",
        "The figure of the country is not the sum of its regions."), "rebuild"),
    "region_derivable": (_CRITICAL, (
        "Жасырылған жалғыз өңір ел қорытындысынан шығарылады.",
        "Единственный скрытый регион выводится из итога по стране.",
        "The only region withheld can be told from the country's total."), "withhold"),
    "salary_of_few": (_CRITICAL, (
        "Жалақысы көрсетілген вакансия бестен аз, ал медиана көрсетілген.",
        "Показана медиана зарплаты менее чем пяти вакансий.",
        "A median salary of fewer than five vacancies is shown."), "withhold"),
    "required_wrong": (_CRITICAL, (
        "is_required немесе салмақ үлестерге сай емес.",
        "is_required или вес не соответствует долям.",
        "is_required or the weight disagrees with the shares."), "rebuild"),
    "path_to_itself": (_CRITICAL, (
        "Жол кәсіптен сол кәсіптің өзіне апарады.",
        "Путь ведёт от профессии к ней же.",
        "A path leads from an occupation to itself."), "rebuild"),
    "skill_shared_and_missing": (_CRITICAL, (
        "Дағды әрі ортақ, әрі жетіспейтін деп тұр.",
        "Навык указан и как общий, и как недостающий.",
        "A skill is given as shared and as missing."), "rebuild"),
})
"""Severity, what is wrong and the kind of remedy, by rule id."""
