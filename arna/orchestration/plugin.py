"""Airflow plugin: the API server shows the Data Docs to whoever is logged in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Final, Literal

from airflow.api_fastapi.core_api.security import get_user
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI, HTTPException, Path
from fastapi.responses import HTMLResponse

from arna.orchestration.data_docs import URL_PREFIX
from arna.settings import get_settings

_HEADERS = {
    # The pages are made by a tool from our rules; they may load its styles, and send nothing anywhere.
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline' https:; form-action 'none'; frame-ancestors 'self'",
    "Cache-Control": "private, no-cache",
}
_INDEX = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Data Docs</title></head>
<body><h1>Data Docs</h1><p>What was checked in batches and marts. Counts only: no values.</p>{lists}</body></html>"""

app = FastAPI(title="Arna Data Docs", docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(get_user)])

Subject = Literal["enrolment", "certification", "vacancy", "profile", "retraining"]
_PAGES: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("enrolment", "certification", "vacancy"), "batch") | dict.fromkeys(("profile", "retraining"), "run")
)
"""What the pages of a subject are of."""


def _folder() -> FilePath:
    return get_settings().home / "data_docs"


@app.get("/", response_class=HTMLResponse)
def show_index() -> HTMLResponse:
    """The newest pages of each entity and of each group of marts."""
    lists = []
    for subject, kind in _PAGES.items():
        pages = (_folder() / subject).glob(f"{kind}-*.html")
        numbers = sorted((int(page.stem.rpartition("-")[2]) for page in pages), reverse=True)
        items = "".join(f'<li><a href="{URL_PREFIX}/{subject}/{each}">{kind} {each}</a></li>' for each in numbers[:50])
        lists.append(f"<h2>{subject}</h2><ul>{items or '<li>none yet</li>'}</ul>")
    return HTMLResponse(_INDEX.format(lists="".join(lists)), headers=_HEADERS)


@app.get("/{subject}/{number}", response_class=HTMLResponse)
def show_page(subject: Subject, number: Annotated[int, Path(ge=1)]) -> HTMLResponse:
    """The page of one batch, or of one run over a group of marts."""
    path = _folder() / subject / f"{_PAGES[subject]}-{number}.html"
    try:
        html = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise HTTPException(404, "There is no such page (any more).") from None
    return HTMLResponse(html, headers=_HEADERS)


class ArnaPlugin(AirflowPlugin):  # type: ignore[misc]
    """Adds the Data Docs to the API server and to the menu."""

    name = "arna"
    fastapi_apps: ClassVar[list[dict[str, Any]]] = [{"app": app, "url_prefix": URL_PREFIX, "name": "Arna Data Docs"}]
    external_views: ClassVar[list[dict[str, Any]]] = [
        {
            "name": "Data Docs",
            "href": f"{URL_PREFIX}/",
            "url_route": "arna-data-docs",
            "destination": "nav",
            "category": "browse",
        }
    ]
