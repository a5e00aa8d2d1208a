# The image for production. Everything that differs between installations comes from the environment.

FROM node:24-bookworm-slim AS frontend
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund


FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt .
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt


FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="ozgstatus" org.opencontainers.image.licenses="EUPL-1.2"
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 WEB_CONCURRENCY=2
# What WeasyPrint sets the PDF of an edition with.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=packages /venv /venv
COPY --from=frontend /app/node_modules node_modules
COPY . .
# Collecting files touches none of these services; the values are of this step alone.
RUN DATABASE_URL=postgres://build SECRET_KEY=only-while-building-only-while-building \
    SITE_URL=https://example.org ALLOWED_HOSTS=example.org EMAIL_URL=dummy:// MAIL_FROM=build@example.org \
    python manage.py collectstatic --no-input --verbosity 0

# A number, so that a cluster can verify that it is not root.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["python", "-c", "\
import os, urllib.parse, urllib.request;\
host = urllib.parse.urlsplit(os.environ['SITE_URL']).netloc;\
urllib.request.urlopen(urllib.request.Request('http://127.0.0.1:8000/livez', headers={'Host': host}), timeout=4)"]
# Heartbeats go to memory and there is no control socket, so that the file system may be read-only.
CMD ["gunicorn", "ozgstatus.wsgi", "--config", "gunicorn.conf.py", "--bind", "0.0.0.0:8000", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
