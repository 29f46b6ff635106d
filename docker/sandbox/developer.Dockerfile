# opencode-sandbox-developer: opencode-sandbox-base with npm, yarn, TypeScript, tsx, the MCP and Anthropic SDKs, jq and the
# Docker CLI. The npm packages are pinned in packages/.
ARG PREFIX
ARG TAG=latest
FROM ${PREFIX}cofferdam-runtime-node:${TAG} AS packages

USER root
WORKDIR /packages
# The CA certificate of a proxy that re-signs TLS, for this step only.
COPY packages/developer/*.json extra-ca.pem* ./
ARG NPM_CONFIG_REGISTRY
# Packages must not run scripts during their installation.
RUN if [ -s extra-ca.pem ]; then export NODE_EXTRA_CA_CERTS="$PWD/extra-ca.pem"; fi; \
    npm ci --ignore-scripts --no-audit --no-fund
LABEL cofferdam.image=opencode-sandbox-developer


FROM ${PREFIX}cofferdam-runtime-node:${TAG}

USER root
RUN set -eu; \
    apt-get update; \
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker-cli jq; \
    apt-get clean; \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/apt /var/log/*.log; \
    # lets programs in any directory import the packages without installing them
    ln -s /usr/local/lib/node_modules /node_modules; \
    for program in anthropic-ai-sdk tsc tsx yarn yarnpkg; do ln -s "../lib/node_modules/.bin/$program" /usr/local/bin/; done
COPY --from=packages /packages/node_modules /usr/local/lib/node_modules
USER sandbox

ARG SOURCE
ARG VERSION
LABEL cofferdam.image=opencode-sandbox-developer \
      cofferdam.programs="bash node git web editors npm yarn typescript jq docker mcp anthropic" \
      cofferdam.source=$SOURCE org.opencontainers.image.version=$VERSION
