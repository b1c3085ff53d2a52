/** What is downloaded: exact versions, from Maven, each with the digest of the files it must consist of. */

import { TrunklineError } from '@trunkline/core';

export interface Artifact {
  /** Folder in the cache. A changed recipe needs a changed version here, because a complete folder is never looked at again. */
  readonly folder: string;
  readonly title: string;
  /** For the progress line. */
  readonly megabytes: number;
  readonly recipe: Recipe;
  /** SHA-256 over the sorted lines "<sha256 of the file>  <path>\n" of all files. */
  readonly digest: string;
}

export type Recipe =
  /** The artifacts and everything they depend on, as jars in one folder. */
  | { readonly kind: 'classpath'; readonly coordinates: readonly string[] }
  /** One file as it is. */
  | { readonly kind: 'file'; readonly coordinates: string }
  /** The content of one archive, or the part of it that the pattern names. */
  | { readonly kind: 'archive'; readonly coordinates: string; readonly pattern?: string };

export const kafkaArtifact: Artifact = {
  folder: 'kafka-4.3.1',
  title: 'Kafka 4.3.1',
  megabytes: 44,
  recipe: { kind: 'classpath', coordinates: ['org.apache.kafka:kafka_2.13:4.3.1', 'org.slf4j:slf4j-simple:1.7.36'] },
  digest: '9b241538730d32e890117f2362eee3ff6ed60f753d73e6a46652b547a64df32f',
};

export const registryArtifact: Artifact = {
  folder: 'apicurio-registry-3.0.9',
  title: 'Apicurio Registry 3.0.9',
  megabytes: 109,
  recipe: { kind: 'archive', coordinates: 'io.apicurio:apicurio-registry-app:3.0.9:tar.gz:all' },
  digest: '3a7ddf6944bff83e0d2cfc2b7fcf15f8c57db41759ddba457718253ccc258807',
};

export const zipkinArtifact: Artifact = {
  folder: 'zipkin-3.6.1',
  title: 'Zipkin 3.6.1',
  megabytes: 135,
  recipe: { kind: 'file', coordinates: 'io.zipkin:zipkin-server:3.6.1:jar:exec' },
  digest: '3f5e85cbcf6caed7afde1da8928a72f8d88b8515dfde609b64ca9b477675d215',
};

/** A mail server for tests, https://greenmail-mail-test.github.io/greenmail/: no part of a stack, since nothing of ours needs one to run. */
export const greenMailArtifact: Artifact = {
  folder: 'greenmail-2.1.13',
  title: 'GreenMail 2.1.13',
  megabytes: 11,
  recipe: { kind: 'file', coordinates: 'com.icegreen:greenmail-standalone:2.1.13' },
  digest: '42827b1dc4a7b34205df888535471835e6320fe9650489a556cc36b716f01872',
};

/** The Redis binaries inside one jar, for machines that have no redis-server of their own. */
const redisBinaries: Readonly<Record<string, { readonly file: string; readonly digest: string }>> = {
  'linux-x64': {
    file: 'redis-server-6.2.6-v5-linux-amd64',
    digest: 'd91567426fa347165e5d091550f11e6e8dd2713eed505e1082ac6b930b3758ca',
  },
  'linux-arm64': {
    file: 'redis-server-6.2.7-linux-arm64',
    digest: '194ff3f05f275ca81331c66649ea17380d4ccb1eedfadea8c57c33b1ea8eaf50',
  },
  'darwin-arm64': {
    file: 'redis-server-6.2.6-v5-darwin-arm64',
    digest: '8133c272a80ca45a6ddb4a1d35153858755d39664c1c22fe55c31c1687aa0dff',
  },
  'darwin-x64': {
    file: 'redis-server-6.2.6-v5-darwin-amd64',
    digest: '2fc5085e5ccc4715c3fc3e9e669b04139935a590bc4c8d02acb0999945d0d53d',
  },
};

/** The Redis to download for this machine, and the name of its executable. */
export function redisArtifact(platform: string = `${process.platform}-${process.arch}`): {
  artifact: Artifact;
  file: string;
} {
  const binary = redisBinaries[platform];
  if (binary === undefined) {
    throw new TrunklineError(
      'config_invalid',
      `no Redis to download for ${platform}: install redis-server so that it is on the PATH`,
    );
  }
  return {
    file: binary.file,
    artifact: {
      folder: `redis-1.4.3-${platform}`,
      title: 'Redis 6.2',
      megabytes: 27,
      recipe: { kind: 'archive', coordinates: 'com.github.codemonstur:embedded-redis:1.4.3', pattern: binary.file },
      digest: binary.digest,
    },
  };
}
