# Builds the jars with Maven, links a Java runtime that holds only what they use, and trains the
# start-up cache with exactly the files of the final image, at the paths that they have there.
FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /src
COPY pom.xml ./
# Without sources this only fetches what the build needs: a layer to keep.
RUN mvn -B -ntp -q -Dquick package && rm -rf target
COPY hydrion ./
COPY docker docker
COPY src/main src/main
RUN mvn -B -ntp -q -Dquick package && docker/runtime-image /opt/java \
 && mkdir -p /opt/hydrion/target \
 && cp -p hydrion docker/healthcheck /opt/hydrion/ \
 && cp -pr target/hydrion.jar target/lib /opt/hydrion/target/ \
 && HYDRION_JAVA_HOME=/opt/java /opt/hydrion/hydrion build \
 && ls /opt/hydrion/target/hydrion-*.aot

FROM debian:bookworm-slim
RUN groupadd --system --gid 999 hydrion \
 && useradd --system --uid 999 --gid hydrion --home-dir /data --shell /usr/sbin/nologin hydrion \
 && install -d -o hydrion -g hydrion /data
COPY --from=build /opt/java /opt/java
COPY --from=build /opt/hydrion /opt/hydrion
ENV HYDRION_JAVA_HOME=/opt/java PATH=/opt/hydrion:$PATH
USER hydrion
WORKDIR /data
VOLUME /data
EXPOSE 6379
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s --retries=3 \
  CMD ["/opt/hydrion/healthcheck"]
ENTRYPOINT ["/opt/hydrion/hydrion"]
# Clients of a container never come from its loopback address, so protected mode would refuse them all;
# compose publishes the port on the host's loopback address only.
CMD ["server", "--protected-mode", "no", "--bind", "*"]
