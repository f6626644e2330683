# Two images of the same Python: one that has pip to build with, one to run on. No command runs in the second, so
# it needs no shell. Where pip needs an index of your own, mount your pip.conf (`--volume`).
ARG BASE=python:3.13-slim
ARG BUILD_BASE=${BASE}

FROM ${BUILD_BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python3 -m venv /build && python3 -m venv --without-pip /opt/arkrun
COPY requirements.lock ./
RUN /build/bin/pip --python /opt/arkrun/bin/python install --no-compile --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE requirements-dev.lock ./
COPY crd-gen crd-gen
COPY kube kube
COPY certs certs
COPY webhook webhook
COPY cli cli
COPY history history
# The build backend and what it needs, by hash as well.
RUN awk '/^[a-z]/ {keep = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/} keep' \
      requirements-dev.lock > build.lock \
 && /build/bin/pip install --no-compile --require-hashes -r build.lock \
 && /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels ./crd-gen . \
 && /build/bin/pip --python /opt/arkrun/bin/python install --no-compile --no-deps --no-index /wheels/*.whl
# The root file system is read-only: bytecode now or never, but only of what a start loads, and written when the
# sources have the date that they will have, or Python would not take it.
RUN find /opt/arkrun -exec touch --no-dereference --date=@0 {} + \
 && /opt/arkrun/bin/python -c "import arkrun_kube.transport, arkrun_webhook.check, arkrun_webhook.server, arkrun_history.cli, arkrun_history.server" \
 && find /opt/arkrun -exec touch --no-dereference --date=@0 {} +

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="arkrun" \
      org.opencontainers.image.description="Keeps ArkRun records immutable: the admission webhook" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/arkrun /opt/arkrun
ENV PATH=/opt/arkrun/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 65532:65532
EXPOSE 9443
ENTRYPOINT ["arkrun-webhook"]
CMD ["serve"]
