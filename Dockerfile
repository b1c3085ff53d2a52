# One image for every service and for the `trunkline` command: the command of a container picks which one runs.
#
#   docker build --tag trunkline .
#   docker run … trunkline services/payments/dist/main.js
#   docker run --entrypoint trunkline trunkline doctor
#
# Nothing secret is an ARG, an ENV or a file here: a container is told its secrets when it starts.
ARG NODE_IMAGE=node:26.10.0-bookworm-slim

# The files that decide what is installed, so that a change of a source does not install everything again.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages packages
COPY services services
RUN find packages services -mindepth 2 -maxdepth 2 ! -name package.json -exec rm -rf {} +

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY --from=manifests /app ./
# No install scripts: the compiler brings its binary as a package, and nothing else here needs one.
RUN npm ci --ignore-scripts
COPY tsconfig.base.json tsconfig.build.json ./
COPY packages packages
COPY services services
RUN node_modules/.bin/tsc -b packages/cli/tsconfig.build.json services/*/tsconfig.build.json
# What a package or service is made of when it runs, and the samples of `trunkline send`. Of the test kit nothing is built.
RUN find packages services -mindepth 2 -maxdepth 2 ! -path packages/providers/src \
      ! -name package.json ! -name dist ! -name bin ! -name migrations -exec rm -rf {} + \
  && find packages/providers/src -type f ! -path '*/fixtures/*' -delete \
  && find packages services \( -name .tsbuildinfo -o -name '*.d.ts' \) -delete \
  && rm -rf packages/testkit packages/installation

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY --from=manifests /app ./
# Exactly what the lock file says. The servers of the embedded stack and Testcontainers are for development: packages/stack
# takes them from whoever starts a stack, which nothing does here.
RUN npm ci --omit=dev --omit=optional --ignore-scripts \
  && rm -rf node_modules/.package-lock.json node_modules/@trunkline/testkit node_modules/@trunkline/installation

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/packages packages
COPY --from=build /app/services services
COPY schemas schemas
COPY package.json LICENSE ./
RUN ln -s /app/packages/cli/bin/trunkline.mjs /usr/local/bin/trunkline

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Trunkline" \
      org.opencontainers.image.description="A self-hosted integration backbone on Kafka" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# `node` in the official image. A number, so that an orchestrator can see that it is not root.
USER 1000:1000
EXPOSE 8080 8089
STOPSIGNAL SIGTERM
# Every process answers its operators and probes there, inside of the container unless TRUNKLINE_OPERATOR_HOST says otherwise.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "const { TRUNKLINE_OPERATOR_PORT: port } = process.env; fetch(`http://127.0.0.1:${port || 8089}/readyz`, { signal: AbortSignal.timeout(4_000) }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# The same as startCommand() of packages/runtime gives, which test/repo compares.
ENTRYPOINT ["node", "--max-semi-space-size=32", "--enable-source-maps", "--import", "/app/packages/runtime/dist/telemetry.js"]
CMD ["services/ingress/dist/main.js"]
