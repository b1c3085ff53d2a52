#!/bin/bash
# What apache/kafka's own start does: properties from KAFKA_* variables, a formatted folder, the broker in front.
set -e
libraries='/opt/kafka/libs/*'
quiet=-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config.AbstractConfig=warn
export CLUSTER_ID="${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}"
said=$(java -Xmx256m $quiet -cp "$libraries" kafka.docker.KafkaDockerWrapper setup \
  --default-configs-dir /etc/kafka/docker \
  --mounted-configs-dir /mnt/shared/config \
  --final-configs-dir /opt/kafka/config 2>&1) ||
  # A second start finds its folder formatted, which is as it should be.
  grep -q 'already formatted' <<<"$said" || { echo "$said" >&2; exit 1; }
# Word splitting is wanted: several options in one variable.
exec java ${KAFKA_HEAP_OPTS:--Xmx512m} $quiet -cp "$libraries" kafka.Kafka /opt/kafka/config/server.properties
