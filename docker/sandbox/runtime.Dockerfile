# cofferdam-runtime-shell, -python and -gcc: small images for DockerExecutor's tasks. RUNTIME selects one.
FROM debian:trixie-slim

COPY finish.sh /usr/local/lib/sandbox/
ARG RUNTIME=shell
RUN set -eu; \
    case $RUNTIME in \
        shell) packages='bc curl file jq less unzip xz-utils zip' ;; \
        python) packages='python-is-python3 python3 python3-pip python3-venv' ;; \
        gcc) packages='g++ gcc libc6-dev make' ;; \
    esac; \
    apt-get update; \
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends bash ca-certificates procps $packages; \
    /usr/local/lib/sandbox/finish.sh
COPY entrypoint.sh health-check.sh limits.conf /usr/local/lib/sandbox/

# pip installs into the user's home. Python does not buffer its output, so that nothing is lost when a deadline kills a command.
ENV LANG=C.UTF-8 \
    PATH=/home/sandbox/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PIP_BREAK_SYSTEM_PACKAGES=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PYTHONUNBUFFERED=1

USER sandbox
WORKDIR /workspace
ENTRYPOINT ["/usr/local/lib/sandbox/entrypoint.sh"]
CMD ["bash"]

ARG SOURCE
ARG VERSION
LABEL cofferdam.image=cofferdam-runtime-$RUNTIME cofferdam.programs="bash $RUNTIME" \
      cofferdam.source=$SOURCE org.opencontainers.image.version=$VERSION
