"""What the gateway answers when a request fails: one shape, ``application/problem+json`` (RFC 9457).

A problem says what is wrong with the request as a whole, in the reader's language, and never repeats what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import orjson
from starlette.responses import Response

from arna.contracts.receipt import Language

MEDIA_TYPE: Final = "application/problem+json"
_LANGUAGES: Final[tuple[Language, ...]] = ("kk", "ru", "en")
RETRY_SECONDS: Final = 5
"""What ``Retry-After`` says where nothing better is known."""


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of failure.

    Attributes:
        name: end of the problem's ``type``, ``urn:arna:problem:<name>``.
        status: HTTP status.
        kk: what is wrong and what to do, in Kazakh.
        ru: the same in Russian.
        en: the same in English.
    """

    name: str
    status: int
    kk: str
    ru: str
    en: str

    @property
    def uri(self) -> str:
        """The problem's ``type``."""
        return f"urn:arna:problem:{self.name}"

    def text(self, language: Language) -> str:
        """What is wrong, in one language."""
        return {"kk": self.kk, "ru": self.ru, "en": self.en}[language]


class Problem(Exception):
    """Ends a request with a problem.

    Args:
        name: a key of ``KINDS``.
        headers: further headers of the answer.
        **members: further members of the body; never a value that was sent.
    """

    def __init__(self, name: str, headers: Mapping[str, str] | None = None, **members: object) -> None:
        self.kind = KINDS[name]
        self.headers = dict(headers or {})
        self.members = members
        super().__init__(name)


def choose_language(accept_language: str | None, default: Language = "en") -> Language:
    """The language that a reader likes best of ours, by an ``Accept-Language`` header."""
    best: Language = default
    best_weight = 0.0
    for part in (accept_language or "").split(",")[:20]:
        tag, _, parameter = part.partition(";")
        weight = _weight(parameter)
        for language in _LANGUAGES:
            if tag.strip().lower().partition("-")[0] == language and weight > best_weight:
                best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, number = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(number)
    except ValueError:
        return 0.0


def problem_response(problem: Problem, language: Language, instance: str) -> Response:
    """The answer that a problem is.

    Args:
        problem: what is wrong.
        language: language of the sentence.
        instance: URN of the request, the one in the gateway's log.
    """
    kind = problem.kind
    body: dict[str, Any] = {
        "type": kind.uri,
        "title": kind.en,
        "status": kind.status,
        "detail": kind.text(language),
        "instance": instance,
        **problem.members,
    }
    headers = dict(problem.headers)
    if kind.status in {429, 503}:
        headers.setdefault("Retry-After", str(RETRY_SECONDS))
    return Response(orjson.dumps(body), kind.status, headers, MEDIA_TYPE)


# ruff: noqa: E501
# fmt: off
_KINDS: Final = (
    ("body_empty", 400, "Сұрауда бірде-бір оқиға жоқ.", "В запросе нет ни одного события.", "The request holds no event."),
    ("body_malformed", 400, "Топтама дұрыс JSON жиымы емес.", "Пакет не является правильным массивом JSON.",
     "The batch is not a well-formed JSON array."),
    ("body_encoding_broken", 400, "Сұрау мазмұны Content-Encoding көрсеткендей сығылмаған не шамадан тыс сығылған.",
     "Тело запроса сжато не так, как указано в Content-Encoding, или сжато чрезмерно.",
     "The body is not compressed as Content-Encoding says, or is compressed beyond reason."),
    ("request_malformed", 400, "Сұрау параметрі не тақырыбы қате.", "Параметр или заголовок запроса неверен.",
     "A parameter or a header of the request is wrong."),
    ("cursor_unknown", 400, "Мұндай курсор берілмеген; оны алғандай қайталаңыз не онсыз бастаңыз.",
     "Такой курсор не выдавался; повторите его как получили или начните без него.",
     "That cursor was not given out; repeat it as it came, or begin without one."),
    ("key_missing", 401, "Authorization: Bearer <кілт> тақырыбы қажет.", "Нужен заголовок Authorization: Bearer <ключ>.",
     "The header Authorization: Bearer <key> is needed."),
    ("key_unknown", 401, "Кілт жарамсыз.", "Ключ недействителен.", "The key is not valid."),
    ("key_revoked", 401, "Кілт кері қайтарылған; жаңасын сұраңыз.", "Ключ отозван; запросите новый.",
     "The key was revoked; ask for a new one."),
    ("key_expired", 401, "Кілттің мерзімі өткен; жаңасын сұраңыз.", "Срок ключа истёк; запросите новый.",
     "The key has expired; ask for a new one."),
    ("source_disabled", 403, "Дереккөз өшірілген.", "Источник отключён.", "The source is disabled."),
    ("source_not_allowed", 403,
     "Бұл кілтпен тек өз дереккөзіңіздің рұқсат етілген оқиғаларын жіберуге болады. Ештеңе қабылданған жоқ.",
     "Этим ключом можно отправлять только разрешённые события своего источника. Ничего не принято.",
     "With this key only events of its own source and of its entities may be sent. Nothing was accepted."),
    ("not_found", 404, "Мұндай мекенжай жоқ.", "Такого адреса нет.", "There is no such address."),
    ("method_not_allowed", 405, "Бұл мекенжай мұндай әдісті қабылдамайды.", "Этот адрес не принимает такой метод.",
     "This address does not take that method."),
    ("body_timeout", 408, "Сұрау мазмұны тым баяу келді.", "Тело запроса приходило слишком медленно.",
     "The body of the request came too slowly."),
    ("body_too_large", 413, "Сұрау мазмұны тым үлкен; бөліп жіберіңіз.", "Тело запроса слишком велико; отправьте частями.",
     "The body of the request is too large; send it in parts."),
    ("batch_too_large", 413, "Бір сұраудағы оқиғалар тым көп; бөліп жіберіңіз.",
     "Слишком много событий в одном запросе; отправьте частями.", "Too many events in one request; send them in parts."),
    ("content_type_unsupported", 415,
     "Content-Type application/cloudevents+json, application/cloudevents-batch+json, application/x-ndjson, не ce- тақырыптары бар application/json болуы керек.",
     "Content-Type должен быть application/cloudevents+json, application/cloudevents-batch+json, application/x-ndjson или application/json с заголовками ce-.",
     "The Content-Type must be application/cloudevents+json, application/cloudevents-batch+json, application/x-ndjson, or application/json with ce- headers."),
    ("content_encoding_unsupported", 415, "Content-Encoding gzip не zstd болуы керек.",
     "Content-Encoding должен быть gzip или zstd.", "The Content-Encoding must be gzip or zstd."),
    ("events_refused", 422, "Бірде-бір оқиға қабылданған жоқ; себептері results ішінде.",
     "Ни одно событие не принято; причины — в results.", "No event was accepted; the reasons are in results."),
    ("head_too_large", 431, "Сұрау тақырыптары тым үлкен.", "Заголовки запроса слишком велики.",
     "The headers of the request are too large."),
    ("rate_limited", 429, "Сұраулар не оқиғалар тым жиі; Retry-After айтқанша күтіңіз.",
     "Запросы или события идут слишком часто; подождите, сколько сказано в Retry-After.",
     "Requests or events come too fast; wait as long as Retry-After says."),
    ("internal", 500, "Шлюз ішінде қате шықты; біз оны көрдік.", "Внутренняя ошибка шлюза; она записана.",
     "Something failed inside the gateway; it was logged."),
    ("too_busy", 503, "Шлюз тым бос емес; кейінірек қайталаңыз. Ештеңе қабылданған жоқ.",
     "Шлюз перегружен; повторите позже. Ничего не принято.", "The gateway is too busy; try again later. Nothing was accepted."),
    ("events_unsettled", 503,
     "Kafka барлық оқиғаға жауап бермеді: results ішінде unknown және not_sent деп тұрғандарын сол id-мен қайта жіберіңіз.",
     "Kafka ответила не на все события: отправьте снова, с теми же id, те, что в results стоят как unknown и not_sent.",
     "Kafka did not answer for every event: send those that are unknown or not_sent in results again, with the same ids."),
    ("warehouse_away", 503, "Қойма жауап бермейді; кейінірек қайталаңыз. Ештеңе қабылданған жоқ.",
     "Хранилище не отвечает; повторите позже. Ничего не принято.",
     "The warehouse does not answer; try again later. Nothing was accepted."),
    ("not_ready", 503, "Шлюз дайын емес.", "Шлюз не готов.", "The gateway is not ready."),
)
# fmt: on

KINDS: Final[Mapping[str, ProblemKind]] = MappingProxyType({kind[0]: ProblemKind(*kind) for kind in _KINDS})
"""Every kind of problem, by name."""
