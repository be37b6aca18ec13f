# The image of readywhen:
#
#     docker build -t readywhen .
#     docker buildx build --platform linux/amd64,linux/arm64 -t readywhen .
#     docker build --target release --output dist .      # the binary, its maps and the licences as files
#
# Every compiler runs on the platform that builds: none is emulated. What is, for a moment, is the program itself, which is
# frozen by running it up to where it begins.

# npm packages: a layer that changes with the lock file only
FROM --platform=$BUILDPLATFORM node:24-bookworm-slim AS packages
WORKDIR /readywhen
COPY package.json package-lock.json ./
# nothing here needs the packages' install scripts
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund --loglevel=error


# the runtime's host, for the target; the compiler of its bytecode, for the platform that builds
FROM --platform=$BUILDPLATFORM rust:1.95-bookworm AS host
ARG BUILDARCH
ARG TARGETARCH
WORKDIR /readywhen/src/runtime/host
# Debian names these compilers alike, native or not; the paths are remapped as pack/host.ts does, for the same bytes
ENV CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS=--remap-path-prefix=/usr/local/cargo/registry/src=/crates \
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=x86_64-linux-gnu-gcc \
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS=--remap-path-prefix=/usr/local/cargo/registry/src=/crates \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS=--remap-path-prefix=/usr/local/cargo/registry/src=/crates
# amd64 on amd64 is linked with musl where Rust has a library for it, all else with glibc: as pack/host.ts does
RUN set -eu; \
    rust() { case $1 in amd64) echo x86_64-unknown-linux-gnu ;; arm64) echo aarch64-unknown-linux-gnu ;; esac; }; \
    install() { apt-get update -qq; apt-get install -y -qq --no-install-recommends "$@"; rm -rf /var/lib/apt/lists/*; }; \
    rust "$BUILDARCH" >/build-target; rust "$TARGETARCH" >/target; test -s /build-target; test -s /target; \
    if [ "$BUILDARCH" != "$TARGETARCH" ]; then \
      case $TARGETARCH in amd64) gcc=gcc-x86-64-linux-gnu ;; arm64) gcc=gcc-aarch64-linux-gnu ;; esac; \
      install "$gcc" "libc6-dev-$TARGETARCH-cross"; \
      rustup target add "$(cat /target)"; \
    elif [ "$TARGETARCH" = amd64 ]; then \
      musl=x86_64-unknown-linux-musl; \
      if command -v rustup >/dev/null; then rustup target add "$musl"; fi; \
      if [ -d "$(rustc --print target-libdir --target "$musl")" ]; then \
        install musl-tools; \
        echo "$musl" | tee /build-target >/target; \
      else \
        echo "linked with glibc: there is no Rust library for $musl" >&2; \
      fi; \
    fi
# crates: a layer that changes with the manifest only, made with a program that does nothing
COPY src/runtime/host/Cargo.toml src/runtime/host/Cargo.lock src/runtime/host/build.rs src/runtime/host/link.ld src/runtime/host/engine-cc.sh ./
COPY src/runtime/host/.cargo .cargo
RUN mkdir -p src/bin && touch src/lib.rs && echo 'fn main() {}' | tee src/main.rs >src/bin/pack.rs \
 && cargo build --quiet --locked --release --bin pack --target "$(cat /build-target)" \
 && cargo build --quiet --locked --release --bin host --target "$(cat /target)"
COPY src/runtime/host/src src
# cargo goes by times: the sources may be older than what was made of nothing
RUN find src -name '*.rs' -exec touch {} + \
 && cargo build --quiet --locked --release --bin pack --target "$(cat /build-target)" \
 && cargo build --quiet --locked --release --bin host --target "$(cat /target)" \
 && install -D -t /made "target/$(cat /build-target)/release/pack" "target/$(cat /target)/release/host"
COPY src/runtime/pack/host.ts src/runtime/pack/licences.ts ../pack/
RUN --mount=type=bind,from=packages,source=/usr/local/bin/node,target=/usr/local/bin/node \
    node ../pack/licences.ts crates "$(cat /target)" >/made/crates.json


# the TypeScript: bundled, compiled to bytecode, run by the host up to where it begins, frozen into it
FROM packages AS build
ARG BUILDARCH
ARG TARGETARCH
RUN set -eu; \
    if [ "$BUILDARCH" = "$TARGETARCH" ]; then exit 0; fi; \
    apt-get update -qq; \
    apt-get install -y -qq --no-install-recommends qemu-user-static; \
    rm -rf /var/lib/apt/lists/*
COPY tsconfig.json ./
COPY src src
COPY --from=host /made /made
# the same content is the same layer, whenever it is made
RUN mkdir /out \
 && case $TARGETARCH in amd64) arch=x64 ;; *) arch=$TARGETARCH ;; esac \
 && node src/runtime/pack/build.ts --arch "$arch" --host /made/host --packer /made/pack --out /out/readywhen \
 && rm -f /out/readywhen-chunks \
 && node src/runtime/pack/licences.ts text /made/crates.json >/out/licences.txt \
 && touch -d @0 /out/*


FROM scratch AS release
COPY --from=build /out/ /readywhen/dist/readywhen.maps.json /


FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="readywhen" \
      org.opencontainers.image.description="Waits until the things a program needs are ready, then exits 0 or becomes that program" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="MIT AND Apache-2.0 AND BSD-3-Clause AND CDLA-Permissive-2.0 AND ISC AND LGPL-2.1-or-later AND Zlib" \
      org.opencontainers.image.base.name="gcr.io/distroless/static-debian12:nonroot"
COPY --from=build /out/ /
USER 65532:65532
ENTRYPOINT ["/readywhen"]
