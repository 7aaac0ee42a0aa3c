# The two images: --target agent, --target controller. `npm run build` comes first; nothing is run in here, so that any builder, for any
# platform, with any base that has node on its PATH, makes them. How, and what is in them: docs/images.md.
ARG BASE_IMAGE=docker.io/library/node:26.10.0-slim

FROM ${BASE_IMAGE} AS launcher
ARG BASE_IMAGE
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
ARG SOURCE=https://github.com/picket/picket
LABEL org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.url="${SOURCE}" \
      org.opencontainers.image.documentation="${SOURCE}#readme" \
      org.opencontainers.image.vendor="Picket" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="${BASE_IMAGE}"
WORKDIR /picket
COPY LICENSE /picket/
COPY bin/launch.mjs bin/heap-limit.mjs bin/node-settings.mjs /picket/bin/
STOPSIGNAL SIGTERM

FROM launcher AS controller
LABEL org.opencontainers.image.title="picket-controller" \
      org.opencontainers.image.description="Keeps one Picket agent on every eligible Kubernetes node, and says why where there is none"
COPY bin/picket-controller.mjs /picket/bin/
COPY dist/picket-controller.mjs dist/picket-controller.cdx.json dist/LICENSES-controller.txt /picket/dist/
EXPOSE 9466
USER 65532:65532
ENTRYPOINT ["node", "/picket/bin/picket-controller.mjs"]
CMD ["--mode=guard"]

# Root, because a container's log files are root's (0640 or 0600); it needs no capability.
FROM launcher AS agent
LABEL org.opencontainers.image.title="picket-agent" \
      org.opencontainers.image.description="One small agent on every Kubernetes node: container logs and node metrics, once, to Elasticsearch and Prometheus"
COPY bin/picket.mjs /picket/bin/
COPY dist/picket.mjs dist/picket.cdx.json dist/LICENSES.txt /picket/dist/
EXPOSE 9464
USER 0:0
ENTRYPOINT ["node", "/picket/bin/picket.mjs"]
CMD ["--config", "/etc/picket/picket.yaml"]
