# The image of one platform, for those who build with buildah or Docker: first `make`, then one of
#   buildah build --unsetenv PATH -t pause .
#   docker build --build-arg TARGETOS=linux --build-arg TARGETARCH=amd64 -t pause .
# (both add PATH to the config; buildah can leave it out). What is published comes from `make image`.
FROM scratch
ARG TARGETOS
ARG TARGETARCH
ARG TARGETVARIANT
COPY build/${TARGETOS}-${TARGETARCH}${TARGETVARIANT:+-$TARGETVARIANT}/pause /pause
USER 65535:65535
ENTRYPOINT ["/pause"]
