# The service in a small image: built here, run as nobody in particular, its data in a volume.
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends build-essential cmake && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN cargo build --release --locked && strip target/release/milepost

FROM debian:12-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/milepost --create-home milepost
COPY --from=build /build/target/release/milepost /usr/local/bin/milepost
COPY --from=build /build/mappings /usr/share/milepost/mappings
COPY --from=build /build/NOTICE /build/LICENSE-APACHE /build/LICENSE-MIT /usr/share/doc/milepost/
USER milepost
VOLUME /var/lib/milepost
ENV MILEPOST_DATA=/var/lib/milepost MILEPOST_LISTEN=0.0.0.0:8080
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["milepost", "health"]
ENTRYPOINT ["milepost"]
CMD ["serve"]
