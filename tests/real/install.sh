#!/bin/sh
# Install the real neighbours that tests/real drives: as root on a machine with apt, only what is
# missing, starting no service. Says in one line what could not be installed; never fails, since the
# tests themselves skip a missing neighbour, or fail for it under CI=true.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

have() {
    case $1 in
    postgresql)
        for initdb in /usr/lib/postgresql/*/bin/initdb; do
            [ -x "$initdb" ] && return 0
        done
        command -v initdb ;;
    iproute2) command -v ip ;;
    openjdk-17-jre-headless) command -v java ;;
    procps) command -v ps ;;
    tesseract-ocr-eng) # data only: the engine is in the Python package
        for data in /usr/share/tesseract-ocr/*/tessdata/eng.traineddata; do
            [ -e "$data" ] && return 0
        done
        return 1 ;;
    *) command -v "$1" ;;
    esac >/dev/null
}

missing() {
    for package in postfix swaks miltertest nsd unbound iproute2 chromium postgresql slapd strace procps \
        tesseract-ocr-eng openjdk-17-jre-headless; do
        have "$package" || printf '%s ' "$package"
    done
}

# Exim and OpenSMTPD conflict with Postfix as packages: they are unpacked beside it, never installed.
beside=/usr/local/lib/missent-neighbours
others="exim4-daemon-light exim4-base opensmtpd"
users="Debian-exim opensmtpd opensmtpq"

unpacked() {
    for user in $users; do
        getent passwd "$user" >/dev/null || return 1
    done
    for program in exim4 smtpd; do
        ldd "$beside/usr/sbin/$program" 2>/dev/null | grep -q 'libc\.' || return 1
        ldd "$beside/usr/sbin/$program" | grep -q 'not found' && return 1
    done
    return 0
}

unpack() {
    folder=$(mktemp -d) && cd "$folder" || return
    # shellcheck disable=SC2086  # a list of package names
    apt-get download -qq $others >/dev/null 2>&1
    mkdir -p "$beside"
    libraries=
    for package in ./*.deb; do
        [ -e "$package" ] || continue
        dpkg-deb -x "$package" "$beside" && chmod -R u-s,g-s "$beside"
        libraries="$libraries $(dpkg-deb -f "$package" Depends | tr ',' '\n' | sed 's/[|(].*//' | grep '^ *lib')"
    done
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $libraries >/dev/null 2>&1
    for user in $users; do
        getent passwd "$user" >/dev/null ||
            useradd --system --user-group --no-create-home --shell /usr/sbin/nologin "$user" 2>/dev/null
    done
    cd / && rm -rf "$folder"
}

wanted=$(missing)
[ -z "$wanted" ] && unpacked && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then # an administrator's own stays as it is
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        trap 'rm -f "$policy"' EXIT
        trap 'exit 0' HUP INT TERM
    fi
    export DEBIAN_FRONTEND=noninteractive
    echo 'postfix postfix/main_mailer_type select No configuration' |
        debconf-set-selections >/dev/null 2>&1
    apt-get update -qq >/dev/null 2>&1
    # shellcheck disable=SC2086
    [ -z "$wanted" ] || apt-get install -y -qq --no-install-recommends $wanted >/dev/null 2>&1 ||
        for package in $wanted; do # one that cannot be had must not keep the others away
            apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1
        done
    unpacked || unpack
fi </dev/null

wanted=$(missing)
unpacked || wanted="${wanted}exim4 opensmtpd "
[ -z "$wanted" ] || echo "tests/real: could not install: ${wanted% }"
exit 0
