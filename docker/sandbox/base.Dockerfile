# opencode-sandbox-base: Node.js 20, git, curl, wget, vim, nano and bash in less than 200 MB, for images to build on.
FROM debian:trixie-slim AS system

COPY finish.sh slim-icu.sh /usr/local/lib/sandbox/

# Removed, because sandboxes can do without:
# - Perl, which git uses for mail, CVS and Subversion. dpkg's small perl-base stays. Git's entry in dpkg's database loses the
#   dependency, so that apt keeps working and can still install Perl.
# - git's second copy of its binary, its servers, and pushing over WebDAV.
# - vim's help, translations, tutor and dictionaries; Node's types and corepack.
# - conversions for rare character sets (gconv) and most of ICU's 200 languages.
RUN set -eu; \
    export DEBIAN_FRONTEND=noninteractive; \
    apt-get update; \
    apt-get install -y --no-install-recommends \
        bash binutils ca-certificates curl git icu-devtools less nano nodejs procps vim wget; \
    /usr/local/lib/sandbox/slim-icu.sh ar bg bn cs da de el en es et fa fi fr ga he hi hr hu id in it iw ja ko lt lv mt nb nl no \
        pl pt ro ru sk sl sv th tr uk vi zh; \
    sed -i '/^Package: git$/,/^$/s/^\(Depends:.*\) perl, liberror-perl,/\1/' /var/lib/dpkg/status; \
    apt-get purge -y --auto-remove binutils icu-devtools liberror-perl perl; \
    apt-get check; \
    # COPY would turn the hard link into two files
    ln -sf "$(basename /usr/bin/perl5.*)" /usr/bin/perl; \
    cd /usr/lib/git-core; \
    rm git-daemon git-http-backend git-http-fetch git-http-push git-imap-send git-shell scalar /usr/bin/git-shell /usr/bin/scalar; \
    ln -sf ../../bin/git git; \
    cd /usr/share; \
    rm -r vim/vim*/doc vim/vim*/lang vim/vim*/spell vim/vim*/tutor gitweb perl5/Git* nodejs/@types nodejs/corepack /usr/bin/corepack; \
    cd /usr/lib/*/gconv; \
    find . -name '*.so' ! -name 'CP125*' ! -name 'ISO8859-*' ! -name 'KOI8-*' ! -name 'UNICODE*' ! -name 'UTF-*' -delete; \
    iconvconfig; \
    /usr/local/lib/sandbox/finish.sh
LABEL cofferdam.image=opencode-sandbox-base

# Copied into a single layer, because files that a layer removes from an earlier one still take space.
FROM scratch
COPY --from=system / /
COPY entrypoint.sh health-check.sh limits.conf /usr/local/lib/sandbox/

ENV LANG=C.UTF-8 \
    PATH=/home/sandbox/.local/bin:/home/sandbox/.npm-global/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

USER sandbox
WORKDIR /workspace
ENTRYPOINT ["/usr/local/lib/sandbox/entrypoint.sh"]
CMD ["bash"]

ARG SOURCE
ARG VERSION
LABEL cofferdam.image=opencode-sandbox-base cofferdam.programs="bash node git web editors" \
      cofferdam.source=$SOURCE org.opencontainers.image.version=$VERSION
