# syntax=docker/dockerfile:1
# One image for every service of Arna: the command says which one it is.

FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/arna
ENV PATH=/opt/arna/bin:$PATH
WORKDIR /src
COPY requirements.txt ./
RUN pip install --require-hashes --requirement requirements.txt
COPY pyproject.toml README.md hatch_build.py ./
COPY arna arna
COPY consumers consumers
COPY dags dags
COPY expectations expectations
COPY producers producers
COPY sql sql
# The build backend is not part of what runs, so it is not in requirements.txt.
RUN pip wheel --no-deps --wheel-dir /wheels . && pip install --no-deps --no-index /wheels/*.whl

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 arna \
    && install --directory --owner=arna --group=arna --mode=0700 /var/lib/arna /var/lib/arna/airflow /var/lib/arna-vault
COPY --from=build /opt/arna /opt/arna
ENV PATH=/opt/arna/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ARNA_HOME=/var/lib/arna \
    AIRFLOW_HOME=/var/lib/arna/airflow
USER arna
WORKDIR /var/lib/arna
ENTRYPOINT []
CMD ["arna", "--help"]
