# Stands in for an official image of MariaDB where none can be pulled: the same user, places, entrypoint and volume, with Debian's server.
# Galera is taken away, as it was missing in the first images of MariaDB 12.3.
FROM debian:trixie-slim
RUN groupadd -r -g 999 mysql && useradd -r -u 999 -g mysql mysql --home-dir /var/lib/mysql --shell /usr/sbin/nologin
RUN mkdir /docker-entrypoint-initdb.d
RUN apt-get update -q \
    && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends mariadb-server mariadb-backup socat tzdata \
    && sed -i 's/galera-4 ([^)]*), //' /var/lib/dpkg/status && dpkg --remove galera-4 \
    && rm -rf /var/lib/apt/lists/* /var/lib/mysql /etc/mysql/mariadb.conf.d/50-mysqld_safe.cnf \
    && mkdir -p /var/lib/mysql /run/mysqld && chown -R mysql:mysql /var/lib/mysql /run/mysqld && chmod 1777 /run/mysqld
VOLUME /var/lib/mysql
RUN printf '#!/bin/sh\necho "the official entrypoint" >&2; exit 99\n' > /usr/local/bin/docker-entrypoint.sh \
    && chmod 755 /usr/local/bin/docker-entrypoint.sh
ENTRYPOINT ["docker-entrypoint.sh"]
EXPOSE 3306
CMD ["mariadbd"]
