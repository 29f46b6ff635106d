# cofferdam-runtime-node: opencode-sandbox-base with npm.
ARG PREFIX
ARG TAG=latest
FROM ${PREFIX}ai-sandbox:${TAG} AS packages

USER root
WORKDIR /packages
# The CA certificate of a proxy that re-signs TLS, for this step only.
COPY packages/npm/*.json extra-ca.pem* ./
ARG NPM_CONFIG_REGISTRY
# Packages must not run scripts during their installation.
RUN if [ -s extra-ca.pem ]; then export NODE_EXTRA_CA_CERTS="$PWD/extra-ca.pem"; fi; \
    npm ci --ignore-scripts --no-audit --no-fund && rm -r node_modules/npm/docs node_modules/npm/man
LABEL cofferdam.image=cofferdam-runtime-node


FROM ${PREFIX}opencode-sandbox-base:${TAG}

USER root
COPY --from=packages /packages/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
# npm install -g installs into the user's home, because everything else belongs to root.
ENV NPM_CONFIG_PREFIX=/home/sandbox/.npm-global \
    NPM_CONFIG_UPDATE_NOTIFIER=false
USER sandbox

ARG SOURCE
ARG VERSION
LABEL cofferdam.image=cofferdam-runtime-node cofferdam.programs="bash node npm" \
      cofferdam.source=$SOURCE org.opencontainers.image.version=$VERSION
