# The gateway as an image. Build: docker build --tag brokerwire .   Run: see compose.yaml and docs/operations.md.

FROM python:3.11-slim AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src

# What changes seldom comes first: the pinned packages, checked against their hashes.
COPY requirements/ requirements/
RUN python -m venv /opt/build && /opt/build/bin/pip install --require-hashes --requirement requirements/build.txt \
 && python -m venv /opt/brokerwire && /opt/brokerwire/bin/pip install --require-hashes --requirement requirements/server.txt

COPY . .
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /tmp/wheels . \
 && /opt/brokerwire/bin/pip install --no-deps --no-index /tmp/wheels/*.whl \
 && /opt/brokerwire/bin/pip uninstall --yes pip setuptools


FROM python:3.11-slim
RUN groupadd --gid 10001 brokerwire \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/brokerwire brokerwire \
 && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/brokerwire
COPY --from=builder /opt/brokerwire /opt/brokerwire
ENV PATH=/opt/brokerwire/bin:$PATH PYTHONUNBUFFERED=1 BROKERWIRE_DATA_DIR=/var/lib/brokerwire

USER 10001:10001
WORKDIR /var/lib/brokerwire
VOLUME /var/lib/brokerwire

# gRPC and HTTP. Both listen on the container's own loopback: without TLS any other address is refused, so
# publishing these ports reaches nothing. compose.yaml shows how a strategy gets in.
EXPOSE 50051 8080

HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["brokerwire", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["brokerwire"]
CMD ["serve"]
