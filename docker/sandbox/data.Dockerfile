# ai-sandbox-data: ai-sandbox with Python's libraries for data, and fonts for charts and documents.
ARG PREFIX
ARG TAG=latest
FROM ${PREFIX}ai-sandbox:${TAG}

USER root
# From Debian, so that the libraries fit each other and Python, and nothing is compiled.
RUN set -eu; \
    export DEBIAN_FRONTEND=noninteractive; \
    apt-get update; \
    apt-get install -y --no-install-recommends \
        python3-matplotlib python3-numpy python3-openpyxl python3-pandas python3-pil python3-requests python3-scipy python3-sklearn \
        fontconfig fonts-dejavu-core fonts-liberation fonts-noto-mono; \
    apt-get clean; \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/apt /var/log/*.log /tmp/*; \
    find / -xdev -type f -perm /6000 -exec chmod a-s {} +; \
    fc-cache --force
# There is no screen: charts are drawn into files.
ENV MPLBACKEND=Agg
USER sandbox

ARG SOURCE
ARG VERSION
LABEL cofferdam.image=ai-sandbox-data cofferdam.programs="bash node git web editors jq tools agents python npm gcc data" \
      cofferdam.source=$SOURCE org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.title="ai-sandbox-data" \
      org.opencontainers.image.description="The sandbox image of cofferdam for data: NumPy, pandas, SciPy, scikit-learn, Matplotlib"
