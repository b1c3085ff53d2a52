# Images that answer like the ones docker-images.ts names, for a machine with an engine but without an image registry:
# Debian's packages, the artifacts of the embedded stack's cache and the binaries in node_modules.
# Built by make-stand-ins.ts, which says what stands in for what. Never for production.
FROM trunkline-stand-in:debian AS java
RUN apt-get update \
  && apt-get install --yes --no-install-recommends openjdk-17-jre-headless \
  && rm -rf /var/lib/apt/lists/*

# The broker itself, set up by the same KafkaDockerWrapper as in apache/kafka.
FROM java AS kafka
RUN useradd --create-home --uid 1000 appuser \
  && mkdir -p /opt/kafka/config /etc/kafka/docker /mnt/shared/config /var/lib/kafka/data \
  && touch /etc/kafka/docker/server.properties \
  && chown -R appuser /opt/kafka /etc/kafka /mnt/shared /var/lib/kafka
COPY --from=cache kafka-4.3.1 /opt/kafka/libs
COPY kafka-run.sh /etc/kafka/docker/run
USER appuser
VOLUME /var/lib/kafka/data
EXPOSE 9092
CMD ["/etc/kafka/docker/run"]

FROM java AS registry
COPY --from=cache apicurio-registry-3.0.9 /deployments
USER 1001
EXPOSE 8080
ENV QUARKUS_HTTP_HOST=0.0.0.0
CMD ["java", "-Xmx256m", "-jar", "/deployments/apicurio-registry-app-3.0.9-runner.jar"]

# Zipkin: it takes spans where Jaeger takes Zipkin's, and has a page where Jaeger has its UI. It has no OTLP.
FROM java AS zipkin
COPY --from=cache zipkin-3.6.1/zipkin-server-3.6.1-exec.jar /zipkin.jar
USER 10001
ENV STORAGE_TYPE=mem
EXPOSE 9411 16686
CMD ["java", "-Xmx256m", "-jar", "/zipkin.jar", "--armeria.ports[0].port=9411", "--armeria.ports[1].port=16686"]

# PostgreSQL 18 of the npm package; createdb and psql are Debian's, of 15.
FROM trunkline-stand-in:debian AS postgres
RUN apt-get update \
  && apt-get install --yes --no-install-recommends postgresql-client-15 \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --create-home --home-dir /var/lib/postgresql --uid 999 postgres
COPY --from=postgres-binaries . /usr/local/pgsql
COPY postgres-run.sh /usr/local/bin/docker-entrypoint.sh
ENV PATH=/usr/local/pgsql/bin:$PATH PGDATA=/var/lib/postgresql/18/docker
VOLUME /var/lib/postgresql
STOPSIGNAL SIGINT
EXPOSE 5432
ENTRYPOINT ["/usr/local/bin/docker-entrypoint.sh"]
CMD ["postgres"]

# Debian's Redis 7.0.
FROM trunkline-stand-in:debian AS redis
RUN apt-get update \
  && apt-get install --yes --no-install-recommends redis-server \
  && rm -rf /var/lib/apt/lists/*
USER redis
EXPOSE 6379
# The official server is built without protected mode.
ENTRYPOINT ["sh", "-c", "exec \"$@\" --protected-mode no --bind 0.0.0.0", "--"]
CMD ["redis-server"]

# The Node of package.json with its npm, the user of the official image, and the authorities this machine trusts, for
# a network whose way out has one of its own.
FROM trunkline-stand-in:debian AS node
RUN apt-get update \
  && apt-get install --yes --no-install-recommends libatomic1 \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --create-home --uid 1000 node
COPY --from=certificates ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
COPY --from=node-binary node /usr/local/bin/node
COPY --from=npm . /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
  && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
CMD ["node"]
